"""`leadtrace doctor`: is everything as it must be, and if not, what to do."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

import settings
from attribution.policy import PolicyError, parse_policy
from cli.processes import collector_answers, collector_url
from cli.running import differences, ran_with
from cli.surroundings import given_settings, has_own_servers, located
from cli.topic_plan import wanted_topics
from producers.collector.keys import refuse_open_door
from producers.crm.mapping import MappingFaultError
from producers.crm.mapping_folder import FOLDER, mapping_files, read_mapping
from producers.publishing.topics import TopicsError, problems
from settings import Settings, SettingsError
from sinks.bi import health, pending
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.kept import databases
from sinks.lookups import dead_letters_waiting
from sinks.migrations import status
from sinks.scripts import MigrationError
from stack import outages
from streams.state_folder import what_is_wrong_with

FORESEEN = (SettingsError, PolicyError, TopicsError, ClickHouseError, MigrationError)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `problems` are sentences that say what to do, `hints` what could be better."""

    check: str
    found: str = ""
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the servers.")
def command(data_dir: Path | None, as_json: bool) -> None:
    """Check settings, servers, topics, tables and policy.

    It changes nothing. Exit status: 0 if all is well, else 1.
    """
    findings = list(examine(data_dir))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False))
    else:
        for each in findings:
            click.echo(f"{'✗' if each.problems else '✓'} {each.check:<10} {each.found}".rstrip())
            for told in (*each.problems, *each.hints):
                click.echo(f"    {told}")
    sys.exit(any(each.problems for each in findings))


def examine(data_dir: Path | None) -> Iterator[Finding]:
    """Check one thing after the other; what rests on something broken is left out."""
    try:
        given = given_settings(data_dir)
    except SettingsError as error:
        yield Finding("settings", problems=(str(error),))
        return
    try:
        here, trouble = located(given, "kafka", "clickhouse"), ""
    except SettingsError as error:
        here, trouble = given, str(error)
    yield settings_of(given, here)
    yield examined("policy", lambda: (parse_policy(settings.policy_text(here)).version, []))
    yield mappings(here)
    yield Finding("webhooks", webhooks(here, trouble))
    if here.states_on_disk is not None:
        yield Finding("states", f"on disk in {here.states_on_disk}", what_is_wrong_with(here.states_on_disk))
    if trouble:
        yield Finding("servers", problems=(trouble,))
        return
    whose = "your own" if has_own_servers(given) else "embedded"
    yield Finding("servers", f"{whose}: Kafka {here.kafka}, ClickHouse {here.clickhouse}")
    if here.installation:
        down = outages.read(here.data_dir)
        told = tuple(outage.sentence(name) for name, outage in down.items())
        yield Finding("processes", f"{len(down)} down" if down else "none is down", told)
    yield examined("topics", lambda: topics(here))
    yield examined("tables", lambda: tables(here))
    yield kept(here)
    yield examined("letters", lambda: letters(here))
    ran = ran_with(here.data_dir) if here.installation else None
    if ran is not None:
        yield examined("collector", lambda: collector(ran))


def settings_of(given: Settings, here: Settings) -> Finding:
    """Where the data are, and what in the settings is wrong, also compared with those of `leadtrace up`."""
    if not here.installation:
        return Finding("settings", f"data in {here.data_dir}", tuple(weaknesses(here)))
    ran = ran_with(given.data_dir)
    others = differences(given, ran) if ran else []
    wrong = [
        f"{name} says something else in this terminal than where `leadtrace up` runs: unset it here, or stop "
        "`leadtrace up` and start it again with it"
        for name in others
    ]
    found = f"data in {here.data_dir}; those that `leadtrace up` runs with"
    return Finding("settings", found, (*wrong, *weaknesses(here)))


def webhooks(given: Settings, trouble: str) -> str:
    """Which CRMs may post webhooks; `trouble` is why nothing runs, if nothing does."""
    chosen = sorted({each.get_secret_value().partition("=")[0] for each in given.webhook_secrets})
    if given.webhook_key.get_secret_value():
        return ", ".join((*chosen, "any system with the secret that `leadtrace webhook SYSTEM` says"))
    if chosen or given.collector_crm_keys:
        return ", ".join((*chosen, *(["whoever shows a key for CRMs"] if given.collector_crm_keys else [])))
    if trouble and not has_own_servers(given):
        return "by the secrets that `leadtrace webhook SYSTEM` says while `leadtrace up` runs"
    return "closed: no system has a secret"


