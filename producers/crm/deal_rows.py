"""What a row of a CRM states of its deal: the record, its stages, its proof of concept, and its deletion."""

from collections.abc import Iterable

from producers.crm.cells import RowCells
from producers.crm.deleted_cells import deletion_told
from producers.crm.lead_rows import attributes_of, distinct
from producers.crm.stages import dated_stages, entered_at, newest_of, stage_entries
from producers.crm.stated import Maker
from producers.crm.taken_back import deletion
from producers.outcomes.left_out import CellError
from schemas.crm import DealRecorded, PocRecorded
from schemas.envelope import Fact
from schemas.terms import Identifier


def deal_facts(cells: RowCells, deal: Identifier, people: tuple[Identifier, ...]) -> Iterable[Fact]:
    """Yield what a row states of its deal, with these people on it; raise CellError."""
    columns, make = cells.mapping.deal, Maker(cells, deal)
    system = cells.mapping.system
    created, updated = cells.moment(columns.created_at), cells.moment(columns.updated_at)
    dated = dated_stages(cells, columns.stage_dates, created)
    current = cells.text(columns.stage, columns.values.get("stage"))
    stage_at = entered_at(cells, columns.stage_at, created)
    if current.casefold() in {word.casefold() for word in columns.closed_stages}:
        stage_at = stage_at if stage_at is not None else entered_at(cells, columns.closed_at, created)
    reason = cells.text(columns.reason, columns.values.get("reason"))
    at = newest_of(updated if updated is not None else created, stage_at, *dated.values())
    if at is None:
        at = cells.moment(cells.mapping.lead.updated_at)
    if at is None:
        raise CellError("has no date of the deal, so nothing that it says of it has a time")
    if created is not None:
        yield make(DealRecorded, created, system=system)
    # What the row is about at last is told below, with all that it says of the deal.
    stages = stage_entries(dated, current if stage_at is not None else "", stage_at, at)
    for stage, at_stage, is_current in stages:
        said = {"reason": reason} if is_current or (stage_at is None and stage == current) else {}
        yield make(DealRecorded, at_stage, system=system, stage=stage, **said)
    money = cells.money(columns.amount, columns.currency)
    if money is None:
        money = cells.money(columns.home_amount, columns.home_currency)
    yield make(
        DealRecorded,
        at,
        system=system,
        stage=current,
        name=cells.text(columns.name),
        amount_minor=money.minor if money else None,
        currency=money.currency if money else "",
        people=distinct(people) or None,
        account_id=cells.account_id(columns.account_id),
        reason=reason,
        owner=cells.text(columns.owner),
        attributes=attributes_of(cells, columns.attributes),
    )
    if told := deletion_told(cells, columns, at):
        winner = cells.record_id(columns.merged_into, "deal") if told.deleted else None
        into = winner if winner and winner != deal else ""
        yield deletion(deal, told.at, cells.received_at, told.deleted, into)
    yield from _poc(cells, make, at)


def _poc(cells: RowCells, make: Maker, updated: int) -> Iterable[Fact]:
    columns = cells.mapping.deal.poc
    started, ended = cells.moment(columns.started_at), cells.moment(columns.ended_at)
    result = cells.text(columns.result, cells.mapping.deal.values.get("poc_result"))
    reason = cells.text(columns.reason)
    if started is None and ended is None and not result and not reason:
        return
    at = newest_of(started, ended)
    yield make(
        PocRecorded,
        updated if at is None else at,
        started_at=started,
        ended_at=ended,
        result=result,
        reason=reason,
    )
