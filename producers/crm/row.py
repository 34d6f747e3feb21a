"""One row of a CRM, from an export or a webhook, to the facts that it states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson
from pydantic import ValidationError

from producers.crm.cells import RowCells
from producers.crm.mapping import CrmMapping
from producers.outcomes.left_out import CellError, LeftOut
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, FollowedUp, LeadRecorded, PocRecorded, StageChanged
from schemas.envelope import Fact, natural_id
from schemas.terms import Identifier

AnyFact = TypeVar("AnyFact", bound=Fact)
_UNSAID: Final[tuple[object, ...]] = ("", (), None, {})


@dataclass(frozen=True, slots=True)
class RowResult:
    """The facts of a row, or the problems that keep it out: a row counts whole or not at all."""

    facts: tuple[Fact, ...]
    problems: tuple[LeftOut, ...] = ()


def facts_of_row(
    row: Mapping[str, str],
    mapping: CrmMapping,
    tokeniser: Tokeniser,
    received_at: int,
    people: Mapping[Identifier, tuple[Identifier, ...]] | None = None,
) -> RowResult:
    """Return what a row (column → cell) states of its lead and its deal.

    The same row gives the same event ids, a changed one others. `received_at` is UTC milliseconds; `people`
    tells by deal who else is on it, if other rows say so.
    """
    cells = RowCells.of(row, mapping, tokeniser, received_at)
    try:
        lead = cells.record_id(mapping.lead.id, "crm")
        deal = cells.record_id(mapping.deal.id, "deal")
        if (lead if mapping.object == "lead" else deal) is None:
            columns = mapping.lead.id if mapping.object == "lead" else mapping.deal.id
            cell, column = cells.raw(columns)
            wrong = f"{'names no record' if cell else 'is empty'}: a record without an id"
            raise CellError(f"{wrong} can't be told from others", column)
        facts: list[Fact] = []
        if lead:
            facts += _lead_facts(cells, lead)
        if deal:
            others = (people or {}).get(deal, ())
            facts += _deal_facts(cells, deal, people_of_row(cells, lead) + others)
        return RowResult(tuple(facts))
    except CellError as error:
        return RowResult((), (LeftOut(0, error.column, str(error)),))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return RowResult((), (LeftOut(0, "", f"{field}: {first['msg']}"),))


def people_of_row(cells: RowCells, lead: Identifier | None) -> tuple[Identifier, ...]:
    """Return who a row says is on its deal: those it names, and the lead that it is about."""
    columns = cells.mapping.deal
    named = (
        *cells.crm_ids(columns.people),
        *cells.emails(columns.people_emails),
        *cells.phones(columns.people_phones),
    )
    return (lead, *named) if lead else named


def _lead_facts(cells: RowCells, lead: Identifier) -> Iterable[Fact]:
    columns, make = cells.mapping.lead, _Maker(cells, lead)
    created, updated = cells.moment(columns.created_at), cells.moment(columns.updated_at)
    dated = _dated(cells, columns.stage_dates, created)
    current = cells.text(columns.stage, columns.values.get("stage"))
    stage_at = _entered_at(cells, columns.stage_at, created)
    at = _newest(updated if updated is not None else created, stage_at, *dated.values())
    recorded_at = updated if updated is not None else created if created is not None else at
    if recorded_at is None or at is None:
        raise CellError("has no date at all, so nothing that it says has a time")
    yield make(
        LeadRecorded,
        recorded_at,
        others=_distinct(
            cells.emails(columns.emails),
            cells.phones(columns.phones),
            cells.plain_ids(columns.visitor_ids, "anon"),
            cells.plain_ids(columns.user_ids, "user"),
            cells.crm_ids(columns.crm_ids),
            leaving_out=lead,
        ),
        created_at=created,
        account_id=cells.account_id(columns.account_id),
        company=cells.text(columns.company),
        email_domain=cells.email_domain(columns.emails),
        website=cells.text(columns.website),
        owner=cells.text(columns.owner),
        lead_source=cells.text(columns.source, columns.values.get("source")),
        attributes=_attributes(cells),
    )
    reason = cells.text(columns.stage_reason, columns.values.get("stage_reason"))
    owner = cells.text(columns.owner)
    for stage, entered_at, is_current in _entries(dated, current, stage_at, at):
        said = {"reason": reason, "owner": owner} if is_current else {}
        yield make(StageChanged, entered_at, system=cells.mapping.system, stage=stage, **said)
    yield from _follow_up(cells, make, updated if updated is not None else at)


def _follow_up(cells: RowCells, make: "_Maker", changed_at: int) -> Iterable[Fact]:
    columns, values = cells.mapping.lead.follow_up, cells.mapping.lead.values
    category = cells.text(columns.category, values.get("category"))
    grade = cells.text(columns.grade, values.get("grade"))
    tags = cells.all_texts(columns.tags)
    at = cells.moment(columns.at)
    if at is None and not (category or grade or tags):
        return
    # A grade and tags alone are the row's; that somebody was contacted is said by a time or a category.
    contacted = at is not None or bool(category)
    at = changed_at if at is None else cells.by_the_end(at)
    owner = cells.text(columns.owner) or cells.text(cells.mapping.lead.owner)
    contact: dict[str, Any] = {} if contacted else {"contacted": False}
    yield make(FollowedUp, at, category=category, grade=grade, tags=tags, owner=owner, **contact)


def _deal_facts(cells: RowCells, deal: Identifier, people: tuple[Identifier, ...]) -> Iterable[Fact]:
    columns, make = cells.mapping.deal, _Maker(cells, deal)
    system = cells.mapping.system
    created, updated = cells.moment(columns.created_at), cells.moment(columns.updated_at)
    dated = _dated(cells, columns.stage_dates, created)
    current = cells.text(columns.stage, columns.values.get("stage"))
    stage_at = _entered_at(cells, columns.stage_at, created)
    if current.casefold() in {word.casefold() for word in columns.closed_stages}:
        stage_at = stage_at if stage_at is not None else _entered_at(cells, columns.closed_at, created)
    reason = cells.text(columns.reason, columns.values.get("reason"))
    at = _newest(updated if updated is not None else created, stage_at, *dated.values())
    if at is None:
        at = cells.moment(cells.mapping.lead.updated_at)
    if at is None:
        raise CellError("has no date of the deal, so nothing that it says of it has a time")
    if created is not None:
        yield make(DealRecorded, created, system=system)
    # What the row is about at last is told below, with all that it says of the deal.
    stages = _entries(dated, current if stage_at is not None else "", stage_at, at)
    for stage, entered_at, is_current in stages:
        said = {"reason": reason} if is_current or (stage_at is None and stage == current) else {}
        yield make(DealRecorded, entered_at, system=system, stage=stage, **said)
    money = cells.money(columns.amount, columns.currency)
    yield make(
        DealRecorded,
        at,
        system=system,
        stage=current,
        name=cells.text(columns.name),
        amount_minor=money.minor if money else None,
        currency=money.currency if money else "",
        people=_distinct(people) or None,
        account_id=cells.account_id(columns.account_id),
        reason=reason,
        owner=cells.text(columns.owner),
    )
    yield from _poc(cells, make, at)


def _poc(cells: RowCells, make: "_Maker", updated: int) -> Iterable[Fact]:
    columns = cells.mapping.deal.poc
    started, ended = cells.moment(columns.started_at), cells.moment(columns.ended_at)
    result = cells.text(columns.result, cells.mapping.deal.values.get("poc_result"))
    reason = cells.text(columns.reason)
    if started is None and ended is None and not result and not reason:
        return
    at = _newest(started, ended)
    yield make(
        PocRecorded,
        updated if at is None else at,
        started_at=started,
        ended_at=ended,
        result=result,
        reason=reason,
    )


def stated(
    kind: type[AnyFact],
    system: str,
    subject: Identifier,
    at: int,
    received_at: int,
    content: Mapping[str, Any],
) -> AnyFact:
    """Make a fact that a CRM states; its id follows from subject, time and all that it says.

    Raises ValidationError.
    """
    said = {name: value for name, value in content.items() if value not in _UNSAID}
    packed = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    return kind(
        event_id=natural_id(kind.model_fields["type"].default, subject, at, packed),
        occurred_at=at,
        received_at=received_at,
        source=f"crm:{system}",
        subject=subject,
        **said,
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes facts of one subject."""

    cells: RowCells
    subject: Identifier

    def __call__(self, kind: type[AnyFact], at: int, **content: Any) -> AnyFact:
        return stated(kind, self.cells.mapping.system, self.subject, at, self.cells.received_at, content)


