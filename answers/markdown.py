"""Rows as a table in Markdown, in which nothing is taken for markup."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from answers.tables import Rows, shown_rows

_LONGEST: Final = 300
_MARKUP: Final = re.compile(r"([\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w))")


def markdown_table(columns: Sequence[str], rows: Rows, timezone: str) -> str:
    """A table as GitHub and others read it, numbers to the right; times are local."""
    right = [
        bool(rows) and all(isinstance(row[at], int | float | Decimal | None) for row in rows)
        for at in range(len(columns))
    ]
    lines = [_line([escaped(name) for name in columns]), _line(["---:" if each else "---" for each in right])]
    lines += [_line([escaped(cell) for cell in cells]) for cells in shown_rows(rows, timezone, _LONGEST)]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """A text of one line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
