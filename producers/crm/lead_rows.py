"""What a row of a CRM states of its lead: the record, its stages and follow-ups, and what it takes back."""

from collections.abc import Iterable
from typing import Any

from producers.crm.cells import RowCells
from producers.crm.deleted_cells import deletion_told
from producers.crm.stages import dated_stages, entered_at, newest_of, stage_entries
from producers.crm.stated import Maker
from producers.crm.taken_back import deletion
from producers.crm.told_sources import LANDING, REFERRER, ToldFields, told_fields
from producers.outcomes.left_out import CellError
from schemas.crm import FollowedUp, LeadConverted, LeadMerged, LeadRecorded, SourceTold, StageChanged
from schemas.envelope import Fact
from schemas.terms import Identifier


def lead_facts(cells: RowCells, lead: Identifier) -> Iterable[Fact]:
    """Yield what a row states of its lead; raise CellError."""
    columns, make = cells.mapping.lead, Maker(cells, lead)
    created, updated = cells.moment(columns.created_at), cells.moment(columns.updated_at)
    dated = dated_stages(cells, columns.stage_dates, created)
    current = cells.text(columns.stage, columns.values.get("stage"))
    stage_at = entered_at(cells, columns.stage_at, created)
    at = newest_of(updated if updated is not None else created, stage_at, *dated.values())
    recorded_at = updated if updated is not None else created if created is not None else at
    if recorded_at is None or at is None:
        raise CellError("has no date at all, so nothing that it says has a time")
    yield make(
        LeadRecorded,
        recorded_at,
        others=distinct(
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
        attributes=attributes_of(cells, columns.attributes) | _heard_from(cells),
    )
    reason = cells.text(columns.stage_reason, columns.values.get("stage_reason"))
    owner = cells.text(columns.owner)
    for stage, at_stage, is_current in stage_entries(dated, current, stage_at, at):
        said = {"reason": reason, "owner": owner} if is_current else {}
        yield make(StageChanged, at_stage, system=cells.mapping.system, stage=stage, **said)
    changed_at = updated if updated is not None else at
    if became := cells.record_id(columns.deal, "deal"):
        yield make(LeadConverted, changed_at, deal=became)
    yield from _sources(cells, make, changed_at, created if created is not None else at)
    yield from _taken_back(cells, lead, changed_at)
    yield from _follow_up(cells, make, changed_at)


def _sources(cells: RowCells, make: Maker, at: int, created: int) -> Iterable[Fact]:
    """Yield how the lead came, as of `at`; when it came is the creation, if no column says it."""
    columns = cells.mapping.lead
    told = told_fields(cells.cells, cells.tokeniser)
    named = ToldFields()
    for what, names in columns.touch.items():
        is_page = what in (LANDING, REFERRER)
        cell = cells.text(names) if is_page else cells.raw(names)[0]
        named.note(what, columns.values.get(what, {}).get(cell, cell))
    for what, text in columns.touch_always.items():
        named.note(what, text)
    named.fill(told.get("", ToldFields()))
    named.scrub(cells.tokeniser)
    touched_at = cells.moment(columns.touched_at)
    came_at = created if touched_at is None else touched_at
    for which, fields, came in (("first", told.get("first"), came_at - 1), ("", named, came_at)):
        if fields is not None and fields.is_told():
            yield make(
                SourceTold,
                at,
                touched_at=came,
                which=which,
                landing_url=fields.landing_url,
                referrer=fields.referrer,
                tags=fields.tags,
            )


def _taken_back(cells: RowCells, lead: Identifier, at: int) -> Iterable[Fact]:
    columns = cells.mapping.lead
    told = deletion_told(cells, columns, at)
    winner = cells.record_id(columns.merged_into, "crm")
    if winner and winner != lead:
        merged_at = told.at if told else at
        yield Maker(cells, winner)(LeadMerged, merged_at, merged=(lead,))
    elif told:
        yield deletion(lead, told.at, cells.received_at, told.deleted)


def _follow_up(cells: RowCells, make: Maker, changed_at: int) -> Iterable[Fact]:
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


def _heard_from(cells: RowCells) -> dict[str, str]:
    """Return the lead's own answer to how it heard of us, by the name that forms on the website give it."""
    told = cells.text(cells.mapping.lead.heard_from)
    return {"heard_from": told} if told else {}


def attributes_of(cells: RowCells, columns: Iterable[str]) -> dict[str, str]:
    """Return what the cells of these columns say, by the name of the column; empty ones say nothing."""
    texts = ((column, cells.text((column,))) for column in columns)
    return {column[:128]: text for column, text in texts if text}


def distinct(
    *groups: tuple[Identifier, ...], leaving_out: Identifier | None = None
) -> tuple[Identifier, ...]:
    """Return the identifiers of all groups, each once, in order."""
    return tuple(sorted({name for group in groups for name in group} - {leaving_out}))
