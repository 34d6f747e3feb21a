"""What earlier releases left in changelogs and topics is read, and they read what this one writes."""

import json

from attribution.clicks import Click, dump_click, load_click
from attribution.partition_metadata import METADATA_KEY
from attribution.state import EmittedLink, Member, State, dump_state, load_state
from schemas.codec import decode, encode
from schemas.handover import IdentityAssigned, MemberJoined, MemberLeft
from schemas.topics import ASSIGNMENTS, HAND_OVER

STATE = State(
    divisor=4,
    emitted={"anon:1\nemail:a": EmittedLink(received_at=7, tie="t")},
    members={"anon:1": Member(version=3, revision=9, joined=True)},
)


def test_a_state_keeps_its_keys() -> None:
    stored = json.loads(dump_state(STATE))
    assert (stored["share"], stored["members"]["anon:1"]["turn"]) == (4, 9)
    assert stored["told"] == {"anon:1\nemail:a": {"received_at": 7, "tie": "t"}}
    assert not {"divisor", "emitted", "revision"} & {*stored, *stored["members"]["anon:1"]}
    assert load_state(dump_state(STATE)) == STATE


def test_a_click_keeps_its_keys() -> None:
    assert json.loads(dump_click(Click(buckets=2))) == {"details": [], "carriers": [], "shelves": 2}
    assert load_click(b'{"shelves": 2}') == Click(buckets=2)


def test_the_metadata_of_a_partition_keep_their_key() -> None:
    assert METADATA_KEY == "\x1fmark"


def test_messages_keep_their_keys() -> None:
    assigned = IdentityAssigned(identifier="anon:1", person="crm:s:1", version=3, divisor=2)
    joined = MemberJoined(person="crm:s:1", identifier="anon:1", version=3, revision=8, divisor=2)
    left = MemberLeft(person="crm:s:1", identifier="anon:1", version=3, revision=8)
    assert json.loads(encode(assigned))["share"] == 2
    assert [json.loads(encode(joined))[key] for key in ("turn", "share")] == [8, 2]
    assert json.loads(encode(left))["turn"] == 8
    assert decode(ASSIGNMENTS.name, encode(assigned)) == assigned
    assert [decode(HAND_OVER.name, encode(message)) for message in (joined, left)] == [joined, left]
