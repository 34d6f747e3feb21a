"""A key goes where Kafka's own clients send it: else one journey would have two states."""

from kafka.cluster import ClusterMetadata
from kafka.partitioner import DefaultPartitioner
from kafka.partitioner.default import murmur2

from producers.publishing.partitioner import ByKey
from schemas import partitions

KEYS = [b"", b"a", b"lead-1", "中文".encode(), b"\xff" * 41, *(bytes(range(size)) for size in range(70))]


def test_keys_have_the_hash_of_kafkas_clients() -> None:
    for key in [*KEYS, *(b"anon:%d" % number for number in range(500))]:
        assert partitions.murmur2(key) == murmur2(key) & 0xFFFFFFFF


def test_a_producer_puts_a_key_where_the_agents_look_for_it() -> None:
    cluster = Topic(12)
    for key in KEYS:
        chosen = ByKey().partition("facts", None, key, None, b"", cluster)
        assert chosen == partitions.partition_of(key, 12)
        assert chosen == DefaultPartitioner().partition("facts", None, key, None, b"", cluster)


class Topic(ClusterMetadata):  # type: ignore[misc]  # kafka-python has no types
    """What a client knows of a topic with so many partitions."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._numbers = set(range(count))

    def topics(self, exclude_internal_topics: bool = True) -> set[str]:
        return {"facts"}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return self._numbers

    def available_partitions_for_topic(self, topic: str) -> set[int]:
        return self._numbers
