"""`leadtrace report`: a question, and the answer as a table, a file or a page."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from cli.failures import sentences
from cli.report_answer import Answer, answer
from cli.report_forms import as_json, as_markdown, as_text, as_workbook, print_csv
from cli.report_listing import described, listed
from cli.report_options import ReportCommand, told
from cli.surroundings import located, surrounded
from cli.tables import json_text
from cli.workbook import TooManyRowsError
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseError, connect
from sinks.periods import EXAMPLES, days_of
from sinks.report_files import Report, list_reports
from sinks.report_values import ReportError, check, find
from sinks.reports import rows_of

PATH: Final = click.Path(path_type=Path)
PRINTED: Final[Mapping[str, Callable[[Answer], str]]] = {
    "table": as_text,
    "json": as_json,
    "markdown": as_markdown,
}
BARE: Final = ("csv", "json")


@click.command(cls=ReportCommand)
@click.argument("name", required=False)
@click.option("--from", "first", metavar="DAY", help="First day: 2026-10-05, 2026-10, 2026-Q3, last-month, …")
@click.option("--to", "last", metavar="DAY", help="Last day, by the same words.")
@click.option("--during", metavar="PERIOD", help="First and last day at once: 2026-Q3, last-month, …")
@click.option("--as-of", "as_of", metavar="TIME", help="As it was known then: 2026-10-05 09:00.")
@click.option("--param", "-p", "named", multiple=True, metavar="NAME=VALUE", help="Any parameter.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a Markdown table.")
@click.option("--xlsx", type=PATH, help="Write a workbook to this file.")
@click.option(
    "--trust/--no-trust",
    "trust",
    default=None,
    help="How far it can be trusted, below it; --json then prints an object.  [default: not in CSV and JSON]",
)
@surrounded()
@sentences(ClickHouseError, ReportError, SettingsError, TooManyRowsError, OSError)
def command(given: Settings, name: str | None, **options: Any) -> None:
    """Print a report; without NAME, list all reports and their parameters.

    Each parameter of a report is an option of it: `leadtrace report NAME --help` has them.
    Times are in LEADTRACE_TIMEZONE in tables, workbooks and pages, and in UTC in CSV and JSON.
    """
    reports = list_reports()
    if name is None:
        click.echo(json_text(described(reports)) if options["form"] == "json" else listed(reports))
    else:
        _one(given, find(reports, name), options)


def _one(given: Settings, report: Report, options: dict[str, Any]) -> None:
    today = datetime.now(ZoneInfo(given.timezone)).date()
    parameters = asked(report, options, today)
    check(report, parameters, today)
    form = options["form"] or "table"
    with_trust = form not in BARE if options["trust"] is None else options["trust"]
    client = connect(located(given, "clickhouse"))
    try:
        if form == "csv" and options["xlsx"] is None:
            print_csv(*rows_of(client, report, parameters, today))
            return
        made = answer(client, report, parameters, given.timezone, today, with_trust)
    finally:
        client.close()
    if options["xlsx"] is None:
        click.echo(PRINTED[form](made))
    else:
        options["xlsx"].write_bytes(as_workbook(made))
        click.echo(f"{options['xlsx']}: {len(made.result.rows):,} rows")


def asked(report: Report, options: Mapping[str, Any], today: date) -> dict[str, str]:
    """The parameters that were given, whichever way. Raises ReportError and UsageError."""
    given = dict(map(parameter, options["named"])) | told(options)
    during = options["during"]
    if during is not None:
        if options["first"] or options["last"]:
            raise click.UsageError("--during says the first and the last day: leave out --from and --to")
        try:
            given["from"], given["to"] = (f"{day:%Y-%m-%d}" for day in days_of(during, today))
        except ValueError:
            raise ReportError(f"--during must be {EXAMPLES}, not '{during[:60]}'") from None
    times = {"from": options["first"], "to": options["last"], "as_of": options["as_of"]}
    given |= {name: value for name, value in times.items() if value is not None}
    known = {each.name for each in report.parameters}
    if "as_of" in given and "as_of" not in known:
        able = [each.name for each in list_reports() if any(one.name == "as_of" for one in each.parameters)]
        raise ReportError(
            f"the report '{report.name}' shows what is known now; "
            f"of what was known then tell {', '.join(able)}"
        )
    return given


def parameter(text: str) -> tuple[str, str]:
    """`limit=10` as name and value. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--param is NAME=VALUE, for example --param limit=10, not {text!r}")
    return name.strip(), value
