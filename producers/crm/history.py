"""Histories of CRMs to facts: every change with its own time, whatever of the known forms a file has."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from producers.cells.json_values import object_of
from producers.cells.source import Source
from producers.cells.tabular import NotUnderstoodError, read_table, text_in
from producers.cells.workbook import is_workbook
from producers.crm.hubspot.history import facts_of_object, is_hubspot, stages_without_history
from producers.crm.salesforce.changes import concerns_journeys, facts_of_change, header_of_change, is_gap
from producers.crm.salesforce.history import read_field_history
from producers.outcomes.left_out import LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, StageChanged
from schemas.envelope import Fact

_LONGEST_CELL: Final = 4000
_NEITHER: Final = "is neither an object of HubSpot (id, properties) nor a change event of Salesforce"

Record = tuple[int, Any]
Reader = Callable[[Mapping[str, Any], Tokeniser, int], tuple[list[Fact], list[LeftOut]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOptions:
    """What the user says about a history; `received_at` is UTC milliseconds, "" is found out.

    `date_order` is "mdy" or "dmy" for dates like 4/3/2024.
    """

    received_at: int
    date_order: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(slots=True)
class _Read:
    """What was read so far."""

    facts: dict[str, Fact] = field(default_factory=dict)
    rejects: list[LeftOut] = field(default_factory=list)
    records: Counter[str] = field(default_factory=Counter)
    gaps: list[str] = field(default_factory=list)
    passed_by: Counter[str] = field(default_factory=Counter)
    undated: int = 0


def read_crm_history(data: Source, tokeniser: Tokeniser, options: HistoryOptions) -> ImportResult:
    """Read a history; raise NotUnderstoodError if it is none of those that are known.

    HubSpot's objects with propertiesWithHistory and Salesforce's change events are JSON, as one document or
    one on each line; Salesforce's LeadHistory and OpportunityFieldHistory are CSV.
    """
    text, encoding = ("", "") if is_workbook(data.head) else text_in(data, options.encoding)
    if text.lstrip()[:1] not in ("{", "["):
        table = read_table(data, encoding=options.encoding, separator=options.separator, sheet=options.sheet)
        return read_field_history(table, tokeniser, options.received_at, options.date_order)
    read = _Read()
    for line, record in _records(text, read):
        _take(line, record, read, tokeniser, options.received_at)
    if not read.records:
        first = read.rejects[0] if read.rejects else None
        raise NotUnderstoodError(
            f"it holds no history: the first record {first.reason if first else 'is missing'}",
            line=first.at if first else None,
        )
    kinds = ", ".join(counted(number, kind) for kind, number in sorted(read.records.items()))
    facts = tuple(read.facts.values())
    understood = (f"encoding: {encoding}", kinds, *_stages(facts))
    summary = f"{kinds}: {counted(len(facts), 'fact')}"
    return ImportResult(facts, tuple(read.rejects), ("record",), understood, tuple(_notes(read)), summary)


def _records(text: str, read: _Read) -> Iterable[Record]:
    """Yield each record with its line, or with its number if the file is one document."""
    try:
        yield from enumerate(_unpacked(orjson.loads(text)), start=1)
        return
    except orjson.JSONDecodeError:
        lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            held = orjson.loads(line)
        except orjson.JSONDecodeError:
            read.rejects.append(LeftOut(number, "", "is not JSON", (line[:_LONGEST_CELL],)))
            continue
        yield from ((number, record) for record in _unpacked(held))


def _unpacked(held: Any) -> Iterable[Any]:
    """Yield the records of a document: those of pages of results, and of arrays of either."""
    for each in held if isinstance(held, list) else [held]:
        results = object_of(each).get("results")
        yield from results if isinstance(results, list) else [each]


def _take(line: int, record: Any, read: _Read, tokeniser: Tokeniser, received_at: int) -> None:
    told = object_of(record)
    header = header_of_change(told)
    reader: Reader
    if header:
        read.records["change event"] += 1
        if is_gap(header):
            read.gaps += _ids(header)
            return
        if not concerns_journeys(header):
            read.passed_by[str(header.get("entityName"))[:60]] += 1
            return
        reader = facts_of_change
    elif is_hubspot(told):
        read.records["HubSpot object"] += 1
        read.undated += stages_without_history(told)
        reader = facts_of_object
    else:
        read.rejects.append(_reject(line, LeftOut(line, "", _NEITHER), record))
        return
    facts, faults = reader(told, tokeniser, received_at)
    read.facts.update((fact.event_id, fact) for fact in facts)
    read.rejects += [_reject(line, fault, record) for fault in faults]


def _reject(line: int, fault: LeftOut, record: Any) -> LeftOut:
    try:
        cell = orjson.dumps(record).decode()[:_LONGEST_CELL]
    except orjson.JSONEncodeError:  # nested more deeply than anybody could read
        cell = ""
    return LeftOut(line, fault.column, fault.reason, (cell,))


def _ids(header: Mapping[str, Any]) -> list[str]:
    ids = header.get("recordIds")
    named = [str(each)[:18] for each in ids] if isinstance(ids, list) else []
    return named or ["unknown"]


def _stages(facts: Sequence[Fact]) -> Iterable[str]:
    counts = Counter(
        (fact.type, fact.stage)
        for fact in facts
        if isinstance(fact, StageChanged | DealRecorded) and fact.stage
    )
    for (kind, stage), times in sorted(counts.items()):
        whose = "lead" if kind == "stage_changed" else "deal"
        yield f"stage of a {whose}: “{stage}”, {counted(times, 'time')}"


def _notes(read: _Read) -> Iterable[str]:
    if read.gaps:
        records = [*dict.fromkeys(read.gaps)]
        yield (
            f"{counted(len(read.gaps), 'gap')}: Salesforce says that records changed, not how; read them by "
            f"`leadtrace backfill salesforce`, or export them and their history again: {listed(records, 10)}"
        )
    if read.passed_by:
        many = counted(sum(read.passed_by.values()), "event")
        yield f"{many} of other records left out: {listed([*read.passed_by], 10)}"
    if read.undated:
        yield (
            f"the stages of {counted(read.undated, 'HubSpot object')} have no history, and were left out: "
            "request propertiesWithHistory=lifecyclestage,hs_lead_status,dealstage"
        )
