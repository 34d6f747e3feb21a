"""The page of an answer: charts and a table that need nothing else, in which no cell is obeyed."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from made_answers import HOSTILE, KNOWN, result, trust

from answers.answer import Answer
from answers.charts import figures
from cli.report_page import MOST_ROWS, command_of, index, page
from sinks.report_files import Chart, parse
from sinks.report_values import ReportError

HEAD = "-- How many leads?\n-- Of nobody who is ours.\n-- from = 1970-01-01: first day\n-- channel = : one\n"
CHARTS = "-- ~ bars: channel; leads\n-- > leads: people who became a lead\n"
TEXT = f"{HEAD}{CHARTS}SELECT {{from:Date}}, {{channel:String}} FROM conversions"
VOID = {"meta", "rect", "line", "circle", "path", "polyline"}


class Tags(HTMLParser):
    """All elements of a page with their attributes, and its texts; open ones must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def told(*rows: tuple[Any, ...], **values: str) -> Answer:
    found = result(("channel", "leads"), *rows, **values)
    return Answer(parse("leads", TEXT), found, "Asia/Shanghai", True, KNOWN, "abc123", trust())


def drawn(chart: str, columns: Sequence[str], *rows: tuple[Any, ...]) -> list[Any]:
    charts = parse("one", f"-- What?\n-- ~ {chart}\nSELECT 1").charts
    return figures(charts, result(tuple(columns), *rows), "Asia/Shanghai")


def test_a_page_says_what_was_asked_and_how_far_it_can_be_trusted() -> None:
    made = told(("email", 5), channel="email", **{"from": "2026-10-01"})
    text = page(made).decode()
    assert "<h1>How many leads?</h1>" in text
    for part in (
        "2026-10-01",
        "Known until 2026-10-05 09:30 (Asia/Shanghai), policy abc123.",
        "3 (25%) direct",
    ):
        assert part in text
    assert "<dt>Leads</dt><dd>people who became a lead</dd>" in text
    assert "<dt>Channel</dt>" not in text, "no view that is read explains it"
    assert command_of(made) == "leadtrace report leads --channel email --from 2026-10-01"


