"""An answer as one page of HTML that needs nothing else: charts, table, and what it stands on."""

import shlex
from collections.abc import Sequence
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from answers.answer import Answer
from answers.charts import figures
from answers.tables import kind_of, shown, shown_rows
from cli.report_options import option_of
from sinks.explained import explanations, view_columns
from sinks.view_texts import views

MOST_ROWS: Final = 2_000
_LONGEST_CELL: Final = 300


def page(answer: Answer, is_linked: bool = False) -> bytes:
    """The page of one answer; `is_linked`: it is one of a set with an index. Raises ReportError."""
    result, zone = answer.result, answer.timezone
    kinds = [kind_of([row[at] for row in result.rows]) for at in range(len(result.columns))]
    told = explanations(answer.report, view_columns(views(zone)))
    names = dict(zip(result.columns, result.headings, strict=True))
    text: str = _template("report.html").render(
        answer=answer,
        asked=[(name, shown(value, zone, _LONGEST_CELL)) for name, value in answer.asked],
        is_linked=is_linked,
        figures=figures(answer.report.charts, result, zone),
        notes=_notes(answer),
        columns=list(zip(result.headings, kinds, strict=True)),
        rows=(
            list(zip(cells, kinds, strict=True))
            for cells in shown_rows(result.rows[:MOST_ROWS], zone, _LONGEST_CELL)
        ),
        explained=[(heading, told[name]) for name, heading in names.items() if name in told],
        command=command_of(answer),
    )
    return text.encode("utf-8", "replace")


def index(
    pages: Sequence[tuple[str, str, int]], left_out: Sequence[tuple[str, str]], stands_on: str
) -> bytes:
    """The page that links to all others: name, question and number of rows of each."""
    template = _template("index.html")
    text: str = template.render(pages=pages, left_out=left_out, stands_on=stands_on)
    return text.encode("utf-8", "replace")


def command_of(answer: Answer) -> str:
    """How the answer is asked for again."""
    told = [f"{option_of(name)} {shlex.quote(value)}" for name, value in answer.asked if value.isprintable()]
    return " ".join(["leadtrace report", answer.report.name, *told])


def _notes(answer: Answer) -> list[str]:
    notes = [answer.cut] if answer.cut else []
    if len(answer.result.rows) > MOST_ROWS:
        notes.append(f"The first {MOST_ROWS:,} are shown here: --csv and --xlsx have all.")
    return [*notes, *(["(no rows)"] if not answer.result.rows else [])]


def _template(name: str) -> Any:
    loader = ChoiceLoader([PackageLoader("cli", "pages"), PackageLoader("answers", "pages")])
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=False
    ).get_template(name)
