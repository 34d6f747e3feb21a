"""`leadtrace import`: files of the outside world to topics."""

from datetime import datetime

import click

from answers.clock import as_millis, now
from cli.import_contacts import calls, cards, downloads
from cli.import_options import DATE_ORDER, DAY, ENCODING, NUMBERS, SEPARATOR, SHEET, TIME
from cli.import_run import Job, importing
from cli.import_sem import sem
from cli.inputs import Input
from cli.mappings import given_or_suggested, mapping_text, show_suggestion, system_of_suggested
from producers.attendance.rows import AttendanceOptions
from producers.crm.export import CrmOptions
from producers.crm.history import HistoryOptions
from producers.crm.shipped import shipped_mappings
from producers.imports import plan_attendance, plan_crm, plan_history, plan_rates
from producers.privacy.tokenisers import tokeniser_of
from producers.rates.files import RateOptions


@click.group(name="import")
def command() -> None:
    """Import reports of ads, CRM exports, lists of events and calls, and rates.

    Every import may be repeated: the same row again changes nothing, and a newer report of the same day
    replaces the older one. With --dry-run a file is only read, and what was understood is shown. A file that
    is called - is standard input; --name says what its name would have said.

    Exit status: 0 if everything was imported, 1 if a file could not be, 3 if single rows were left out.
    """


@command.command()
@click.option(
    "--suggest",
    is_flag=True,
    is_eager=True,
    help="Print a mapping for FILE, with its doubts marked; nothing is imported.",
)
@click.option(
    "--mapping",
    default="",
    callback=given_or_suggested,
    help="Says what the columns mean: a TOML file, or the name of a mapping that comes with Leadtrace: "
    f"{', '.join(shipped_mappings())}.",
)
@click.option(
    "--system",
    default="",
    callback=system_of_suggested,
    help="With --suggest: the CRM's name, for example hubspot.",
)
@DATE_ORDER
@NUMBERS
@ENCODING
@SEPARATOR
@SHEET
@importing
def crm(
    job: Job,
    mapping: str,
    suggest: bool,
    system: str,
    date_order: str | None,
    numbers: str | None,
    encoding: str,
    separator: str,
    sheet: str,
) -> None:
    """Import exports of a CRM: leads, contacts, follow-ups, deals and proofs of concept.

    A mapping says what the columns mean. For an export that none is known for, --suggest prints one to begin
    with: leadtrace import crm leads.xlsx --suggest > mycrm.toml
    """
    if suggest:
        show_suggestion(job, system, encoding, separator, sheet)
        return
    text = mapping_text(mapping)
    options = CrmOptions(
        received_at=now(),
        date_order=date_order or "",
        numbers=numbers or "",
        encoding=encoding,
        separator=separator,
        sheet=sheet,
    )
    tokeniser = tokeniser_of(job.given)
    job.run(lambda given: plan_crm(given.data, given.name, text, options, tokeniser))


@command.command()
@DATE_ORDER
@ENCODING
@SEPARATOR
@SHEET
@importing
def history(job: Job, date_order: str | None, encoding: str, separator: str, sheet: str) -> None:
    """Import the changes that a CRM kept: every stage with its own time.

    HubSpot's contacts and deals with the history of their properties, and Salesforce's change events, as
    JSON; Salesforce's LeadHistory and OpportunityFieldHistory, as CSV.
    """
    options = HistoryOptions(
        received_at=now(), date_order=date_order or "", encoding=encoding, separator=separator, sheet=sheet
    )
    tokeniser = tokeniser_of(job.given)
    job.run(lambda given: plan_history(given.data, given.name, options, tokeniser))


@command.command()
@click.option("--event", default="", help="Name of the event, if the list doesn't say it.")
@click.option("--day", type=DAY, default=None, help="Day of the event, if the list doesn't say it.")
@click.option("--city", default="", help="Where it was, if the list doesn't say it.")
@click.option("--campaign", default="", help="The campaign it belongs to, if the list doesn't say it.")
@DATE_ORDER
@ENCODING
@SEPARATOR
@SHEET
@importing
def attendance(
    job: Job,
    event: str,
    day: datetime | None,
    city: str,
    campaign: str,
    date_order: str | None,
    encoding: str,
    separator: str,
    sheet: str,
) -> None:
    """Import who came to a salon, a fair or a webinar."""
    options = AttendanceOptions(
        received_at=now(),
        event=event,
        day=f"{day:%Y-%m-%d}" if day else "",
        city=city,
        campaign=campaign,
        timezone=job.given.timezone,
        date_order=date_order or "",
        encoding=encoding,
        separator=separator,
        sheet=sheet,
    )
    tokeniser = tokeniser_of(job.given)
    job.run(lambda given: plan_attendance(given.data, given.name, options, tokeniser))


@command.command()
@click.option("--of", default="", metavar="CODE", help="The columns say what one unit of this currency is.")
@click.option(
    "--in", "told_in", default="", metavar="CODE", help="The rates of all are told in this currency."
)
@click.option("--units", type=int, default=1, help="Units that a rate is told for, for example 100.")
@click.option("--since", type=DAY, default=None, help="Leave out rates of earlier days.")
@click.option(
    "--as-of",
    type=TIME,
    default=None,
    help="When the files were made, in LEADTRACE_TIMEZONE; else the time of the file.",
)
@DATE_ORDER
@NUMBERS
@ENCODING
@SEPARATOR
@SHEET
@importing
def rates(
    job: Job,
    of: str,
    told_in: str,
    units: int,
    since: datetime | None,
    as_of: datetime | None,
    date_order: str | None,
    numbers: str | None,
    encoding: str,
    separator: str,
    sheet: str,
) -> None:
    """Import exchange rates by day, with which reports convert money.

    A file has the columns day, from, to and rate: one unit of from is rate units of to. Files with a column
    for each pair (USD/CNY, 100JPY/CNY) and the European Central Bank's eurofxref-hist.csv are read as they
    are. Of two rates of one pair and day that of the newer file counts.
    """
    if of and told_in:
        raise click.UsageError("--of and --in exclude each other")
    received_at = now()

    def options(given: Input) -> RateOptions:
        made = as_millis(as_of, job.given.timezone) if as_of else given.made_at
        return RateOptions(
            received_at=received_at,
            as_of=min(made, received_at),
            of=of.upper(),
            told_in=told_in.upper(),
            units=units,
            since=f"{since:%Y-%m-%d}" if since else "",
            date_order=date_order or "",
            numbers=numbers or "",
            encoding=encoding,
            separator=separator,
            sheet=sheet,
        )

    job.run(lambda given: plan_rates(given.data, given.name, options(given)))


for each in (sem, calls, downloads, cards):
    command.add_command(each)