def _dated(
    cells: RowCells, stage_dates: Mapping[str, tuple[str, ...]], created: int | None
) -> dict[str, int]:
    moments = {stage: _entered_at(cells, columns, created) for stage, columns in stage_dates.items()}
    return {stage: at for stage, at in moments.items() if at is not None}


def _entered_at(cells: RowCells, columns: tuple[str, ...], created: int | None) -> int | None:
    at = cells.moment(columns)
    return None if at is None else cells.not_before(at, created)


def _entries(
    dated: Mapping[str, int], current: str, stage_at: int | None, at: int
) -> Iterable[tuple[str, int, bool]]:
    """Yield each entry into a stage that a row tells, and whether it is that into the current one.

    The dates of stages are often those of the first entry: who came back to a stage, by its own date or since
    another one is newer, entered it twice. What has no date counts since `at`.
    """
    since = dated.get(current)
    if not current or (stage_at is None and since is not None and since == max(dated.values())):
        yield from ((stage, entered_at, stage == current) for stage, entered_at in dated.items())
        return
    entered = stage_at if stage_at is not None else at
    yield from (
        (stage, earlier, False) for stage, earlier in dated.items() if (stage, earlier) != (current, entered)
    )
    yield current, entered, True


def _attributes(cells: RowCells) -> dict[str, str]:
    texts = ((column, cells.text((column,))) for column in cells.mapping.lead.attributes)
    return {column[:128]: text for column, text in texts if text}


def _newest(*moments: int | None) -> int | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _distinct(
    *groups: tuple[Identifier, ...], leaving_out: Identifier | None = None
) -> tuple[Identifier, ...]:
    return tuple(sorted({name for group in groups for name in group} - {leaving_out}))
