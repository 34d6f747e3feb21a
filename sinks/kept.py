"""Plans the database for BI tools: which views are kept as tables, which read those, what tools see."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sinks.scripts import MigrationError, Script, columns_in

_SHAPE: Final = re.compile(
    r"CREATE OR REPLACE VIEW (?P<name>\w+)\n(?:\((?P<columns>\n.*?\n)\)\n)?AS (?P<body>.*)\n"
    r"COMMENT (?P<comment>'(?:[^']|'')*')\s*",
    re.DOTALL,
)
_KEPT_BY: Final = re.compile(r"^-- Kept by: (.+)$", re.MULTILINE)
_PARAMETER: Final = re.compile(r"\{\w+:\w")
# Only here does a view name what it reads. In comments and texts these words are written small.
_SOURCE: Final = re.compile(r"\b(FROM|(?<!ARRAY )JOIN)(\s+)(\w+)\b(?!\s*\.)")
_TIME: Final = re.compile(r"(Nullable\()?DateTime64\(3, 'UTC'\)")
# A table is made anew beside other work: by one thread, and what is too large for memory goes to the disk.
# Blocks are small, since a row holds a whole journey: with larger ones, a view took eight times as long.
_SETTINGS: Final = (
    "max_threads = 1, max_insert_threads = 1, max_block_size = 4096, "
    "max_bytes_before_external_group_by = 400000000, max_bytes_before_external_sort = 400000000"
)


@dataclass(frozen=True, slots=True)
class ViewText:
    """The parts of a view's file; `columns` are (name, type, comment) as they stand there, in SQL."""

    name: str
    columns: tuple[tuple[str, str, str], ...]
    body: str
    comment: str
    kept_by: str

    @property
    def has_parameters(self) -> bool:
        return _PARAMETER.search(self.body) is not None

    @property
    def is_for_tools(self) -> bool:
        """Whether a tool can list and read it: no parameters, no arrays."""
        return bool(self.columns) and not self.has_parameters and not self._holds_arrays

    @property
    def _holds_arrays(self) -> bool:
        return any("Array(" in kind or "Tuple(" in kind for _, kind, _ in self.columns)

    @property
    def sources(self) -> frozenset[str]:
        """Everything that it reads by its name: views, tables, and its own subqueries."""
        return frozenset(name for _, _, name in _SOURCE.findall(self.body))


@dataclass(frozen=True, slots=True)
class Databases:
    """Names: of the tables and live views, of what is kept, and of what tools see."""

    live: str
    kept: str
    bi: str


@dataclass(frozen=True, slots=True)
class Made:
    """An object of the databases `kept` and `bi`: how it is created, and what it is known by.

    A table that is kept has the checksum in its name, so that another text is another table. `after` are the
    tables that it is made from: as soon as they are made anew, so is it. A view has none of these.
    """

    database: str
    name: str
    checksum: str
    statement: str
    view: str = ""
    after: tuple[str, ...] = ()


def databases(live: str) -> Databases:
    """Which databases belong to the one with the tables: `leadtrace_kept` and `bi` to `leadtrace`."""
    return Databases(live, f"{live}_kept", "bi" if live == "leadtrace" else f"{live}_bi")


def read_view(script: Script) -> ViewText:
    """Take a view's file apart. Raises MigrationError if it has another shape than all others."""
    (statement,) = script.statements if len(script.statements) == 1 else ("",)
    found = _SHAPE.fullmatch(statement + "\n")
    if not found:
        raise MigrationError(f"the file of the view {script.name} is not one CREATE OR REPLACE VIEW")
    kept_by = _KEPT_BY.search(script.text)
    return ViewText(
        name=script.name,
        columns=tuple(columns_in(found["columns"] or "")),
        body=found["body"],
        comment=found["comment"],
        kept_by=kept_by.group(1).strip() if kept_by else "",
    )


def homes(scripts: Sequence[Script], where: Databases) -> dict[str, str]:
    """In which database each view stands that is kept, or reads one that is; all others stand in `live`."""
    found: dict[str, str] = {}
    for view in map(read_view, scripts):
        if not view.name.endswith("_as_of") and (view.kept_by or _reads_kept(view, found)):
            found[view.name] = where.kept
    return found


def _reads_kept(view: ViewText, found: Mapping[str, str]) -> bool:
    # What was known at a time can't be set against what is kept of now, or time would seem to pass between.
    return bool(view.sources & found.keys()) and not any(name.endswith("_as_of") for name in view.sources)


def placed(text: str, where: Mapping[str, str]) -> str:
    """A text in which each view is named with its database; what is not in `where` stays as it is."""

    def named(found: re.Match[str]) -> str:
        word, space, name = found.groups()
        return f"{word}{space}`{where[name]}`.`{name}`" if name in where else found.group(0)

    return _SOURCE.sub(named, text)


