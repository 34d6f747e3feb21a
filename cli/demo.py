"""`leadtrace demo`: the whole pipeline on a simulated market, checked against the truth."""

import asyncio
import secrets
import sys
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import click
import orjson
from pydantic import SecretStr

import settings
from answers.clock import as_millis
from attribution.policy import parse_policy
from cli.demo_feed import (
    FeedError,
    correct_all,
    ids_of_requests,
    ids_of_webhooks,
    import_all,
    post_all,
    requests_in,
    webhooks_in,
)
from cli.demo_folder import claimed, freed_for, here, recipe_of
from cli.demo_show import Progress, show_comparisons, show_next, show_reports, show_unknowable
from cli.demo_truth import compare_all
from cli.failures import sentences
from cli.pipeline import FORESEEN, Servers, make_tables, prepare, serve_pages, servers, start_processes
from cli.processes import collector_url
from cli.settling import wait_settled
from cli.surroundings import has_own_servers, surrounded
from market import simulate, write
from producers.privacy.tokenisers import tokeniser_of
from producers.publishing.publisher import PublishError
from settings import Settings
from sinks.clickhouse import connect
from sinks.lookups import event_count
from sinks.migrations import migrate
from sinks.report_values import ReportError
from stack.processes import orderly_end
from streams.handlers import agent_specs

SEED, VISITORS, START, DAYS = 7, 800, date(2025, 3, 3), 150
END = datetime(START.year, START.month, START.day) + timedelta(DAYS)
INTERRUPTED = 130


@click.command()
@click.option("--keep", is_flag=True, help="Keep everything running at the end, until Ctrl-C.")
@surrounded()
@sentences(*FORESEEN, FeedError, PublishError, ReportError, OSError)
def command(given: Settings, keep: bool) -> None:
    """Run the whole pipeline on a simulated market, and check its reports.

    It starts Kafka and ClickHouse over a folder of its own (or uses the servers that LEADTRACE_KAFKA and
    LEADTRACE_CLICKHOUSE name, in topics and a database of its own), runs collector, worker and loader as in
    production, sends what the market's websites, ad platforms and CRM would send, waits until all of it has
    arrived, prints reports, and compares each row with the truth. It stops by itself; the data stay.
    """
    progress = Progress()
    try:
        with orderly_end():
            equal = run(given, progress, keep)
    except KeyboardInterrupt:
        click.echo("\nstopped", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(not equal)


def run(given: Settings, progress: Progress, keep: bool) -> bool:
    """The demo from start to end; whether all reports are true."""
    recipe = recipe_of(settings.policy_text(given), repr((SEED, VISITORS, START, DAYS)))
    with claimed(given.data_dir, here()) as home:
        return run_in(home, recipe, given, progress, keep)


def run_in(home: Path, recipe: str, given: Settings, progress: Progress, keep: bool) -> bool:
    """The demo in a folder that nobody else uses; whether all reports are true."""
    mine = settled(given, recipe, home)
    if not has_own_servers(given) and freed_for(mine.data_dir, recipe):
        progress.step("the data of an earlier demo, by another version of Leadtrace, were removed")
    folder = mine.data_dir / "market"
    write(simulate(SEED, VISITORS, START, DAYS), folder)
    progress.step(f"a market of {VISITORS} visitors over {DAYS} days is written to {folder}")
    bring_mappings(folder, mine.data_dir)
    with servers(mine, progress.step) as running:
        # What BI tools read is made anew again and again, and nobody reads it before the data are there.
        prepare(running, progress.step, migrate)
        start_processes(running, progress.step)
        expected = feed(running, folder, progress)
        arrive(running, expected, progress)
        equal = report(running, folder, progress)
        if keep:
            make_tables(running, progress.step)
            serve_pages(running, progress.step)
            progress.step("everything keeps running until Ctrl-C")
            show_next(running, stays=True)
            with suppress(KeyboardInterrupt):
                running.supervisor.wait()
    show_next(running, stays=False)
    return equal


def settled(given: Settings, recipe: str, home: Path) -> Settings:
    """The demo's settings: a folder of its own; on the user's servers, also topics and a database."""
    changes: dict[str, object] = {"data_dir": home, "collector_port": 0, "cockpit_host": "127.0.0.1"}
    changes |= {"collector_host": "127.0.0.1", "collector_write_keys": (), "collector_origins": ("*",)}
    changes |= {"webhook_secrets": (), "webhook_key": SecretStr(secrets.token_hex(16))}
    if has_own_servers(given):
        changes["topic_prefix"] = f"{given.topic_prefix}demo-{recipe[:8]}."
        changes["clickhouse_database"] = f"{given.clickhouse_database[:48]}_demo_{recipe[:8]}"
    return Settings.model_validate({**given.model_dump(), **changes})


def bring_mappings(market: Path, home: Path) -> None:
    """Tell the collector what the columns of the market's CRM mean."""
    mappings = home / "mappings"
    mappings.mkdir(exist_ok=True)
    for path in (market / "crm").glob("*.toml"):
        (mappings / path.name).write_bytes(path.read_bytes())


def feed(running: Servers, folder: Path, progress: Progress) -> int:
    """Send everything; returns the number of facts, each counted once, that must arrive."""
    base = collector_url(running.given)
    requests = requests_in(folder)
    hooks = webhooks_in(folder, running.given.webhook_key.get_secret_value())
    accepted = asyncio.run(post_all(base, requests))
    progress.step(f"{len(requests)} HTTP requests of websites sent: {accepted} events accepted")
    accepted = asyncio.run(post_all(base, hooks))
    progress.step(f"{len(hooks)} webhooks of CRMs sent")
    ids = ids_of_requests(requests) | ids_of_webhooks(hooks, running.given)
    for path, plan in import_all(folder, running.given, as_millis(END, running.given.timezone)):
        progress.step(f"imported {path.name}: {plan.summary}")
        ids |= {fact.event_id for fact in plan.facts}
    corrections = correct_all(folder, running.given)
    progress.step(f"{len(corrections)} corrections by hand sent: splits and blocks of who is who")
    ids |= {str(orjson.loads(record.value)["event_id"]) for record in corrections}
    return len(ids)


def arrive(running: Servers, expected: int, progress: Progress) -> None:
    """Wait until nothing is left to do, and check that no fact is lost or doubled. Raises FeedError."""
    given = running.given
    agents = agent_specs(parse_policy(settings.policy_text(given)), given.partitions)
    wait_settled(given, agents, running.supervisor.check, progress.left)
    client = connect(given)
    found = event_count(client)
    client.close()
    if found != expected:
        raise FeedError(
            f"{expected} facts were sent, and ClickHouse holds {found}: see the logs in "
            f"{given.data_dir / 'logs'}; if something else was sent there, delete {given.data_dir}"
        )
    progress.step(f"everything has arrived: {expected} facts sent, {found} in ClickHouse")


def report(running: Servers, folder: Path, progress: Progress) -> bool:
    """Print the reports and compare them with the truth; whether all are equal."""
    client = connect(running.given)
    try:
        show_reports(client, running.given, folder)
        comparisons = list(compare_all(client, folder / "truth", tokeniser_of(running.given)))
    finally:
        client.close()
    equal = show_comparisons(comparisons, progress)
    show_unknowable(folder, progress)
    return equal