def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    tags = Tags(page(told(("email", 5)), is_linked=True).decode())
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in tags.found}
    for _, given in tags.found:
        assert not [name for name in given if name.startswith("on") or name in ("src", "style")]
        assert given.get("href", "index.html") == "index.html"
    policy = next(given["content"] for _, given in tags.found if given.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "@import" not in page(told(("email", 5))).decode()
    assert "url(" not in page(told(("email", 5))).decode()


def test_each_chart_is_described_and_has_the_table_of_its_numbers() -> None:
    text = page(told(("email", 5), ("direct", 2))).decode()
    tags = Tags(text)
    (chart,) = [given for tag, given in tags.found if tag == "svg" and given.get("role") == "img"]
    for name in str(chart["aria-labelledby"]).split():
        assert f'id="{name}"' in text
    assert "Leads by channel. email: 5; direct: 2." in text
    assert text.count("<summary>The numbers of this chart</summary>") == 1
    assert all(given["scope"] == "col" for tag, given in tags.found if tag == "th")


@pytest.mark.parametrize(
    "text", [*HOSTILE, '"><svg onload=alert(1)>', "</title><b>", "{{ 1234*1000 }}", "\ud800"]
)
def test_what_a_cell_holds_is_shown_and_never_obeyed(text: str) -> None:
    ordinary = [tag for tag, _ in Tags(page(told(("a", 5))).decode()).found]
    made = page(told((text, 5), channel=text)).decode()
    # The address of the filter is one more line.
    added = [tag for tag, _ in Tags(page(told(("a", 5), channel="a")).decode()).found]
    assert [tag for tag, _ in Tags(made).found] == added
    assert len(added) > len(ordinary)
    assert "\u202e" not in made
    assert "1234000" not in made
    assert len(made) < 60_000


def test_nothing_found_is_a_page_that_says_so() -> None:
    text = page(told()).decode()
    assert '<h2 id="rows">0 rows</h2>' in text
    assert "(no rows)" in text
    assert "<figure>" not in text


def test_one_row_of_nothing_known_is_drawn() -> None:
    text = page(told(("email", None))).decode()
    assert '<h2 id="rows">1 row</h2>' in text
    assert ">–</td>" in text


def test_a_page_of_many_rows_says_where_all_of_them_are() -> None:
    made = page(told(*((f"channel {n}", n) for n in range(100_000)))).decode()
    assert "The first 2,000 are shown here: --csv and --xlsx have all." in made
    assert "100,000 rows" in made
    assert made.count("<tr>") < MOST_ROWS + 30
    assert "The first 20 of 100,000; the table has all." in made


def test_counts_of_one_label_are_added_up_and_amounts_by_currency() -> None:
    columns = ("channel", "won", "revenue", "currency")
    rows = [
        ("email", 2, Decimal(10), "CNY"),
        ("email", 1, Decimal(7), "EUR"),
        ("direct", 4, Decimal(5), "CNY"),
    ]
    won, cny, eur = drawn("bars: channel; won, revenue", columns, *rows)
    assert won.title == "Won by channel"
    assert [(bar.full, bar.text) for bar in won.bars] == [("email", "3"), ("direct", "4")]
    assert cny.title == "Revenue in CNY by channel"
    assert [(bar.full, bar.text) for bar in cny.bars] == [("email", "10.00"), ("direct", "5.00")]
    assert [bar.text for bar in eur.bars] == ["7.00"]
    assert won.bars[1].length == pytest.approx(won.bars[0].length * 4 / 3)


def test_ratios_of_one_label_are_not_added_up() -> None:
    rows = [("email", 0.5, "CNY"), ("email", -0.25, "EUR")]
    (roi,) = drawn("bars: channel; roi", ("channel", "roi", "currency"), *rows)
    assert [(bar.full, bar.text) for bar in roi.bars] == [("email › CNY", "0.50"), ("email › EUR", "-0.25")]
    assert roi.bars[1].start + roi.bars[1].length == pytest.approx(roi.bars[0].start), "they meet at zero"


def test_a_funnel_says_the_share_of_the_step_before() -> None:
    columns = ("impressions", "clicks", "leads", "won")
    (steps,) = drawn("totals: impressions, clicks, leads, won", columns, (900, 100, 10, 0), (100, 0, 0, 0))
    assert [bar.text for bar in steps.bars] == ["1,000", "100 · 10.0%", "10 · 10.0%", "0 · 0.0%"]
    (rows,) = drawn("funnel: step; people", ("step", "people"), ("visit", 0), ("lead", 5))
    assert [bar.text for bar in rows.bars] == ["0", "5"], "of nothing there is no share"


def test_a_funnel_of_parts_is_a_picture_for_each() -> None:
    rows = [("email", "visit", 8), ("email", "lead", 2), ("direct", "visit", 5), ("direct", "lead", 1)]
    email, direct = drawn("funnel: part, step; count", ("part", "step", "count"), *rows)
    assert (email.title, direct.title) == ("Count by step: email", "Count by step: direct")
    assert [bar.text for bar in direct.bars] == ["5", "1 · 20.0%"]


def test_lines_lie_as_far_apart_as_their_days() -> None:
    days = [date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 5)]
    rows = [(day, name, n) for name in ("a", "b") for n, day in enumerate(days)]
    (figure,) = drawn("lines: day; leads; channel", ("day", "channel", "leads"), *reversed(rows))
    assert [line.name for line in figure.lines] == ["a", "b"]
    first, second, last = (x for x, _, _ in figure.lines[0].dots)
    assert (last - second) == pytest.approx(3 * (second - first), abs=0.3)
    assert [text for _, text in figure.upward] == ["0", "0.5", "1", "1.5", "2"]
    assert [text for _, text in figure.across] == ["2026-10-01", "2026-10-02", "2026-10-05"]


def test_lines_over_names_and_of_one_point_are_drawn() -> None:
    (names,) = drawn("lines: step; won", ("step", "won"), ("lead", 3), ("won", 0))
    assert [text for _, text in names.across] == ["lead", "won"]
    (one,) = drawn("lines: at; won", ("at", "won"), (datetime(2026, 10, 1, tzinfo=UTC), 0))
    assert [text for _, text in one.across] == ["2026-10-01 08:00"]


def test_an_interval_lies_between_the_least_and_the_most() -> None:
    columns = ("keyword", "rate", "low", "high")
    (figure,) = drawn(
        "intervals: keyword; rate, low, high", columns, ("a", 0.2, 0.1, 0.4), ("b", None, None, None)
    )
    (bar,) = figure.bars
    assert bar.least < bar.start < bar.most
    assert figure.table == (("a", "0.20", "0.10", "0.40"),)


def test_a_chart_of_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ReportError, match="a chart shows the column won, which the answer does not have"):
        figures([Chart("bars", (("channel",), ("won",)))], result(("channel",), ("a",)), "UTC")


def test_the_index_links_to_each_page_and_says_what_is_left_out() -> None:
    text = index([("funnel", "How many?", 1234)], [("journey", "it needs <lead>")], "known").decode()
    assert '<a href="funnel.html">funnel</a>' in text
    assert "it needs &lt;lead&gt;" in text
    assert "<h1>Reports</h1><p>Known.</p>" in text
    assert "<h1>Reports</h1></header>" in index([], [("journey", "it needs <lead>")], "").decode()
    assert not re.search(r"https?://", text)
