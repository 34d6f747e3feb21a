"""Which records of a write arrive together: those of one state, so that no half of it is ever read."""

import asyncio
from types import SimpleNamespace
from typing import Any

from attribution.layout import whose
from streams.batches import Output
from streams.limits import Limits
from streams.publisher import Publisher


class Producer:
    """aiokafka's producer, which notes which keys came in one batch."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []

    def create_batch(self) -> Any:
        keys: list[bytes] = []

        def append(*, key: bytes, **_: Any) -> bool:
            keys.append(key)
            return True

        return SimpleNamespace(append=append, close=lambda: None, keys=keys)

    async def send_batch(self, batch: Any, _topic: str, partition: int) -> Any:
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(SimpleNamespace(offset=sum(map(len, self.batches))))
        self.batches.append(batch.keys)
        return acknowledged


def batches_of(*records: Output, together: Any = whose) -> list[list[bytes]]:
    producer = Producer()
    app = SimpleNamespace(producer=SimpleNamespace(_ensure_producer=lambda: producer))
    publisher = Publisher(app, "", Limits(batch_bytes=1000))
    asyncio.run(publisher.send("states", 0, records, together))
    return producer.batches


def record(key: str, size: int) -> Output:
    return Output("", key.encode(), bytes(size))


def test_a_write_that_fits_is_one_batch() -> None:
    assert batches_of(record("a", 10), record("b", 10)) == [[b"a", b"b"]]


def test_the_records_of_a_state_are_in_one_batch() -> None:
    parts = [record(f"b{part}", 200) for part in ("\x1f0", "\x1fbook", "")]
    assert batches_of(record("a", 300), *parts) == [[b"a"], [b"b\x1f0", b"b\x1fbook", b"b"]]


def test_a_state_that_is_larger_than_a_batch_is_parted_all_the_same() -> None:
    parts = [record(f"b\x1f{number}", 600) for number in range(3)]
    assert batches_of(*parts) == [[b"b\x1f0"], [b"b\x1f1"], [b"b\x1f2"]]


def test_other_records_fill_their_batches() -> None:
    parts = [record(f"b{number}", 200) for number in range(5)]
    assert [len(batch) for batch in batches_of(record("a", 300), *parts, together=None)] == [3, 3]
