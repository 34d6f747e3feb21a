"""Bodies of CRM webhooks → facts: rows of text fields by the system's mapping, and HubSpot's own events."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from producers.cells.json_values import object_of
from producers.cells.tabular import column_key
from producers.crm.flat_rows import cells_of, fields_of
from producers.crm.hubspot.events import HUBSPOT, hubspot_facts
from producers.crm.mapping import CrmMapping
from producers.crm.row import facts_of_row
from producers.crm.salesforce.changes import concerns_journeys, facts_of_change, header_of_change, is_gap
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.outcomes.of_requests import Collected, record
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import Fact

MOST_ROWS: Final = 1000
SALESFORCE: Final = "salesforce"
_NO_MAPPING: Final = "no mapping is known for this system: put one into the folder of mappings"

Mappings = Mapping[str, Sequence[CrmMapping]]


def facts_of_webhook(
    system: str, body: Any, mappings: Mappings, tokeniser: Tokeniser, received_at: int
) -> Collected:
    """Turn the body of a webhook into facts; raise UnusableError if it is none that this system sends.

    The body is a row, which is an object, or an array of rows; what is nested in a row is a field by its
    path, like event.stage. Rows are read by the mapping of the system, of several by the one that knows most
    of a row's fields. HubSpot's own array of events is understood too, and Salesforce's change events.
    """
    rows = [body] if isinstance(body, dict) else body
    if not isinstance(rows, list) or not rows:
        raise UnusableError("the body must be a JSON object, which is a row, or an array of them")
    if len(rows) > MOST_ROWS:
        raise UnusableError(f"more than {MOST_ROWS} rows: send them in several requests")
    native = system == HUBSPOT and all(isinstance(row, dict) and "subscriptionType" in row for row in rows)
    if not (native or system == SALESFORCE or mappings.get(system)):
        raise UnusableError(_NO_MAPPING)
    facts: list[Fact] = []
    rejected = []
    for index, row in enumerate(rows):
        try:
            if native:
                facts += hubspot_facts(row, tokeniser, received_at)
            elif system == SALESFORCE and header_of_change(object_of(row)):
                changed, faults = _changes(row, tokeniser, received_at)
                facts += changed
                rejected += [LeftOut(index, "", f"{fault.column}: {fault.reason}") for fault in faults[:1]]
            else:
                facts += _row_facts(row, mappings.get(system, ()), tokeniser, received_at)
        except UnusableError as error:
            rejected.append(LeftOut(index, "", str(error)))
    return Collected(tuple(record(fact) for fact in facts), len(rows) - len(rejected), tuple(rejected))


def _row_facts(
    row: Any, mappings: Sequence[CrmMapping], tokeniser: Tokeniser, received_at: int
) -> Sequence[Fact]:
    if not isinstance(row, dict):
        raise UnusableError("a row is a JSON object")
    if not mappings:
        raise UnusableError(_NO_MAPPING)
    fields = fields_of(row)
    mapping = best_mapping(fields, mappings)
    result = facts_of_row(cells_of(fields, row, mapping), mapping, tokeniser, received_at)
    if result.problems:
        raise UnusableError(result.problems[0].without_line)
    return result.facts


def _changes(
    event: Mapping[str, Any], tokeniser: Tokeniser, received_at: int
) -> tuple[Sequence[Fact], Sequence[LeftOut]]:
    header = header_of_change(event)
    if is_gap(header) or not concerns_journeys(header):
        return (), ()
    return facts_of_change(event, tokeniser, received_at)


def best_mapping(row: Iterable[str], mappings: Sequence[CrmMapping]) -> CrmMapping:
    """Return the mapping that knows most of a row's fields, first of all that of its id."""
    present = {column_key(name) for name in row}

    def fit(mapping: CrmMapping) -> tuple[bool, int]:
        main = mapping.lead.id if mapping.object == "lead" else mapping.deal.id
        has_id = any(column_key(name) in present for name in main)
        known = {column_key(name) for _, columns in mapping.fields() for name in columns}
        return has_id, len(known & present)

    return max(mappings, key=fit)
