"""The pipeline on the real servers, disturbed in every way at once, ends exactly as undisturbed.

Facts of a simulated market arrive doubled, shuffled and late; worker, loader and broker are killed with -9.
In the end events, journeys, deals and cost are the same as after a calm run, and the same as the pure core
makes of the set of facts in one process: nothing lost, nothing doubled.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random

import pytest
from conftest import drop_database

import market
from attribution.policy import Policy
from attribution.replay import Replay
from bench import market_records
from cli.processes import programs
from cli.topics import wanted_topics
from producers.lag import lag_of
from producers.publisher import Publisher
from producers.topics import create_topics
from schemas.codec import Encoded, decode, encode, record_of
from schemas.topics import JOURNEYS, LINKS, OPPORTUNITIES, TOPICS
from settings import Settings
from sinks.clickhouse import ClickHouse, connect, connect_server
from sinks.migrations import migrate
from sinks.proof import ContentHash, content_hash
from sinks.rows import COLUMNS, Record, rows_of
from stack.embedded import Stack
from stack.processes import Supervisor
from streams.app import app_id
from streams.handlers import JOURNEY_TOPICS

pytestmark = [pytest.mark.servers, pytest.mark.slow]

SEED = 20261123
# Only the version of a snapshot counts deliveries; everything else is content.
COMPARED = {
    "events": (),
    "journeys": ("version",),
    "opportunities": ("version",),
    "ad_performance": (),
}
AGENT_TOPICS = (*JOURNEY_TOPICS, LINKS.name, "sem.events", "click.mentions")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Encoded]:
    """The records of a small market."""
    folder = tmp_path_factory.mktemp("market")
    played = market.simulate(SEED, 120, date(2026, 3, 2), 90)
    market.write(played, folder)
    return market_records.records_of(folder, played.end_ms + 1000)


def test_chaos_ends_like_a_calm_run_and_like_the_pure_core(
    site: Settings, stack: Stack, records: list[Encoded], policy: Policy
) -> None:
    calm, pure = _beside(site, "calm"), _beside(site, "pure")
    try:
        with pipeline(calm):
            publish(calm, records)
            settle(calm)
        with pipeline(site) as running:
            disturb(site, stack, running, records)
            settle(site)
        store(pure, records, policy)
        expected = hashes(pure)
        assert hashes(calm) == expected
        assert hashes(site) == expected
        assert all(found.rows for found in expected.values())
        assert dead_letters(site) == 0
    finally:
        drop_database(calm)
        drop_database(pure)


def _beside(site: Settings, name: str) -> Settings:
    """Another site on the same servers; its topics fall under the prefix that the fixture cleans up."""
    return site.model_copy(
        update={
            "topic_prefix": f"{site.topic_prefix}{name}.",
            "clickhouse_database": f"{site.clickhouse_database}_{name}",
            "data_dir": site.data_dir / name,
        }
    )


@contextmanager
def pipeline(site: Settings) -> Iterator[Supervisor]:
    """Worker and loader as processes, over topics and tables made for them, until the block is left."""
    site.data_dir.mkdir(parents=True, exist_ok=True)
    create_topics(site, wanted_topics(site))
    with connected(connect_server(site)) as client:
        migrate(client, site)
    with Supervisor(site.data_dir / "logs", lambda _: None) as running:
        running.start(*(program for program in programs(site) if program.name != "collector"))
        yield running


def disturb(site: Settings, stack: Stack, running: Supervisor, records: Sequence[Encoded]) -> None:
    """Publish everything, a third of it twice, in an order of no meaning, while processes are killed."""
    chaos = Random(SEED)
    shuffled = [*records, *chaos.choices(records, k=len(records) // 3)]
    chaos.shuffle(shuffled)
    size = len(shuffled) // 6 + 1
    for number, start in enumerate(range(0, len(shuffled), size)):
        publish(site, shuffled[start : start + size])
        time.sleep(chaos.uniform(0.5, 2.0))
        if number == 3:
            stack.kill("kafka")
            stack.wait_ready("kafka")
        else:
            running.kill9("loader" if number % 2 else "worker")
            running.wait_ready("loader" if number % 2 else "worker", 60)


def publish(site: Settings, records: Sequence[Encoded]) -> None:
    publisher = Publisher(site)
    try:
        publisher.publish(records)
    finally:
        publisher.close()


def settle(site: Settings, within: float = 150) -> None:
    """Wait until worker and loader have committed every record that there is."""
    name = app_id(site)
    groups = {
        name: [site.topic_prefix + topic for topic in AGENT_TOPICS],
        f"{name}-loader": [
            site.topic_prefix + topic.name
            for topic in TOPICS
            if topic.name not in ("identity.assignments", "click.mentions", "journey.facts")
        ],
    }
    until = time.monotonic() + within
    calm = 0
    while calm < 3:
        lag = lag_of(site, groups)
        calm = calm + 1 if not any(lag.values()) else 0
        assert time.monotonic() < until, f"not settled: {lag}"
        time.sleep(0.5)


def store(site: Settings, records: Sequence[Encoded], policy: Policy) -> None:
    """Put into a database what the pure core makes of the records, without any stream."""
    replay = Replay(policy)
    replay.feed(records)
    replay.drain(500)
    # The market has everything that the chaos must not disturb: guards, merges, and corrections by hand.
    assert {issue for journey in replay.journeys.values() for issue in journey.issues} >= {
        "shared_device",
        "over_degree_cap",
        "blocked_identifier",
    }
    assert {decode(record.topic, record.value).type for record in records} >= {
        "lead_merged",
        "identity_split",
        "identity_blocked",
    }
    made = [record_of(link, LINKS.name) for link in replay.links.values()]
    made += [Encoded(JOURNEYS.name, b"", encode(journey)) for journey in replay.journeys.values()]
    made += [Encoded(OPPORTUNITIES.name, b"", encode(deal)) for deal in replay.opportunities.values()]
    with connected(connect_server(site)) as client:
        migrate(client, site)
        rows: dict[str, list[tuple[object, ...]]] = {}
        for record in [*records, *made]:
            for table, row in rows_of(Record(record.topic, 0, 0, 0, record.key, record.value)):
                rows.setdefault(table, []).append(row)
        for table, some in rows.items():
            client.insert(table, COLUMNS[table], some)


def hashes(site: Settings) -> dict[str, ContentHash]:
    with connected(connect(site)) as client:
        return {table: content_hash(client, table, without) for table, without in COMPARED.items()}


def dead_letters(site: Settings) -> int:
    with connected(connect(site)) as client:
        return int(client.query("SELECT count() FROM dead_letters FINAL").rows[0][0])


@contextmanager
def connected(client: ClickHouse) -> Iterator[ClickHouse]:
    try:
        yield client
    finally:
        client.close()


def test_the_folder_of_logs_names_no_secret(site: Settings, tmp_path: Path) -> None:
    """What worker and loader say at their start holds neither password nor token key."""
    with pipeline(site):
        time.sleep(1)
    said = b"".join(
        path.read_bytes() for path in sorted((site.data_dir / "logs").rglob("*")) if path.is_file()
    )
    assert said
    for secret in (site.clickhouse_password, site.token_key):
        assert secret.get_secret_value().encode() not in said
