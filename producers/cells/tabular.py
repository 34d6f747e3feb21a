"""Bytes of an export, CSV, TSV or a workbook, to rows with line numbers, whatever their form."""

import codecs
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, overload

from producers.cells.encodings import encoding_of, mark_of
from producers.cells.headers import column_key as column_key
from producers.cells.invisible import visible
from producers.cells.lines import CELL_LIMIT as CELL_LIMIT
from producers.cells.lines import lines_of, records_of, separator_of
from producers.cells.source import Source
from producers.cells.workbook import is_workbook, sheet_of
from producers.outcomes.left_out import NotUnderstoodError as NotUnderstoodError

_GUARDED: Final = ("=", "+", "-", "@")
_SAMPLED_LINES: Final = 80
_ENDS: Final = 128  # rows at the beginning and the end of a large file that are kept
_LARGE: Final = 16 << 20  # bytes; of a smaller file all rows are kept
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_NOT_TEXT: Final = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"PAR1", "a Parquet file"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file: the line it begins on, its cells, and why it can't be read, if so."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


Read = Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Rows(Sequence[Row]):
    """Rows of a large file, from the first to before the end: read again whenever they are asked for.

    Those at both ends of the file are kept; `total` is how many the file has.
    """

    read: Read
    head: Sequence[Row]
    tail: Sequence[Row]
    total: int
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first

    def __iter__(self) -> Iterator[Row]:
        return islice(self.read(), self.first, self.end)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                raise ValueError("rows of a large file come one after the other")
            first, end = self.first + start, self.first + max(start, stop)
            return self.head[first:end] if end <= len(self.head) else replace(self, first=first, end=end)
        index = self.first + range(len(self))[at]
        if index < len(self.head):
            return self.head[index]
        from_tail = index - self.total + len(self.tail)
        return self.tail[from_tail] if from_tail >= 0 else next(islice(self.read(), index, None))


@dataclass(frozen=True, slots=True)
class Table:
    """The records of a file, blank ones left out.

    `encoding` is that of the text, or the sheet of the workbook; `separator` is one character, "" for none.
    `notes` are sentences on what was found out, and might be wrong.
    """

    rows: Sequence[Row]
    encoding: str
    separator: str
    notes: tuple[str, ...] = ()


def header_of(row: Row) -> tuple[str, ...]:
    """Return a header's cells without the empty ones at its end, which a trailing comma makes."""
    cells = row.cells
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def read_table(
    data: bytes | Source,
    *,
    encoding: str = "",
    separator: str = "",
    sheet: str = "",
    known: Collection[str] = (),
) -> Table:
    """Read every record of a file; what isn't given is found out. A large file is read in pieces.

    `known` are words that its header may hold, as `column_key` returns them: they tell the encoding, and the
    sheet of a workbook.

    Raises NotUnderstoodError for a file that is empty, isn't text, or is broken in too many places. A record
    that is broken by itself (a quote never closed, a cell too long) becomes a row with a problem.
    """
    source = Source(data) if isinstance(data, bytes) else data
    head = source.head
    if is_workbook(head):
        return _of_workbook(source, sheet, known)
    if sheet:
        raise NotUnderstoodError("the file is no workbook, so that --sheet says nothing; leave it out")
    name, start, notes = _encoding(source, encoding, known)
    sample, is_suspicious = _looked_through(lines_of(source, name, start))
    mark = separator or separator_of(sample)

    def read() -> Iterator[Row]:
        for line, cells, problem in records_of(lines_of(source, name, start), mark):
            row = _row(line, cells, problem, is_suspicious)
            if row.problem or any(row.cells):
                yield row

    rows = tuple(read()) if source.size <= _LARGE else _of_large(read)
    if not rows:
        raise NotUnderstoodError("the file holds nothing but separators")
    return Table(rows, name, mark, notes)


def text_in(data: bytes | Source, encoding: str = "", known: Collection[str] = ()) -> tuple[str, str]:
    """Return a file's text with its encoding, found out unless given; `known` are words of its header.

    Raises NotUnderstoodError.
    """
    source = Source(data) if isinstance(data, bytes) else data
    name, start, _ = _encoding(source, encoding, known)
    return "".join(lines_of(source, name, start)), name


def _encoding(source: Source, given: str, known: Collection[str]) -> tuple[str, int, tuple[str, ...]]:
    """Return a text's encoding, where it begins behind its byte order mark, and what is to be said of it."""
    head = source.head
    if not head:
        raise NotUnderstoodError("the file is empty")
    for magic, what in _NOT_TEXT:
        if head.startswith(magic):
            raise NotUnderstoodError(f"the file is {what}; save it as CSV (UTF-8) and import that")
    name, length = mark_of(head)
    if given:
        return given, length if name == _codec(given) else 0, ()
    if name:
        return name, length, ()
    found = encoding_of(source.chunks, known)
    return found.name, 0, found.notes


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise NotUnderstoodError(f"{name!r} is not the name of a text encoding") from None


def _looked_through(lines: Iterable[str]) -> tuple[list[str], bool]:
    """Read a whole text once: return its first lines, and whether it holds control characters."""
    sample: list[str] = []
    length, odd, is_blank = 0, 0, True
    for line in lines:
        if len(sample) < _SAMPLED_LINES:
            sample.append(line)
        length += len(line)
        odd += len(_CONTROL.findall(line))
        is_blank = is_blank and not line.strip()
    if is_blank:
        raise NotUnderstoodError("the file is empty")
    if odd > max(8, length // 100):
        raise NotUnderstoodError("the file isn't text, or it is in an encoding that can't be told")
    return sample, odd > 0


def _of_large(read: Read) -> Rows:
    head: list[Row] = []
    tail: deque[Row] = deque(maxlen=_ENDS)
    total = 0
    for row in read():
        if total < _ENDS:
            head.append(row)
        tail.append(row)
        total += 1
    return Rows(read, head, tuple(tail), total, 0, total)


def _of_workbook(source: Source, name: str, known: Collection[str]) -> Table:
    sheet = sheet_of(source, name, known)
    rows = (_row(line, cells, "", is_suspicious=True) for line, cells in sheet.records)
    kept = tuple(row for row in rows if any(row.cells))
    if not kept:
        raise NotUnderstoodError(f"the sheet “{sheet.name}” is empty")
    others = (
        f"; sheets that are not: {', '.join(f'“{other}”' for other in sheet.others)}" if sheet.others else ""
    )
    notes = (f"the sheet “{sheet.name}” is read{others}",) if sheet.others else ()
    return Table(kept, f"workbook, sheet “{sheet.name}”", "", notes)


def _row(line: int, cells: Sequence[str], problem: str, is_suspicious: bool) -> Row:
    if problem:
        return Row(line, tuple(cells), problem)
    cleaned = tuple([clean(cell) for cell in cells])
    if is_suspicious and any(map(_CONTROL.search, cleaned)):
        return Row(line, cleaned, "a cell holds a control character")
    return Row(line, cleaned)


def clean(cell: str) -> str:
    """Return a cell without the blanks around it and without a spreadsheet's marks for text: ="…" and '=…."""
    text = visible(cell).strip()
    if text[:1] == "'" and text[1:2] in _GUARDED:
        return text[1:]
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text


def shape_problem(row: Row, width: int) -> str:
    """Say why a row doesn't fit below a header of `width` columns, "" if it does."""
    if row.problem:
        return row.problem
    if len(row.cells) < width:
        return f"has {len(row.cells)} cells where the header has {width}"
    if any(row.cells[width:]):
        return f"has {len(row.cells)} cells where the header has {width}; is a comma in it not quoted?"
    return ""
