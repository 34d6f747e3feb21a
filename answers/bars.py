"""Charts with a row for each bar: bars, funnels and intervals."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from answers.figures import (
    LABELS,
    MOST_PARTS,
    MOST_ROWS,
    ROW,
    VALUES,
    WIDTH,
    Bar,
    Figure,
    Rows,
    by_unit,
    cut_label,
    cut_note,
    described,
    label_of,
    measured,
    words_for,
    words_of,
)
from answers.tables import shown
from sinks.headings import heading
from sinks.report_files import Chart


def bars(chart: Chart, rows: Rows, timezone: str) -> Iterator[Figure]:
    """A picture for each measure, and for each currency of an amount: what a bar is, and how long it is."""
    label, measures = chart.columns
    for measure in measures:
        for unit, some in by_unit(rows, measure):
            told = measured(some, label, measure, timezone)
            yield _rows_of_bars(f"{words_for(measure, unit)} by {words_of(label)}", told, measure)


def funnel(chart: Chart, rows: Rows, timezone: str) -> Iterator[Figure]:
    """The steps of a funnel, a row each; where several columns name a row, the last is the step of a part."""
    label, measures = chart.columns
    for measure in measures:
        for unit, some in by_unit(rows, measure):
            parts: dict[str, list[tuple[str, Any]]] = {}
            for row in some:
                part = label_of(row, label[:-1], timezone) if label[:-1] else ""
                parts.setdefault(part, []).append((label_of(row, label[-1:], timezone), row[measure]))
            for part, told in list(parts.items())[:MOST_PARTS]:
                title = f"{words_for(measure, unit)} by {words_of(label[-1:])}"
                yield _steps(f"{title}: {part}" if part else title, told)


def totals(chart: Chart, rows: Rows, timezone: str) -> Iterator[Figure]:  # noqa: ARG001 - as all kinds
    """The steps of a funnel, a column each, summed over all rows."""
    (steps,) = chart.columns
    told = [(heading(step), sum(row[step] or 0 for row in rows)) for step in steps]
    yield _steps(f"From {heading(steps[0])} to {heading(steps[-1])}", told)


def _steps(title: str, told: Sequence[tuple[str, Any]]) -> Figure:
    """A funnel: one in a million is still to be seen, so lengths go by orders of magnitude."""
    told = [(name, value or 0) for name, value in told]
    rates = [""] + [
        f" · {float(then) / float(before):.1%}" if before else "" for (_, before), (_, then) in pairwise(told)
    ]
    most = max([1.0, *(math.log10(1 + float(value)) for _, value in told)])
    room = WIDTH - LABELS - VALUES - 40
    drawn = tuple(
        _bar(at, name, f"{shown(value, 'UTC')}{rate}", room * math.log10(1 + float(value)) / most)
        for at, ((name, value), rate) in enumerate(zip(told, rates, strict=True))
    )
    rows = tuple((bar.full, bar.text) for bar in drawn)
    note = "Lengths are by orders of magnitude; the share is of the step before."
    return Figure(
        "bars", title, described(title, rows), ROW * len(drawn) + 4, ("Step", "Count and share"), rows, drawn,
        note=note,
    )  # fmt: skip


def _rows_of_bars(title: str, told: Sequence[tuple[str, Any]], measure: str) -> Figure:
    some = told[:MOST_ROWS]
    values = [float(value) for _, value in some]
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    room = WIDTH - LABELS - VALUES
    drawn = tuple(
        _bar(
            at,
            name,
            shown(value, "UTC"),
            room * abs(float(value)) / span,
            room * (min(0.0, float(value)) - low) / span,
        )
        for at, (name, value) in enumerate(some)
    )
    rows = tuple((bar.full, bar.text) for bar in drawn)
    return Figure(
        "bars", title, described(title, rows), ROW * len(drawn) + 4, ("", heading(measure)), rows, drawn,
        note=cut_note(len(told)),
    )  # fmt: skip


def intervals(chart: Chart, rows: Rows, timezone: str) -> Iterator[Figure]:
    """A row for each value that is known with the least and the most that it may be."""
    label, (value, least, most) = chart.columns
    known = [row for row in rows if None not in (row[value], row[least], row[most])]
    some = known[:MOST_ROWS]
    numbers = [float(row[name]) for row in some for name in (value, least, most)]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    room = WIDTH - LABELS - VALUES

    def across(number: Any) -> float:
        return LABELS + room * (float(number) - low) / ((high - low) or 1.0)

    drawn = tuple(
        Bar(
            *cut_label(label_of(row, label, timezone)),
            shown(row[value], timezone),
            ROW * at,
            across(row[value]),
            0.0,
            across(row[least]),
            across(row[most]),
        )
        for at, row in enumerate(some)
    )
    table = tuple(
        (bar.full, bar.text, shown(row[least], timezone), shown(row[most], timezone))
        for bar, row in zip(drawn, some, strict=True)
    )
    title = f"{heading(value)} by {words_of(label)}, with least and most"
    columns = ("", *map(heading, (value, least, most)))
    yield Figure(
        "intervals", title, described(title, table), ROW * len(drawn) + 4, columns, table, drawn,
        note=cut_note(len(known)),
    )  # fmt: skip


def _bar(at: int, name: str, text: str, length: float, start: float = 0.0) -> Bar:
    return Bar(*cut_label(name), text, ROW * at, LABELS + start, length)
