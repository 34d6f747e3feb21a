"""The text of a cell to an id: whole, or refused where a spreadsheet has made a number of it."""

import re
from typing import Final

from producers.cells.invisible import visible
from producers.outcomes.left_out import CellError

ROUNDED: Final = "is an id that a spreadsheet has rounded; export it again as text"
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE][+-]?\d{1,3}")
_FLOAT = re.compile(r"(\d+)\.0+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){2,}")


def id_of(text: str) -> str:
    """Return an id as its system gave it: 113456789012.0 and 113,456,789,012 are 113456789012.

    Raises CellError for one of which digits are lost, such as 1.13457E+11.
    """
    bare = visible(text).strip()
    if _ROUNDED.fullmatch(bare):
        raise CellError(ROUNDED)
    if match := _FLOAT.fullmatch(bare):
        return match[1]
    return bare.replace(",", "") if _GROUPED.fullmatch(bare) else bare
