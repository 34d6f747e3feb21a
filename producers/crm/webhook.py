"""Bodies of CRM webhooks → facts: what vendors post in their own way, and rows of text by a mapping."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from producers.cells.tabular import column_key
from producers.crm.flat_rows import Fields, cells_of, fields_of
from producers.crm.hubspot.webhook import HUBSPOT_WEBHOOKS
from producers.crm.mapping import CrmMapping
from producers.crm.pipedrive.webhook import PIPEDRIVE
from producers.crm.row import facts_of_row
from producers.crm.salesforce.webhook import SALESFORCE_WEBHOOKS
from producers.crm.vendor import Told, Vendor
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import Collected, Steps, finished, record
from schemas.codec import Encoded

MOST_ROWS: Final = 1000
VENDORS: Final[tuple[Vendor, ...]] = (HUBSPOT_WEBHOOKS, SALESFORCE_WEBHOOKS, PIPEDRIVE)
_NO_MAPPING: Final = "no mapping is known for this system: put one into the folder of mappings"

Mappings = Mapping[str, Sequence[CrmMapping]]


def facts_of_webhook(
    system: str, body: Any, mappings: Mappings, tokeniser: Tokeniser, received_at: int
) -> Collected:
    """Turn the body of a webhook into facts at once, as `steps_of_webhook` does row by row."""
    return finished(steps_of_webhook(system, body, mappings, tokeniser, received_at))


def steps_of_webhook(
    system: str, body: Any, mappings: Mappings, tokeniser: Tokeniser, received_at: int
) -> Steps:
    """Turn the body of a webhook into facts, a row in each step.

    Raises UnusableError in the first step if the body is none that this system sends.

    The body is a row, which is an object, or an array of rows; what is nested in a row is a field by its
    path, like event.stage. What a vendor posts in its own way is read by that vendor's reader. Other rows are
    read by the mapping of the system, of several by the one that knows most of a row's fields.
    """
    rows = [body] if isinstance(body, dict) else body
    if not isinstance(rows, list) or not rows:
        raise UnusableError("the body must be a JSON object, which is a row, or an array of them")
    if len(rows) > MOST_ROWS:
        raise UnusableError(f"more than {MOST_ROWS} rows: send them in several requests")
    known = mappings.get(system, ())
    vendor = next((vendor for vendor in VENDORS if vendor.system == system), None)
    if vendor is None and not known:
        raise UnusableError(_NO_MAPPING)
    records: list[Encoded] = []
    accepted = 0
    rejected: list[LeftOut] = []
    ignored: list[LeftOut] = []
    for index, row in enumerate(rows):
        yield
        try:
            told = _told(row, vendor, known, tokeniser, received_at)
        except UnusableError as error:
            rejected.append(LeftOut(index, "", str(error)))
            continue
        records += [record(fact, tokeniser) for fact in told.facts]
        accepted += bool(told.facts)
        if told.ignored:
            ignored.append(LeftOut(index, "", told.ignored))
        rejected += [LeftOut(index, "", fault.without_line) for fault in told.faults[:1]]
    return Collected(tuple(records), accepted, tuple(rejected), tuple(ignored))


def _told(
    row: Any, vendor: Vendor | None, mappings: Sequence[CrmMapping], tokeniser: Tokeniser, received_at: int
) -> Told:
    if not isinstance(row, dict):
        raise UnusableError("a row is a JSON object")
    if vendor is None or not vendor.is_mine(row):
        return _by_mapping(row, mappings, tokeniser, received_at)
    of_its_kind = [mapping for mapping in mappings if mapping.object == vendor.about(row)]
    if vendor.yields(row) and of_its_kind:
        fields = fields_of(row)
        mapping = best_mapping(fields, of_its_kind)
        if has_id(fields, mapping):
            return _by_mapping(row, [mapping], tokeniser, received_at)
    told = vendor.read(row, tokeniser, received_at)
    if not told.rest_by_mapping:
        return told
    if not of_its_kind:
        return Told(told.facts, ignored="" if told.facts else f"no mapping of a {vendor.about(row)} is known")
    rest = _by_mapping(row, of_its_kind, tokeniser, received_at)
    return Told((*told.facts, *rest.facts), rest.faults, rest.ignored)


def _by_mapping(
    row: Mapping[str, Any], mappings: Sequence[CrmMapping], tokeniser: Tokeniser, received_at: int
) -> Told:
    if not mappings:
        raise UnusableError(_NO_MAPPING)
    fields = fields_of(row)
    meant = [mapping for mapping in mappings if mapping.is_for(fields)]
    if not meant:
        return Told(ignored="it is of a kind that no mapping is for, by what they say in `only`")
    mapping = best_mapping(fields, meant)
    result = facts_of_row(cells_of(fields, row, mapping), mapping, tokeniser, received_at)
    if result.problems:
        raise UnusableError(result.problems[0].without_line)
    return Told(result.facts)


def best_mapping(row: Iterable[str], mappings: Sequence[CrmMapping]) -> CrmMapping:
    """Return the mapping that knows most of a row's fields, first of all that of its id."""
    present = {column_key(name) for name in row}

    def fit(mapping: CrmMapping) -> tuple[bool, int]:
        known = {column_key(name) for _, columns in mapping.fields() for name in columns}
        return has_id(present, mapping), len(known & present)

    return max(mappings, key=fit)


def has_id(row: Iterable[str] | Fields, mapping: CrmMapping) -> bool:
    """Whether a row has a field that the mapping takes its record's id from."""
    present = {column_key(name) for name in row}
    return any(column_key(name) in present for name in mapping.id_columns)
