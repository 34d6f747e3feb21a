"""A guessed mapping as a TOML file that says what it stands on, and what has to be decided."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from producers.crm.mapping import CrmMapping
from producers.crm.suggest.evidence import Column
from producers.crm.suggest.guess import Guess
from producers.crm.suggest.words import CLOSED

_SECTIONS: Final = (
    "lead", "lead.touch", "lead.stage_dates", "lead.follow_up", "deal", "deal.stage_dates", "deal.poc",
)  # fmt: skip
_LONGEST: Final = 100  # characters of a line, where a list is still on one


def toml_of(guess: Guess, file_name: str, rows: int, line: int, timezone: str) -> str:
    """Write the mapping down; `rows` is how many the file has below its header on `line`."""
    return "\n".join([*_head(guess, file_name, rows, line, timezone), *_body(guess)]) + "\n"


def _head(guess: Guess, file_name: str, rows: int, line: int, timezone: str) -> Iterator[str]:
    told = guess.known.mapping if guess.known else None
    yield f"# Suggested from {_comment(file_name)}: {rows:,} rows below a header on line {line}."
    if guess.known:
        yield (
            "# It has the columns of a mapping that comes with Leadtrace and reads it as it is: "
            f"--mapping {guess.known.name}"
        )
    yield "# Try it with --dry-run, which says which column was taken for what."
    if guess.undecided:
        yield "# Nothing is imported by it until you have decided what stands below [undecided]."
    yield ""
    yield f"system = {_text(guess.system)}"
    yield f"object = {_text(guess.object)}"
    yield f"timezone = {_text(told.timezone if told else timezone)}    # of dates that name none"
    formats = tuple(
        dict.fromkeys(
            column.epoch for columns in guess.columns.values() for column in columns if column.epoch
        )
    )
    if formats := (told.date_formats if told else formats):
        yield f"date_formats = {_list(formats)}"
    if told and told.date_order:
        yield f"date_order = {_text(told.date_order)}"
    if told and told.numbers:
        yield f"numbers = {_text(told.numbers)}"
    if told and told.ids != "as_they_are":
        yield f"ids = {_text(told.ids)}"
    yield f"currency = {_text(told.currency if told else '')}    # of amounts that name none"
    if guess.undecided:
        yield ""
        yield "[undecided]    # change what stands further below, and delete here what is decided"
        for name, question in guess.undecided.items():
            yield f"{_text(name)} = {_text(question)}"


def _body(guess: Guess) -> Iterator[str]:
    told = guess.known.mapping if guess.known else None
    for section in _SECTIONS:
        lines = [*_fields(guess, section)]
        if section == "deal" and guess.object == "deal":
            lines += _closed_stages(guess, told)
        if told:
            lines += _values(told, section)
            if (
                section == "lead"
                and told.lead.touch_always
                and not any(name.startswith("lead.touch.") for name in guess.columns)
            ):
                yield from _touch_always(told)
        if lines:
            yield from ("", f"[{section}]", *lines)
        if told and section == "lead.touch" and lines:
            yield from _touch_always(told)
    if guess.of_sources:
        yield ""
        yield "# Columns that say by their names how a lead came, and are read whatever the mapping:"
        yield from (f"#   {_comment(name)}" for name in guess.of_sources)
    if guess.unused:
        yield ""
        yield "# Columns that are not used:"
        for name, looks in guess.unused.items():
            yield f"#   {_comment(name)}{f' ({looks})' if looks else ''}"


def _fields(guess: Guess, section: str) -> Iterator[str]:
    for name, columns in guess.columns.items():
        prefix, _, last = _split(name)
        if prefix != section or not columns:
            continue
        for remark in guess.remarks.get(name, ()):
            yield f"# {_comment(remark)}"
        yield f"{_key(last)} = {_columns(columns)}"
        if name in guess.undecided:
            yield f"# ^ undecided: {_comment(guess.undecided[name])}"


def _split(name: str) -> tuple[str, str, str]:
    """Return the section of a field and its name in it; the name of a stage may hold points."""
    for section in ("lead.stage_dates", "deal.stage_dates", "lead.touch", "lead.follow_up", "deal.poc"):
        if name.startswith(f"{section}."):
            return section, ".", name[len(section) + 1 :]
    return name.partition(".")


def _closed_stages(guess: Guess, told: CrmMapping | None) -> Iterator[str]:
    if not guess.has("deal.closed_at"):
        return
    if told:
        words: tuple[str, ...] = told.deal.closed_stages
    else:
        stages = (word for column in guess.columns.get("deal.stage", ()) for word in column.words)
        words = tuple(word for word in dict.fromkeys(stages) if CLOSED.search(word))
    yield "# closed_at is a plan until the deal is in one of these stages."
    yield f"closed_stages = {_list(words)}"


def _values(told: CrmMapping, section: str) -> Iterator[str]:
    if section in ("lead", "deal"):
        for field, words in getattr(told, section).values.items():
            pairs = ", ".join(f"{_text(said)} = {_text(meant)}" for said, meant in words.items())
            yield f"values.{field} = {{ {pairs} }}"


def _touch_always(told: CrmMapping) -> Iterator[str]:
    if told.lead.touch_always:
        yield from ("", "[lead.touch_always]")
        yield from (f"{_key(name)} = {_text(word)}" for name, word in told.lead.touch_always.items())


def _columns(columns: Iterable[Column]) -> str:
    names = [column.name for column in columns]
    return _text(names[0]) if len(names) == 1 else _list(names)


def _list(words: Iterable[str]) -> str:
    texts = [_text(word) for word in words]
    line = f"[{', '.join(texts)}]"
    return line if len(line) <= _LONGEST else "[\n" + "".join(f"  {text},\n" for text in texts) + "]"


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _text(name)


def _text(text: str) -> str:
    # A basic string of TOML has the escapes of JSON, and wants this character escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
