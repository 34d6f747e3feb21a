"""What a pipeline must end in, by the pure core, and how what it did end in differs from that."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from running import connected
from stored import rows_by_table

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.codec import Encoded, encode, record_of
from schemas.topics import FACT_TOPICS, JOURNEYS, LINKS, OPPORTUNITIES
from settings import Settings
from sinks.clickhouse import ClickHouse, connect, connect_server
from sinks.migrations import migrate
from sinks.proof import content_hash
from sinks.rows import COLUMNS

# Only the version of a snapshot counts deliveries; everything else is content.
COMPARED = {
    "events": (),
    "journeys": ("version",),
    "opportunities": ("version",),
    "ad_performance": (),
}
KEYS = {"events": "event_id", "journeys": "person", "opportunities": "deal"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One record as it stands in its topic, which is named without the prefix; the time in seconds."""

    record: Encoded
    partition: int
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The difference between what is and what must be."""

    events: int
    absorbed: int
    lost: int
    phantom: int
    unequal: tuple[str, ...]
    dead_letters: int
    examples: tuple[str, ...]


def judge(site: Settings, sent: Sequence[Encoded], confirmed: Collection[str], policy: Policy) -> Verdict:
    """Compare the tables of a site with what the pure core makes of the facts that stand on its topics.

    `sent` are records that the topics must hold; the event ids of `confirmed` must be there as well.
    """
    logged = [each.record for topic in FACT_TOPICS for each in read(site, topic.name)]
    missing = {*sent} - {*logged}
    ours = {each for each in sent if each.topic == LINKS.name}
    known = [each for each in logged if each.topic != LINKS.name or each in ours]
    pure = site.model_copy(update={"clickhouse_database": f"{site.clickhouse_database}_pure"})
    store(pure, [*known, *missing], policy)
    with connected(connect(site)) as found, connected(connect(pure)) as expected:
        differences = {table: difference(found, expected, table, key) for table, key in KEYS.items()}
        events = {str(row[0]) for row in found.query("SELECT event_id FROM events FINAL").rows}
        unequal = tuple(
            table
            for table, without in COMPARED.items()
            if content_hash(found, table, without) != content_hash(expected, table, without)
        )
        letters = int(found.query("SELECT count() FROM dead_letters FINAL").rows[0][0])
        assert content_hash(expected, "events").rows
    forgotten = {*confirmed} - events
    lost = {f"{table} {each}" for table, (gone, _) in differences.items() for each in gone}
    lost |= {f"events {each}" for each in forgotten}
    phantom = {f"{table} {each}" for table, (_, more) in differences.items() for each in more}
    return Verdict(
        events=len(events),
        absorbed=len(logged) - len(events),
        lost=len(lost),
        phantom=len(phantom),
        unequal=unequal,
        dead_letters=letters,
        examples=(*sorted(lost)[:5], *sorted(phantom)[:5], *sorted(str(each)[:200] for each in missing)[:5]),
    )


def store(site: Settings, records: Iterable[Encoded], policy: Policy) -> None:
    """Put into a database what the pure core makes of the records, without any stream."""
    known = list(records)
    replay = Replay(policy)
    replay.feed(known)
    replay.drain(500)
    made = [record_of(link, LINKS.name) for link in replay.links.values()]
    made += [Encoded(JOURNEYS.name, b"", encode(journey)) for journey in replay.journeys.values()]
    made += [Encoded(OPPORTUNITIES.name, b"", encode(deal)) for deal in replay.opportunities.values()]
    insert(site, [*known, *made])


def insert(site: Settings, records: Iterable[Encoded]) -> None:
    """Put records into the tables of a new database, as a loader does that nothing disturbs."""
    rows = rows_by_table(records)
    with connected(connect_server(site)) as client:
        migrate(client, site)
        for table, some in rows.items():
            client.insert(table, COLUMNS[table], some)


def difference(found: ClickHouse, expected: ClickHouse, table: str, key: str) -> tuple[set[str], set[str]]:
    """The keys that a table lacks, and those that it should not have."""
    is_there, should_be = (
        {str(row[0]) for row in client.query(f"SELECT {key} FROM {table} FINAL").rows}
        for client in (found, expected)
    )
    return should_be - is_there, is_there - should_be


def read(site: Settings, topic: str) -> list[Logged]:
    """All records of a topic, by partition and offset."""
    consumer = KafkaConsumer(**site.kafka_options(), enable_auto_commit=False)
    try:
        name = site.topic_prefix + topic
        partitions = [
            TopicPartition(name, each) for each in sorted(consumer.partitions_for_topic(name) or ())
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        ends: Mapping[TopicPartition, int] = consumer.end_offsets(partitions)
        found: list[Logged] = []
        while any(consumer.position(each) < ends[each] for each in partitions):
            for batch in consumer.poll(500).values():
                found += [
                    Logged(Encoded(topic, each.key, each.value), each.partition, each.timestamp / 1000)
                    for each in batch
                ]
        return sorted(found, key=lambda each: each.partition)
    finally:
        consumer.close()


def recoveries(site: Settings, moments: Iterable[float]) -> list[float]:
    """How long after each of these moments (seconds since 1970) every partition had a new snapshot again."""
    times: dict[int, list[float]] = {}
    for each in read(site, JOURNEYS.name):
        times.setdefault(each.partition, []).append(each.at)
    return [
        max(min((at for at in some if at > moment), default=moment) - moment for some in times.values())
        for moment in moments
    ]
