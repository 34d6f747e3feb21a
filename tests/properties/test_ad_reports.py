"""A report whose sums per day are known is imported with exactly these sums, or says what it leaves out."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from producers.imports import Plan, plan_sem
from producers.sem.options import SemOptions
from schemas.sem import AdPerformanceReported

NOW = 1796083200000  # 2026-12-01 in UTC
FIRST = date(2026, 10, 28)
Amounts = tuple[int, int, int]  # impressions, clicks, cost in hundredths
MONTHS = {10: "Oct", 11: "Nov"}
DATES: tuple[Callable[[date], str], ...] = (
    date.isoformat,
    lambda day: f"{MONTHS[day.month]} {day.day}, {day.year}",
    lambda day: f"{day.day} {MONTHS[day.month]} {day.year}",
    lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
    lambda day: f"{day.month}/{day.day}/{day.year}",
    lambda day: f"{day.day}.{day.month}.{day.year}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
)
# What stands between thousands, and before the fraction.
NUMBERS = ((",", "."), (".", ","), ("'", "."), ("\u202f", ","), ("", "."), ("", ","))
UNKNOWN = st.one_of(
    st.sampled_from(
        ["Age", "Ad ID", "Landing page", "Most specific location", "Network (with search partners)", "年龄",
         "Foo",
         "Headline 1", "Leads", "Gerät?", "Ad strength", "城市", "Score", "Postal code"]
    ),
    st.text(st.characters(categories=("L", "Zs")), min_size=1, max_size=9),
)  # fmt: skip
CELLS = st.one_of(
    st.integers(1, 99_999).map(str),
    st.text(st.characters(categories=("L",)), min_size=1, max_size=6),
    st.just("--"),
)
NAMES = st.sampled_from(["Brand", "Generic", "Total Care", "合计方案", "a|b", "x;y, z"])


@dataclass(frozen=True)
class Report:
    """A file and what is true of it: the amounts of each row by its line, and the day that each is of."""

    text: str
    rows: dict[int, tuple[date, Amounts]]


def number(value: int, style: tuple[str, str], hundredths: bool) -> str:
    whole, fraction = divmod(value, 100) if hundredths else (value, 0)
    text = f"{whole:,}".replace(",", style[0])
    return f"{text}{style[1]}{fraction:02}" if hundredths and fraction else text


@st.composite
def reports(draw: st.DrawFn) -> Report:
    unknown = draw(st.lists(UNKNOWN, max_size=3))
    dated, style = draw(st.sampled_from(DATES)), draw(st.sampled_from(NUMBERS))
    told = st.tuples(st.integers(0, 9_999_999), st.integers(0, 99_999), st.integers(0, 99_999_999))
    row = st.tuples(st.integers(0, 20), NAMES, told, st.tuples(*(CELLS for _ in unknown)))
    rows = draw(st.lists(row, min_size=1, max_size=8))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=draw(st.sampled_from([",", ";", "\t"])))
    writer.writerow(["Day", "Campaign", "Currency code", *unknown, "Impr.", "Clicks", "Cost"])
    total = ["Total: Account", "--", "EUR", *("--" for _ in unknown)]
    total += [number(sum(each[2][at] for each in rows), style, at == 2) for at in range(3)]
    place = draw(st.sampled_from(["", "first", "last"]))
    if place == "first":
        writer.writerow(total)
    stands: dict[int, tuple[date, Amounts]] = {}
    for line, (after, campaign, amounts, cells) in enumerate(rows, 3 if place == "first" else 2):
        day = FIRST + timedelta(days=after)
        written = [
            number(amounts[0], style, False),
            number(amounts[1], style, False),
            number(amounts[2], style, True),
        ]
        writer.writerow([dated(day), campaign, "EUR", *cells, *written])
        stands[line] = (day, amounts)
    if place == "last":
        writer.writerow(total)
    return Report(out.getvalue(), stands)


def imported(report: Report) -> Plan:
    return plan_sem(report.text.encode(), "report.csv", SemOptions(received_at=NOW, as_of=NOW))


def by_day(amounts: list[tuple[str, Amounts]]) -> dict[str, Amounts]:
    sums: dict[str, Amounts] = defaultdict(lambda: (0, 0, 0))
    for day, (impressions, clicks, cost) in amounts:
        known = sums[day]
        sums[day] = (known[0] + impressions, known[1] + clicks, known[2] + cost)
    return {day: each for day, each in sums.items() if each != (0, 0, 0)}


@given(reports())
def test_what_is_imported_are_the_sums_of_the_days_less_what_is_said_to_be_left_out(report: Report) -> None:
    plan = imported(report)
    if plan.error:
        assert plan.facts == ()
        return

    left_out = {reject.at for reject in plan.rejects}
    facts = [fact for fact in plan.facts if isinstance(fact, AdPerformanceReported)]
    told = [(fact.day, (fact.impressions, fact.clicks, fact.cost_micros // 10_000)) for fact in facts]
    stands = [(day.isoformat(), each) for line, (day, each) in report.rows.items() if line not in left_out]
    assert by_day(told) == by_day(stands)
    if left_out and any("own total" in note for note in plan.notes):
        assert (
            by_day(
                [
                    (day.isoformat(), report.rows[line][1])
                    for line, (day, _) in report.rows.items()
                    if line in left_out
                ]
            )
            == {}
        )
