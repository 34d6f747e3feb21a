"""A chart is a file of its own, which says the same as the chart on a page and needs nothing else."""

import struct
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from made_answers import HOSTILE, result

from answers import picture
from answers.charts import figures
from answers.figures import Figure
from answers.picture import PictureError, as_png, as_svg
from sinks.report_files import Chart

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fonts this machine has."""
    monkeypatch.setattr(picture, "_can_write", lambda _: True)


def bars(*rows: tuple[str, int]) -> Figure:
    chart = Chart("bars", (("channel",), ("won",)))
    return figures([chart], result(("channel", "won"), *rows), "UTC")[0]


def lines() -> Figure:
    rows = [(month, name, Decimal(n)) for month in ("2026-01", "2026-02") for n, name in enumerate("ab")]
    chart = Chart("lines", (("month",), ("cost",), ("part",)))
    return figures([chart], result(("month", "part", "cost"), *rows), "UTC")[0]


def texts(svg: bytes) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_picture_has_its_title_its_labels_and_its_numbers() -> None:
    told = texts(as_svg(bars(("数据治理沙龙", 3), ("email", 1))))
    assert told == ["Won by channel", "数据治理沙龙", "3", "email", "1"]


def test_a_picture_brings_its_styles_and_asks_for_nothing_outside() -> None:
    svg = as_svg(bars(("email", 1))).decode()
    assert "<style>" in svg
    assert "var(" not in svg, "who draws it may not know variables"
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_lines_are_told_apart_by_a_legend() -> None:
    svg = as_svg(lines())
    assert texts(svg)[-2:] == ["b", "a"]
    drawn = [each.get("class") for each in ElementTree.fromstring(svg).iter(f"{SVG}path")]
    assert drawn == ["line s0", "line s1"]


@pytest.mark.parametrize("name", [*HOSTILE, "\x00\x08\ufffe\ud800", "a\nb", ""], ids=ascii)
def test_a_name_is_text_whatever_it_is(name: str) -> None:
    figure = bars((name, 2), ("email", 1))
    root = ElementTree.fromstring(as_svg(replace(figure, title=name)))
    assert {each.tag for each in root.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "rect", "g", "text")
    }
    as_png(figure)


def test_a_long_title_goes_on_in_the_next_line_and_everything_below_gives_way() -> None:
    figure = bars(("email", 1))
    longer = replace(figure, title="won deals by channel " * 6)
    assert texts(as_svg(longer))[:3] == [
        "won deals by channel won deals by channel won deals by",
        "channel won deals by channel won deals by channel won",
        "deals by channel",
    ]
    assert size(as_png(longer, 1))[1] == size(as_png(figure, 1))[1] + 40


def test_a_png_is_as_large_as_asked_and_shows_the_bars() -> None:
    figure = bars(("email", 1), ("social", 3))
    width, height = size(as_png(figure, 2))
    assert (width, height) == (1048, 2 * size(as_png(figure, 1))[1])
    longer = replace(figure, bars=tuple(replace(bar, length=bar.length / 2) for bar in figure.bars))
    assert as_png(figure) != as_png(longer)


def test_without_a_font_for_its_letters_a_sentence_says_which_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture, "_can_write", lambda letter: letter == "A")
    as_png(bars(("email", 1)))
    with pytest.raises(PictureError, match="fonts-wqy-microhei"):
        as_png(bars(("数据治理沙龙", 3)))


def test_whether_a_letter_can_be_written_is_seen_by_writing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {"A": b"an A", "": b"", "\U0010fffd": b"a box", "国": b"a box", "\U0001f600": b""}
    monkeypatch.undo()
    monkeypatch.setattr(picture, "_drawn", drawn.__getitem__)
    can_write = picture._can_write.__wrapped__
    assert [can_write(letter) for letter in ("A", "国", "\U0001f600")] == [True, False, False]
