"""Lists of keywords of ad platforms to facts: what each keyword's id stands for, and since when."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from producers.cells.dates import DateRules, moment_of
from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import NotUnderstoodError, Row, Table, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.sem.columns import Layout, nearest_to_header, vocabulary
from producers.sem.facts import SOURCE
from producers.sem.opening import DAY_MS, FIRST_MOMENT, Headed, Opening, headed, opened
from producers.sem.options import SemOptions
from producers.sem.values import IDS, bid_keyword, match_type_of, name_of, named
from producers.sem.words import FIELDS
from schemas.envelope import natural_id
from schemas.sem import IDS_REPEAT_ACROSS_GROUPS, AdKeywordListed, keyword_subject

_NAMES: Final = (
    "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id", "match_type",
)  # fmt: skip
_FIELDS: Final = vocabulary({
    **{field: FIELDS[field] for field in (*_NAMES, "account_id")},
    "since": ("生效时间", "起始时间", "valid from", "since"),
})  # fmt: skip
# Microsoft's bulk file lists campaigns, ad groups and keywords alike, each with its own id and its parent's.
_BULK: Final = {
    **_FIELDS,
    **vocabulary({"keyword_id": ("id",), "ad_group_id": ("parent id",), "type": ("type",)}),
}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known of a list before its first row is read; `made_at` is UTC milliseconds."""

    opening: Opening
    rules: DateRules
    made_at: int

    @property
    def layout(self) -> Layout:
        return self.opening.layout

    def cell(self, row: Row, field: str) -> str:
        return self.opening.cell(row, field)


def find_keyword_list(table: Table, file_name: str, options: SemOptions) -> Headed | None:
    """Return where the list of keywords in a file begins; None if no row is the header of one."""
    return headed(table, _FIELDS, _is_header, file_name, options) or headed(
        table, _BULK, _is_bulk, file_name, options
    )


def read_keyword_list(file: Headed) -> ImportResult:
    """Read a list of keywords with their ids. Raises NotUnderstoodError."""
    opening = opened(file, "since")
    made_at = min(opening.made_at, opening.options.received_at)
    reading = _Reading(opening, DateRules(opening.zone, order=opening.order), made_at)
    layout = opening.layout
    facts: dict[str, AdKeywordListed] = {}
    said_on: dict[str, int] = {}
    rejects: list[LeftOut] = []
    repeated = 0
    for row in opening.rows:
        if _is_no_keyword(row, opening):
            continue
        try:
            fact = _entry(row, reading)
        except CellError as error:
            rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
            continue
        if fact.event_id in facts:
            repeated += 1
        elif _is_definite(fact) and fact.subject in said_on and "since" not in layout.columns:
            reason = f"says of a keyword id something else than line {said_on[fact.subject]}"
            rejects.append(LeftOut(row.line, layout.name("keyword_id"), reason, row.cells))
        else:
            facts[fact.event_id] = fact
            said_on[fact.subject] = row.line
    if not facts and not rejects:
        raise NotUnderstoodError("the file has a header but no keywords below it", line=layout.line)
    entries = tuple(facts.values())
    summary = f"{opening.engine}: {counted(len(entries), 'keyword')}"
    return ImportResult(
        entries,
        tuple(rejects),
        layout.header,
        _understood(reading),
        tuple(_notes(entries, repeated)),
        summary,
    )


def refuse_no_header(table: Table) -> NotUnderstoodError:
    """Say of a file in which no row is a header what it lacks."""
    near = nearest_to_header(table.rows, _FIELDS) or table.rows[0]
    return NotUnderstoodError(
        "no row is the header of a list of keywords: it would name the id of each keyword (关键词ID, Keyword "
        f"ID) and the keyword (关键词, Keyword); found are {listed(near.cells)}",
        line=near.line,
    )


def _is_header(layout: Layout) -> bool:
    return {"keyword_id", "keyword"} <= layout.columns.keys()


def _is_bulk(layout: Layout) -> bool:
    return {"keyword_id", "ad_group_id", "keyword", "type"} <= layout.columns.keys()


