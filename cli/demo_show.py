"""What the demo prints: its progress, the reports, the two stories, and how to go on."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

import settings
from answers.identifiers import identifier_of
from answers.journey_text import journey_text
from answers.journeys import journey_by
from answers.tables import text_table
from attribution.policy import parse_policy
from cli.demo_truth import Comparison, rows_in
from cli.next_steps import in_folder, me, server_lines, whereabouts
from cli.pipeline import Servers
from cli.processes import cockpit_url
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report

REPORTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("funnel", "From impression to won deal, by channel", {}),
    ("keywords", "Keywords: what they cost and brought, by first touch", {"limit": "12"}),
    ("content", "Articles and events, and who wrote them", {"limit": "12"}),
    ("stages", "How long people and deals stay in each stage", {}),
)
STORIES = {
    "nanjing": "A company in Nanjing searches, clicks an ad, comes back twice, and buys",
    "reader": "A reader of a WeChat article registers weeks later, on another device",
}
UNKNOWABLE = {
    "people_seen_as_several": "people seen as several",
    "visits_of_leads_under_other_cookies": "visits of leads under lost cookies",
    "visits_on_the_journey_of_a_colleague": "visits on a colleague's laptop",
    "visits_without_their_keyword": "clicks without their keyword",
    "stages_in_words_without_a_meaning": "stages in words without a meaning",
}
DIFFERENCES = 5


class Progress:
    """Lines with the seconds since the start; on a terminal, what changes is written over itself."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._is_terminal = sys.stdout.isatty()

    def step(self, text: str) -> None:
        """Say what is done or begins."""
        click.echo(f"{self._clear()}[{time.monotonic() - self._began:5.1f} s] {text}")
        sys.stdout.flush()

    def left(self, records: int) -> None:
        """Say how many records are still on the way."""
        if self._is_terminal:
            click.echo(f"{self._clear()}  … {records:,} records on the way", nl=False)
            sys.stdout.flush()

    def _clear(self) -> str:
        return "\r\x1b[K" if self._is_terminal else ""


def show_reports(client: ClickHouse, given: Settings, folder: Path) -> None:
    """Print the reports and the two stories. Raises ClickHouseError, ReportError."""
    for name, title, parameters in REPORTS:
        result = run_report(client, name, parameters)
        click.echo(f"\n{title}  (leadtrace report {name})\n")
        click.echo(text_table(result.headings, result.rows, given.timezone, widest=30))
    policy = parse_policy(settings.policy_text(given))
    for story in rows_in(folder / "truth" / "stories.json"):
        click.echo(f"\n{STORIES.get(story['story'], story['story'])}\n")
        for person in story["people"]:
            contact = next(name for name in person["identifiers"] if name.startswith("email:"))
            found = journey_by(client, identifier_of(contact, given), given, policy)
            if found is None:
                click.echo(f"nobody is known as {contact}")
                continue
            click.echo(journey_text(found, given.timezone))
    click.echo("")


def show_comparisons(comparisons: Sequence[Comparison], progress: Progress) -> bool:
    """Say whether the reports are true, and where not."""
    total = sum(each.rows for each in comparisons)
    for each in comparisons:
        if each.is_equal:
            continue
        click.echo(f"{each.report}: {len(each.missing)} of {each.rows} true rows are missing", err=True)
        for title, rows in (("must be there", each.missing), ("must not be there", each.invented)):
            for row in rows[:DIFFERENCES]:
                click.echo(f"  {title}: {dict(row)}", err=True)
    equal = all(each.is_equal for each in comparisons)
    if equal:
        progress.step(f"all {total:,} rows of {len(comparisons)} reports equal the truth")
    else:
        progress.step("the reports do NOT equal the truth")
    return equal


def show_unknowable(folder: Path, progress: Progress) -> None:
    """Say how much of what truly happened nobody can know from what was written, and why."""
    (told,) = rows_in(folder / "truth" / "unknowable.json")
    reasons = ", ".join(f"{told[name]:,} {words}" for name, words in UNKNOWABLE.items())
    progress.step(f"beyond what anybody can know: {reasons}")


def show_next(running: Servers, stays: bool) -> None:
    """How to go on exploring."""
    given = running.given
    if stays:
        click.echo("\n".join(whereabouts(running)))
        return
    if running.addresses is None:
        click.echo(
            "\nThe data stay on your servers. To look at them:\n"
            f"  export LEADTRACE_TOPIC_PREFIX={given.topic_prefix} "
            f"LEADTRACE_CLICKHOUSE_DATABASE={given.clickhouse_database}\n"
            f"  {me()} report"
        )
        return
    option = in_folder(given)
    click.echo(
        "\n".join(
            [
                "",
                f"The data stay in {given.data_dir}. To go on exploring, serve them (until Ctrl-C) with",
                f"  {me()} up {option}",
                f"and look at them in a browser: {cockpit_url(given)} is the cockpit.",
                "In another terminal, or in a BI tool:",
                f"  {me()} report {option}",
                f"  {me()} journey u9000001@corp-9000001.example {option}",
                *server_lines(running),
            ]
        )
    )
