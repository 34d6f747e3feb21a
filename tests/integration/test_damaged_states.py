"""A damaged state in a real changelog stops nobody, and is rebuilt by a command; all bad input stops us."""

import time
from collections.abc import Callable
from typing import Any

import facts as f
import pytest
from click.testing import CliRunner
from kafka import KafkaProducer
from running import connected, pipeline, publish, settle

from cli.main import main
from cli.variables import environment
from schemas.partitions import partition_of
from settings import Settings
from sinks.clickhouse import connect
from stack.processes import Supervisor
from streams.app import app_id

pytestmark = [pytest.mark.servers, pytest.mark.slow]

BAD, GOOD = "anon:bad", "anon:good"


def asked(site: Settings, query: str) -> Any:
    with connected(connect(site)) as client:
        return client.query(query).rows[0][0]


def until(holds: Callable[[], bool], within: float = 40) -> None:
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.3)


def write(site: Settings, topic: str, partition: int, key: bytes, *values: bytes) -> None:
    producer = KafkaProducer(acks="all", metrics_enabled=False, **site.kafka_options())
    for value in values:
        producer.send(topic, key=key, value=value, partition=partition)
    producer.flush(20)
    producer.close()


def command(site: Settings, *arguments: str) -> str:
    ran = CliRunner().invoke(main, list(arguments), env=environment(site))
    assert ran.exit_code == 0, ran.output
    return ran.output


def facts_of(site: Settings, visitor: str) -> int:
    query = f"SELECT max(facts) FROM journeys FINAL WHERE person = '{visitor}'"
    return int(asked(site, query))


def damage_while_it_is_down(site: Settings, running: Supervisor) -> None:
    running.kill9("worker", restart_after=1.0)
    changelog = f"{app_id(site)}-journey-states-changelog"
    write(site, changelog, partition_of(BAD.encode(), site.partitions), BAD.encode(), b"\xff\xfe garbage")
    until(lambda: running.pid("worker") is not None)


def test_a_damaged_state_stops_nobody_and_is_rebuilt_by_a_command(site: Settings) -> None:
    with pipeline(site) as running:
        publish(site, f.records(*(f.page(BAD, n * f.MINUTE) for n in range(3)), f.page(GOOD, 0)))
        settle(site)
        damage_while_it_is_down(site, running)
        more = [f.page(BAD, n * f.MINUTE) for n in range(3, 160)]
        publish(site, f.records(*more, f.page(GOOD, f.MINUTE)))
        settle(site)
        assert running.restarts("worker") == 1, "only the one that was killed"
        assert (facts_of(site, GOOD), facts_of(site, BAD)) == (2, 3)
        letters = "SELECT count() FROM dead_letters FINAL WHERE reason = 'damaged_state'"
        assert asked(site, letters) == 157
        assert BAD in command(site, "states", "list")
        assert "can't be read" in command(site, "states", "show", BAD)
        command(site, "states", "rebuild", "--all")
        settle(site)
        assert facts_of(site, BAD) == 160
        assert "All states can be read" in command(site, "states", "list")


def test_input_that_is_all_bad_stops_the_worker_and_the_letters_that_explain_it_are_there(
    site: Settings,
) -> None:
    # A topic that only the worker reads: what the loader puts aside would be the same rows.
    letters = "SELECT count() FROM dead_letters FINAL WHERE topic = 'journey.facts'"
    with pipeline(site) as running:
        write(site, f"{site.topic_prefix}journey.facts", 0, b"anon:x", *(b"{broken" for _ in range(300)))
        until(lambda: int(asked(site, letters)) == 101)
        until(lambda: running.restarts("worker") >= 2)
        assert asked(site, letters) == 101, "the next start finds the same and publishes no more"
        assert "with exit status 71: agent build_journeys: more than 100 dead letters" in (
            (site.data_dir / "logs" / "worker.log").read_text(encoding="utf-8")
        )
