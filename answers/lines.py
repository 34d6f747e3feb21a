"""Charts of lines: one for each series, over days, times, numbers or names."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from answers.figures import (
    MOST_LINES,
    PLOT,
    WIDTH,
    Figure,
    Line,
    Rows,
    by_unit,
    described,
    label_of,
    words_for,
    words_of,
)
from answers.tables import shown
from sinks.headings import heading
from sinks.report_files import Chart

_LEFT: Final = 56
_TOP: Final = 8
_MOST_IN_TABLE: Final = 200

Series = dict[str, list[tuple[Any, float]]]


def lines(chart: Chart, rows: Rows, timezone: str) -> Iterator[Figure]:
    """A picture for each measure: what goes to the right, how high, and which rows are one line."""
    (right,), measures, *rest = chart.columns
    by = rest[0] if rest else ()
    for measure in measures:
        for unit, some in by_unit(rows, measure):
            known = [row for row in some if row[measure] is not None and row[right] is not None]
            series: Series = {}
            for row in known:
                name = label_of(row, by, timezone) if by else heading(measure)
                series.setdefault(name, []).append((row[right], float(row[measure])))
            title = f"{words_for(measure, unit)} by {words_of((right, *by))}"
            headings = (words_of(by) if by else "", heading(right), heading(measure))
            yield _plot(title, headings, series, timezone)


def _plot(title: str, headings: tuple[str, ...], series: Series, timezone: str) -> Figure:
    names = sorted(series, key=lambda name: (-sum(abs(value) for _, value in series[name]), name))
    drawn = names[:MOST_LINES]
    across = _Axis([x for name in drawn for x, _ in series[name]], timezone)
    values = [value for name in drawn for _, value in series[name]]
    ticks = _ticks(min([0.0, *values]), max([0.0, *values]))

    def height(value: float) -> float:
        return round(_TOP + PLOT * (ticks[-1] - value) / (ticks[-1] - ticks[0]), 1)

    made = []
    for name in drawn:
        dots = sorted(
            (across.at(x), height(y), f"{name}, {shown(x, timezone)}: {shown(y, timezone)}")
            for x, y in series[name]
        )
        made.append(Line(name, " ".join(f"{x},{y}" for x, y, _ in dots), tuple(dots)))
    table = tuple((name, shown(x, timezone), shown(y, timezone)) for name in names for x, y in series[name])
    return Figure(
        kind="lines",
        title=title,
        about=described(title, table),
        height=PLOT + 40,
        headings=headings,
        table=table[:_MOST_IN_TABLE],
        lines=tuple(made),
        across=across.ends,
        upward=tuple((height(tick), f"{tick:,.6g}") for tick in ticks),
        note=f"{len(names) - len(drawn)} more lines are in the table." if len(names) > len(drawn) else "",
    )


class _Axis:
    """What goes to the right: days, times and numbers by how far they lie apart, names one beside another."""

    def __init__(self, values: Sequence[Any], timezone: str) -> None:
        self._timezone = timezone
        self._is_scaled = all(isinstance(each, date | int | float | Decimal) for each in values)
        told = dict.fromkeys(sorted(values) if self._is_scaled else values)
        self._values = list(told)
        self._places = {value: float(at) for at, value in enumerate(told)}
        numbers = [self._number(each) for each in self._values] or [0.0]
        self._first, self._span = min(numbers), (max(numbers) - min(numbers)) or 1.0

    def at(self, value: Any) -> float:
        """Where a value lies in the picture."""
        return round(_LEFT + (WIDTH - _LEFT - 14) * (self._number(value) - self._first) / self._span, 1)

    @property
    def ends(self) -> tuple[tuple[float, str], ...]:
        """The first and the last value, and one between, with their places."""
        values = self._values
        some = [values[0], values[len(values) // 2], values[-1]] if len(values) > 2 else values
        return tuple((self.at(each), shown(each, self._timezone)) for each in some)

    def _number(self, value: Any) -> float:
        if not self._is_scaled:
            return self._places[value]
        match value:
            case datetime():
                return value.timestamp() / 86_400
            case date():
                return float(value.toordinal())
            case _:
                return float(value)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from below the least to above the most."""
    span = (high - low) or 1.0
    step: float = 10 ** math.floor(math.log10(span / 3))
    step *= next((factor for factor in (1, 2, 5) if span / (step * factor) <= 4), 10)
    first, last = math.floor(low / step), math.ceil((high or 1.0) / step)
    return [step * each for each in range(first, max(last, first + 1) + 1)]
