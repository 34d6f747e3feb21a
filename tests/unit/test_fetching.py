"""What the broker sends is taken apart: what can't be read is a place, and everything else is there."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder
from kafka.structs import TopicPartition

import streams.fetching
from log_records import Fetched
from schemas.codec import DecodeError, decode
from schemas.dead_letter import letter_of
from sinks.fetching import TolerantRecords
from streams.batches import Batch, DeadLetter, Record
from streams.dead_letters import from_source

NOT_UTF8 = b"\xff\xfe"
GZIP = 1


def batch(first: int, *values: bytes | None, header: str = "", compression: int = 0) -> bytearray:
    """A batch as it stands in a log, from an offset on."""
    builder = MemoryRecordsBuilder(magic=2, compression_type=compression, batch_size=1 << 20)
    for value in values:
        builder.append(timestamp=1_000, key=b"k", value=value, headers=[(header, b"1")] if header else [])
    builder.close()
    data = bytearray(builder.buffer())
    data[:8] = first.to_bytes(8, "big")  # by the broker
    return data


def with_crc(data: bytearray) -> bytearray:
    """The batch with the checksum that its bytes have."""
    from kafka.record.util import calc_crc32c

    data[17:21] = calc_crc32c(memoryview(data)[21:]).to_bytes(4, "big")
    return data


def read(*batches: bytearray, start: int = 0, most: int = 100) -> list[Fetched]:
    """All records from an offset on, in portions, as the client takes them."""
    joined = b"".join(map(bytes, batches))
    records = TolerantRecords(start, TopicPartition("t", 0), MemoryRecords(joined))
    found: list[Fetched] = []
    while records:
        taken = records.take(most)
        assert records.next_fetch_offset == (taken[-1].offset + 1 if taken else records.next_fetch_offset)
        found += taken
    return found


def read_by_a_worker(*batches: bytearray, topic: str = "t", start: int = 0) -> list[tuple[int, Any]]:
    """All records from an offset on, as the worker's client yields them."""
    tp = TopicPartition(topic, 0)
    records = streams.fetching.KeptRecords(b"".join(map(bytes, batches)))
    found = streams.fetching.TolerantRecords(tp, records, None, start, None, None, True, 0)
    return [(each.offset, getattr(each.value, "why", each.value)) for each in found]


def told(found: list[Fetched]) -> list[tuple[int, Any]]:
    return [(each.offset, each.unreadable or each.value) for each in found]


@pytest.mark.parametrize("most", [1, 2, 100])
def test_good_batches_are_read_as_the_client_reads_them(most: int) -> None:
    found = read(batch(0, b"a", None), batch(5, b"b", compression=GZIP), most=most)
    assert told(found) == [(0, b"a"), (1, None), (5, b"b")]
    assert {each.timestamp for each in found} == {1_000}


def test_what_stands_before_the_wanted_offset_is_left_out() -> None:
    sent = batch(0, b"a", b"b", b"c")
    assert told(read(sent, start=2)) == read_by_a_worker(sent, start=2) == [(2, b"c")]
    odd = with_crc(bytearray(bytes(batch(7, b"a", b"b", header="nn")).replace(b"nn", NOT_UTF8)))
    assert told(read(odd, start=8)) == read_by_a_worker(odd, start=8) == [(8, b"b")]


def test_a_header_whose_name_is_no_utf8_changes_nothing_else() -> None:
    odd = batch(7, b"a", b"b", header="nn")
    data = with_crc(bytearray(bytes(odd).replace(b"nn", NOT_UTF8)))
    sent = (batch(0, b"before"), data, batch(9, b"after"))
    found = read(*sent)
    assert told(found) == read_by_a_worker(*sent)
    assert told(found) == [(0, b"before"), (7, b"a"), (8, b"b"), (9, b"after")]
    assert found[1].headers == [("\\xff\\xfe", b"1")]


def test_a_batch_that_is_damaged_costs_its_own_records() -> None:
    damaged = batch(3, b"a", b"b")
    damaged[-1] ^= 1
    sent = (batch(0, b"before"), damaged, batch(5, b"after"))
    assert told(read(*sent)) == read_by_a_worker(*sent)
    assert told(read(*sent)) == [
        (0, b"before"),
        (3, "its batch is damaged (checksum)"),
        (4, "its batch is damaged (checksum)"),
        (5, b"after"),
    ]


@pytest.mark.parametrize("codec", [GZIP, 2, 3, 4, 7], ids=["gzip", "snappy", "lz4", "zstd", "unknown"])
def test_a_batch_that_cannot_be_unpacked_costs_its_own_records(codec: int) -> None:
    packed = batch(3, b"a", b"b")
    packed[22] = codec
    sent = (batch(0, b"before"), with_crc(packed), batch(5, b"after"))
    found = read(*sent)
    assert told(found) == read_by_a_worker(*sent)
    assert [each.offset for each in found] == [0, 3, 4, 5]
    assert [each.unreadable.partition(" (")[0] for each in found[1:3]] == ["its batch can't be unpacked"] * 2
    assert found[3].value == b"after"


def test_a_record_that_is_not_built_like_one_costs_the_rest_of_its_batch() -> None:
    broken = batch(3, b"first", b"second", b"third")
    at = bytes(broken).index(b"second") - 1
    broken[at] = 0x7E  # a value longer than its record
    found = read(with_crc(broken), batch(6, b"after"))
    assert told(found) == [
        (3, b"first"),
        (4, "its structure is broken"),
        (5, "its structure is broken"),
        (6, b"after"),
    ]


def test_every_codec_that_brokers_know_is_unpacked() -> None:
    for codec in range(1, 5):
        sent = batch(0, b"a" * 100, b"b", compression=codec)
        assert told(read(sent)) == read_by_a_worker(sent) == [(0, b"a" * 100), (1, b"b")]


def test_marks_of_transactions_are_no_records() -> None:
    marker: Any = SimpleNamespace(magic=2, is_control_batch=True, next_offset=8)
    waiting = [marker]
    batches = SimpleNamespace(has_next=lambda: bool(waiting), next_batch=waiting.pop)
    records = TolerantRecords(7, TopicPartition("t", 0), batches)
    assert records.take(5) == []
    assert records.next_fetch_offset == 8


def test_the_letter_of_what_a_worker_could_not_read_says_where_it_stands() -> None:
    unread = streams.fetching.Unreadable.since("its batch is damaged (checksum)")
    record = Record(4, None, unread, (), 7)
    letter = DeadLetter(record, "json_invalid", "the record: no JSON")
    output = from_source(letter, Batch("crm.events", 2, (record,)), "1")
    said = letter_of(output.headers)
    assert said is not None
    assert (said.reason, said.detail) == ("unreadable_record", "its batch is damaged (checksum)")
    assert (output.value, said.left_out) == (None, ("value", "key", "headers"))


def test_no_handler_takes_it_for_content() -> None:
    with pytest.raises(DecodeError):
        decode("crm.events", streams.fetching.Unreadable.since("damaged"))


def test_a_changelog_that_is_damaged_is_not_passed_over() -> None:
    """Whose state that was is not known: to go on would lose facts without a word."""
    damaged = batch(3, b"a")
    damaged[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="offset 3: its batch is damaged"):
        read_by_a_worker(damaged, topic="leadtrace-clicks-changelog")
