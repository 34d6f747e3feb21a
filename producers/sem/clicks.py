"""Click details of ad platforms to facts: which keyword, campaign and moment a click id stands for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from producers.cells.dates import DateRules, moment_of
from producers.cells.tabular import NotUnderstoodError, Row, Table, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.sem.columns import Layout, vocabulary
from producers.sem.engines import ENGINES
from producers.sem.facts import SOURCE
from producers.sem.opening import DAY_MS, FIRST_MOMENT, Headed, Opening, headed, opened
from producers.sem.options import SemOptions
from producers.sem.values import bid_keyword, device_of, match_type_of, name_of, named
from producers.sem.words import FIELDS
from schemas.envelope import natural_id
from schemas.sem import AdClicked
from schemas.terms import Millis

_CLICK_ID: Final = "click id of "
_CLICK_IDS: Final[dict[str, tuple[str, ...]]] = {
    "google": ("gclid", "google click id", "click_view.gclid", "google 点击 id"),
    "microsoft": ("msclkid", "microsoft click id"),
    "baidu": ("bd_vid", "bdvid"),
    "360": ("qhclickid",),
    "shenma": ("uctrackid",),
    "": ("点击id", "点击标识", "click id", "clickid", "click_id"),
}
_KEPT: Final = (
    "account", "account_id", "campaign", "campaign_id", "ad_group", "ad_group_id", "device",
)  # fmt: skip
_FIELDS: Final = vocabulary({
    **{f"{_CLICK_ID}{engine}": names for engine, names in _CLICK_IDS.items()},
    **{field: names for field, names in FIELDS.items() if field in _KEPT},
    "at": ("点击时间", "时间", "date/time", "click time", "click date", "日期/时间", "日期",
           "day", "date", "segments.date",
           "time period"),
    "keyword": (*FIELDS["keyword"], "keyword / placement", "click_view.keyword_info.text"),
    "keyword_id": (*FIELDS["keyword_id"], "click_view.keyword"),
    "match_type": (*FIELDS["match_type"], "click_view.keyword_info.match_type"),
    "search_term": ("搜索词", "搜索字词", "search term", "search query"),
})  # fmt: skip
_NAMES: Final = (
    "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id", "search_term",
)  # fmt: skip
_LONGEST: Final = 250  # as an identifier, with its kind before it, it must fit in 256


@dataclass(frozen=True, slots=True)
class _Reading:
    opening: Opening
    rules: DateRules
    engine: str
    id_field: str

    @property
    def layout(self) -> Layout:
        return self.opening.layout


def find_clicks(table: Table, file_name: str, options: SemOptions) -> Headed | None:
    """Return where the list of clicks in a file begins; None if no row is the header of one."""
    return headed(table, _FIELDS, _is_header, file_name, options)


def read_clicks(file: Headed) -> ImportResult:
    """Read a list of clicks with their click ids. Raises NotUnderstoodError."""
    reading = _begin(file)
    opening, layout = reading.opening, reading.layout
    if not opening.rows:
        raise NotUnderstoodError("the file has a header but no rows below it", line=layout.line)
    clicks: dict[str, AdClicked] = {}
    lines: dict[str, int] = {}
    rejects: list[LeftOut] = []
    sums = {line for line, summing in opening.summing.items() if summing.is_total}
    for row in opening.rows:
        if row.line in sums:
            continue
        try:
            click = _click(row, reading)
        except CellError as error:
            rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
            continue
        known = clicks.setdefault(click.click_id, click)
        if known != click:
            reason = f"says of a click id something else than line {lines[click.click_id]}"
            rejects.append(LeftOut(row.line, layout.name(reading.id_field), reason, row.cells))
        lines.setdefault(click.click_id, row.line)
    facts = tuple(clicks.values())
    return ImportResult(
        facts,
        tuple(rejects),
        layout.header,
        tuple(opening.understood()),
        tuple(_notes(facts, len(opening.rows) - len(sums) - len(rejects))),
        f"{reading.engine}: {counted(len(facts), 'click')}",
    )


def refuse_no_header(table: Table) -> NotUnderstoodError:
    """Say of a file in which no row is a header what it lacks."""
    return NotUnderstoodError(
        "no row is the header of a list of clicks: it would name a click id (gclid, bd_vid, qhclickid, "
        f"msclkid, 点击ID) and its time; found are {listed(table.rows[0].cells)}",
        line=table.rows[0].line,
    )


def _is_header(layout: Layout) -> bool:
    return bool(_id_fields(layout)) and len(layout.columns) >= 2


def _id_fields(layout: Layout) -> list[str]:
    return [field for field in layout.columns if field.startswith(_CLICK_ID)]


def _begin(file: Headed) -> _Reading:
    layout, options = file.layout, file.options
    if "at" not in layout.columns:
        raise NotUnderstoodError(
            "there is no column of the click's time (点击时间, Date/Time); found are "
            f"{listed(layout.header)}",
            line=layout.line,
            column="at",
        )
    if options.engine and options.engine not in ENGINES:
        raise NotUnderstoodError(
            f"{options.engine!r} is not an engine that is known; those are {', '.join(ENGINES)}"
        )
    engine, id_field = _engine(layout, options.engine)
    opening = opened(file, "at", engine)
    return _Reading(opening, DateRules(opening.zone, order=opening.order), engine, id_field)


def _engine(layout: Layout, given: str) -> tuple[str, str]:
    named = {field.removeprefix(_CLICK_ID): field for field in _id_fields(layout)}
    generic = named.pop("", "")
    if given:
        if given not in named and named:
            raise NotUnderstoodError(
                f"wrong engine: the click ids are those of {', '.join(named)}, not of {given}",
                line=layout.line,
            )
        return given, named.get(given, generic)
    if len(named) != 1:
        raise NotUnderstoodError(
            f"the columns don't tell whose click ids these are; say it with --engine ({', '.join(ENGINES)})",
            line=layout.line,
        )
    return next(iter(named.items()))


def _click(row: Row, reading: _Reading) -> AdClicked:
    if problem := shape_problem(row, len(reading.layout.header)):
        raise CellError(problem)
    names = {field: named(row, field, reading.layout) for field in _NAMES}
    # Google gives the resource customers/1/adGroupCriteria/<ad group>~<keyword>.
    names["keyword_id"] = names["keyword_id"].rpartition("~")[2]
    names["account"] = (
        names["account"] or name_of(reading.opening.cell(row, "account_id")) or reading.opening.account
    )
    return click_fact(
        reading.engine,
        _click_id(row, reading),
        names,
        at=_moment(row, reading),
        received_at=reading.opening.options.received_at,
        match_type=reading.opening.cell(row, "match_type"),
        device=reading.opening.cell(row, "device"),
    )


def click_fact(
    platform: str,
    click_id: str,
    names: Mapping[str, str],
    *,
    at: Millis,
    received_at: Millis,
    match_type: str,
    device: str,
) -> AdClicked:
    """Make the fact of one click, whatever told it; `names` are cleaned, account and search term too."""
    told, bid = dict(names), match_type_of(match_type)
    if platform == "google":
        told["keyword"], bid = bid_keyword(told["keyword"], bid)
    return AdClicked(
        event_id=natural_id("ad_clicked", platform, click_id),
        occurred_at=at,
        received_at=received_at,
        source=SOURCE,
        subject=f"click:{click_id}",
        platform=platform,
        click_id=click_id,
        match_type=bid[:512],
        device=device_of(device)[:512],
        account=told["account"],
        campaign=told["campaign"],
        campaign_id=told["campaign_id"],
        ad_group=told["ad_group"],
        ad_group_id=told["ad_group_id"],
        keyword=told["keyword"],
        keyword_id=told["keyword_id"],
        search_term=told["search_term"],
    )


def _click_id(row: Row, reading: _Reading) -> str:
    click_id = reading.opening.cell(row, reading.id_field)
    name = reading.layout.name(reading.id_field)
    if not click_id or click_id in ("--", "-"):
        raise CellError("is empty: without a click id nothing can be joined", name)
    if len(click_id) > _LONGEST or " " in click_id or not click_id.isprintable():
        raise CellError("is not a click id", name)
    return click_id


def _moment(row: Row, reading: _Reading) -> int:
    name = reading.layout.name("at")
    try:
        at = moment_of(reading.opening.cell(row, "at"), reading.rules)
    except CellError as error:
        raise CellError(str(error), name) from None
    if not FIRST_MOMENT <= at <= reading.opening.options.received_at + DAY_MS:
        raise CellError("is before 2000 or in the future", name)
    return at


def _notes(facts: tuple[AdClicked, ...], rows: int) -> Iterable[str]:
    if rows > len(facts):
        yield f"{counted(rows - len(facts), 'row')} say again what another row says"
    if facts and not any(fact.keyword or fact.keyword_id for fact in facts):
        yield "none of the clicks names a keyword"
