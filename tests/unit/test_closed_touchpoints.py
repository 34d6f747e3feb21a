"""Touchpoints in records of their own, beside the snapshots that name them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.closed_touchpoints import close, is_closed_touchpoint, key_of_closed, person_in, refs_of, whole
from schemas.codec import DecodeError, decode, decode_closed, encode, output_record
from schemas.journey import Journey, StageEntry, Touchpoint
from schemas.terms import Stage, TouchKind
from streams.batches import Output

PERSON = "anon:1"


def touchpoint(at: int, **said: object) -> Touchpoint:
    return Touchpoint(
        id=f"t{at}", kind=TouchKind.VISIT, at=at, ended_at=at, identifier=PERSON, channel="direct", **said
    )  # type: ignore[arg-type]  # fields of a touchpoint, by name


def journey(**said: object) -> Journey:
    return Journey(person=PERSON, version=7, policy_version="p", known_at=9, **said)  # type: ignore[arg-type]  # as above


def test_a_snapshot_is_whole_with_the_touchpoints_that_it_names() -> None:
    first, second, open_one = touchpoint(1), touchpoint(5), touchpoint(9)
    records = [close(PERSON, each) for each in (first, second)]
    sent = journey(touchpoints=(open_one,), closed="".join(record.ref for record in records))

    assert refs_of(sent) == tuple(record.ref for record in records)
    found = {record.ref: record.touchpoint for record in records}
    assert whole(sent, found) == journey(touchpoints=(first, second, open_one))


def test_a_touchpoint_that_is_missing_is_never_left_out_in_silence() -> None:
    with pytest.raises(KeyError):
        whole(journey(closed=close(PERSON, touchpoint(1)).ref), {})


def test_what_a_touchpoint_is_called_follows_from_all_that_it_says() -> None:
    assert close(PERSON, touchpoint(1)).ref == close("anon:2", touchpoint(1)).ref
    assert close(PERSON, touchpoint(1)).ref != close(PERSON, touchpoint(1, pages=2)).ref


def test_its_record_stands_beside_the_snapshots_of_its_person() -> None:
    closed = close(PERSON, touchpoint(1, keyword="元数据", click_ids=("bd_vid=1",)))
    part, snapshot = Output.of(closed), Output.of(journey())

    assert part.key == key_of_closed(closed) == f"{PERSON}\n{closed.ref}".encode()
    assert all(part.partition(count) == snapshot.partition(count) for count in range(1, 40))
    assert person_in(part.key) == snapshot.key
    assert is_closed_touchpoint(part.key)
    assert not is_closed_touchpoint(PERSON.encode())
    assert decode_closed(part.value) == closed


def test_a_record_that_is_no_touchpoint_is_refused() -> None:
    with pytest.raises(DecodeError):
        decode_closed(encode(journey()))
    with pytest.raises(DecodeError):
        decode_closed(None)


def test_a_snapshot_names_only_what_it_says() -> None:
    visitor = StageEntry(stage=Stage.VISITOR, at=1, occurrence=1, id="t1")
    sent = journey(touchpoints=(touchpoint(1),), stages=(visitor,))

    stage = {"stage": "visitor", "at": 1, "occurrence": 1, "id": "t1"}
    assert json.loads(output_record(sent).value)["stages"] == [stage]
    assert "company" not in json.loads(encode(sent))


NUMBERS = st.integers(-(1 << 62), 1 << 62)


@given(
    st.builds(Journey, version=NUMBERS, known_at=NUMBERS, facts=NUMBERS),
    st.builds(Touchpoint, at=NUMBERS, ended_at=NUMBERS, pages=NUMBERS),
)
def test_what_a_snapshot_does_not_name_is_as_it_always_is(sent: Journey, one: Touchpoint) -> None:
    assert decode("journeys", encode(sent)) == sent
    assert decode_closed(encode(close(PERSON, one))).touchpoint == one
