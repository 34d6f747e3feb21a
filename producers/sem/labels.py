"""Which rows of a table add others up, by what they call themselves."""

import re
from dataclasses import dataclass

from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import Row
from producers.sem.columns import Layout

_WORDS = (
    "总计|合计|汇总|共计|小计|总和|合計|總計|総計|小計|grand total|totals?|gesamtsumme|gesamtergebnis|"
    "gesamt|insgesamt|summe|total général|total general|total geral|totale complessivo|totale|"
    "totaal|eindtotaal|итого"
)
_TOTAL = re.compile(rf"(?:{_WORDS})(?:\s*[:：\-–(（].*)?")
_FIRST_LETTERS = frozenset("总合汇共小總総gtiseиGTISEИ")
# What a report counts and has no row for: rare search terms, removed ads.
_REMAINDER = re.compile(
    rf"(?:{_WORDS})\s*[:：]\s*(?:other\b.*|其他.*|其它.*|removed\b.*|已移除.*|sonstige.*|autres.*)?"
)


@dataclass(frozen=True, slots=True)
class Summing:
    """What a row that may add others up calls itself, and in which column; `label` may be "".

    `is_total` is one that names no campaign, ad group or keyword, unless its own name stands there. The
    others are doubtful: spreadsheets add up each campaign, and people search for “total”.
    """

    label: str
    at: int | None
    is_total: bool


def summing_of(row: Row, layout: Layout) -> Summing | None:
    """Return what makes a row look like one that adds others up; None for any other row."""
    cells, width = row.cells, len(layout.header)
    if row.problem or len(cells) < width or (len(cells) > width and any(cells[width:])):
        first = next(filter(None, cells), "")
        return Summing(first, None, is_total=True) if _is_label(first) else None
    at = None
    for column, cell in enumerate(cells):
        if cell[:1] in _FIRST_LETTERS and _is_label(cell):
            at = column
            break
    names_others = any(cells[column] not in NOTHING for column in layout.places if column != at)
    if at is not None:
        return Summing(cells[at], at, is_total=not names_others)
    if names_others or not (layout.cell(row, "cost") or layout.cell(row, "cost_micros")):
        return None
    return Summing("", None, is_total=True)


def is_remainder(label: str) -> bool:
    """Whether a row adds up what the report counts and has no row for."""
    return bool(_REMAINDER.fullmatch(plain(label)))


def _is_label(cell: str) -> bool:
    return cell[:1] in _FIRST_LETTERS and bool(_TOTAL.fullmatch(plain(cell)))