def plan(scripts: Sequence[Script], where: Databases, timezone: str, seconds: int) -> tuple[Made, ...]:
    """All objects of the databases `kept` and `bi`, each after those that it reads.

    `scripts` are the live views in order; a table is made anew `seconds` after it was made.
    """
    views = [read_view(script) for script in scripts]
    stands = homes(scripts, where)
    known: dict[str, str] = {}
    tables: dict[str, tuple[str, ...]] = {}
    made: list[Made] = []
    for view in views:
        read = sorted(view.sources & known.keys())
        known[view.name] = _checksum(repr(view), _SETTINGS, *(known[name] for name in read))
        after = tuple(sorted({table for name in read for table in tables.get(name, ())}))
        if view.name in stands:
            tables[view.name] = after
            if view.kept_by:
                table = f"{view.name}_{known[view.name][:8]}"
                tables[view.name] = (table,)
                made.append(_table(view, table, known[view.name], stands, where, after, seconds))
            made.append(_view(view, known[view.name], stands, where))
        if view.is_for_tools:
            made.append(
                _for_tools(view, known[view.name], stands.get(view.name, where.live), where, timezone)
            )
    return tuple(made)


def freshness(text: str, made: Sequence[Made], where: Databases) -> Made:
    """The view that tells how fresh the tables among `made` are; `text` is that of its file."""
    tables = {each.name: each for each in made if each.view}
    chains = [(each.view, name, _bases(name, tables)) for name, each in tables.items()]
    filled = text.replace("{{chains}}", repr(chains)).replace("{{kept}}", where.kept)
    view = read_view(Script(0, "freshness_of_views", filled))
    return Made(
        where.bi,
        view.name,
        _checksum(filled),
        f"CREATE OR REPLACE VIEW `{where.bi}`.`{view.name}`\n({_listed(view.columns)})\n"
        f"AS {view.body}\nCOMMENT {view.comment}",
    )


def _bases(name: str, tables: Mapping[str, Made]) -> list[str]:
    """A table and all that it is made from, directly or not."""
    found = {name}.union(*(_bases(each, tables) for each in tables[name].after))
    return sorted(found)


def _table(
    view: ViewText,
    name: str,
    checksum: str,
    stands: Mapping[str, str],
    where: Databases,
    after: tuple[str, ...],
    seconds: int,
) -> Made:
    when = ", ".join(f"`{where.kept}`.`{each}`" for each in after)
    statement = (
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS `{where.kept}`.`{name}`\n"
        f"REFRESH {f'DEPENDS ON {when}' if after else f'AFTER {seconds} SECOND'}\n"
        f"({_listed(view.columns)})\nENGINE = MergeTree ORDER BY ({view.kept_by})\n"
        f"COMMENT {view.comment}\nAS SELECT * FROM (\n{placed(view.body, stands)}\n)\nSETTINGS {_SETTINGS}"
    )
    return Made(where.kept, name, checksum, statement, view.name, after)


def _view(view: ViewText, checksum: str, stands: Mapping[str, str], where: Databases) -> Made:
    listed = f"({_listed(view.columns)})\n" if view.columns else ""
    body = placed(view.body, stands)
    if view.kept_by:
        body = f"SELECT * FROM `{where.kept}`.`{view.name}_{checksum[:8]}`"
    head = f"CREATE OR REPLACE VIEW `{where.kept}`.`{view.name}`\n"
    return Made(where.kept, view.name, checksum, f"{head}{listed}AS {body}\nCOMMENT {view.comment}")


def _for_tools(view: ViewText, checksum: str, stands: str, where: Databases, timezone: str) -> Made:
    local = local_columns(view.columns, timezone)
    columns = (*view.columns, *(column for column, _ in local))
    picked = ", ".join(("*", *(f"{expression} AS `{name}`" for (name, _, _), expression in local)))
    return Made(
        where.bi,
        view.name,
        _checksum(checksum, stands, timezone),
        f"CREATE OR REPLACE VIEW `{where.bi}`.`{view.name}`\n({_listed(columns)})\n"
        f"AS SELECT {picked} FROM `{stands}`.`{view.name}`\nCOMMENT {view.comment}",
    )


def local_columns(
    columns: Sequence[tuple[str, str, str]], timezone: str
) -> list[tuple[tuple[str, str, str], str]]:
    """For each time its local time, day and hour, as columns with the expressions that make them.

    Of `at` they are at_local, day and hour; of opened_at opened_at_local, opened_day and opened_hour. A view
    that has one already keeps its own.
    """
    taken = {name for name, _, _ in columns}
    made = []
    for name, kind, _ in columns:
        found = _TIME.match(kind)
        if not found:
            continue
        stem = name.removesuffix("at") if name.endswith("_at") or name == "at" else f"{name}_"
        wrap = "Nullable({})".format if found.group(1) else "{}".format
        null = "; NULL if that is" if found.group(1) else ""
        for column, type_, what, expression in (
            (f"{name}_local", f"DateTime64(3, '{timezone}')", "Time", f"toTimeZone({name}, '{timezone}')"),
            (f"{stem}day", "Date", "Day", f"toDate({name}, '{timezone}')"),
            (f"{stem}hour", "UInt8", "Hour, 0 to 23,", f"toHour({name}, '{timezone}')"),
        ):
            if column not in taken:
                taken.add(column)
                made.append(((column, wrap(type_), f"{what} of {name} in {timezone}{null}"), expression))
    return made


def _listed(columns: Sequence[tuple[str, str, str]]) -> str:
    return "\n" + ",\n".join(f"    `{name}` {kind} COMMENT '{told}'" for name, kind, told in columns) + "\n"


def _checksum(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
