"""The cells of an Excel or OpenDocument workbook as the texts that a CSV of it would have, and exact."""

import io
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from producers.cells.headers import column_key
from producers.cells.source import Source
from producers.outcomes.left_out import NotUnderstoodError

LARGEST: Final = 64 << 20  # bytes of a workbook, which is read whole
_LARGEST_UNPACKED: Final = 1 << 30
_WHOLE_UNTIL: Final = 10**15  # Excel keeps 15 digits of a number
_HEADER_WITHIN: Final = 60
_MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

Value = int | float | str | bool | date | time | timedelta


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its records with the line of each, and the names of the others that hold any."""

    name: str
    records: tuple[tuple[int, list[str]], ...]
    others: tuple[str, ...]


def is_workbook(head: bytes) -> bool:
    """Whether a file begins as workbooks do (and other archives)."""
    return head.startswith(_MAGIC)


def sheet_of(source: Source, name: str = "", known: Collection[str] = ()) -> Sheet:
    """Read the sheet of this name, else the first with the header that a reader knows, else the first.

    `known` are words of headers, as `column_key` returns them. Raises NotUnderstoodError.
    """
    book = _opened(source)
    sheets = [
        each.name
        for each in book.sheets_metadata
        if each.typ is SheetTypeEnum.WorkSheet and each.visible is SheetVisibleEnum.Visible
    ]
    if name and name not in book.sheet_names:
        raise NotUnderstoodError(
            f"the workbook has no sheet {name!r}; say one of {_quoted(sheets)} with --sheet"
        )
    read = {each: book.get_sheet_by_name(each) for each in sheets or book.sheet_names}
    filled = [each for each, sheet in read.items() if sheet.height]
    if not filled and not name:
        raise NotUnderstoodError("the file is empty")
    chosen = name or next((each for each in filled if _knows(read[each], known)), filled[0])
    sheet = read.get(chosen) or book.get_sheet_by_name(chosen)
    others = tuple(each for each in filled if each != chosen)
    return Sheet(chosen, tuple(_records(sheet)), others)


def _opened(source: Source) -> CalamineWorkbook:
    if source.size > LARGEST:
        raise NotUnderstoodError(
            f"the workbook has more than {LARGEST >> 20} MB; save its sheet as CSV (UTF-8) and import that"
        )
    data = source.whole()
    if data.startswith(b"PK"):
        _check_archive(data)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError):
        raise NotUnderstoodError(
            "the workbook can't be read: it is damaged, or locked with a password; save its sheet as CSV "
            "(UTF-8), or without the password"
        ) from None


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names, size = archive.namelist(), sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise NotUnderstoodError("the file is a damaged Excel workbook, or another zip archive") from None
    if not any(name.startswith("xl/") or name == "content.xml" for name in names):
        raise NotUnderstoodError(
            "the file is a zip archive and no Excel workbook; unpack it and import what is in it"
        )
    if size > _LARGEST_UNPACKED:
        raise NotUnderstoodError("the workbook unpacks to more than 1 GB; save its sheet as CSV (UTF-8)")


def _knows(sheet: CalamineSheet, known: Collection[str]) -> bool:
    for row in islice(sheet.iter_rows(), _HEADER_WITHIN):
        if sum(isinstance(cell, str) and column_key(cell) in known for cell in row) >= 2:
            return True
    return False


def _records(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    # Rows that come before the first filled one aren't given, though they have their numbers.
    first = sheet.start[0] if sheet.start else 0
    for at, row in enumerate(sheet.to_python(skip_empty_area=True), first + 1):
        yield at, [text_of(value) for value in row]


def text_of(value: Value) -> str:
    """Return the text of a typed cell: numbers with a point and without groups, dates in ISO 8601.

    A number of more than 15 digits has lost the others, and is written so that nobody takes it for an id.
    """
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value)
        case datetime():
            return _moment(value)
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _number(value: float) -> str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return ""
    if number == number.to_integral_value():
        return str(int(number)) if abs(number) < _WHOLE_UNTIL else f"{number:.14E}"
    text = format(number, "f")
    # Three decimals might be taken for thousands in a file of texts.
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _moment(value: datetime) -> str:
    # Excel counts days in fractions, so that seconds come out a little short.
    whole = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    near = whole if abs(whole - value) < timedelta(milliseconds=2) else value
    return near.date().isoformat() if near.time() == time() else near.isoformat(sep=" ", timespec="auto")


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name[:60]}”" for name in names[:20])
