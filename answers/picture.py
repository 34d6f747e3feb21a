"""A chart as a file of its own, SVG or PNG, for mails, slides and chats."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import resvg_py
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.cells import cell_len, chop_cells

from answers.figures import WIDTH, Figure

_MARGIN: Final = 16
_LEFT: Final = 12  # and labels of wide letters more than what is theirs
_RIGHT: Final = 40  # what is written beside the longest bar may need it
_LINE: Final = 20
_CELLS: Final = {"title": 58, "note": 72}
FONTS: Final = (
    '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "Droid Sans Fallback", '
    '"Noto Sans", "DejaVu Sans", Arial, sans-serif'
)
# XML can't hold these, however they are written.
_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_NOBODY_WRITES: Final = "\U0010fffd"


class PictureError(RuntimeError):
    """A chart can't be drawn on this machine; the text is a sentence that says what is missing."""


def as_svg(figure: Figure) -> bytes:
    """The chart as an SVG document that needs no style of others: title, marks, legend and note."""
    title = list(_set(figure.title, "title", _MARGIN + 8))
    top = _MARGIN + _LINE * len(title) + 4
    below = top + figure.height + _LINE
    names = [line.name for line in figure.lines] if len(figure.lines) > 1 else []
    legend = [(below + _LINE * at, name) for at, name in enumerate(names)]
    note = list(_set(figure.note, "note", below + _LINE * len(legend)))
    drawn = _template().render(
        each=figure,
        width=WIDTH + 2 * _MARGIN + _LEFT + _RIGHT,
        height=below + _LINE * (len(legend) + len(note)),
        margin=_MARGIN,
        left=_MARGIN + _LEFT,
        top=top,
        title=title,
        legend=legend,
        note=note,
        fonts=FONTS,
    )
    return _NO_XML.sub("\ufffd", drawn).encode()


def as_png(figure: Figure, scale: float = 2.0) -> bytes:
    """The chart as a PNG, `scale` pixels for each of its units. Raises PictureError."""
    return png_of(as_svg(figure).decode(), scale)


def png_of(svg: str, scale: float) -> bytes:
    """A drawing as a PNG, `scale` pixels for each of its units. Raises PictureError."""
    if not all(map(_can_write, "A国" if _CHINESE.search(svg) else "A")):
        raise PictureError(
            "no font of this machine has the letters of this picture: install one "
            "(on Debian fonts-wqy-microhei), or take it as SVG"
        )
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=scale)


def _set(text: str, kind: str, first: int) -> Iterator[tuple[int, str]]:
    """The lines of a text, each with its place: broken between words, and in words that are too long."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(f"{lines[-1]} {word}") <= _CELLS[kind]:
            lines[-1] += f" {word}"
        else:
            lines.extend(chop_cells(word, _CELLS[kind]))
    yield from ((first + _LINE * at, line) for at, line in enumerate(lines[:4]))


@cache
def _can_write(letter: str) -> bool:
    """Whether a font of this machine has the letter: else nothing is drawn, or what stands for any."""
    return _drawn(letter) not in (_drawn(""), _drawn(_NOBODY_WRITES))


def _drawn(letter: str) -> bytes:
    text = f"<text x='2' y='16' font-family='{FONTS}'>{letter}</text>"
    return resvg_py.svg_to_bytes(
        svg_string=f"<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'>{text}</svg>"
    )


@cache
def _template() -> Any:
    loader = PackageLoader("answers", "pages")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("picture.svg")
