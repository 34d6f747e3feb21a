"""A state that can't be read costs the records of its key; all others go on, and it can begin anew."""

import logging
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import facts as f
import pytest
from cluster import tight_policy
from compacted_log import CompactedLog
from faust.types import TP
from states import state_in

from attribution.clicks import BUCKET, Click, bucket_key, dump_click, load_click
from attribution.identity import Node, dump_node, load_node
from attribution.layout import whose
from attribution.partition_metadata import PartitionMetadata, dump_metadata, load_metadata
from attribution.state import State, dump_state
from attribution.versions import epoch_of, version_of
from schemas.codec import Encoded, message_record
from schemas.handover import ClickMentioned
from schemas.rebuilding import HEADER, Anew, anew_in
from schemas.terms import DAY_MS
from streams import damaged
from streams.batches import Batch, Effects, Output, Record
from streams.changelog import STAMP, Stamp
from streams.damaged import DAMAGED_STATE, DamageLog
from streams.handlers import agent_specs, handlers
from streams.isolation import isolate
from streams.maintenance import METADATA, IdentityMaintenance, JourneyMaintenance
from streams.stored_states import LOADS, _newest, cause_of_damage

POLICY = tight_policy()
GARBAGE = b"\xff\xfe garbage"
STAND = {METADATA: dump_metadata(PartitionMetadata(policy=POLICY.version, epoch=POLICY.epoch, derived=True))}


def batch_of(*records: Encoded, first: int = 0) -> Batch:
    topic = records[0].topic
    return Batch(
        topic,
        0,
        tuple(
            Record(first + number, each.key, each.value, each.headers, 0)
            for number, each in enumerate(records)
        ),
    )


def handled(batch: Batch, states: dict[bytes, bytes]) -> Effects:
    return isolate(handlers(POLICY)[batch.topic].handler, batch, (STAND | states).get, 1 << 20)


def test_what_comes_for_a_damaged_journey_is_put_aside_and_its_neighbours_are_handled() -> None:
    records = f.records(f.page("anon:bad", 0), f.page("anon:good", 1), f.page("anon:bad", 2))
    effects = handled(batch_of(*records), {b"anon:bad": GARBAGE})
    assert [(each.record.offset, each.reason) for each in effects.dead_letters] == [
        (0, DAMAGED_STATE),
        (2, DAMAGED_STATE),
    ]
    assert {whose(key) for key in effects.changes} == {b"anon:good"}
    # That is the name of zlib's exception.
    assert effects.dead_letters[0].detail == "a state that it belongs to can't be read (error)"


def test_what_comes_for_a_damaged_click_is_put_aside_and_its_neighbours_are_handled() -> None:
    mentions = [
        message_record(ClickMentioned(key=key, identifier="anon:1")) for key in ("click:bad", "click:good")
    ]
    effects = handled(batch_of(*mentions), {b"click:bad": GARBAGE})
    assert [each.record.key for each in effects.dead_letters] == [b"click:bad"]
    assert list(effects.changes) == [b"click:good"]


def test_a_damaged_bucket_of_a_click_is_as_bad_and_can_begin_anew() -> None:
    key = "keyword:baidu:k1"
    states = {
        key.encode(): dump_click(Click(carriers=("anon:1",), buckets=1)),
        bucket_key(key, 0).encode(): GARBAGE,
    }
    told = f.records(f.listed("baidu", "k1", 0, keyword="k"))
    assert [each.reason for each in handled(batch_of(*told), states).dead_letters] == [DAMAGED_STATE]
    # By itself, what is known already would need no look into a bucket.
    known = message_record(ClickMentioned(key=key, identifier="anon:1"))
    assert handled(batch_of(known), states).dead_letters == ()
    anew = handled(batch_of(replace(known, headers=(Anew(key=key).header(),))), states)
    assert load_click(anew.changes[key.encode()]).buckets == 0
    again = replace(told[0], headers=(Anew(key=key).header(),))
    effects = handled(batch_of(again), states)
    assert effects.dead_letters == ()
    click = load_click(effects.changes[key.encode()])
    assert (len(click.details), click.buckets, click.carriers) == (1, 0, ())


