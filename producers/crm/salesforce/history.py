"""Salesforce's histories of leads and opportunities, exported as CSV, to facts of their stages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from producers.cells.dates import DateRules, date_order_of, moment_of
from producers.cells.tabular import NotUnderstoodError, Row, Table, column_key, header_of, shape_problem
from producers.cells.times import is_plausible
from producers.crm.cells import salesforce_id
from producers.crm.stated import stated
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, LeadRecorded, StageChanged
from schemas.envelope import Fact

SYSTEM: Final = "salesforce"
_HEADER_WITHIN: Final = 30
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "lead": ("LeadId", "Lead ID"),
    "deal": ("OpportunityId", "Opportunity ID"),
    "field": ("Field", "Field / Event", "Field Name"),
    "old": ("OldValue", "Old Value"),
    "new": ("NewValue", "New Value"),
    "at": ("CreatedDate", "Created Date", "Edit Date", "Last Modified", "Last Modified Date"),
    # OpportunityHistory has a row for each change of a deal, with the stage that it stood in then.
    "stage": ("StageName", "To Stage", "Stage"),
}
_STAGE_FIELDS: Final = {"lead": ("status", "leadstatus"), "deal": ("stagename", "stage")}
_CREATED: Final = ("created", "created.")


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    cells: tuple[str, ...]
    columns: dict[str, int]
    kind: str
    rules: DateRules

    def cell(self, row: Row, field: str) -> str:
        return row.cells[self.columns[field]] if field in self.columns else ""

    def name(self, field: str) -> str:
        return self.cells[self.columns[field]] if field in self.columns else ""


@dataclass(frozen=True, slots=True)
class _Change:
    """One row of interest; `old` and `new` are stages in Salesforce's words, both "" for its creation."""

    record: str
    at: int
    old: str
    new: str


def read_field_history(table: Table, tokeniser: Tokeniser, received_at: int, date_order: str) -> ImportResult:
    """Read the history of leads or opportunities; raise NotUnderstoodError if it is none."""
    at, header = _header(table, date_order)
    body = table.rows[at + 1 :]
    if not body:
        raise NotUnderstoodError("the file has a header but no rows below it", line=header.line)
    changes: list[_Change] = []
    rejects: list[LeftOut] = []
    other: Counter[str] = Counter()
    for row in body:
        try:
            change = _change(row, header, tokeniser, received_at)
        except CellError as error:
            rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
            continue
        if change is None:
            other[header.cell(row, "field")[:60]] += 1
        else:
            changes.append(change)
    facts = tuple({fact.event_id: fact for fact in _facts(changes, header.kind, received_at)}.values())
    notes = [f"{counted(sum(other.values()), 'row')} of other fields left out: {listed([*other], 10)}"]
    what = "leads" if header.kind == "lead" else "opportunities"
    understood = (
        f"system: {SYSTEM}, history of {what}",
        f"encoding: {table.encoding}, header on line {header.line}",
        *(f"{field}: column “{header.cells[place]}”" for field, place in header.columns.items()),
    )
    summary = f"{SYSTEM}: {counted(len(changes), 'change')} of {what}"
    return ImportResult(
        facts, tuple(rejects), header.cells, understood, tuple(notes if other else ()), summary
    )


def _header(table: Table, date_order: str) -> tuple[int, _Header]:
    for at, row in enumerate(table.rows[:_HEADER_WITHIN]):
        cells = header_of(row)
        keys = [column_key(cell) for cell in cells]
        columns = {
            field: keys.index(found)
            for field, names in _COLUMNS.items()
            if (found := next((key for name in names if (key := column_key(name)) in keys), ""))
        }
        is_history = {"field", "new", "at"} <= columns.keys()
        is_snapshots = {"deal", "stage", "at"} <= columns.keys()
        if row.problem or not (is_history or is_snapshots):
            continue
        kinds = [kind for kind in ("lead", "deal") if kind in columns]
        if len(kinds) == 1:
            place = columns["at"]
            dates = (each.cells[place] for each in table.rows[at + 1 :] if len(each.cells) > place)
            # A report shows dates as its reader's country writes them; most are read in the United States.
            order = date_order or date_order_of(dates) or "mdy"
            return at, _Header(row.line, cells, columns, kinds[0], DateRules(UTC, order=order))
    raise NotUnderstoodError(
        "no row is the header of a history of Salesforce: it would name LeadId or OpportunityId, Field, "
        "OldValue, NewValue and CreatedDate, or OpportunityId, StageName and CreatedDate; found are "
        f"{listed(table.rows[0].cells)}",
        line=table.rows[0].line,
    )


def _change(row: Row, header: _Header, tokeniser: Tokeniser, received_at: int) -> _Change | None:
    if problem := shape_problem(row, len(header.cells)):
        raise CellError(problem)
    record = salesforce_id(header.cell(row, header.kind))
    if not record.isascii() or not record.isalnum() or len(record) != 18:
        raise CellError("is not an id of Salesforce", header.name(header.kind))
    is_snapshot = "field" not in header.columns
    field = column_key(header.cell(row, "field"))
    is_creation = field in _CREATED
    if not (is_snapshot or is_creation or field in _STAGE_FIELDS[header.kind]):
        return None
    try:
        at = moment_of(header.cell(row, "at"), header.rules)
    except CellError as error:
        raise CellError(str(error), header.name("at")) from None
    if not is_plausible(at, received_at):
        raise CellError("is a date before 2000 or more than a year ahead", header.name("at"))
    if is_creation:
        return _Change(record, at, "", "")
    told = "stage" if is_snapshot else "new"
    old, new = (tokeniser.scrub_to(header.cell(row, each), 512) for each in ("old", told))
    if not new:
        raise CellError("is empty: a stage was left, and none is named that was entered", header.name(told))
    return _Change(record, at, old, new)


def _facts(changes: Sequence[_Change], kind: str, received_at: int) -> Iterable[Fact]:
    """Yield the facts; a record whose creation is in the file began in the stage that it left first."""
    first: dict[str, _Change] = {}
    for change in changes:
        known = first.get(change.record)
        if change.new and (known is None or change.at < known.at):
            first[change.record] = change
    for change in changes:
        stage = change.new
        if not stage:
            yield _created(change, kind, received_at)
            stage = first[change.record].old if change.record in first else ""
        if stage:
            yield stage_fact(kind, change.record, stage, change.at, received_at)


def _created(change: _Change, kind: str, received_at: int) -> Fact:
    if kind == "deal":
        subject = f"deal:{SYSTEM}:{change.record}"
        return stated(DealRecorded, SYSTEM, subject, change.at, received_at, {"system": SYSTEM})
    content = {"created_at": change.at}
    return stated(LeadRecorded, SYSTEM, f"crm:{SYSTEM}:{change.record}", change.at, received_at, content)


def stage_fact(kind: str, record: str, stage: str, at: int, received_at: int) -> Fact:
    """Make the fact that a "lead" or a "deal" of Salesforce entered a stage; times are UTC milliseconds."""
    said = {"system": SYSTEM, "stage": stage}
    if kind == "deal":
        return stated(DealRecorded, SYSTEM, f"deal:{SYSTEM}:{record}", at, received_at, said)
    return stated(StageChanged, SYSTEM, f"crm:{SYSTEM}:{record}", at, received_at, said)
