"""Columns of an export that nobody mapped, and that look as if they should be: by their names and cells."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from producers.cells.headers import column_key
from producers.cells.money import in_cell
from producers.cells.numbers import NOTHING
from producers.cells.tabular import Row, clean
from producers.outcomes.of_files import listed

_SAMPLED: Final = 200
_NAMES: Final = {
    "an e-mail address": re.compile(r"e-?mail|邮箱|邮件|メール|이메일"),
    "a phone number": re.compile(r"phone|mobile|^tel|telefon|handy|手机|电话|電話|전화|whatsapp"),
    "a campaign": re.compile(
        r"utm|campaign|kampagne|gclid|gbraid|wbraid|msclkid|fbclid|li_?fat_?id|bd_?vid|qhclick|clickid|landing"
        r"|referr?er|firsturl|adset|adgroup|^adname|trafficsource|drill-?down|关键词|推广|落地页|着陆页|渠道"
    ),
    "an amount": re.compile(r"amount|revenue|price|betrag|umsatz|montant|importe|valor|[金总]额|合同额|金額"),
    "a deletion": re.compile(r"^(?:is)?deleted|archived|merged(?:into|with)|masterrecord|已删除|已合并"),
}  # fmt: skip
_CONTENT: Final = {
    "an e-mail address": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}"),
    "a phone number": re.compile(
        r"(?:\+|00)\d[\d ()./-]{6,20}\d|1[3-9]\d{9}|\(?0\d{2,5}\)?[ /-]\d[\d -]{4,12}"
    ),
    "a campaign": re.compile(r".*[?&#](?:utm_|gclid|msclkid|bd_vid).*", re.IGNORECASE),
}


def look_alikes(header: Sequence[str], rows: Sequence[Row], used: set[str]) -> Iterator[str]:
    """Yield a line for each kind of thing that columns without a use look like; no cell is quoted.

    `used` are the keys of the columns that the mapping reads.
    """
    found: dict[str, list[str]] = {}
    for place, name in enumerate(header):
        if name and column_key(name) not in used and (kind := _kind_of(name, rows, place)):
            found.setdefault(kind, []).append(name)
    for kind, names in found.items():
        yield f"columns that nobody mapped, but that look like {kind}: {listed(names)}"


def _kind_of(name: str, rows: Sequence[Row], place: int) -> str:
    key = column_key(name)
    if kind := next((kind for kind, pattern in _NAMES.items() if pattern.search(key)), ""):
        return kind
    cells = (clean(row.cells[place]) for row in rows if place < len(row.cells))
    sample = list(islice((cell for cell in cells if cell and cell not in NOTHING), _SAMPLED))
    for kind, pattern in _CONTENT.items():
        if _most(sample, (bool(pattern.fullmatch(cell)) for cell in sample)):
            return kind
    told = (in_cell(cell) for cell in sample)
    return "an amount" if _most(sample, (found is not None and bool(found[1]) for found in told)) else ""


def _most(sample: Sequence[str], fits: Iterable[bool]) -> bool:
    return bool(sample) and sum(fits) * 2 >= len(sample)