def test_a_link_to_a_damaged_node_is_put_aside_and_the_others_are_resolved() -> None:
    links = f.records(
        f.linked("anon:1", "email:a"), f.linked("anon:bad", "email:b"), f.linked("anon:2", "email:c")
    )
    effects = handled(batch_of(*links), {b"anon:bad": GARBAGE})
    assert [(each.record.offset, each.reason) for each in effects.dead_letters] == [(1, DAMAGED_STATE)]
    assert {b"anon:1", b"email:a", b"anon:2", b"email:c"} <= effects.changes.keys()
    assert b"anon:bad" not in effects.changes


def test_a_node_begins_anew_with_a_record_that_says_so() -> None:
    link = replace(f.records(f.linked("anon:bad", "email:b"))[0], headers=(Anew(key="anon:bad").header(),))
    effects = handled(batch_of(link), {b"anon:bad": GARBAGE})
    assert effects.dead_letters == ()
    assert load_node(effects.changes[b"anon:bad"]).links == {"email:b"}


def test_a_journey_begins_anew_above_all_that_it_was() -> None:
    """Its versions must not go back, whatever offsets went into the state that nobody can read."""
    anew = Anew(key="anon:bad", floor={"website.events": 700, "crm.events": 50}, holders=("crm:crm:1",))
    page = replace(f.records(f.page("anon:bad", 0))[0], headers=(anew.header(),))
    before = State(applied={"website.events": 650, "crm.events": 50})
    effects = handled(batch_of(page, first=651), {b"anon:bad": GARBAGE})
    state = state_in(effects.changes, "anon:bad")
    assert state.version(0) > before.version(0)
    assert state.applied == {"crm.events": 50, "website.events": 700}
    assert state.holders == ("crm:crm:1",)


def test_what_begins_anew_is_above_its_partition_too_and_holds_nothing_of_its_own_for_another() -> None:
    anew = Anew(key="anon:bad", floor={"website.events": 3}, holders=("crm:crm:1", "anon:bad"))
    state = damaged.empty_state(anew, {"website.events": 9, "crm.events": 2})
    assert state.applied == {"crm.events": 2, "website.events": 9}
    assert state.holders == ("crm:crm:1",)


def test_bytes_that_say_to_be_larger_than_any_state_are_not_unpacked() -> None:
    """They would take the memory of the worker."""
    assert cause("journey-states", b"anon:1", b"4\xff\xff\xff\x7fabc") == "ValueError"


def test_a_state_stands_where_its_record_that_counts_does() -> None:
    late, place = Stamp(1, 1).packed(), TP("clicks-changelog", 0)
    log = CompactedLog()
    log.append([Output("", b"k", b"counts", ((STAMP, Stamp(2, 1).packed()),))])
    log.append([Output("", b"k", b"void", ((STAMP, late),)), Output("", b"l", b"void", ((STAMP, late),))])
    read: Any = SimpleNamespace(
        assign=lambda _: None,
        end_offsets=lambda _: {place: log.end},
        seek_to_beginning=lambda _: read.at.clear(),
        position=lambda _: sum(read.at),
        poll=lambda **_: read.at.append(log.end) or {place: log.records},
        at=[],
    )
    assert _newest(read, place) == {b"k": (0, b"counts")}


def test_a_state_that_can_be_read_does_not_begin_anew() -> None:
    written = handled(batch_of(*f.records(f.page("anon:1", 0))), {}).changes
    first = {key: data for key, data in written.items() if data is not None}
    page = replace(f.records(f.page("anon:1", f.MINUTE))[0], headers=(Anew(key="anon:1").header(),))
    effects = handled(batch_of(page, first=1), first)
    assert len(state_in({**first, **effects.changes}, "anon:1").own) == 2


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"key":5}', b"\xff", None])
def test_a_header_that_says_nothing_is_passed_over(value: bytes | None) -> None:
    assert anew_in([(HEADER, value), ("other", b"x")]) == {}


