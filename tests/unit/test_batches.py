"""When a batch is due, and what is committed of it."""

from sinks.batches import Batch, Limits
from sinks.records import Record

LIMITS = Limits(rows=3, bytes=100, age=0.5)


def record(offset: int, partition: int = 0, value: bytes = b"x") -> Record:
    return Record("website.events", partition, offset, 1, None, value)


def row(number: int = 0) -> list[tuple[str, tuple[int]]]:
    return [("events", (number,))]


def test_nothing_is_never_due() -> None:
    batch = Batch(LIMITS)
    assert batch.is_empty
    assert not batch.is_due(1e9)
    assert batch.wait(5.0) == 0.5


def test_a_batch_is_due_half_a_second_after_its_first_record() -> None:
    batch = Batch(LIMITS)
    batch.add(record(1), row(), now=10.0)
    batch.add(record(2), row(), now=10.4)
    assert not batch.is_due(10.49)
    assert round(batch.wait(10.4), 6) == 0.1
    assert batch.is_due(10.5)


def test_a_full_batch_is_due_at_once() -> None:
    by_rows, by_bytes = Batch(LIMITS), Batch(LIMITS)
    for offset in range(3):
        assert not by_rows.is_due(10.0)
        by_rows.add(record(offset), row(), now=10.0)
    by_bytes.put_aside(record(1, value=b"x" * 100), "json_invalid", "why", now=10.0)
    assert by_rows.is_due(10.0)
    assert by_bytes.is_due(10.0)


def test_the_offset_after_the_last_record_is_committed_also_of_records_without_rows() -> None:
    batch = Batch(LIMITS)
    batch.add(record(7), row(), 1.0)
    batch.add(record(8), (), 1.0)
    batch.put_aside(record(4, partition=1), "empty", "why", 1.0)
    assert batch.offsets == {("website.events", 0): 9, ("website.events", 1): 5}


def test_of_a_partition_that_went_elsewhere_only_the_offset_is_forgotten() -> None:
    batch = Batch(LIMITS)
    batch.add(record(7), row(1), 1.0)
    batch.add(record(3, partition=1), row(2), 1.0)
    batch.forget([("website.events", 0), ("crm.events", 5)])
    assert batch.offsets == {("website.events", 1): 4}
    assert batch.lines["events"].rows == [(1,), (2,)]


def test_a_record_read_again_does_not_take_the_offset_back() -> None:
    batch = Batch(LIMITS)
    batch.add(record(7), row(), 1.0)
    batch.add(record(2), row(), 1.0)
    assert batch.offsets == {("website.events", 0): 8}


def test_a_cleared_batch_is_as_new() -> None:
    batch = Batch(LIMITS)
    batch.add(record(7), row(), 1.0)
    batch.clear()
    assert batch.is_empty
    assert batch.offsets == {}
    assert batch.lines["events"].rows == []
