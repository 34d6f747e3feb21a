"""The digest of a week: the funnel and money in words and as a picture, beside the week before."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from answers.charts import figures
from answers.figures import Figure
from answers.picture import PictureError, as_png
from notices.cases import Case, Row
from notices.texts import Message, Reader, words
from notices.wishes import Digest
from sinks.report_files import list_reports
from sinks.report_values import find
from sinks.reports import Result

log = logging.getLogger(__name__)

FUNNEL: Final = "funnel_steps"
EVERY: Final = str(2**32 - 1)  # of rows
# Answers a report: its name and what is asked of it.
Ask = Callable[[str, Mapping[str, str]], Result]


def rows_of(result: Result) -> list[Row]:
    """The rows of an answer by the names of its columns."""
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def digest_message(case: Case, rule: Digest, ask: Ask, reader: Reader, is_doubtful: bool = False) -> Message:
    """The digest of the week of a case. Raises what asking does."""
    own, first, last = words(reader.language)["digest"], case.told["first"], case.told["last"]
    week, before = _days(first, last), _days(first - timedelta(7), last - timedelta(7))
    funnel = {"by": "total", "mode": "period"}
    steps = ask(FUNNEL, funnel | week)
    lines = _steps(rows_of(steps), rows_of(ask(FUNNEL, funnel | before)), reader)
    money = {"by": "total", "currency": rule.currency}
    lines += _money(rows_of(ask("money", money | week)), rows_of(ask("money", money | before)), reader)
    lines = lines or [own["nothing"]]
    waiting = len(ask("unanswered", {"state": "waiting", "limit": EVERY}).rows)
    lines.append(own["waiting"].format(count=reader.said(waiting)))
    letters = sum(row["waiting"] for row in rows_of(ask("dead_letters_waiting", {})))
    if letters:
        lines.append(own["letters"].format(count=reader.said(letters)))
    link = f"{FUNNEL}?mode=period&from={week['from']}&to={week['to']}"
    doubt = [words(reader.language)["again"]] if is_doubtful else []
    title = own["title"].format(first=reader.said(first), last=reader.said(last))
    return Message(
        title, "\n".join([*lines, "", *reader.link(link), *doubt]).rstrip(), _picture(steps, case, reader)
    )


def _steps(now: Sequence[Row], before: Sequence[Row], reader: Reader) -> list[str]:
    told, own = words(reader.language)["steps"], words(reader.language)["digest"]
    were = {row["step"]: row["count"] for row in before}
    return [
        own["step"].format(
            step=told[row["step"]],
            count=reader.said(row["count"]),
            before=reader.said(were.get(row["step"], 0)),
        )
        for row in now
    ]


def _money(now: Sequence[Row], before: Sequence[Row], reader: Reader) -> list[str]:
    """Cost and revenue, a line for each currency in which there was any: two are never added up."""
    own, lines = words(reader.language)["digest"], []
    for what in ("cost", "revenue"):
        is_now = {row["currency"]: row[what] for row in now}
        was = {row["currency"]: row[what] for row in before}
        for currency in sorted(is_now.keys() | was.keys()):
            amounts = [Decimal(each.get(currency, 0)) for each in (is_now, was)]
            if any(amounts):
                told, then = (f"{amount:,.2f}" for amount in amounts)
                lines.append(own["money"].format(what=own[what], amount=told, currency=currency, before=then))
    return lines


def funnel_figure(steps: Result, case: Case, reader: Reader) -> Figure | None:
    """The chart that the report of the funnel asks for, in the reader's words; None without any row."""
    told, own = words(reader.language)["steps"], words(reader.language)["digest"]
    at = steps.columns.index("step")
    rows = tuple((*row[:at], told[row[at]], *row[at + 1 :]) for row in steps.rows)
    drawn = figures(find(list_reports(), FUNNEL).charts, replace(steps, rows=rows), reader.timezone)
    days = {name: reader.said(case.told[name]) for name in ("first", "last")}
    return replace(drawn[0], title=own["chart"].format(**days), note=own["note"]) if drawn else None


def _picture(steps: Result, case: Case, reader: Reader) -> bytes | None:
    """The funnel as a PNG; a digest without a picture is better than none."""
    figure = funnel_figure(steps, case, reader)
    try:
        return as_png(figure) if figure is not None else None
    except PictureError as error:
        log.warning("the digest goes without its picture: %s", error)
        return None


def _days(first: date, last: date) -> dict[str, Any]:
    return {"from": first.isoformat(), "to": last.isoformat()}
