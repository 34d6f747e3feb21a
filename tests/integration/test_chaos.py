"""The pipeline on the real servers, disturbed in every way at once, ends exactly as undisturbed.

Facts of a simulated market arrive doubled, shuffled and late; worker, loader and broker are killed with -9.
In the end events, journeys, deals and cost are the same as after a calm run, and the same as the pure core
makes of the set of facts in one process: nothing lost, nothing doubled. In the middle of it the policy
changes: what was derived by the former one is derived anew.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from random import Random

import pytest
from conftest import drop_database
from running import beside, connected, looked_through, pipeline, publish, settle

import market
from attribution.policy import Policy
from attribution.replay import Replay
from bench import market_records
from schemas.codec import Encoded, decode, encode, record_of
from schemas.topics import JOURNEYS, LINKS, OPPORTUNITIES
from settings import Settings, policy_text
from sinks.clickhouse import connect, connect_server
from sinks.migrations import migrate
from sinks.proof import ContentHash, content_hash
from sinks.records import Record
from sinks.rows import COLUMNS, rows_of
from stack.embedded import Stack
from stack.processes import Supervisor

pytestmark = [pytest.mark.servers, pytest.mark.slow]

SEED = 20261123
# Only the version of a snapshot counts deliveries; everything else is content.
COMPARED = {
    "events": (),
    "journeys": ("version",),
    "opportunities": ("version",),
    "ad_performance": (),
}


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
    calm, pure = beside(site, "calm"), beside(site, "pure")
    try:
        with pipeline(calm):
            publish(calm, records)
            settle(calm)
        rules = site.data_dir / "policy.toml"
        changing = site.model_copy(update={"policy": rules})
        rules.write_text(former(policy_text(site)), encoding="utf-8")
        with pipeline(changing) as running:
            disturb(changing, stack, running, records, lambda: rules.write_text(policy_text(site), "utf-8"))
            looked_through(changing)
            settle(changing)
        store(pure, records, policy)
        expected = hashes(pure)
        assert hashes(calm) == expected
        assert hashes(site) == expected
        assert all(found.rows for found in expected.values())
        assert dead_letters(site) == 0
    finally:
        drop_database(calm)
        drop_database(pure)


def former(text: str) -> str:
    """A policy that cuts visits, joins people and understands stages in another way."""
    for now, then in (
        ("timeout_minutes = 30", "timeout_minutes = 2"),
        ("\nphone = 6", "\nphone = 2"),
        ("\nlargest_person = 256", "\nlargest_person = 3"),
        ('"销售认可线索", ', ""),
    ):
        assert now in text
        text = text.replace(now, then)
    return text


def disturb(
    site: Settings,
    stack: Stack,
    running: Supervisor,
    records: Sequence[Encoded],
    change_policy: Callable[[], object],
) -> None:
    """Publish everything, a third of it twice, in an order of no meaning, while processes are killed."""
    chaos = Random(SEED)
    shuffled = [*records, *chaos.choices(records, k=len(records) // 3)]
    chaos.shuffle(shuffled)
    size = len(shuffled) // 6 + 1
    for number, start in enumerate(range(0, len(shuffled), size)):
        publish(site, shuffled[start : start + size])
        time.sleep(chaos.uniform(0.5, 2.0))
        if number == 2:
            change_policy()
        if number == 3:
            stack.kill("kafka")
            stack.wait_ready("kafka")
        else:
            running.kill9("loader" if number % 2 else "worker")
            running.wait_ready("loader" if number % 2 else "worker", 60)


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
