"""A record that a handler can't bear costs that record alone; too many of them stop the worker."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.rebuilding import Anew
from streams import dead_letters
from streams.batches import Batch, DeadLetter, Effects, Output, Read, Record
from streams.damaged import DAMAGED_STATE
from streams.isolation import Breaker, isolate
from streams.limits import HANDLER_ERROR, TOO_LARGE, Limits
from streams.logs import OneLine, RateLimit
from streams.told_letters import ToldLetters

NOTHING: dict[bytes, bytes] = {}


def batch_of(*values: bytes) -> Batch:
    records = (Record(offset, b"k", value, (("h", b"1"),), 1_000) for offset, value in enumerate(values))
    return Batch("facts", 3, tuple(records))


def joining(forbidden: bytes) -> Callable[[Batch, Read], Effects]:
    """A handler that joins all values of a key, and can't bear one of them."""

    def handler(batch: Batch, read: Read) -> Effects:
        state = read(b"k") or b""
        for record in batch.records:
            assert record.value is not None
            if record.value == forbidden:
                raise ValueError("secret@example.com is not a number")
            state += record.value
        return Effects((Output("out", b"k", state),), {b"k": state})

    return handler


@pytest.mark.parametrize("position", [0, 1, 4, 8, 9])
def test_the_others_are_handled_as_if_the_bad_one_were_not_there(position: int) -> None:
    values = [b"%d" % number for number in range(10)]
    values[position] = b"bad"
    effects = isolate(joining(b"bad"), batch_of(*values), {b"k": b">"}.get, 1_000)
    assert effects.changes == {b"k": b">" + b"".join(value for value in values if value != b"bad")}
    assert effects.outputs[-1].value == effects.changes[b"k"]
    (letter,) = effects.dead_letters
    assert (letter.record.offset, letter.reason, letter.detail) == (position, HANDLER_ERROR, "ValueError")


def test_a_passing_fault_costs_nothing() -> None:
    faults = iter([RuntimeError()])

    def handler(batch: Batch, read: Read) -> Effects:
        for fault in faults:
            raise fault
        return joining(b"bad")(batch, read)

    effects = isolate(handler, batch_of(b"a", b"b", b"c"), NOTHING.get, 1_000)
    assert (effects.changes, effects.dead_letters) == ({b"k": b"abc"}, ())


def test_a_deletion_in_the_first_half_is_seen_by_the_second() -> None:
    def handler(batch: Batch, read: Read) -> Effects:
        if len(batch.records) > 1:
            raise RuntimeError
        (record,) = batch.records
        return Effects(
            (), {b"k": None if record.value == b"x" else (read(b"k") or b"") + (record.value or b"")}
        )

    effects = isolate(handler, batch_of(b"a", b"x", b"b"), {b"k": b"old"}.get, 1_000)
    assert effects.changes == {b"k": b"b"}


def test_what_the_broker_would_refuse_is_the_records_fault() -> None:
    effects = isolate(joining(b"bad"), batch_of(b"a", b"b" * 100, b"c"), NOTHING.get, 50)
    assert effects.changes == {b"k": b"ac"}
    assert [(letter.record.offset, letter.reason) for letter in effects.dead_letters] == [(1, TOO_LARGE)]


class Counting:
    """A handler that joins the values of each key, tells them to the key's reader, and counts its calls."""

    def __init__(self, reader: bytes = b"reader of ") -> None:
        self.calls = 0
        self._reader = reader

    def __call__(self, batch: Batch, read: Read) -> Effects:
        self.calls += 1
        changes: dict[bytes, bytes | None] = {}
        for record in batch.records:
            assert record.key is not None
            known = changes.get(record.key) or read(record.key) or b""
            changes[record.key] = known + (record.value or b"")
        return Effects(
            tuple(Output("out", self._reader + key, value) for key, value in changes.items()), changes
        )


def keyed(*pairs: tuple[bytes, bytes]) -> Batch:
    return Batch("facts", 3, tuple(Record(n, key, value, (), 1_000) for n, (key, value) in enumerate(pairs)))


FULL = {b"hot": b"x" * 990, b"warm": b"x" * 985}
MANY = keyed(*((b"hot" if n % 2 else b"cold-%d" % n, b"0123456789") for n in range(100)))


def test_a_state_that_is_full_costs_the_records_of_its_key_and_one_more_call() -> None:
    handler = Counting()
    effects = isolate(handler, MANY, FULL.get, 1_000)
    assert handler.calls == 2
    assert {letter.record for letter in effects.dead_letters} == {
        record for record in MANY.records if record.key == b"hot"
    }
    assert {letter.reason for letter in effects.dead_letters} == {TOO_LARGE}


