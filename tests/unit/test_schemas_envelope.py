"""Ids and fingerprints of facts: deterministic, distinct, and of one mind about which copy counts."""

import json
import uuid
from itertools import combinations

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from attribution.facts import union
from schemas.codec import decode, encode
from schemas.envelope import fingerprint, given_id, natural_id, precedence, record_version
from schemas.handover import AnyFact
from schemas.topics import WEBSITE
from schemas.website import PageViewed

PARTS = st.lists(
    st.one_of(st.text(max_size=12), st.sampled_from(["|", "1:a", "a|1:b", ":"])), min_size=1, max_size=4
)
TIMES = st.integers(0, 4_102_444_799_999)
ONE_ID = natural_id("one")


def view(received_at: int, url: str = "https://www.site.example/") -> PageViewed:
    return f.page("anon:1", 0, url, event_id=ONE_ID, received_at=received_at)


@given(one=PARTS, other=PARTS)
def test_different_keys_have_different_ids(one: list[str], other: list[str]) -> None:
    assert (natural_id(*one) == natural_id(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a", "bc"), ("ab", "c")), (("a|1:b",), ("a", "b")), (("a", ""), ("a",)), (("", "a"), ("a", ""))],
)
def test_the_border_between_parts_counts(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert natural_id(*one) != natural_id(*other)


def test_a_number_and_its_text_are_one_key() -> None:
    """An importer reads "17" where an API says 17."""
    assert natural_id("lead", 17) == natural_id("lead", "17")


def test_ids_stay_what_they_are_for_ever() -> None:
    """Another id for the same key would double every import that was made before."""
    assert natural_id("crm", "L-1024", 1) == "886b9013-378f-570c-91c4-0a9bf60f8987"


def test_a_uuid_of_the_source_is_taken_over_in_one_spelling() -> None:
    given_uuid = "9F1C5A3E-0000-4000-8000-00000000ABCD"
    assert given_id(given_uuid, "segment") == given_uuid.lower()
    assert given_id("{9f1c5a3e-0000-4000-8000-00000000abcd}", "segment") == given_uuid.lower()


def test_any_other_id_of_a_source_becomes_one_of_its_own() -> None:
    """Two sources count from 1, both of them."""
    assert uuid.UUID(given_id("1", "segment"))
    assert given_id("1", "segment") != given_id("1", "crm")
    assert given_id("1", "crm") == given_id("1", "crm")


@given(one=TIMES, other=TIMES)
def test_the_fingerprint_does_not_know_when_it_was_received(one: int, other: int) -> None:
    assert fingerprint(view(one)) == fingerprint(view(other))


@given(seed=st.randoms(use_true_random=False))
def test_the_fingerprint_does_not_know_the_order_of_fields(seed: object) -> None:
    sent = json.loads(encode(f.form("anon:1", 5, "email:a", attributes={"b": "2", "a": "1"})))
    fields = list(sent.items())
    seed.shuffle(fields)  # type: ignore[attr-defined]  # a Random
    shuffled = {
        name: dict(reversed(value.items())) if isinstance(value, dict) else value for name, value in fields
    }
    one, other = (decode(WEBSITE.name, json.dumps(each).encode()) for each in (sent, shuffled))
    assert fingerprint(one) == fingerprint(other)


def test_the_fingerprint_knows_every_other_field() -> None:
    fact = f.page("anon:1", 0, title="x")
    changes = {
        "event_id": natural_id("another"),
        "occurred_at": fact.occurred_at + 1,
        "source": "another",
        "subject": "anon:2",
        "url": "https://www.site.example/other",
        "referrer": "https://www.baidu.com/",
        "others": ("email:a",),
        "title": "y",
        "user_agent": "z",
        "stated_at": 5,
    }
    prints = {fingerprint(fact), *(fingerprint(fact.model_copy(update={k: v})) for k, v in changes.items())}
    assert len(prints) == len(changes) + 1
    assert set(PageViewed.model_fields) - set(changes) == {"type", "schema_version", "received_at"}


COPIES = st.builds(view, TIMES, st.sampled_from([f"https://www.site.example/{n}" for n in range(40)]))


@given(one=COPIES, other=COPIES)
def test_the_larger_record_version_is_the_copy_that_counts(one: PageViewed, other: PageViewed) -> None:
    """ClickHouse keeps the largest version, the core the smallest precedence: always the same copy."""
    assert (precedence(one) < precedence(other)) == (record_version(one) > record_version(other))


def test_copies_of_one_millisecond_are_told_apart_by_content() -> None:
    copies = sorted((view(1_000, f"https://www.site.example/{n}") for n in range(200)), key=precedence)
    versions = [record_version(copy) for copy in copies]
    assert versions == sorted(versions, reverse=True)
    assert len(set(versions)) == len(versions)


@given(received_at=TIMES)
def test_record_versions_fit_into_64_bits(received_at: int) -> None:
    assert 0 < record_version(view(received_at)) < 1 << 63


def test_the_copy_received_first_counts_whatever_comes_later() -> None:
    early, late = view(1_000, "https://www.site.example/a"), view(2_000, "https://www.site.example/b")
    for order in ((early, late), (late, early), (late, early, late)):
        kept: dict[str, AnyFact] = union({}, order)
        assert kept == {ONE_ID: early}


def test_of_copies_with_one_time_all_orders_keep_the_same() -> None:
    copies = [view(1_000, f"https://www.site.example/{n}") for n in range(4)]
    counts = min(copies, key=precedence)
    for one, other in combinations(copies, 2):
        assert union({}, (one, other)) == union({}, (other, one))
    assert union({}, copies) == union({}, reversed(copies)) == {ONE_ID: counts}


@pytest.mark.parametrize(
    "change",
    [
        {"occurred_at": 4_102_444_800_000},
        {"occurred_at": -1},
        {"occurred_at": True},
        {"occurred_at": "1000"},
        {"subject": "anon:"},
        {"subject": "ANON:1"},
        {"subject": "anon:a\nb"},
        {"subject": "anon:" + "x" * 252},
        {"source": ""},
        {"event_id": "1"},
        {"event_id": ONE_ID.upper()},
        {"schema_version": 2},
        {"campaign": "x"},
    ],
)
def test_the_envelope_is_strict(change: dict[str, object]) -> None:
    plain = f.page("anon:1", 0).model_dump()
    with pytest.raises(ValidationError):
        PageViewed(**(plain | change))


def test_a_fact_is_frozen() -> None:
    with pytest.raises(ValidationError):
        f.page("anon:1", 0).url = "https://elsewhere.example/"  # type: ignore[misc]  # it is frozen
