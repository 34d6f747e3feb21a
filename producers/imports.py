"""Files to plans: the facts to publish and the rows left out, or why nothing can be imported."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from producers.attendance.contact_lists import read_contacts
from producers.attendance.contact_rows import ContactOptions
from producers.attendance.lists import read_attendance
from producers.attendance.rows import AttendanceOptions
from producers.cells.room import refuse_too_large
from producers.cells.source import Source, source_of
from producers.cells.tabular import NotUnderstoodError
from producers.crm.export import CrmOptions, read_crm_export
from producers.crm.history import HistoryOptions, read_crm_history
from producers.crm.mapping import MappingFaultError, parse_mapping
from producers.crm.suggest.reading import Suggestion, SuggestOptions, suggest_mapping
from producers.outcomes.left_out import LeftOut
from producers.outcomes.of_files import ImportResult
from producers.privacy.facts import record_of
from producers.privacy.masking import masked
from producers.privacy.personal_data import Tokeniser
from producers.rates.files import RateOptions, read_rates
from producers.sem.importers import SemKind, read_sem, table_of
from producers.sem.mapping import suggested_mapping
from producers.sem.options import SemOptions
from schemas.codec import Encoded
from schemas.envelope import Fact
from schemas.topics import CRM, SEM, UTM

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[-+][0-9.,]+%?")
_QUOTED = re.compile("“[^”]*”")
# No mapping takes these for columns of its own when the corrected file comes back.
_REJECT_COLUMNS: Final = ("rejected line", "rejected column", "rejected because")


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing a file would do. If `error` is set, nothing: it names file, line and column."""

    topic: str
    facts: Collection[Fact] = ()
    rejects: tuple[LeftOut, ...] = ()
    header: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""
    error: str = ""

    def records(self, tokeniser: Tokeniser) -> Iterable[Encoded]:
        """Return the records to publish, one for each fact."""
        records = (record_of(fact, self.topic, tokeniser) for fact in self.facts)
        # Those of a large file are made one by one.
        return tuple(records) if isinstance(self.facts, tuple) else records


def plan_sem(data: bytes | Path, file_name: str, options: SemOptions, kind: SemKind | None = None) -> Plan:
    """Plan the import of an ad platform's report, or of its list of clicks or keywords; raises OSError alone.

    Which of them it is, is found out unless `kind` says it.
    """
    return _plan(SEM.name, data, file_name, lambda source: read_sem(source, file_name, options, kind))


def suggest_sem(data: bytes | Path, options: SemOptions) -> str:
    """Write a first mapping for a report of another platform; raises NotUnderstoodError, OSError."""
    source = source_of(data) if isinstance(data, Path) else Source(data)
    refuse_too_large(source.size)
    return suggested_mapping(table_of(source, options))


def plan_rates(data: bytes | Path, file_name: str, options: RateOptions) -> Plan:
    """Plan the import of exchange rates; raises OSError alone."""
    return _plan(SEM.name, data, file_name, lambda source: read_rates(source, options))


def plan_crm(
    data: bytes | Path, file_name: str, mapping_text: str, options: CrmOptions, tokeniser: Tokeniser
) -> Plan:
    """Plan the import of a CRM's export through a mapping (TOML text); raises OSError alone."""
    try:
        mapping = parse_mapping(mapping_text)
    except MappingFaultError as error:
        return Plan(CRM.name, error=f"the mapping can't be used: {error}")
    return _plan(
        CRM.name,
        data,
        file_name,
        lambda source: read_crm_export(source, mapping, tokeniser, options),
        holds_all=False,
    )


def suggest_crm(data: bytes | Path, options: SuggestOptions) -> Suggestion:
    """Suggest a mapping for an export of a CRM; raises NotUnderstoodError with a sentence, and OSError."""
    try:
        source = source_of(data) if isinstance(data, Path) else Source(data)
        return suggest_mapping(source, options)
    except NotUnderstoodError as error:
        raise NotUnderstoodError(_said(_placed(error, options.file_name))) from None


def plan_history(data: bytes | Path, file_name: str, options: HistoryOptions, tokeniser: Tokeniser) -> Plan:
    """Plan the import of a CRM's history of changes; raises OSError alone."""
    return _plan(CRM.name, data, file_name, lambda source: read_crm_history(source, tokeniser, options))


def plan_attendance(
    data: bytes | Path, file_name: str, options: AttendanceOptions, tokeniser: Tokeniser
) -> Plan:
    """Plan the import of an event's list of attendance; raises OSError alone."""
    return _plan(UTM.name, data, file_name, lambda source: read_attendance(source, tokeniser, options))


def plan_contacts(data: bytes | Path, file_name: str, options: ContactOptions, tokeniser: Tokeniser) -> Plan:
    """Plan the import of a list of calls, downloads or business cards; raises OSError alone."""
    return _plan(UTM.name, data, file_name, lambda source: read_contacts(source, tokeniser, options))


def _plan(
    topic: str,
    data: bytes | Path,
    file_name: str,
    read: Callable[[Source], ImportResult],
    holds_all: bool = True,
) -> Plan:
    try:
        source = source_of(data) if isinstance(data, Path) else Source(data)
        if holds_all:
            refuse_too_large(source.size)
        result = read(source)
    except NotUnderstoodError as error:
        return Plan(topic, error=_said(_placed(error, file_name)))
    return Plan(
        topic,
        result.facts,
        tuple(_told(reject) for reject in result.rejects),
        result.header,
        tuple(_said(line) for line in result.understood),
        tuple(_said(note) for note in result.notes),
        _said(result.summary),
    )


def _placed(error: NotUnderstoodError, file_name: str) -> str:
    where = [file_name]
    if error.line is not None:
        where.append(f"line {error.line}")
    if error.column:
        where.append(f"column {error.column}")
    return f"{', '.join(where)}: {error}"


def _said(sentence: str) -> str:
    """Mask what is said of a file; where a row of data stands in for its header, names stand there too."""
    clean = masked(sentence)
    return sentence if clean == sentence else _QUOTED.sub("“…”", clean)


def _told(reject: LeftOut) -> LeftOut:
    """Mask what is said of a row, where a row of data was taken for a header; its cells are the user's."""
    column, reason = _said(reject.column), _said(reject.reason)
    if (column, reason) == (reject.column, reject.reason):
        return reject
    return replace(reject, column=column, reason=reason)


def reject_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Yield a header and the rejected rows, with line, column and reason before each."""
    yield (*_REJECT_COLUMNS, *plan.header)
    for reject in plan.rejects:
        yield str(reject.at), reject.column, reject.reason, *reject.cells


def reject_file(plan: Plan) -> bytes:
    """Return the rejected rows as CSV, with line, column and reason before them.

    UTF-8 with a byte order mark. Cells that a spreadsheet would take for a formula get a ' before them,
    which an import takes off again.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_safe(row) for row in reject_rows(plan))
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _safe(cells: Sequence[str]) -> list[str]:
    return [f"'{cell}" if _is_formula(cell) else cell for cell in cells]


def _is_formula(cell: str) -> bool:
    return cell.lstrip(" \"'").startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell)