def test_its_neighbours_are_handled_as_if_it_were_not_there() -> None:
    others = Batch("facts", 3, tuple(record for record in MANY.records if record.key != b"hot"))
    alone = Counting()(others, FULL.get)
    effects = isolate(Counting(), MANY, FULL.get, 1_000)
    assert (effects.outputs, effects.changes) == (alone.outputs, alone.changes)


def test_a_few_records_of_a_full_state_are_tried_one_by_one() -> None:
    """The others may fit, or make it smaller."""
    batch = keyed(*((b"cold-%d" % n, b"1") for n in range(20)), *((b"hot", b"1" * n) for n in (5, 20, 5)))
    handler = Counting(reader=b"")
    effects = isolate(handler, batch, FULL.get, 1_005)
    assert [letter.record.offset for letter in effects.dead_letters] == [21]
    assert effects.changes[b"hot"] == FULL[b"hot"] + b"1" * 10
    assert handler.calls < 8


def test_several_full_states_cost_no_more_calls_than_one() -> None:
    handler = Counting()
    batch = keyed(*((key, b"0123456789" * 2) for key in (b"hot", b"warm", b"cold") * 30))
    effects = isolate(handler, batch, FULL.get, 1_000)
    assert handler.calls == 2
    assert (len(effects.dead_letters), list(effects.changes)) == (60, [b"cold"])


def test_a_state_that_only_now_shows_to_be_full_is_found_as_well() -> None:
    """Each call puts at least one key aside, whatever the handler makes of the rest."""
    batch = keyed(*((key, b"123") for key in (b"hot", b"warm") * 5), (b"cold", b"1"))

    def handler(batch: Batch, read: Read) -> Effects:
        effects = Counting(reader=b"")(batch, read)
        more = b"" if b"hot" in effects.changes else b"y" * 100
        return Effects((), {key: (value or b"") + more for key, value in effects.changes.items()})

    effects = isolate(handler, batch, FULL.get, 1_000)
    assert sorted(letter.record.offset for letter in effects.dead_letters) == list(range(10))
    assert effects.changes == {b"cold": b"1" + b"y" * 100}


def test_an_output_to_somebody_else_costs_the_record_that_makes_it_too_large() -> None:
    """No record carries the reader's key, so the one at fault is searched for."""

    def handler(batch: Batch, _read: Read) -> Effects:
        said = b"".join(record.value or b"" for record in batch.records)
        return Effects((Output("out", b"reader", said),), {b"said": said[:1]})

    effects = isolate(handler, batch_of(b"a", b"b" * 100, b"c"), NOTHING.get, 50)
    assert [(letter.record.offset, letter.reason) for letter in effects.dead_letters] == [(1, TOO_LARGE)]
    assert [output.value for output in effects.outputs] == [b"a", b"c"]


def test_a_full_state_beside_a_record_that_cannot_be_borne() -> None:
    def handler(batch: Batch, read: Read) -> Effects:
        if any(record.value == b"bad" for record in batch.records):
            raise ValueError
        return Counting()(batch, read)

    batch = keyed((b"cold", b"1"), (b"hot", b"1234567890"), (b"cold", b"bad"), (b"cold", b"2"))
    effects = isolate(handler, batch, FULL.get, 1_000)
    assert {letter.record.offset: letter.reason for letter in effects.dead_letters} == {
        1: TOO_LARGE,
        2: HANDLER_ERROR,
    }
    assert effects.changes == {b"cold": b"12"}


def letters(batch: Batch, *offsets: int, reason: str = HANDLER_ERROR) -> tuple[DeadLetter, ...]:
    return tuple(DeadLetter(batch.records[offset], reason, "") for offset in offsets)


def test_the_breaker_counts_dead_letters_in_a_row_across_runs() -> None:
    breaker = Breaker(Limits(consecutive_dead_letters=3))
    batch = batch_of(b"1", b"2")
    assert not breaker.tripped_by(batch, letters(batch, 0, 1))
    assert breaker.tripped_by(batch, letters(batch, 0, 1)), "four in a row are more than three"


def test_one_good_record_calms_the_breaker() -> None:
    breaker = Breaker(Limits(consecutive_dead_letters=3))
    batch = batch_of(b"1", b"2", b"3")
    for _ in range(10):
        assert not breaker.tripped_by(batch, letters(batch, 0, 2))


def test_input_that_is_all_bad_trips_it_with_the_letters_up_to_that_record() -> None:
    """101 of them explain it as well as the thousands that follow."""
    batch = batch_of(*(b"x" for _ in range(200)))
    tripped = Breaker(Limits()).tripped_by(batch, letters(batch, *range(200), reason="json_invalid"))
    assert [letter.record.offset for letter in tripped] == list(range(101))


def test_whoever_knows_that_it_is_rubbish_can_keep_it_from_tripping() -> None:
    batch = batch_of(*(b"x" for _ in range(200)))
    breaker = Breaker(Limits(consecutive_dead_letters=0))
    assert not breaker.tripped_by(batch, letters(batch, *range(200), reason="json_invalid"))


