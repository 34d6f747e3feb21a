"""The names of columns as they are looked up, whatever marks their file puts on them."""

import re
from functools import lru_cache

from producers.cells.numbers import plain

_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
# A column that must be filled in is marked so: *Email, Email (required), 邮箱（必填）, 【选填】.
_REQUIRED = re.compile(
    r"[(\[【](?:必填项?|选填项?|可选|非必填|required|mandatory|optional|pflichtfeld|obligatoire)[)\]】]"
)
# Below the name in the same cell stands what it is for.
# Blanks are passed once, however many there are.
_REMARK = re.compile(r"(?<=\S)(?=\s*[\r\n])\s++[(\[【][^\r\n]*$")


_LONGEST = 2000  # characters; what is longer is no name, and normalising it may take very long


def column_key(name: str) -> str:
    """Return a column's name as it is looked up.

    Full-width forms are plain, invisible characters gone; case, blanks, underscores and line breaks don't
    count, nor do the marks of columns that must be filled in.
    """
    return _column_key(name) if len(name) <= _LONGEST else name


@lru_cache(maxsize=4096)
def _column_key(name: str) -> str:
    bare = _HYPHENS.sub("-", plain(_REMARK.sub("", name)))
    bare = "".join(_REQUIRED.sub("", bare).split()).replace("_", "")
    return bare.strip("*") or bare
