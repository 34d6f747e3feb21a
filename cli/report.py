"""`leadtrace report`: a question, and the table that answers it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cli.failures import sentences
from cli.surroundings import located, surrounded
from cli.tables import csv_table, json_table, json_text, text_table
from cli.workbook import TooManyRowsError, workbook
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseError, connect
from sinks.report_files import Parameter, Report, list_reports
from sinks.report_values import ReportError
from sinks.reports import Result, run_report

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("name", required=False)
@click.option("--from", "first", type=DAY, default=None, help="First day, where the report knows days.")
@click.option("--to", "last", type=DAY, default=None, help="Last day, where the report knows days.")
@click.option("--param", "-p", "told", multiple=True, metavar="NAME=VALUE", help="Any parameter.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option(
    "--xlsx", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write a workbook."
)
@surrounded()
@sentences(ClickHouseError, ReportError, SettingsError, TooManyRowsError, OSError)
def command(
    given: Settings,
    name: str | None,
    first: datetime | None,
    last: datetime | None,
    told: tuple[str, ...],
    form: str | None,
    xlsx: Path | None,
) -> None:
    """Print a report; without NAME, list all reports and their parameters.

    Times are in LEADTRACE_TIMEZONE in tables and workbooks, and in UTC in CSV and JSON.
    """
    if name is None:
        reports = list_reports()
        click.echo(json_text(described(reports)) if form == "json" else listed(reports))
        return
    parameters = dict(map(parameter, told))
    parameters |= {key: f"{day:%Y-%m-%d}" for key, day in (("from", first), ("to", last)) if day is not None}
    result = answer(located(given, "clickhouse"), name, parameters)
    if xlsx is not None:
        xlsx.write_bytes(workbook(result.headings, result.rows, given.timezone))
        click.echo(f"{xlsx}: {len(result.rows):,} rows")
        return
    match form:
        case "csv":
            click.echo(csv_table(result.columns, result.rows), nl=False)
        case "json":
            click.echo(json_table(result.columns, result.rows))
        case _:
            click.echo(text_table(result.headings, result.rows, given.timezone))
            if not result.rows:
                click.echo("(no rows)")


def answer(given: Settings, name: str, parameters: Mapping[str, str]) -> Result:
    """Run one report. Raises ReportError or ClickHouseError."""
    client = connect(given)
    try:
        return run_report(client, name, parameters)
    finally:
        client.close()


def parameter(text: str) -> tuple[str, str]:
    """`limit=10` as name and value. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--param is NAME=VALUE, for example --param limit=10, not {text!r}")
    return name.strip(), value


def listed(reports: list[Report]) -> str:
    """All reports with their parameters, for people."""
    lines = ["Reports:"]
    for report in reports:
        lines += ["", f"  leadtrace report {report.name}", f"      {report.title}"]
        lines += [f"      {option(each):<34} {each.help}" for each in report.parameters]
    return "\n".join(lines)


def option(wanted: Parameter) -> str:
    """How a parameter is given on the command line, with its default."""
    value = "|".join(wanted.choices) or ("…" if wanted.default is None else wanted.default)
    return f"--{wanted.name} {value}" if wanted.name in ("from", "to") else f"-p {wanted.name}={value}"


def described(reports: list[Report]) -> list[dict[str, Any]]:
    """All reports with their parameters, for programs."""
    return [
        {
            "name": report.name,
            "title": report.title,
            "parameters": [
                {"name": each.name, "type": each.kind, "default": each.default, "choices": list(each.choices)}
                | {"help": each.help}
                for each in report.parameters
            ],
        }
        for report in reports
    ]
