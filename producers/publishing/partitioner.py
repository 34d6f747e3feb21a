"""Where the producer's client puts a record: into the partition of its key."""

from typing import Any

from kafka.partitioner import Partitioner

from schemas.partitions import partition_of


class ByKey(Partitioner):  # type: ignore[misc]  # kafka-python has no types
    """The client's own partitioner sorts a topic's partitions and hashes the key anew for each record."""

    def partition(
        self, topic: str, _key: Any, serialized_key: bytes, _value: Any, _serialized_value: Any, cluster: Any
    ) -> int:
        """The partition of a record, whose topic is known and which has a key."""
        return partition_of(serialized_key, len(cluster.partitions_for_topic(topic)))
