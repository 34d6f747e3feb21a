"""A dead letter holds the record as it was, or says where it stands: none is ever too large to be sent."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import (
    LARGEST_LETTER,
    SMALL,
    Letter,
    LetterRecord,
    Place,
    letter_of,
    letter_record,
    own_headers,
    size_of,
)
from schemas.redriven import Outcome, Redriven, redriven_headers, redriven_of
from schemas.topics import MAX_RECORD_BYTES
from sinks.broker import letter_about
from sinks.exact_producer import _Unwrapping, send_exactly
from sinks.letter_rows import rows_of_letter
from sinks.records import Record
from streams import dead_letters
from streams.batches import Batch, DeadLetter, Output
from streams.batches import Record as StreamRecord

WHY = Letter("json_invalid", "the record: no JSON", "crm.events", Place(3, 17, 1_772_000_000_000), "1")
BIG = b"x" * (MAX_RECORD_BYTES - 150)


def test_what_fits_is_kept_to_the_last_byte() -> None:
    own = (("a", b"\xff"), ("a", None), ("b", b""))
    put = letter_record(WHY, b"\xfe", b"\x00", own)
    assert (put.key, put.value, own_headers(put.headers)) == (b"\xfe", b"\x00", own)
    assert letter_of(put.headers) == WHY


@pytest.mark.parametrize(
    ("key", "value", "own", "left_out"),
    [
        (b"k", BIG, (), ("value",)),
        (BIG, b"{}", (), ("key",)),
        (b"k", b"{}", (("h", BIG),), ("headers",)),
        (b"k", None, (("h", b"x" * 100), ("i", BIG)), ("headers",)),
        (BIG[: 4 << 20], BIG[: 4 << 20], (), ("value", "key")),
    ],
    ids=["value", "key", "headers", "headers of a deletion", "value and key"],
)
def test_what_does_not_fit_says_where_it_stands(
    key: bytes, value: bytes | None, own: tuple[tuple[str, bytes], ...], left_out: tuple[str, ...]
) -> None:
    put = letter_record(WHY, key, value, own)
    assert size_of(put) < 4 * SMALL
    said = letter_of(put.headers)
    assert said is not None
    assert (said.place, said.left_out) == (WHY.place, left_out)
    if "value" in left_out:
        assert value is not None
        assert (said.length, said.sha256) == (len(value), hashlib.sha256(value).hexdigest())
    else:
        assert put.value == value
    assert put.key == (None if "key" in left_out else key)
    assert own_headers(put.headers) == (() if "headers" in left_out else own)


PARTS = st.one_of(st.none(), st.sampled_from([0, 1, SMALL, SMALL + 1, 1 << 20, 4 << 20, 8 << 20]))


@given(key=PARTS, value=PARTS, header=PARTS)
def test_whatever_its_parts_are_a_letter_can_be_sent(
    key: int | None, value: int | None, header: int | None
) -> None:
    parts = [None if size is None else bytes(size) for size in (key, value, header)]
    put = letter_record(WHY, parts[0], parts[1], (("h", parts[2]),))
    assert size_of(put) <= LARGEST_LETTER < MAX_RECORD_BYTES - 1024


def test_the_letter_of_a_worker_and_that_of_a_loader_are_the_same_row() -> None:
    own = [("h", b"1")]
    by_loader = letter_about(Record("crm.events", 3, 17, 5, b"k", BIG, own), "json_invalid", "no JSON")
    record = StreamRecord(17, b"k", BIG, tuple(own), 5)
    by_worker = dead_letters.from_source(
        DeadLetter(record, "json_invalid", "no JSON"), Batch("crm.events", 3, (record,)), "0"
    )
    rows = [
        rows_of_letter(Record("dead.letters", 0, 0, 9, each.key, each.value, each.headers))
        for each in (by_loader, by_worker)
    ]
    assert rows[0][0][1][:-1] == rows[1][0][1][:-1]


def test_a_letter_that_a_tuned_topic_refuses_becomes_a_brief_one_about_the_same_record() -> None:
    put = letter_record(WHY, b"k", b"x" * (SMALL + 1))
    brief = dead_letters.from_refused(Output("dead.letters", put.key, put.value, put.headers), "2")
    said = letter_of(brief.headers)
    assert said is not None
    assert (said.topic, said.place, said.reason) == (WHY.topic, WHY.place, WHY.reason)
    assert (brief.key, brief.value, said.left_out) == (b"k", None, ("value",))


def test_an_output_that_its_topic_refuses_is_kept_where_there_is_room() -> None:
    kept = dead_letters.from_refused(Output("journeys", b"anon:1", b"x" * 1000), "2")
    assert (kept.key, kept.value) == (b"anon:1", b"x" * 1000)
    lost = dead_letters.from_refused(Output("journeys", b"anon:1", BIG), "2")
    said = letter_of(lost.headers)
    assert said is not None
    assert (said.place, said.left_out, said.length) == (None, ("value",), len(BIG))


@pytest.mark.parametrize("timestamp", [-1, 1 << 62, -(1 << 63)])
def test_a_time_that_no_column_holds_is_the_nearest_that_one_does(timestamp: int) -> None:
    letter = Letter("x", "", "crm.events", Place(0, 0, timestamp), "1")
    said = letter_of(letter_record(letter, None, b"?").headers)
    assert said is not None
    assert said.place is not None
    assert 0 <= said.place.timestamp < 4_102_444_800_000


def test_of_what_nobody_could_read_everything_is_where_it_stands() -> None:
    put = letter_about(Record("crm.events", 3, 17, 5, None, None, (), "its batch is damaged"), "r", "e")
    said = letter_of(put.headers)
    assert said is not None
    assert said.left_out == ("value", "key", "headers")


SENT = Redriven("crm.events", 3, 17, 5, Outcome.SENT, 2, (1, 99))


@pytest.mark.parametrize(
    "said",
    [SENT, replace(SENT, by="anna"), Redriven("journeys", -2, 0, 0, Outcome.LOADED, 1)],
)
def test_that_a_letter_was_sent_again_is_a_row_of_its_own(said: Redriven) -> None:
    headers = redriven_headers(said)
    assert redriven_of(headers) == said
    ((table, row),) = rows_of_letter(Record("dead.letters", 0, 0, 9, None, None, headers))
    assert table == "redriven_letters"
    assert row[:6] == (said.topic, said.partition, said.offset, said.timestamp, said.outcome, said.attempt)


@pytest.mark.parametrize(
    "changed",
    [{"x-dlq-redriven": b"eaten"}, {"x-dlq-offset": b"-1"}, {"x-dlq-attempt": b""}, {"x-dlq-topic": b""}],
)
def test_what_only_looks_like_it_is_a_letter_that_is_none(changed: dict[str, bytes]) -> None:
    headers = tuple((dict(redriven_headers(SENT)) | changed).items())
    ((table, row),) = rows_of_letter(Record("dead.letters", 0, 4, 9, None, None, headers))
    assert (table, row[3]) == ("dead_letters", "unreadable_dead_letter")


def test_the_size_of_a_record_counts_all_of_it() -> None:
    assert size_of(LetterRecord(b"12", b"345", (("name", b"6789"),))) >= 2 + 3 + 4 + 4


def test_a_record_with_neither_key_nor_value_and_a_header_without_one_can_be_sent() -> None:
    """The client refuses each of these three, and what can be neither used nor put aside stops the loader."""
    sent: list[Any] = []

    class Client:
        def send(self, topic: str, key: Any, value: Any, headers: list[Any], partition: int | None) -> None:
            assert value is not None
            assert all(isinstance(each, bytes) for _, each in headers)
            plain = _Unwrapping().serialize(topic, headers, value)
            sent.append((topic, key, plain, headers, partition))

    send_exactly(Client(), "crm.events", LetterRecord(None, None, (("h", None), ("h", b"\xff"))), 2)
    assert sent == [("crm.events", None, None, [("h", b""), ("h", b"\xff")], 2)]
