"""`leadtrace import`: files of the outside world to topics."""

from datetime import datetime
from pathlib import Path

import click

from answers.clock import as_millis, now
from cli.import_run import Job, importing
from cli.inputs import Input
from producers.attendance.rows import AttendanceOptions
from producers.cells.numbers import NUMBER_STYLES
from producers.crm.export import CrmOptions
from producers.crm.history import HistoryOptions
from producers.crm.shipped import shipped_mapping, shipped_mappings
from producers.imports import plan_attendance, plan_crm, plan_history, plan_rates, plan_sem
from producers.privacy.tokenisers import tokeniser_of
from producers.rates.files import RateOptions
from producers.sem.importers import SemKind
from producers.sem.options import SemOptions

ENGINES = ("baidu", "360", "sogou", "shenma", "google", "microsoft", "meta", "linkedin")
DAY = click.DateTime(["%Y-%m-%d"])
TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
ENCODING = click.option("--encoding", default="", help="Of the files, for example gb18030; else found out.")
SEPARATOR = click.option("--separator", default="", help="Between cells, for example ';'; else found out.")
SHEET = click.option("--sheet", default="", help="Of a workbook; else the first with a header.")
DATE_ORDER = click.option(
    "--date-order", type=click.Choice(["mdy", "dmy"]), default=None, help="Of dates like 4/3/2026."
)
NUMBERS = click.option(
    "--numbers", type=click.Choice([*NUMBER_STYLES]), default=None, help="How the files write 1234.56."
)


@click.group(name="import")
def command() -> None:
    """Import reports of ads, CRM exports, attendance lists and rates.

    Every import may be repeated: the same row again changes nothing, and a newer report of the same day
    replaces the older one. With --dry-run a file is only read, and what was understood is shown. A file that
    is called - is standard input; --name says what its name would have said.

    Exit status: 0 if everything was imported, 1 if a file could not be, 3 if single rows were left out.
    """


@command.command()
@click.option("--engine", type=click.Choice(ENGINES), default=None, help="Whose report; else found out.")
@click.option("--clicks", is_flag=True, help="The files list single clicks with their ids.")
@click.option("--dictionary", is_flag=True, help="The files list keywords with their ids.")
@click.option("--account", default="", help="Name of the ad account, if the files don't say it.")
@click.option("--currency", default="", help="ISO 4217 code, if the files don't say it.")
@click.option("--day", type=DAY, default=None, help="Day of a report that has no dates.")
@click.option(
    "--daily", is_flag=True, help="The dates are single days, though they lie as weeks or months do."
)
@click.option(
    "--as-of",
    type=TIME,
    default=None,
    help="When the reports were made, in LEADTRACE_TIMEZONE; else what they say, or the time of the file.",
)
@NUMBERS
@DATE_ORDER
@ENCODING
@SEPARATOR
@SHEET
@importing
def sem(
    job: Job,
    engine: str | None,
    clicks: bool,
    dictionary: bool,
    account: str,
    currency: str,
    day: datetime | None,
    daily: bool,
    as_of: datetime | None,
    numbers: str | None,
    date_order: str | None,
    encoding: str,
    separator: str,
    sheet: str,
) -> None:
    """Import reports of ad platforms: impressions, clicks and cost, by keyword or campaign, and by day.

    Baidu, 360, Sogou, Shenma, Google, Microsoft, Meta and LinkedIn, as their consoles export them. Lists of
    clicks, and lists of keywords with the ids that stand in landing URLs, are known by their columns; where
    they aren't, or a list says what its keywords cost as well, --clicks and --dictionary tell.
    """
    if clicks and dictionary:
        raise click.UsageError("--clicks and --dictionary are different files: import them one by one")
    received_at = now()

    def options(given: Input) -> SemOptions:
        made = as_millis(as_of, job.given.timezone) if as_of else given.made_at
        return SemOptions(
            received_at=received_at,
            # A file may carry any time, but nothing was reported after we got it.
            as_of=min(made, received_at),
            engine=engine or "",
            account=account,
            currency=currency,
            day=f"{day:%Y-%m-%d}" if day else "",
            daily=daily,
            timezone=job.given.timezone,
            numbers=numbers or "",
            date_order=date_order or "",
            encoding=encoding,
            separator=separator,
            sheet=sheet,
        )

    kind: SemKind | None = "clicks" if clicks else "dictionary" if dictionary else None
    job.run(lambda given: plan_sem(given.data, given.name, options(given), kind))


@command.command()
@click.option(
    "--mapping",
    required=True,
    help="Says what the columns mean: a TOML file, or the name of a mapping that comes with Leadtrace: "
    f"{', '.join(shipped_mappings())}.",
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
    date_order: str | None,
    numbers: str | None,
    encoding: str,
    separator: str,
    sheet: str,
) -> None:
    """Import exports of a CRM: leads, contacts, follow-ups, deals and proofs of concept."""
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


def mapping_text(name: str) -> str:
    """The text of a mapping that comes with Leadtrace, or of a file. Raises UsageError."""
    if name in shipped_mappings():
        return shipped_mapping(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"--mapping {name} is no file that can be read ({error}), and none of "
            f"{', '.join(shipped_mappings())}"
        ) from error
