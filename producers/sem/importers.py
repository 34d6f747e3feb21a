"""The kinds of files that ad platforms export: each says whether a file is its own, and reads it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from producers.cells.source import Source
from producers.cells.tabular import NotUnderstoodError, Table, read_table
from producers.outcomes.of_files import ImportResult, listed
from producers.sem import clicks, dictionary, performance
from producers.sem.columns import folded
from producers.sem.opening import Headed
from producers.sem.options import SemOptions
from producers.sem.words import FIELDS, OTHERS

SemKind = Literal["keywords", "clicks", "dictionary"]
_KNOWN: Final = frozenset(folded(name) for names in (*FIELDS.values(), OTHERS) for name in names)


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of file: `find` tells whether a file is one and where it begins, `read` reads it.

    `refuse` says of a file that isn't one what it lacks; `flag` is how a user names the kind.
    """

    what: str
    flag: str
    find: Callable[[Table, str, SemOptions], Headed | None]
    read: Callable[[Headed], ImportResult]
    refuse: Callable[[Table], NotUnderstoodError]


IMPORTERS: Final[dict[SemKind, Importer]] = {
    "clicks": Importer(
        "a list of clicks", "--clicks", clicks.find_clicks, clicks.read_clicks, clicks.refuse_no_header
    ),
    "keywords": Importer(
        "a report of what keywords or campaigns cost",
        "",
        performance.find_report,
        performance.read_performance,
        performance.refuse_no_header,
    ),
    "dictionary": Importer(
        "a list of keywords with their ids",
        "--dictionary",
        dictionary.find_keyword_list,
        dictionary.read_keyword_list,
        dictionary.refuse_no_header,
    ),
}


def read_sem(data: Source, file_name: str, options: SemOptions, kind: SemKind | None = None) -> ImportResult:
    """Read a file of an ad platform, of a kind that is found out unless it is given.

    Raises NotUnderstoodError.
    """
    table = table_of(data, options)
    if options.mapping is not None:
        kind = "keywords"
    found = {name: importer.find(table, file_name, options) for name, importer in IMPORTERS.items()}
    own = kind_of(found)
    chosen = kind or own or "keywords"
    importer, file = IMPORTERS[chosen], found[chosen]
    if file is not None:
        result = importer.read(file)
        return replace(result, notes=(*table.notes, *result.notes))
    if options.mapping is not None:
        names = listed([name for names in options.mapping.columns.values() for name in names])
        raise NotUnderstoodError(f"no row is the header that the mapping is about: it would name {names}")
    refusal = importer.refuse(table)
    if kind is None or own is None:
        raise refusal
    other = IMPORTERS[own]
    advice = f"give {other.flag} instead" if other.flag else f"leave out {importer.flag}"
    raise NotUnderstoodError(f"{refusal}. The file is {other.what}: {advice}", line=refusal.line)


def table_of(data: Source, options: SemOptions) -> Table:
    """Read a file as a table, in the encoding in which the words of ad platforms stand in it.

    Raises NotUnderstoodError.
    """
    mapped = options.mapping.fields.values() if options.mapping else ()
    return read_table(
        data,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
        known=_KNOWN.union(*mapped),
    )


def kind_of(found: dict[SemKind, Headed | None]) -> SemKind | None:
    """Return which kind a file is, by the headers that were found in it; None if it is none.

    A list of keywords may say what they cost as well: then it is a report, unless the user says otherwise.
    """
    if found["clicks"] is not None:
        return "clicks"
    report = found["keywords"]
    if report is not None and performance.has_measures(report):
        return "keywords"
    return "dictionary" if found["dictionary"] is not None else None
