"""The loader between a real Kafka and a real ClickHouse, with crashes, outages and bad records."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from surrounded import kafka_variables

from schemas.closed_touchpoints import close, key_of_closed
from schemas.codec import encode
from schemas.crm import LeadRecorded
from schemas.identity import LINKS_KEY, IdentityLinked
from schemas.journey import Journey, Opportunity, Touchpoint
from schemas.sem import AdPerformanceReported
from schemas.terms import TouchKind
from schemas.topics import (
    CRM,
    DEAD_LETTERS,
    JOURNEYS,
    LINKS,
    OPPORTUNITIES,
    SEM,
    TOPICS,
    UTM,
    WEBSITE,
    Topic,
)
from schemas.utm import EventAttended
from schemas.website import PageViewed
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseError, connect, connect_server
from sinks.loader import Loader
from sinks.proof import content_hash
from stack.embedded import Stack

pytestmark = pytest.mark.servers

PROGRAM = "import sys, settings; from sinks.loader import run_loader; sys.exit(run_loader(settings.load()))"


# Which versions come between depends on what one load holds.
NEWEST = "SELECT person, max(version) AS version FROM journey_versions GROUP BY person"


def new(kind: type, **fields: Any) -> Any:
    given: dict[str, Any] = {
        "event_id": str(uuid.uuid4()),
        "occurred_at": 1_772_000_000_000,
        "received_at": 1_772_000_000_500,
        "source": "test",
        "subject": "anon:1",
    }
    return kind(**given | fields)


def touchpoint(name: str) -> Touchpoint:
    return Touchpoint(
        id=name,
        kind=TouchKind.VISIT,
        at=5,
        ended_at=6,
        identifier="anon:1",
        channel="direct",
        click_ids=("a", "b"),
    )


def snapshot(person: str, version: int, *names: str, **more: Any) -> Journey:
    return Journey(
        person=person,
        version=version,
        policy_version="p",
        known_at=version,
        identifiers=(person,),
        touchpoints=tuple(map(touchpoint, names)),
        **more,
    )


class Pipe:
    """The topics and the tables of one site."""

    def __init__(self, site: Settings) -> None:
        self.site = site
        self.client: ClickHouse = connect(site)
        self._producer = KafkaProducer(**site.kafka_options(), max_request_size=9 << 20, linger_ms=5)

    def send(self, topic: Topic, *values: Any, key: bytes | None = b"k", headers: Any = ()) -> None:
        name = self.site.topic_prefix + topic.name
        raw = [value if value is None or isinstance(value, bytes) else encode(value) for value in values]
        sent = [self._producer.send(name, value, key=key, headers=list(headers)) for value in raw]
        self._producer.flush()
        for future in sent:
            future.get(10)

    def select(self, text: str) -> list[Any]:
        return list(self.client.query(text).rows)

    def wait(self, text: str, wanted: list[Any], within: float = 40.0) -> None:
        """Until the query gives what is wanted; the last answer is in the failure."""
        deadline = time.monotonic() + within
        got: list[Any] | str = []
        while time.monotonic() < deadline:
            try:
                got = self.select(text)
            except ClickHouseError as error:
                got = str(error)
            if got == wanted:
                return
            time.sleep(0.1)
        assert got == wanted

    def committed(self, topic: Topic) -> int:
        consumer = KafkaConsumer(
            **self.site.kafka_options(), group_id=f"{self.site.topic_prefix}leadtrace-loader"
        )
        try:
            name = self.site.topic_prefix + topic.name
            partitions = range(1 if topic.single else 4)
            return sum(consumer.committed(TopicPartition(name, number)) or 0 for number in partitions)
        finally:
            consumer.close()

    def close(self) -> None:
        self._producer.close()
        self.client.close()


@pytest.fixture
def pipe(
    site: Settings, _migrated: tuple[Settings, ClickHouse, list[str]], client: ClickHouse
) -> Iterator[Pipe]:
    """Topics of the test's own, and the tables that all tests use one after the other, empty."""
    admin = KafkaAdminClient(**site.kafka_options())
    admin.create_topics(
        [
            NewTopic(
                site.topic_prefix + topic.name, 1 if topic.single else 4, 1, topic_configs=topic.config()
            )
            for topic in TOPICS
        ]
    )
    admin.close()
    made = Pipe(site.model_copy(update={"clickhouse_database": _migrated[0].clickhouse_database}))
    yield made
    made.close()


