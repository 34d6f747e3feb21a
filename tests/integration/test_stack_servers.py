"""The embedded servers are the real ones: the usual clients write to them and read it back."""

import pytest
from clickhouse_driver import Client
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

import settings

pytestmark = pytest.mark.servers


def test_a_record_sent_is_read_back(site: settings.Settings) -> None:
    topic = f"{site.topic_prefix}notes"
    admin = KafkaAdminClient(bootstrap_servers=site.kafka)
    admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=site.kafka, acks="all")
    sent = producer.send(topic, b"hello", key=b"k").get(10)
    producer.close()
    consumer = KafkaConsumer(
        topic, bootstrap_servers=site.kafka, auto_offset_reset="earliest", consumer_timeout_ms=10_000
    )
    record = next(iter(consumer))
    consumer.close()
    assert (record.value, record.key, record.partition) == (b"hello", b"k", sent.partition)
    assert topic


def test_clickhouse(site: settings.Settings) -> None:
    host, port = site.clickhouse.split(":")
    c = Client(host, port, user=site.clickhouse_user, password=site.clickhouse_password.get_secret_value())
    c.execute(f"create database {site.clickhouse_database}")
    assert c.execute("select timezone()") == [("UTC",)]