def _is_no_keyword(row: Row, opening: Opening) -> bool:
    """Whether a row adds others up, or lists something else: an ad group, a negative keyword."""
    if "type" in opening.layout.columns:
        return plain(opening.cell(row, "type")) != "keyword"
    summing = opening.summing.get(row.line)
    return summing is not None and summing.is_total


def _entry(row: Row, reading: _Reading) -> AdKeywordListed:
    if problem := shape_problem(row, len(reading.layout.header)):
        raise CellError(problem)
    names = {field: named(row, field, reading.layout) for field in _NAMES}
    names["match_type"] = match_type_of(names["match_type"])
    # Google gives a keyword as <ad group>~<keyword>, and as kwd-<keyword> in reports of targets.
    names["keyword_id"] = names["keyword_id"].rpartition("~")[2].removeprefix("kwd-")
    if reading.opening.engine == "google":
        names["keyword"], names["match_type"] = bid_keyword(names["keyword"], names["match_type"])
    names["account"] = names["account"] or name_of(reading.cell(row, "account_id")) or reading.opening.account
    _check(names, reading)
    since = _since(row, reading)
    identity = "\x1f".join(names[field] for field in _NAMES)
    # When it was exported is no part of the id, so that the list of each day says only what is new.
    said = (identity, since) if "since" in reading.layout.columns else (identity,)
    return AdKeywordListed(
        event_id=natural_id("ad_keyword_listed", reading.opening.engine, *said),
        occurred_at=since,
        received_at=reading.opening.options.received_at,
        source=SOURCE,
        subject=keyword_subject(reading.opening.engine, names["ad_group_id"], names["keyword_id"]),
        platform=reading.opening.engine,
        account=names["account"],
        campaign=names["campaign"],
        campaign_id=names["campaign_id"],
        ad_group=names["ad_group"],
        ad_group_id=names["ad_group_id"],
        keyword=names["keyword"],
        keyword_id=names["keyword_id"],
        match_type=names["match_type"],
    )


def _check(names: Mapping[str, str], reading: _Reading) -> None:
    for field in IDS:
        if names[field] and not _ID.fullmatch(names[field]):
            raise CellError("is not an id", reading.layout.name(field))
    if names["keyword_id"] in ("", "0"):
        raise CellError(
            "is empty: without its id a keyword can't be looked up", reading.layout.name("keyword_id")
        )
    if names["keyword"] in NOTHING:
        raise CellError("is empty: an id without a keyword tells nothing", reading.layout.name("keyword"))


def _since(row: Row, reading: _Reading) -> int:
    text = reading.cell(row, "since")
    if text in NOTHING:
        return reading.made_at
    name = reading.layout.name("since")
    try:
        since = moment_of(text, reading.rules)
    except CellError as error:
        raise CellError(str(error), name) from None
    if not FIRST_MOMENT <= since <= reading.opening.options.received_at + DAY_MS:
        raise CellError("is before 2000 or in the future", name)
    return since


def _is_definite(fact: AdKeywordListed) -> bool:
    """Whether its subject means one keyword in one ad group."""
    return fact.platform not in IDS_REPEAT_ACROSS_GROUPS or bool(fact.ad_group_id)


def _understood(reading: _Reading) -> tuple[str, ...]:
    made = datetime.fromtimestamp(reading.made_at / 1000, reading.rules.zone)
    return (
        *reading.opening.understood(),
        f"valid since {made:%Y-%m-%d %H:%M}, unless a row says otherwise",
    )


def _notes(facts: Sequence[AdKeywordListed], repeated: int) -> Iterable[str]:
    if repeated:
        yield f"{counted(repeated, 'row')} say again what another row says"
    if not any(fact.campaign or fact.ad_group for fact in facts):
        yield "the list names neither campaigns nor ad groups: only keywords can be looked up"
    places: Counter[str] = Counter()
    for fact in facts:
        places[fact.subject] += not _is_definite(fact)
    if several := sum(number > 1 for number in places.values()):
        yield (
            f"{counted(several, 'id')} in several ad groups, whose ids the list lacks: of such keywords "
            "only the text can be looked up. Export the list with them (推广组ID, Ad group ID)"
        )