@contextmanager
def loading(site: Settings) -> Iterator[None]:
    """A loader in a thread; whatever ended it before its time is raised here."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            Loader(site, stop).run()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not failed, failed[0]
    assert not thread.is_alive()


def start_process(site: Settings) -> subprocess.Popen[bytes]:
    """A loader as a process of its own."""
    mine = {
        "CLICKHOUSE": site.clickhouse,
        "CLICKHOUSE_USER": site.clickhouse_user,
        "CLICKHOUSE_PASSWORD": site.clickhouse_password.get_secret_value(),
        "CLICKHOUSE_DATABASE": site.clickhouse_database,
        "TOPIC_PREFIX": site.topic_prefix,
        "DATA_DIR": str(site.data_dir),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEADTRACE_")}
    environment |= {f"LEADTRACE_{name}": value for name, value in mine.items() if value}
    environment |= kafka_variables(site)
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment)


def test_each_topic_comes_into_its_tables(pipe: Pipe) -> None:
    view = new(PageViewed, url="https://www.example.com/价格")
    pipe.send(WEBSITE, view)
    pipe.send(UTM, new(EventAttended, event="salon"))
    pipe.send(CRM, new(LeadRecorded, subject="crm:hub:1"))
    pipe.send(
        LINKS,
        new(IdentityLinked, subject=LINKS_KEY, left="anon:1", right="crm:hub:1", evidence=view.event_id),
    )
    pipe.send(
        SEM,
        new(
            AdPerformanceReported,
            **{"subject": "keyword:1", "platform": "baidu", "keyword": "crm", "day": "2026-03-01"},
            **{"reported_at": 7, "impressions": 10, "clicks": 2, "cost_micros": 5_500_000, "currency": "CNY"},
        ),
    )
    pipe.send(JOURNEYS, snapshot("anon:1", 2, "t1", "t2"), snapshot("anon:1", 1, "t1"), None)
    deal = Opportunity(deal="deal:hub:9", version=1, policy_version="p", known_at=4, amount_minor=7)
    pipe.send(OPPORTUNITIES, deal)
    with loading(pipe.site):
        pipe.wait("SELECT count() FROM events FINAL", [(5,)])
        pipe.wait(
            "SELECT person, version, `touchpoints.id` FROM journeys FINAL", [("anon:1", 2, ["t1", "t2"])]
        )
        pipe.wait("SELECT max(version) FROM journey_versions", [(2,)])
        pipe.wait("SELECT deal, amount_minor, closed_at FROM opportunities FINAL", [("deal:hub:9", 7, None)])
        pipe.wait(
            "SELECT keyword, toString(day), cost_micros FROM ad_performance",
            [("crm", "2026-03-01", 5_500_000)],
        )
    assert pipe.select(
        "SELECT toString(event_id), subject, toUnixTimestamp64Milli(received_at),"
        " JSONExtractString(payload, 'url') FROM events WHERE type = 'page_viewed'"
    ) == [(view.event_id, "anon:1", view.received_at, "https://www.example.com/价格")]
    assert [pipe.committed(topic) for topic in (WEBSITE, JOURNEYS, OPPORTUNITIES)] == [1, 3, 1]


def test_a_snapshot_is_whole_with_touchpoints_that_came_long_before_or_is_put_aside(pipe: Pipe) -> None:
    parts = [close("anon:1", touchpoint(name)) for name in ("t1", "t2", "t3")]
    for part in parts[:2]:
        pipe.send(JOURNEYS, part, key=key_of_closed(part))
    with loading(pipe.site):
        pipe.wait("SELECT uniqExact(person, ref) FROM closed_touchpoints", [(2,)])
    named = replace(snapshot("anon:1", 2, "t4"), closed=parts[0].ref + parts[1].ref)
    lacking = replace(snapshot("anon:2", 1), closed=parts[2].ref)
    pipe.send(JOURNEYS, named, lacking)
    with loading(pipe.site):
        pipe.wait("SELECT topic, reason FROM dead_letters FINAL", [("journeys", "touchpoint_missing")])
    whole = [("anon:1", 2, ["t1", "t2", "t4"])]
    assert pipe.select("SELECT person, version, `touchpoints.id` FROM journeys FINAL") == whole
    assert pipe.select("SELECT person, version, `touchpoints.id` FROM journey_versions FINAL") == whole


def test_what_is_no_event_goes_to_the_dead_letters_as_it_was(pipe: Pipe) -> None:
    pipe.send(WEBSITE, b'{"type":"page_viewed"}\xff', key=b"\xfe\x00", headers=[("trace", b"t1")])
    pipe.send(CRM, b'{"type":"teleported"}')
    good = new(PageViewed)
    pipe.send(WEBSITE, good)
    with loading(pipe.site):
        pipe.wait("SELECT toString(event_id) FROM events", [(good.event_id,)])
        pipe.wait("SELECT count() FROM dead_letters FINAL", [(2,)])
    rows = pipe.select("SELECT topic, reason, key, value, headers FROM dead_letters FINAL ORDER BY topic")
    assert rows == [
        ("crm.events", "unknown_type", "k", '{"type":"teleported"}', {}),
        (
            *("website.events", "json_invalid", b"\xfe\x00"),
            *(b'{"type":"page_viewed"}\xff', {"trace": "t1"}),
        ),
    ]


def test_a_record_put_aside_by_two_is_one_row_and_a_false_letter_does_not_go_in_circles(pipe: Pipe) -> None:
    pipe.send(CRM, b"no json")
    place = [("x-dlq-topic", b"crm.events"), ("x-dlq-partition", b"PART"), ("x-dlq-offset", b"0")]
    with loading(pipe.site):
        pipe.wait("SELECT topic, offset FROM dead_letters FINAL", [("crm.events", 0)])
        ((partition,),) = pipe.select("SELECT partition FROM dead_letters FINAL")
        place[1] = ("x-dlq-partition", b"%d" % partition)
        why = [("x-dlq-reason", b"json_invalid"), ("x-dlq-timestamp", b"3")]
        pipe.send(DEAD_LETTERS, b"no json", headers=[*place, *why])
        pipe.send(DEAD_LETTERS, b"who knows", key=None)
        pipe.wait("SELECT count() FROM dead_letters FINAL", [(2,)])
        time.sleep(2)
    assert pipe.select("SELECT topic, reason, key, value FROM dead_letters FINAL ORDER BY topic") == [
        ("crm.events", "json_invalid", "k", "no json"),
        ("dead.letters", "unreadable_dead_letter", None, "who knows"),
    ]


def test_one_row_that_does_not_fit_stops_no_other(pipe: Pipe) -> None:
    # No schema forbids a negative count, but the column does.
    snapshots = [snapshot(f"anon:{number}", 1, facts=-1 if number == 17 else number) for number in range(50)]
    pipe.send(JOURNEYS, *snapshots)
    with loading(pipe.site):
        pipe.wait("SELECT count(), sum(facts) FROM journeys FINAL", [(49, sum(range(50)) - 17)])
        pipe.wait("SELECT topic, reason FROM dead_letters FINAL", [("journeys", "row_refused")])
    assert pipe.select("SELECT count() FROM journey_versions FINAL") == [(49,)]
    assert pipe.committed(JOURNEYS) == 50


def test_a_number_past_all_bounds_stops_nobody(pipe: Pipe) -> None:
    fields = {"subject": "keyword:1", "platform": "baidu", "day": "2026-03-01", "reported_at": 7}
    numbers = {"impressions": 1, "clicks": 1, "cost_micros": 4711}
    reported = encode(new(AdPerformanceReported, **fields, **numbers))
    pipe.send(SEM, reported.replace(b":4711", b":%d" % (1 << 70)))
    pipe.send(CRM, new(LeadRecorded, subject="crm:hub:1"))
    with loading(pipe.site):
        pipe.wait("SELECT count() FROM events FINAL", [(1,)])
        pipe.wait("SELECT topic, reason FROM dead_letters FINAL", [("sem.events", "schema_invalid")])


@pytest.mark.slow
def test_killed_again_and_again_it_loses_and_doubles_nothing(pipe: Pipe) -> None:
    count, kills = 3000, 3
    halt = threading.Event()

    def feed() -> None:
        for number in range(count):
            if halt.is_set():
                return
            pipe.send(WEBSITE, new(PageViewed, subject=f"anon:{number % 50}"), key=b"%d" % (number % 50))
            pipe.send(JOURNEYS, snapshot(f"anon:{number % 50}", number, "t"), key=b"%d" % (number % 50))

    feeder = threading.Thread(target=feed)
    process = start_process(pipe.site)
    feeder.start()
    try:
        for round_ in range(kills):
            pipe.wait(f"SELECT count() > {100 + 600 * round_} FROM events", [(1,)])
            process.kill()
            process.wait()
            process = start_process(pipe.site)
        feeder.join()
        # Who was killed is a member until its session ends, and the machine may be busy with other tests.
        pipe.wait("SELECT count(), uniqExact(event_id) FROM events FINAL", [(count, count)], within=90.0)
        pipe.wait("SELECT count(), sum(version) FROM journeys FINAL", [(50, sum(range(count - 50, count)))])
        pipe.wait(f"SELECT count(), sum(version) FROM ({NEWEST})", [(50, sum(range(count - 50, count)))])
        pulse, now = pipe.site.data_dir / "health" / "loader", time.time()
        # The last one may have had nothing to do, and not be there yet.
        _until(lambda: pulse.exists() and pulse.stat().st_mtime > now, within=60.0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        halt.set()
        feeder.join()
        process.kill()
        process.wait()
    assert pipe.committed(WEBSITE) == pipe.committed(JOURNEYS) == count


def test_on_sigterm_it_writes_and_commits_what_it_has(pipe: Pipe) -> None:
    process = start_process(pipe.site)
    try:
        pipe.send(WEBSITE, new(PageViewed))
        pipe.wait("SELECT count() FROM events", [(1,)])
        pipe.send(WEBSITE, *(new(PageViewed) for _ in range(200)))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 10
    finally:
        process.kill()
        process.wait()
    ((loaded,),) = pipe.select("SELECT count() FROM events FINAL")
    assert pipe.committed(WEBSITE) == loaded


def test_a_replay_of_everything_changes_no_byte(pipe: Pipe) -> None:
    pipe.send(WEBSITE, *(new(PageViewed) for _ in range(100)))
    pipe.send(JOURNEYS, *(snapshot("anon:1", number, f"t{number}") for number in range(20)))
    pipe.send(JOURNEYS, snapshot("anon:2", 5, is_deleted=True))
    with loading(pipe.site):
        pipe.wait("SELECT count() FROM events FINAL", [(100,)])
        pipe.wait(f"{NEWEST} ORDER BY person", [("anon:1", 19), ("anon:2", 5)])
    before = [content_hash(pipe.client, table) for table in ("events", "journeys")]
    admin = KafkaAdminClient(**pipe.site.kafka_options())
    admin.delete_groups([f"{pipe.site.topic_prefix}leadtrace-loader"])
    admin.close()
    with loading(pipe.site):
        _until(lambda: pipe.committed(JOURNEYS) == 21)
        _until(lambda: pipe.committed(WEBSITE) == 100)
    assert [content_hash(pipe.client, table) for table in ("events", "journeys")] == before
    assert pipe.select(f"{NEWEST} ORDER BY person") == [("anon:1", 19), ("anon:2", 5)]


def test_it_waits_for_a_clickhouse_that_is_away_and_goes_on(pipe: Pipe, stack: Stack) -> None:
    with loading(pipe.site):
        pipe.send(WEBSITE, new(PageViewed))
        pipe.wait("SELECT count() FROM events FINAL", [(1,)])
        stack.kill("clickhouse", restart_after=3.0)
        pipe.send(WEBSITE, *(new(PageViewed) for _ in range(500)))
        stack.wait_ready("clickhouse")
        pipe.wait("SELECT count() FROM events FINAL", [(501,)])
    assert pipe.committed(WEBSITE) == 501


@pytest.mark.slow
def test_it_outlives_a_kafka_that_is_killed(pipe: Pipe, stack: Stack) -> None:
    with loading(pipe.site):
        pipe.send(WEBSITE, new(PageViewed))
        pipe.wait("SELECT count() FROM events FINAL", [(1,)])
        stack.kill("kafka", restart_after=2.0)
        stack.wait_ready("kafka")
        pipe.send(WEBSITE, *(new(PageViewed) for _ in range(100)))
        pipe.wait("SELECT count() FROM events FINAL", [(101,)])
        pipe.send(CRM, b"no json")
        pipe.wait("SELECT count() FROM dead_letters FINAL", [(1,)])
        _until(lambda: pipe.committed(WEBSITE) == 101)


@pytest.mark.slow
def test_a_clickhouse_that_says_nothing_does_not_hold_it_past_sigterm(site: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = start_process(
            site.model_copy(update={"clickhouse": f"127.0.0.1:{silent.getsockname()[1]}"})
        )
        connection, _ = silent.accept()
        with connection:
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 70
            assert time.monotonic() - began < 10


def test_two_loaders_share_the_work_and_one_takes_over(pipe: Pipe) -> None:
    first, second = start_process(pipe.site), start_process(pipe.site)
    try:
        keys = [b"%d" % number for number in range(40)]
        for key in keys:
            pipe.send(WEBSITE, new(PageViewed), key=key)
        pipe.wait("SELECT count() FROM events FINAL", [(40,)])
        first.send_signal(signal.SIGTERM)
        assert first.wait(10) == 0
        for key in keys:
            pipe.send(WEBSITE, new(PageViewed), key=key)
        pipe.wait("SELECT count() FROM events FINAL", [(80,)])
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_it_gives_a_sign_of_life_while_idle(pipe: Pipe) -> None:
    pulse = pipe.site.data_dir / "health" / "loader"
    with loading(pipe.site):
        _until(pulse.exists)
        first = pulse.stat().st_mtime_ns
        _until(lambda: pulse.stat().st_mtime_ns > first)


def test_without_migrations_it_says_what_to_do(site: Settings, caplog: pytest.LogCaptureFixture) -> None:
    connect_server(site).command(f"CREATE DATABASE {site.clickhouse_database}")
    process = start_process(site)
    assert process.wait(30) == 70
    connect(site)


def _until(holds: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