def mappings(given: Settings) -> Finding:
    """Which mappings of CRMs are in the folder of the data, and which of them can't be used."""
    try:
        files = mapping_files(given.data_dir / FOLDER)
    except MappingFaultError as error:
        return Finding("mappings", problems=(str(error),))
    faults = []
    for path in files:
        try:
            read_mapping(path)
        except MappingFaultError as error:
            faults.append(str(error))
    return Finding("mappings", f"{len(files)} of your own in {given.data_dir / FOLDER}", tuple(faults))


def examined(check: str, look: Callable[[], tuple[str, list[str]]]) -> Finding:
    """Run one check; an error that can be foreseen is a problem it found."""
    try:
        found, wrong = look()
    except FORESEEN as error:
        return Finding(check, problems=(str(error),))
    return Finding(check, found, tuple(wrong))


def weaknesses(given: Settings) -> Iterator[str]:
    """What in the settings can't work or isn't safe, though each value is allowed."""
    try:
        refuse_open_door(given)
    except SettingsError as error:
        yield str(error)
    signs_urls = any(each.get_secret_value().startswith("hubspot=") for each in given.webhook_secrets)
    if signs_urls and not given.collector_public_url:
        yield (
            "LEADTRACE_COLLECTOR_PUBLIC_URL is not set: HubSpot signs the URL that it calls, so no signature "
            "of it would fit"
        )
    key = given.token_key.get_secret_value()
    if has_own_servers(given) and not key:
        yield "LEADTRACE_TOKEN_KEY is not set: the collector and imports need it (openssl rand -hex 32)"
    if key and len(key) < 16:
        yield "LEADTRACE_TOKEN_KEY is shorter than 16 characters: take a longer one (openssl rand -hex 32)"
    for name, path in (
        ("KAFKA_CA_FILE", given.kafka_ca_file),
        ("CLICKHOUSE_CA_FILE", given.clickhouse_ca_file),
    ):
        if path is not None and not path.is_file():
            yield f"LEADTRACE_{name}: there is no file {path}"


def topics(given: Settings) -> tuple[str, list[str]]:
    """How many topics there are, and what is wrong with them."""
    wanted = wanted_topics(given)
    return f"{len(wanted)} needed, {given.partitions} partitions", problems(given, wanted)


def tables(given: Settings) -> tuple[str, list[str]]:
    """Which database, and what it lacks."""
    client = connect_server(given)
    try:
        due = lacks(client, given)
    finally:
        client.close()
    lacking = [f"the database lacks {', '.join(due)}: run `leadtrace migrate`"] if due else []
    return f"database {given.clickhouse_database}", lacking


def lacks(client: ClickHouse, given: Settings) -> list[str]:
    """Names of what the databases lack of this version."""
    due = status(client, given).pending
    if given.bi_refresh and not due:
        due = [f"{each.database}.{each.name}" for each in pending(client, given)]
    return due


def kept(given: Settings) -> Finding:
    """How fresh what is kept for BI tools is, and what fails there."""
    if not given.bi_refresh:
        return Finding("bi", "no database for BI is wished for")
    try:
        client = connect_server(given)
        try:
            if lacks(client, given):
                return Finding("bi", "not known while the tables lack something")
            found = health(client, given)
        finally:
            client.close()
    except FORESEEN as error:
        return Finding("bi", problems=(str(error),))
    database = databases(given.clickhouse_database).bi
    told = f"database {database}: {found.tables} views are kept, the oldest of {found.oldest} seconds ago"
    return Finding("bi", told, found.problems, found.hints)


def letters(given: Settings) -> tuple[str, list[str]]:
    """How many dead letters wait to be sent again, by reason; that is nothing wrong with the installation."""
    client = connect_server(given)
    try:
        if status(client, given).pending:
            return "not known while the tables lack something", []
        client.use(given.clickhouse_database)
        counts = dead_letters_waiting(client).rows
    finally:
        client.close()
    if not counts:
        return "no dead letter waits", []
    told = ", ".join(f"{number:,} {reason} of {topic}" for topic, reason, number in counts)
    return f"{told} wait to be sent again: see `leadtrace dead-letters`", []


def collector(given: Settings) -> tuple[str, list[str]]:
    """Whether the collector of this `leadtrace up`, and no other, answers."""
    url = collector_url(given)
    if collector_answers(given):
        return url, []
    return "", [f"the collector does not answer at {url}: see its log in {given.data_dir / 'logs'}"]
