"""Click details of ad platforms to facts: which keyword, campaign and moment a click id stands for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from producers.cells.dates import DateRules, date_order_of, moment_of, zone_of
from producers.cells.tabular import NotUnderstoodError, Row, Table, header_of, read_table, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.sem.columns import FIELDS, HEADER_WITHIN, KNOWN, columns_of, folded, folded_fields
from producers.sem.engines import ENGINES
from producers.sem.facts import SOURCE
from producers.sem.reading import SemOptions
from producers.sem.values import bid_keyword, device_of, match_type_of, name_of
from schemas.envelope import natural_id
from schemas.sem import AdClicked

_CLICK_IDS: Final[dict[str, tuple[str, ...]]] = {
    "google": ("gclid", "google click id", "click_view.gclid", "google 点击 id"),
    "microsoft": ("msclkid", "microsoft click id"),
    "baidu": ("bd_vid", "bdvid"),
    "360": ("qhclickid",),
    "shenma": ("uctrackid",),
    "": ("点击id", "点击标识", "click id", "clickid", "click_id"),
}
_FIELDS: Final = folded_fields({
    **{f"click id of {engine}": names for engine, names in _CLICK_IDS.items()},
    **{field: names for field, names in FIELDS.items() if field not in ("day", "clicks", "cost")},
    "at": ("点击时间", "时间", "date/time", "click time", "click date", "日期/时间", "日期",
           "day", "date", "segments.date",
           "time period"),
    "keyword": (*FIELDS["keyword"], "click_view.keyword_info.text"),
    "keyword_id": (*FIELDS["keyword_id"], "click_view.keyword"),
    "match_type": (*FIELDS["match_type"], "click_view.keyword_info.match_type"),
    "search_term": ("搜索词", "搜索字词", "search term", "search query"),
})  # fmt: skip
_NAMES: Final = (
    "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id", "search_term",
)  # fmt: skip
_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_DAY_MS: Final = 86_400_000
_LONGEST: Final = 250  # as an identifier, with its kind before it, it must fit in 256


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    cells: tuple[str, ...]
    columns: dict[str, int]
    engine: str
    id_field: str


def read_click_details(data: bytes, file_name: str, options: SemOptions) -> ImportResult:  # noqa: ARG001 - as all readers
    """Read a list of clicks with their click ids; raise NotUnderstoodError if it is none."""
    table = read_table(data, encoding=options.encoding, separator=options.separator, known=KNOWN)
    at, header = _header(table, options.engine)
    body = table.rows[at + 1 :]
    if not body:
        raise NotUnderstoodError("the file has a header but no rows below it", line=header.line)
    times = (row.cells[header.columns["at"]] for row in body if len(row.cells) > header.columns["at"])
    rules = DateRules(zone_of(options.timezone), order=options.date_order or date_order_of(times))
    clicks: dict[str, AdClicked] = {}
    lines: dict[str, int] = {}
    rejects: list[LeftOut] = []
    for row in body:
        try:
            click = _click(row, header, rules, options)
        except CellError as error:
            rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
            continue
        known = clicks.setdefault(click.click_id, click)
        if known != click:
            reason = f"says of a click id something else than line {lines[click.click_id]}"
            rejects.append(
                LeftOut(row.line, header.cells[header.columns[header.id_field]], reason, row.cells)
            )
        lines.setdefault(click.click_id, row.line)
    facts = tuple(clicks.values())
    notes = _notes(facts, len(body) - len(rejects))
    summary = f"{header.engine}: {counted(len(facts), 'click')}"
    return ImportResult(
        facts, tuple(rejects), header.cells, _understood(table, header), tuple(notes), summary
    )


def _header(table: Table, given: str) -> tuple[int, _Header]:
    if given and given not in ENGINES:
        raise NotUnderstoodError(f"{given!r} is not an engine that is known; those are {', '.join(ENGINES)}")
    for at, row in enumerate(table.rows[:HEADER_WITHIN]):
        cells = header_of(row)
        columns = columns_of([folded(cell) for cell in cells], _FIELDS)
        id_fields = [field for field in columns if field.startswith("click id of ")]
        if row.problem or not id_fields or len(columns) < 2:
            continue
        if "at" not in columns:
            raise NotUnderstoodError(
                f"there is no column of the click's time (点击时间, Date/Time); found are {listed(cells)}",
                line=row.line,
                column="at",
            )
        engine, field = _engine(id_fields, given, row)
        return at, _Header(row.line, cells, columns, engine, field)
    raise NotUnderstoodError(
        "no row is the header of a list of clicks: it would name a click id (gclid, bd_vid, qhclickid, "
        f"msclkid, 点击ID) and its time; found are {listed(table.rows[0].cells)}",
        line=table.rows[0].line,
    )


def _engine(id_fields: list[str], given: str, row: Row) -> tuple[str, str]:
    named = {field.removeprefix("click id of "): field for field in id_fields}
    generic = named.pop("", "")
    if given:
        if given not in named and named:
            raise NotUnderstoodError(
                f"wrong engine: the click ids are those of {', '.join(named)}, not of {given}", line=row.line
            )
        return given, named.get(given, generic)
    if len(named) != 1:
        raise NotUnderstoodError(
            f"the columns don't tell whose click ids these are; say it with --engine ({', '.join(ENGINES)})",
            line=row.line,
        )
    return next(iter(named.items()))


def _click(row: Row, header: _Header, rules: DateRules, options: SemOptions) -> AdClicked:
    if problem := shape_problem(row, len(header.cells)):
        raise CellError(problem)
    names = {field: name_of(_cell(row, header, field)) for field in _NAMES}
    # Google gives the resource customers/1/adGroupCriteria/<ad group>~<keyword>.
    names["keyword_id"] = names["keyword_id"].rpartition("~")[2]
    bid = match_type_of(_cell(row, header, "match_type"))
    if header.engine == "google":
        names["keyword"], bid = bid_keyword(names["keyword"], bid)
    names["account"] = names["account"] or name_of(_cell(row, header, "account_id")) or options.account
    for field, name in names.items():
        if len(name) > 512:
            raise CellError("is longer than 512 characters", _named(header, field))
    click_id = _click_id(row, header)
    return AdClicked(
        event_id=natural_id("ad_clicked", header.engine, click_id),
        occurred_at=_moment(row, header, rules, options),
        received_at=options.received_at,
        source=SOURCE,
        subject=f"click:{click_id}",
        platform=header.engine,
        click_id=click_id,
        match_type=bid[:512],
        device=device_of(_cell(row, header, "device"))[:512],
        account=names["account"],
        campaign=names["campaign"],
        campaign_id=names["campaign_id"],
        ad_group=names["ad_group"],
        ad_group_id=names["ad_group_id"],
        keyword=names["keyword"],
        keyword_id=names["keyword_id"],
        search_term=names["search_term"],
    )


def _click_id(row: Row, header: _Header) -> str:
    click_id = _cell(row, header, header.id_field)
    name = _named(header, header.id_field)
    if not click_id or click_id in ("--", "-"):
        raise CellError("is empty: without a click id nothing can be joined", name)
    if len(click_id) > _LONGEST or " " in click_id or not click_id.isprintable():
        raise CellError("is not a click id", name)
    return click_id


def _moment(row: Row, header: _Header, rules: DateRules, options: SemOptions) -> int:
    name = _named(header, "at")
    try:
        at = moment_of(_cell(row, header, "at"), rules)
    except CellError as error:
        raise CellError(str(error), name) from None
    if not _FIRST_MOMENT <= at <= options.received_at + _DAY_MS:
        raise CellError("is before 2000 or in the future", name)
    return at


def _cell(row: Row, header: _Header, field: str) -> str:
    at = header.columns.get(field)
    return row.cells[at] if at is not None else ""


def _named(header: _Header, field: str) -> str:
    return header.cells[header.columns[field]] if field in header.columns else ""


def _understood(table: Table, header: _Header) -> tuple[str, ...]:
    return (
        f"engine: {header.engine}",
        f"encoding: {table.encoding}, header on line {header.line}",
        *(f"{field.replace('_', ' ')}: column “{header.cells[at]}”" for field, at in header.columns.items()),
    )


def _notes(facts: tuple[AdClicked, ...], rows: int) -> Iterable[str]:
    if rows > len(facts):
        yield f"{counted(rows - len(facts), 'row')} say again what another row says"
    if facts and not any(fact.keyword or fact.keyword_id for fact in facts):
        yield "none of the clicks names a keyword"
