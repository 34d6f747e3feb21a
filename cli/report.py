"""`leadtrace report`: a question, and the answer as a table, a file or a page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from answers.answer import Answer, Answers
from answers.asked import check_known_then
from answers.clock import as_local
from answers.described import described
from answers.forms import as_json, as_markdown, as_workbook
from answers.tables import json_text
from answers.workbook import TooManyRowsError
from cli.failures import sentences
from cli.report_asked import asked
from cli.report_forms import as_text, print_csv
from cli.report_listing import listed
from cli.report_options import ReportCommand
from cli.report_page import page
from cli.report_set import all_pages
from cli.surroundings import located, surrounded
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouse, ClickHouseError, connect
from sinks.report_files import Report, list_reports
from sinks.report_source import Source
from sinks.report_source import source as source_of
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
@click.option("--html", type=PATH, help="Write a page with charts to this file; with --all, to this folder.")
@click.option("--all", "everything", is_flag=True, help="Write a page of each report, with an index.")
@click.option(
    "--trust/--no-trust",
    "trust",
    default=None,
    help="All of how far it can be trusted, below it, or none; --json then prints an object.  "
    "[default: below tables what concerns the question, in files all, in CSV and JSON none]",
)
@click.option(
    "--live/--kept",
    "live",
    default=None,
    help="Read what is stored at this moment, or what is kept for BI.  [default: kept once there is much]",
)
@surrounded()
@sentences(ClickHouseError, ReportError, SettingsError, TooManyRowsError, OSError)
def command(given: Settings, name: str | None, **options: Any) -> None:
    """Print a report; without NAME, list all reports.

    Each parameter of a report is an option of it: `leadtrace report NAME --help` has them.
    Times are in LEADTRACE_TIMEZONE in tables, workbooks and pages, and in UTC in CSV and JSON.
    """
    reports = list_reports()
    _check_forms(options)
    if options["everything"]:
        if name is not None or options["html"] is None or options["xlsx"] is not None:
            raise click.UsageError("--all writes all reports: leave out NAME, and say a folder with --html")
        _all(given, reports, options)
    elif name is None:
        if options["html"] or options["xlsx"]:
            raise click.UsageError("say the NAME of the report that is to be written, or --all with --html")
        click.echo(
            json_text([described(each) for each in reports]) if options["form"] == "json" else listed(reports)
        )
    else:
        _one(given, find(reports, name), options)


def _check_forms(options: Mapping[str, Any]) -> None:
    """Raise UsageError if a form is asked for that would not be there."""
    if options["form"] and (options["xlsx"] or options["html"]):
        raise click.UsageError(
            f"--{options['form']} prints, --xlsx and --html write files: ask for one of them"
        )
    if options["form"] == "csv" and options["trust"]:
        raise click.UsageError(
            "CSV is rows alone: --trust goes with a table, --json, --markdown, --xlsx or --html"
        )


def _one(given: Settings, report: Report, options: dict[str, Any]) -> None:
    today = datetime.now(ZoneInfo(given.timezone)).date()
    parameters = asked(options, today)
    check_known_then(report, parameters)
    check(report, parameters, today)
    form = options["form"] or "table"
    files = {options["xlsx"]: as_workbook, options["html"]: page}
    files.pop(None, None)
    server = located(given, "clickhouse")
    client = connect(server)
    try:
        source = chosen(client, server, options)
        if form == "csv" and not files:
            print_csv(*rows_of(client, report, parameters, today, source))
            return
        wanted = options["trust"]
        with_trust = bool(files) or form not in BARE if wanted is None else wanted
        answers = Answers(client, given.timezone, today, source)
        made = answers.of(report, parameters, with_trust, in_full=bool(wanted))
    finally:
        client.close()
    for path, write in files.items():
        path.write_bytes(write(made))
        click.echo(f"{path}: {len(made.result.rows):,} rows")
    if not files:
        click.echo(PRINTED[form](made))


def _all(given: Settings, reports: Sequence[Report], options: dict[str, Any]) -> None:
    today = datetime.now(ZoneInfo(given.timezone)).date()
    server = located(given, "clickhouse")
    client = connect(server)
    try:
        answers = Answers(client, given.timezone, today, chosen(client, server, options))
        files = all_pages(reports, asked(options, today), answers)
    finally:
        client.close()
    folder = options["html"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    click.echo(f"{folder / 'index.html'}: {len(files) - 1} reports")


def chosen(client: ClickHouse, given: Settings, options: dict[str, Any]) -> Source:
    """Where to read, with a note on stderr if that is not what is stored at this moment."""
    source = source_of(client, given, None if options["live"] is None else not options["live"])
    if source.kept_at is not None:
        local = as_local(source.kept_at, given.timezone)
        click.echo(f"as it was stored at {local}; --live reads what is stored now", err=True)
    return source