@pytest.mark.parametrize("reason", [TOO_LARGE, DAMAGED_STATE])
def test_one_visitors_state_trips_nothing_however_many_records_come_for_it(reason: str) -> None:
    batch = batch_of(*(b"x" for _ in range(200)))
    breaker = Breaker(Limits())
    assert not any(breaker.tripped_by(batch, letters(batch, *range(200), reason=reason)) for _ in range(5))


def test_more_damaged_states_than_can_be_chance_do() -> None:
    batch = keyed(*((b"%d" % number, b"x") for number in range(200)))
    tripped = Breaker(Limits()).tripped_by(batch, letters(batch, *range(200), reason=DAMAGED_STATE))
    assert len(tripped) == 101


def test_letters_that_stopped_a_process_are_not_published_again_by_the_next(tmp_path: Path) -> None:
    """Nothing of them is committed, so each start comes to them again."""
    batch = batch_of(*(b"x" for _ in range(5)))
    told = ToldLetters(tmp_path / "worker" / "told.json")
    assert len(told.beyond("facts", 3, letters(batch, 0, 1, 2))) == 3
    told.remember("facts", 3, letters(batch, 0, 1, 2))
    again = ToldLetters(tmp_path / "worker" / "told.json")
    assert [each.record.offset for each in again.beyond("facts", 3, letters(batch, 1, 2, 3))] == [3]
    assert len(again.beyond("facts", 2, letters(batch, 1, 2, 3))) == 3
    (tmp_path / "worker" / "told.json").write_text("{broken")
    assert len(again.beyond("facts", 3, letters(batch, 1, 2, 3))) == 3


def test_a_record_that_only_the_state_of_its_key_makes_impossible_is_not_at_fault() -> None:
    def handler(batch: Batch, read: Read) -> Effects:
        if read(b"k") == b"odd":
            raise KeyError
        return Effects(changes={b"k": b"fresh"})

    batch = batch_of(b"a", b"b")
    effects = isolate(handler, batch, {b"k": b"odd"}.get, 1_000)
    assert [letter.reason for letter in effects.dead_letters] == [DAMAGED_STATE] * 2
    assert effects.changes == {}
    anew = replace(batch.records[0], headers=(Anew(key="k").header(),))
    effects = isolate(handler, Batch("facts", 3, (anew, batch.records[1])), {b"k": b"odd"}.get, 1_000)
    assert (effects.dead_letters, effects.changes) == ((), {b"k": b"fresh"})


def test_a_dead_letter_keeps_the_bytes_and_says_where_they_stood() -> None:
    batch = batch_of(b"{bad json")
    output = dead_letters.from_source(DeadLetter(batch.records[0], "malformed", "x" * 500), batch, "1.2")
    assert (output.topic, output.key, output.value) == ("dead.letters", b"k", b"{bad json")
    assert dict(output.headers) == {
        "x-dlq-reason": b"malformed",
        "x-dlq-error": b"x" * 200,
        "x-dlq-topic": b"facts",
        "x-dlq-partition": b"3",
        "x-dlq-offset": b"0",
        "x-dlq-timestamp": b"1000",
        "x-dlq-app-version": b"1.2",
        "x-orig-h": b"1",
    }


def test_a_header_without_a_value_does_not_keep_a_record_from_being_put_aside() -> None:
    """Kafka allows it, and a record that can be neither used nor put aside would stop its partition."""
    batch = Batch("facts", 3, (Record(0, b"k", b"?", (("empty", None),), 1_000),))
    output = dead_letters.from_source(DeadLetter(batch.records[0], "malformed", ""), batch, "1.2")
    assert dict(output.headers)["x-orig-empty"] is None


def logged(name: str, text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, text, arguments, None)


def test_a_librarys_complaint_is_heard_three_times_and_then_counted() -> None:
    now = [0.0]
    limit = RateLimit(lambda: now[0])
    heard = [limit.filter(logged("aiokafka.conn", "node %s is away", number)) for number in range(100)]
    assert heard == [True] * 3 + [False] * 97
    now[0] = 31
    last = logged("aiokafka.conn", "node %s is away", 7)
    assert limit.filter(last)
    assert "97 times" in last.getMessage()
    assert all(limit.filter(logged("streams.worker", "ours")) for _ in range(10))


def test_a_log_line_never_quotes_an_exception() -> None:
    try:
        raise ValueError("secret@example.com")
    except ValueError as error:
        record = logged("streams.delivery", "delivery failed")
        record.exc_info = (ValueError, error, error.__traceback__)
    line = OneLine().format(record)
    assert "ValueError" in line
    assert "secret" not in line
    assert "\n" not in line
