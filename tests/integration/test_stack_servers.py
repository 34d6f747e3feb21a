"""The embedded servers are the real ones: their usual clients work, and what they acknowledged stays."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import islice

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

import settings
from stack import embedded

pytestmark = pytest.mark.servers

READONLY, ACCESS_DENIED = 164, 497


def connect(address: str, user: str, password: str) -> Client:
    host, _, port = address.partition(":")
    return Client(host, port=int(port), user=user, password=password)


@pytest.fixture
def clickhouse(site: settings.Settings) -> Iterator[Client]:
    """The pipeline's user, on a database of its own with one small table."""
    client = connect(site.clickhouse, site.clickhouse_user, site.clickhouse_password.get_secret_value())
    client.execute(f"CREATE DATABASE {site.clickhouse_database}")
    client.execute(
        f"CREATE TABLE {site.clickhouse_database}.leads (id String, version UInt64, at DateTime64(3, 'UTC')) "
        "ENGINE = ReplacingMergeTree(version) ORDER BY id"
    )
    yield client
    client.disconnect()


@pytest.fixture
def topic(site: settings.Settings) -> str:
    name = f"{site.topic_prefix}notes"
    admin = KafkaAdminClient(**site.kafka_options())
    admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])
    admin.close()
    return name


def send(site: settings.Settings, topic: str, value: bytes) -> None:
    producer = KafkaProducer(**site.kafka_options(), acks="all", max_request_size=8_000_000)
    producer.send(topic, value, key=b"one").get(20)
    producer.close()


def read(site: settings.Settings, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        topic, **site.kafka_options(), auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    values = [record.value for record in islice(consumer, count)]
    consumer.close()
    return values


def test_a_record_of_seven_megabytes_is_read_back(site: settings.Settings, topic: str) -> None:
    large = b"x" * 7_000_000
    send(site, topic, large)
    assert read(site, topic, 1) == [large]


def test_a_topic_that_nobody_created_does_not_appear(site: settings.Settings) -> None:
    producer = KafkaProducer(**site.kafka_options(), max_block_ms=1000)
    with pytest.raises(Exception, match=r"(?i)metadata|unknown|timed out"):
        producer.send(f"{site.topic_prefix}nowhere", b"x").get(5)
    producer.close(timeout=1)
    admin = KafkaAdminClient(**site.kafka_options())
    assert f"{site.topic_prefix}nowhere" not in admin.list_topics()
    admin.close()


def test_a_killed_broker_comes_back_with_what_it_acknowledged(
    stack: embedded.Stack, site: settings.Settings, topic: str
) -> None:
    send(site, topic, b"before the crash")
    killed = stack.kill("kafka")
    began = time.monotonic()
    stack.wait_ready("kafka")
    assert time.monotonic() - began < 20
    assert stack.pid("kafka") != killed
    send(site, topic, b"after it")
    assert read(site, topic, 2) == [b"before the crash", b"after it"]


def test_a_killed_clickhouse_comes_back_with_what_it_acknowledged(
    stack: embedded.Stack, site: settings.Settings, clickhouse: Client
) -> None:
    table = f"{site.clickhouse_database}.leads"
    clickhouse.execute(f"INSERT INTO {table} (id, version) VALUES", [("a", 1), ("a", 2), ("b", 1)])
    killed = stack.kill("clickhouse")
    stack.wait_ready("clickhouse")
    assert stack.pid("clickhouse") != killed
    clickhouse.disconnect()
    rows = clickhouse.execute(f"SELECT id, version FROM {table} FINAL ORDER BY id")
    assert rows == [("a", 2), ("b", 1)]


def test_clickhouse_speaks_its_native_protocol_in_utc(site: settings.Settings, clickhouse: Client) -> None:
    assert clickhouse.execute("SELECT timezone(), toDateTime(0)::String") == [("UTC", "1970-01-01 00:00:00")]


def test_clickhouse_speaks_http(stack: embedded.Stack) -> None:
    given = stack.addresses
    assert ask(given.clickhouse_http, "SELECT 6 * 7", given.bi_user, given.bi_password) == "42\n"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(given.clickhouse_http, "SELECT 1", given.bi_user, "a guess")
    assert refusal.value.code in (401, 403)


def ask(address: str, query: str, user: str, password: str) -> str:
    request = urllib.request.Request(
        f"http://{address}/?{urllib.parse.urlencode({'query': query})}",
        headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_the_bi_user_reads_the_database(
    stack: embedded.Stack, site: settings.Settings, clickhouse: Client
) -> None:
    table = f"{site.clickhouse_database}.leads"
    clickhouse.execute(f"INSERT INTO {table} (id, version) VALUES", [("a", 1)])
    bi = connect(site.clickhouse, stack.addresses.bi_user, stack.addresses.bi_password)
    assert bi.execute(f"SELECT id FROM {table} SETTINGS max_threads = 1") == [("a",)]
    assert bi.execute(f"SHOW TABLES FROM {site.clickhouse_database}") == [("leads",)]


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO {database}.leads (id) VALUES ('x')",
        "ALTER TABLE {database}.leads DELETE WHERE 1",
        "CREATE TABLE {database}.mine (id String) ENGINE = Memory",
        "DROP TABLE {database}.leads",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')",
        "SELECT * FROM system.users",
        "SET readonly = 0",
    ],
)
def test_the_bi_user_can_do_no_more(
    stack: embedded.Stack, site: settings.Settings, clickhouse: Client, query: str
) -> None:
    bi = connect(site.clickhouse, stack.addresses.bi_user, stack.addresses.bi_password)
    with pytest.raises(ServerException) as refusal:
        bi.execute(query.format(database=site.clickhouse_database))
    assert refusal.value.code in (READONLY, ACCESS_DENIED)


def test_the_pipeline_cannot_read_files(stack: embedded.Stack, clickhouse: Client) -> None:
    with pytest.raises(ServerException) as refusal:
        clickhouse.execute("SELECT * FROM file('/etc/passwd', 'LineAsString')")
    assert refusal.value.code == ACCESS_DENIED
