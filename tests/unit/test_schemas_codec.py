"""Bytes to values and back: what isn't what its topic holds is refused with a reason."""

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import DecodeError, decode, encode, key_of, message_record, record_of
from schemas.handover import ClickMentioned, FactsShared, IdentityAssigned, MemberJoined, MemberLeft, Message
from schemas.topics import ASSIGNMENTS, BY_NAME, CRM, HAND_OVER, MENTIONS, TOPICS, WEBSITE

DECODED = [name for name, topic in BY_NAME.items() if topic.name != "dead.letters"]


def refusal(topic: str, value: bytes | None) -> DecodeError:
    with pytest.raises(DecodeError) as refused:
        decode(topic, value)
    return refused.value


@pytest.mark.parametrize("topic", DECODED)
def test_a_record_without_a_value_is_refused(topic: str) -> None:
    assert refusal(topic, None).reason == "empty"


@pytest.mark.parametrize("topic", DECODED)
@given(value=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_refused_with_a_reason_and_never_crash(topic: str, value: bytes) -> None:
    assert refusal(topic, value).reason in {"json_invalid", "schema_invalid", "unknown_type"}


@pytest.mark.parametrize("topic", DECODED)
@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"null", b"[]", b"{}", b'"text"', b"1e999", b"true"])
def test_json_that_is_no_event_is_refused(topic: str, value: bytes) -> None:
    assert refusal(topic, value).reason in {"json_invalid", "schema_invalid"}


def test_deep_nesting_is_refused() -> None:
    assert refusal(WEBSITE.name, b"[" * 100_000).reason == "json_invalid"


def test_half_a_character_is_refused() -> None:
    whole = encode(f.page("anon:1", 0, title="元"))
    assert refusal(WEBSITE.name, whole.replace("元".encode(), "元".encode()[:2])).reason == "json_invalid"


def test_of_several_faults_the_version_is_the_one_to_tell() -> None:
    """A later version may hold anything; saying that a field is missing would send its reader astray."""
    value = b'{"type": "page_viewed", "schema_version": 2, "page": {}}'
    assert refusal(WEBSITE.name, value).reason == "unknown_version"


def test_a_refusal_names_the_field_but_no_key_of_the_senders_own() -> None:
    known = encode(f.form("anon:1", 0, attributes={"a": "b"}))
    too_long = known.replace(b'"b"', b'"' + b"x" * 600 + b'"').replace(b'"a"', b'"someone@firm.example"')
    refused = refusal(WEBSITE.name, too_long)
    assert (refused.reason, "someone" in str(refused)) == ("schema_invalid", False)
    assert str(refused).startswith("form_submitted.attributes: ")
    extra = known.replace(b'"form":', b'"13800138000":')
    assert str(refusal(WEBSITE.name, extra)).startswith("form_submitted: ")


def test_a_fact_goes_under_its_subject() -> None:
    lead = f.lead("crm:crm:1", 0)
    record = record_of(lead, CRM.name)
    assert (record.topic, record.key) == ("crm.events", b"crm:crm:1")
    assert decode(record.topic, record.value) == lead


@pytest.mark.parametrize(
    ("message", "topic", "key"),
    [
        (IdentityAssigned(identifier="anon:1", person="crm:crm:1", version=3), ASSIGNMENTS, b"anon:1"),
        (ClickMentioned(key="click:g1", identifier="anon:1"), MENTIONS, b"click:g1"),
        (MemberJoined(person="crm:crm:1", identifier="anon:1", version=3), HAND_OVER, b"crm:crm:1"),
        (MemberLeft(person="crm:crm:1", identifier="anon:1", version=3), HAND_OVER, b"crm:crm:1"),
        (FactsShared(identifier="anon:1", facts=(f.click("g1", 0),)), HAND_OVER, b"anon:1"),
    ],
)
def test_a_message_goes_to_whom_it_is_for(message: Message, topic: object, key: bytes) -> None:
    record = message_record(message)
    assert (BY_NAME[record.topic], record.key) == (topic, key)
    assert decode(record.topic, record.value) == message


def test_what_has_no_topic_has_no_key() -> None:
    with pytest.raises(TypeError, match="Message has no topic"):
        key_of(Message())


def test_click_details_and_mentions_meet_under_one_key() -> None:
    mentioned = ClickMentioned(key="click:g1", identifier="anon:1")
    assert key_of(f.click("g1", 0)) == key_of(mentioned)


def test_only_compacted_topics_keep_records_for_ever() -> None:
    for topic in TOPICS:
        config = topic.config()
        assert ("retention.ms" in config) != topic.compacted
        assert (config["cleanup.policy"] == "compact") == topic.compacted
    assert {topic.name for topic in TOPICS if topic.compacted} == {
        "contacts",
        "identity.assignments",
        "journeys",
        "opportunities",
        "outbox",
    }
    assert [topic.name for topic in TOPICS if topic.single] == ["identity.links", "outbox", "contacts"]
