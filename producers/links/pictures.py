"""QR codes of links, as pictures with a label below: SVG, of which others make what they need."""

from html import escape
from typing import Final

import segno

BLANK: Final = 4  # modules around the code, as the standard asks for
MODULE: Final = 10  # units of the drawing
_LINE: Final = 2.6  # modules that a line of the label takes
_MOST_LETTERS: Final = 24  # of a line


def qr_svg(url: str, label: str, fonts: str) -> str:
    """Draw the code of an address with a label below; `fonts` are the families that the label may have.

    A quarter of it may be dirty or torn, and it still can be read.
    """
    code = segno.make(url, error="q", micro=False, boost_error=False)
    rows = [bytes(row) for row in code.matrix]
    side = len(rows) + 2 * BLANK
    lines = _lines(label)
    height = side + (_LINE * len(lines) + 1 if lines else 0)
    marks = "".join(
        f"M{x + BLANK} {y + BLANK}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    texts = "".join(
        f'<text x="{side / 2}" y="{side + _LINE * at + 1}" font-size="2" text-anchor="middle" '
        f'font-family="{escape(fonts)}" fill="#000">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side * MODULE}" height="{height * MODULE:g}" '
        f'viewBox="0 0 {side} {height:g}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="{marks}" fill="#000" shape-rendering="crispEdges"/>{texts}</svg>\n'
    )


def _lines(label: str) -> list[str]:
    """Break a label between words, and words that are too long; wide letters count twice."""
    lines: list[str] = []
    for word in label.split():
        for part in _parts(word):
            if lines and _width(f"{lines[-1]} {part}") <= _MOST_LETTERS:
                lines[-1] += f" {part}"
            else:
                lines.append(part)
    return lines[:3]


def _parts(word: str) -> list[str]:
    parts = [""]
    for letter in word:
        if _width(parts[-1] + letter) > _MOST_LETTERS:
            parts.append("")
        parts[-1] += letter
    return parts


def _width(text: str) -> int:
    return sum(2 if letter > "\u2e80" else 1 for letter in text)
