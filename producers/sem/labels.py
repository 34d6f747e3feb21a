"""Which rows of a table add others up, by what they call themselves."""

import re

from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import Row
from producers.sem.columns import PLACES, Layout

_WORDS = (
    "总计|合计|汇总|共计|小计|总和|合計|總計|総計|小計|grand total|totals?|gesamtsumme|gesamtergebnis|"
    "gesamt|insgesamt|summe|total général|total general|total geral|totale complessivo|totale|"
    "totaal|eindtotaal|итого"
)
_TOTAL = re.compile(rf"(?:{_WORDS})(?:\s*[:：\-–(（].*)?")
_FIRST_LETTERS = frozenset("总合汇共小總総gtiseи")
# What a report counts and has no row for: rare search terms, removed ads.
_REMAINDER = re.compile(
    rf"(?:{_WORDS})\s*[:：]\s*(?:other\b.*|其他.*|其它.*|removed\b.*|已移除.*|sonstige.*|autres.*)?"
)


def label_of(row: Row, layout: Layout) -> str | None:
    """Return what a row that adds others up calls itself, "" if it has no name; None for any other row.

    It names no campaign, ad group or keyword, unless its own name stands there.
    """
    if row.problem or len(row.cells) < len(layout.header) or any(row.cells[len(layout.header) :]):
        first = next(filter(None, row.cells), "")
        return first if _is_label(first) else None
    at = next((at for at, cell in enumerate(row.cells) if _is_label(cell)), None)
    places = [column for place in PLACES if (column := layout.columns.get(place)) is not None]
    if any(row.cells[column] not in NOTHING for column in places if column != at):
        return None
    if at is not None:
        return row.cells[at]
    return "" if layout.cell(row, "cost") or layout.cell(row, "cost_micros") else None


def label_among_names(row: Row, layout: Layout) -> int | None:
    """Return the column in which a row that names a campaign or more calls itself a total, None if none does.

    Spreadsheets add up each campaign, and people search for “total”: only its amounts tell which it is.
    """
    if row.problem or len(row.cells) < len(layout.header):
        return None
    return next((at for at, cell in enumerate(row.cells[: len(layout.header)]) if _is_label(cell)), None)


def is_remainder(label: str) -> bool:
    """Whether a row adds up what the report counts and has no row for."""
    return bool(_REMAINDER.fullmatch(plain(label)))


def _is_label(cell: str) -> bool:
    return bool(cell) and cell[0].lower() in _FIRST_LETTERS and bool(_TOTAL.fullmatch(plain(cell)))
