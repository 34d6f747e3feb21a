"""One row of a CRM, from an export or a webhook, to the facts that it states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import ValidationError

from producers.crm.cells import RowCells
from producers.crm.deal_rows import deal_facts
from producers.crm.lead_rows import lead_facts
from producers.crm.mapping import CrmMapping
from producers.crm.written import Written
from producers.outcomes.left_out import CellError, LeftOut
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import Fact
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
    written: Written | None = None,
) -> RowResult:
    """Return what a row (column → cell) states of its lead and its deal.

    The same row gives the same event ids, a changed one others. `received_at` is UTC milliseconds; `people`
    tells by deal who else is on it, if other rows say so; `written` how its file writes numbers and dates.
    """
    cells = RowCells.of(row, mapping, tokeniser, received_at, written)
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
            facts += lead_facts(cells, lead)
        if deal:
            others = (people or {}).get(deal, ())
            facts += deal_facts(cells, deal, people_of_row(cells, lead) + others)
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
