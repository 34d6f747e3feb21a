"""Bytes of a CSV or TSV export to rows with line numbers, whatever its encoding, separator and line ends."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from producers.cells.encodings import encoding_of, is_cut_off, mark_of
from producers.cells.headers import column_key as column_key
from producers.cells.invisible import visible
from producers.outcomes.left_out import NotUnderstoodError as NotUnderstoodError

CELL_LIMIT: Final = 131_072  # characters; a longer one is a quote that was never closed, or an attack
_SEPARATORS: Final = (",", "\t", ";", "|")
_GUARDED: Final = ("=", "+", "-", "@")
_SAMPLED_LINES: Final = 80
_BROKEN_ROWS_LIMIT: Final = 20
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx) or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file: the line it begins on, its cells, and why it can't be read, if so."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The records of a file, blank ones left out; `separator` is one character."""

    rows: tuple[Row, ...]
    encoding: str
    separator: str


def header_of(row: Row) -> tuple[str, ...]:
    """Return a header's cells without the empty ones at its end, which a trailing comma makes."""
    cells = row.cells
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def read_table(data: bytes, *, encoding: str = "", separator: str = "", known: Collection[str] = ()) -> Table:
    """Read every record of a file; `encoding` and `separator` are found out unless they are given.

    `known` are words that its header may hold, as `column_key` returns them: they tell the encoding.

    Raises NotUnderstoodError for a file that is empty, isn't text, or is broken in too many places. A record
    that is broken by itself (a quote never closed, a cell too long) becomes a row with a problem.
    """
    text, found = text_in(data, encoding, known)
    if not text.strip():
        raise NotUnderstoodError("the file is empty")
    odd = len(_CONTROL.findall(text))
    if odd > max(8, len(text) // 100):
        raise NotUnderstoodError("the file isn't text, or it is in an encoding that can't be told")
    lines = list(io.StringIO(text, newline=""))
    mark = separator or _separator_of(lines[:_SAMPLED_LINES])
    rows = tuple(row for row in _rows(lines, mark, odd > 0) if row.problem or any(row.cells))
    if not rows:
        raise NotUnderstoodError("the file holds nothing but separators")
    return Table(rows, found, mark)


def text_in(data: bytes, encoding: str = "", known: Collection[str] = ()) -> tuple[str, str]:
    """Return a file's text with its encoding, found out unless given; `known` are words of its header.

    Raises NotUnderstoodError.
    """
    if not data:
        raise NotUnderstoodError("the file is empty")
    for magic, what in _NOT_TEXT:
        if data.startswith(magic):
            raise NotUnderstoodError(f"the file is {what}; save it as CSV (UTF-8) and import that")
    if encoding:
        return _strictly(data, encoding).removeprefix("\ufeff"), encoding
    name, length = mark_of(data)
    name = name or encoding_of(lambda: (data,), known)
    return _strictly(data[length:], name), name


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise NotUnderstoodError(f"{encoding!r} is not the name of a text encoding") from None
    except UnicodeDecodeError as error:
        if is_cut_off(error) and error.start:
            return data[: error.start].decode(encoding)  # its last row will be rejected
        line = data.count(b"\n", 0, error.start) + 1
        raise NotUnderstoodError(
            f"the file is not {encoding} from byte {error.start + 1} on; say its encoding with "
            "--encoding, or save it again as CSV (UTF-8)",
            line=line,
        ) from None


def _separator_of(lines: list[str]) -> str:
    # The right one cuts many lines into one number of cells; text cells vary.
    def weight(separator: str) -> int:
        counts = Counter(line.count(separator) for line in lines)
        del counts[0]
        return max((count * times for count, times in counts.items()), default=0)

    return max(_SEPARATORS, key=weight)


def _rows(lines: list[str], separator: str, suspicious: bool) -> Iterator[Row]:
    start, broken = 0, 0
    while start < len(lines):
        reader = csv.reader(iter(lines[start:] if start else lines), delimiter=separator, strict=True)
        begun = start
        try:
            for cells in reader:
                yield _row(begun + 1, cells, suspicious)
                begun = start + reader.line_num
            return
        except csv.Error as error:
            broken += 1
            if broken > _BROKEN_ROWS_LIMIT:
                raise NotUnderstoodError(
                    f"more than {_BROKEN_ROWS_LIMIT} rows have quotes that don't pair up; "
                    "export the file again",
                    line=begun + 1,
                ) from None
            yield Row(begun + 1, (lines[begun].rstrip("\r\n")[:CELL_LIMIT],), _why(error))
            # Only this line is given up: the rows behind it are whole.
            start = begun + 1


def _why(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell is longer than {CELL_LIMIT} characters"
    return "a quote in this row is never closed, or text follows a closing quote"


def _row(line: int, cells: list[str], suspicious: bool) -> Row:
    cleaned = tuple([clean(cell) for cell in cells])
    if suspicious and any(map(_CONTROL.search, cleaned)):
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
