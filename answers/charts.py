"""The pictures of an answer, by the charts that its report asks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from answers.bars import bars, funnel, intervals, totals
from answers.figures import Figure, Rows
from answers.lines import lines
from sinks.report_files import Chart
from sinks.report_values import ReportError
from sinks.reports import Result

_KINDS: Final[Mapping[str, Callable[[Chart, Rows, str], Iterator[Figure]]]] = {
    "bars": bars,
    "lines": lines,
    "intervals": intervals,
    "funnel": funnel,
    "totals": totals,
}


def figures(charts: Sequence[Chart], result: Result, timezone: str) -> list[Figure]:
    """Every picture of an answer; none of an answer without rows. Raises ReportError.

    Where a chart names a parameter, `by` for example, it means the column that was asked for.
    """
    charts = [_asked(chart, result) for chart in charts]
    for column in (name for chart in charts for group in chart.columns for name in group):
        if column not in result.columns:
            raise ReportError(f"a chart shows the column {column}, which the answer does not have")
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    if not rows:
        return []
    return [each for chart in charts for each in _KINDS[chart.kind](chart, rows, timezone)]


def _asked(chart: Chart, result: Result) -> Chart:
    asked = {name: value for name, value in result.values if name not in result.columns}
    return replace(
        chart, columns=tuple(tuple(asked.get(name, name) for name in group) for group in chart.columns)
    )