def cause(table: str, key: bytes, data: bytes) -> str:
    return cause_of_damage(table, key, {key: data}.get)


@pytest.mark.parametrize(
    "data", [GARBAGE, b"", b"{", b"4", b"4\xff\xff\xff\x7fabc", b'{"own":5}', b'{"later":1}', b"null"]
)
def test_whatever_is_wrong_with_a_state_is_noticed(data: bytes) -> None:
    assert cause("journey-states", b"anon:1", data)
    assert cause("identities", b"anon:1", data)
    assert cause("clicks", b"click:1", data)
    assert cause("identities", METADATA, data)


@pytest.mark.parametrize("part", [b"anon:1\x1fbook", b"anon:1\x1f0"])
def test_a_part_of_a_state_that_is_damaged_or_missing_is_noticed_with_the_state(part: bytes) -> None:
    effects = handled(batch_of(*f.records(f.page("anon:1", 0))), {})
    assert cause_of_damage("journey-states", b"anon:1", effects.changes.get) == ""
    for data in (None, b"", GARBAGE, b"[5]", b"4\xff\xff\xff\x7fabc"):
        assert cause_of_damage("journey-states", b"anon:1", {**effects.changes, part: data}.get)


def test_what_is_right_is_not_called_damaged() -> None:
    assert cause("journey-states", b"anon:1", dump_state(State())) == ""
    assert cause("identities", b"anon:1", dump_node(Node())) == ""
    assert cause("clicks", b"click:1", dump_click(Click(carriers=("a:1",) * BUCKET))) == ""
    assert cause("clicks", METADATA, STAND[METADATA]) == ""


def test_every_table_can_be_looked_at() -> None:
    assert {spec.table for spec in agent_specs(POLICY, 1)} == set(LOADS)


NOW = 20_700 * DAY_MS


def test_metadata_that_stand_are_not_touched() -> None:
    assert JourneyMaintenance(POLICY).mend(STAND, NOW) is None
    assert JourneyMaintenance(POLICY).mend({}, NOW) is None


def test_damaged_metadata_of_journeys_are_found_out_above_all_that_the_states_tell() -> None:
    assigned = State(assigned=version_of(30_000, 4), applied={"website.events": 9, "crm.events": 2})
    other = State(applied={"website.events": 12})
    states = {METADATA: GARBAGE, b"a": dump_state(assigned), b"b": dump_state(other), b"c": GARBAGE}
    mended = load_metadata(JourneyMaintenance(POLICY).mend(states, NOW))
    assert mended.epoch == 30_001
    assert mended.floor == {"crm.events": 2, "website.events": 12}
    assert (mended.policy, mended.derived) == (POLICY.version, False)


def test_where_no_state_tells_the_epoch_is_above_any_count_of_policies() -> None:
    mended = load_metadata(IdentityMaintenance(POLICY).mend({METADATA: GARBAGE}, NOW))
    assert mended.epoch == 20_700
    node = dump_node(Node(version=version_of(20_700, 1)))
    again = load_metadata(IdentityMaintenance(POLICY).mend({METADATA: GARBAGE, b"n": node}, NOW))
    assert again.epoch == epoch_of(version_of(20_701, 0))


def test_the_log_says_once_of_each_state_that_it_is_damaged_and_names_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    batch = batch_of(*f.records(f.page("anon:secret", 0), f.page("anon:secret", 1)))
    letters = damaged.set_aside(batch, (0, 1), damaged.DamagedStateError("anon:secret", "ValueError"))
    log = DamageLog("journey-states")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            log.note(batch, letters)
    assert caplog.text.count("leadtrace states list") == 1
    assert "journey-states-0: 1 states can't be read" in caplog.text
    assert "secret" not in caplog.text + letters[0].detail
