"""`leadtrace import sem`: reports, lists of clicks and lists of keywords of ad platforms."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from answers.clock import as_millis, now
from attribution.channel import platforms_of
from attribution.policy import parse_policy
from cli.import_options import DATE_ORDER, DAY, ENCODING, NUMBERS, SEPARATOR, SHEET, TIME
from cli.import_run import Job, importing
from cli.inputs import Input
from producers.cells.tabular import NotUnderstoodError
from producers.imports import Plan, plan_sem, suggest_sem
from producers.sem.engines import ENGINES
from producers.sem.importers import SemKind
from producers.sem.mapping import ReportMapping, parse_report_mapping
from producers.sem.options import SemOptions
from settings import policy_text

TOML: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--engine", type=click.Choice(ENGINES), default=None, help="Whose report; else found out.")
@click.option("--clicks", is_flag=True, help="The files list single clicks with their ids.")
@click.option("--dictionary", is_flag=True, help="The files list keywords with their ids.")
@click.option(
    "--mapping", type=TOML, default=None, help="TOML file: what a report of another platform means."
)
@click.option("--suggest", is_flag=True, help="Only print a first mapping for the file, its doubts marked.")
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
    mapping: Path | None,
    suggest: bool,
    day: datetime | None,
    daily: bool,
    as_of: datetime | None,
    **said: str | None,
) -> None:
    """Import reports of ad platforms: impressions, clicks and cost, by keyword or campaign, and by day.

    Baidu, 360, Sogou, Shenma, Google, Microsoft, Meta, LinkedIn, Ocean Engine, Tencent and Zhihu, as their
    consoles export them; of any other platform, --mapping says what the columns mean. Lists of clicks, and
    lists of keywords with the ids that stand in landing URLs, are known by their columns; where they aren't,
    or a list says what its keywords cost as well, --clicks and --dictionary tell.
    """
    if clicks and dictionary:
        raise click.UsageError("--clicks and --dictionary are different files: import them one by one")
    if mapping and (engine or clicks or dictionary):
        raise click.UsageError("--mapping is of a report, and says whose it is: leave out the others")
    received_at, mapped = now(), _mapping(mapping)

    def options(given: Input) -> SemOptions:
        made = as_millis(as_of, job.given.timezone) if as_of else given.made_at
        return SemOptions(
            received_at=received_at,
            # A file may carry any time, but nothing was reported after we got it.
            as_of=min(made, received_at),
            engine=engine or "",
            day=f"{day:%Y-%m-%d}" if day else "",
            daily=daily,
            timezone=job.given.timezone,
            mapping=mapped,
            **{name: value or "" for name, value in said.items()},
        )

    if suggest:
        _suggest(job, options)
        return
    note = _unmet(job, mapped)
    kind: SemKind | None = "clicks" if clicks else "dictionary" if dictionary else None

    def plan(given: Input) -> Plan:
        made = plan_sem(given.data, given.name, options(given), kind)
        return replace(made, notes=(*made.notes, *note)) if note else made

    job.run(plan)


def _mapping(path: Path | None) -> ReportMapping | None:
    if path is None:
        return None
    try:
        return parse_report_mapping(path.read_text(encoding="utf-8"))
    except (NotUnderstoodError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: {error}") from error


def _unmet(job: Job, mapping: ReportMapping | None) -> tuple[str, ...]:
    """Say that the cost of a platform will meet no visits, if the policy gives none of them its name."""
    if mapping is None:
        return ()
    known = platforms_of(parse_policy(policy_text(job.given)))
    if mapping.platform in known:
        return ()
    return (
        f"no visit has the platform {mapping.platform}, by the policy: its cost counts, and meets nobody. "
        f"Visits have {', '.join(sorted(known))}",
    )


def _suggest(job: Job, options: Callable[[Input], SemOptions]) -> None:
    if len(job.inputs) > 1:
        raise click.UsageError("--suggest looks at one FILE: ask for the files one by one")
    given = job.inputs[0]
    try:
        click.echo(suggest_sem(given.data, options(given)), nl=False)
    except NotUnderstoodError as error:
        raise click.ClickException(f"{given.shown}: {error}") from error
