"""Dead letters are sent again once, as they were, and only where that changes what is derived."""

import itertools
import re
from dataclasses import replace
from datetime import UTC
from importlib import resources
from typing import Any

import pytest
from letters_site import Site

from schemas.codec import encode
from schemas.dead_letter import sha256
from schemas.journey import Journey
from schemas.redriven import Outcome, Redriven
from schemas.topics import BY_NAME
from sinks import redrive as module
from sinks.lookups import Letters
from sinks.originals import Waiting
from sinks.records import Record
from sinks.redrive import (
    GONE,
    LIMITED,
    REFUSED,
    TIRED,
    TOO_LARGE,
    RedriveError,
    Result,
    chosen,
    redrive,
    waiting,
)
from sinks.writer import MOST_REFUSED


def run(site: Site, **more: Any) -> Result:
    client: Any = site
    return redrive(client, site, site, Letters(), UTC, **more)


def all_waiting(site: Site) -> list[Waiting]:
    client: Any = site
    return waiting(client, Letters())


def record(offset: int, value: bytes | None = b"?", **more: Any) -> Record:
    given: dict[str, Any] = {"topic": "crm.events", "partition": 3, "timestamp": 5, "key": b"k"}
    return Record(**{**given, "offset": offset, "value": value, **more})


def test_a_record_goes_back_to_the_last_byte() -> None:
    odd = record(4, b"\xff\x00", key=b"\xfe", headers=[("a", b"\xff"), ("a", None), ("é", b"")])
    site = Site(odd)
    assert run(site).outcomes == {Outcome.SENT: 1}
    assert site.sent == [odd]
    assert site.noted == [Redriven("crm.events", 3, 4, 5, Outcome.SENT, 1, (7, 100))]


def test_the_deletion_of_a_key_goes_back_as_one() -> None:
    site = Site()
    site.put_aside(record(4, None), "empty")
    run(site)
    assert [each.value for each in site.sent] == [None]


def test_what_was_sent_does_not_wait_any_more() -> None:
    site = Site(record(1), record(2, b"!"))
    run(site)
    assert run(site) == Result()
    assert len(site.sent) == 2


def test_letters_about_equal_records_are_sent_once_and_all_noted_down() -> None:
    site = Site(record(1), record(2), record(3, b"!"))
    assert run(site).outcomes == {Outcome.SENT: 3}
    assert len(site.sent) == 2
    assert {each.sent_to for each in site.noted if each.offset < 3} == {(7, 100)}


def test_what_a_letter_had_no_room_for_is_read_from_where_it_stands() -> None:
    large = record(1, b"x" * (8 << 20), headers=[("h", b"1")])
    site = Site(large)
    assert site.rows[0]["value"] is None
    run(site)
    assert site.sent == [large]


@pytest.mark.parametrize("change", [{"value": b"other"}, {"timestamp": 6}, {"key": b"other"}, None])
def test_what_stands_there_now_is_not_taken_for_it(change: dict[str, Any] | None) -> None:
    large = record(1, b"x" * (8 << 20))
    site = Site(large)
    if change is None:
        site.standing.clear()
    else:
        site.standing["crm.events", 3, 1] = replace(large, **change)
    assert run(site).left == {GONE: 1}
    assert (site.sent, site.noted) == ([], [])


def test_a_letter_of_before_headers_were_kept_exactly_has_them_as_text() -> None:
    site = Site()
    site.put_aside(record(1, headers=[("trace", b"t1")]), header_names=[], header_values=[])
    run(site)
    assert site.sent[0].headers == [("trace", b"t1")]


def test_a_letter_of_before_whose_bytes_had_no_room_is_read_from_kafka() -> None:
    site = Site()
    site.put_aside(record(1, b"there"), "json_invalid", value=None)
    run(site)
    assert site.sent[0].value == b"there"


def journey(version: int, person: str = "anon:1") -> bytes:
    return encode(Journey(person=person, version=version, policy_version="p", known_at=1))


def test_snapshots_are_loaded_into_their_tables_and_stay_out_of_their_compacted_topic() -> None:
    site = Site(record(1, journey(4), topic="journeys"), record(2, journey(5), topic="journeys"))
    assert run(site).outcomes == {Outcome.LOADED: 2}
    assert site.sent == []
    versions = sorted((table, row[1]) for table, row in site.stored)
    tables = ("journey_days", "journey_versions", "journeys")
    assert versions == [(table, version) for table in tables for version in (4, 5)]


def test_a_snapshot_that_still_fails_waits_on() -> None:
    site = Site(record(1, b"?", topic="journeys"), record(2, journey(5, "anon:2"), topic="journeys"))
    site.put_aside(record(3, journey(5, "anon:bad"), topic="journeys"))
    site.refused = {"anon:bad"}  # type: ignore[arg-type]  # the first column of a journey is text
    result = run(site)
    assert (result.outcomes, result.left) == ({Outcome.LOADED: 1}, {REFUSED: 2})
    assert [each.offset for each in site.noted] == [2]


def test_snapshots_that_all_still_fail_stop_no_others() -> None:
    """However many they are: a loader would take it for its own fault, and end."""
    bad = [record(n, journey(n, f"anon:bad{n}"), topic="journeys") for n in range(MOST_REFUSED + 1)]
    site = Site(*bad, record(1, topic="utm.events"))
    site.refused = {f"anon:bad{n}" for n in range(MOST_REFUSED + 1)}  # type: ignore[misc]  # as above
    result = run(site)
    assert (result.outcomes, result.left) == ({Outcome.SENT: 1}, {REFUSED: MOST_REFUSED + 1})


def test_an_assignment_is_not_sent_where_a_newer_one_would_have_to_go_for_it() -> None:
    """The topic is compacted: of a key it keeps the last record that came, whatever version it says."""
    old, lone = record(1, b"1", key=b"anon:1"), record(2, b"2", key=b"anon:2")
    twice = [record(3, b"3", key=b"anon:3"), record(4, b"4", key=b"anon:3")]
    site = Site(*(replace(each, topic="identity.assignments") for each in (old, lone, *twice)))
    site.newer = {b"anon:1"}
    assert run(site).outcomes == {Outcome.SUPERSEDED: 2, Outcome.SENT: 2}
    assert [each.value for each in site.sent] == [b"2", b"4"]


def test_a_record_that_its_topic_takes_no_more_is_left() -> None:
    site = Site(record(1), record(2, b"!"))
    site.refused = {b"!"}
    assert run(site).left == {TOO_LARGE: 1}
    assert [each.offset for each in site.noted] == [1]


def test_what_was_sent_again_too_often_waits_for_a_person() -> None:
    site = Site(record(1), attempts=5)
    assert run(site).left == {TIRED: 1}
    assert run(site, attempts=6).outcomes == {Outcome.SENT: 1}
    assert site.noted[0].attempt == 6


def test_no_more_than_the_limit_are_sent_the_oldest_first() -> None:
    letters, left = chosen(all_waiting(Site(*(record(n) for n in range(9)))), limit=2)
    assert [each.offset for each in letters] == [0, 1]
    assert left == {LIMITED: 7}


def test_nothing_is_sent_while_the_loader_may_know_of_letters_that_were() -> None:
    site = Site(record(1), unread=3)
    with pytest.raises(RedriveError, match=r"newest 3 records of dead\.letters"):
        run(site, patience=0.0)
    assert site.sent == []


def test_a_crash_anywhere_costs_nothing_but_sending_some_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    values = [b"%d" % number for number in range(9)]
    for crash, before in itertools.product(range(0, 10, 2), ("send", "note")):
        site = Site(*(record(number, value) for number, value in enumerate(values)))
        site.crash_at[before] = crash
        with pytest.raises(KeyboardInterrupt):
            run(site)
        site.crash_at.clear()
        run(site)
        assert {each.value for each in site.sent} == set(values)
        assert {each.offset for each in site.noted} == set(range(9))


def test_letters_of_many_topics_are_told_as_they_are_done() -> None:
    heard: list[tuple[int, int]] = []
    site = Site(record(1), record(1, topic="sem.events"), record(2, b"!"))
    run(site, tell=lambda done, total: heard.append((done, total)))
    assert heard == [(2, 3), (3, 3)]


def test_a_large_one_is_held_by_itself() -> None:
    letters = all_waiting(Site(*(record(n, b"x" * (5 << 20)) for n in range(3))))
    assert [len(chunk) for chunk in module.chunks(letters)] == [1, 1, 1]
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_view_of_states_knows_each_topic_that_letters_can_go_back_to() -> None:
    text = (resources.files("sinks.sql") / "views" / "88_dead_letter_states.sql").read_text("utf-8")
    named = re.search(r"topic NOT IN \((.*?)\)", text, re.DOTALL)
    assert named is not None
    assert set(re.findall(r"'([a-z.]+)'", named[1])) == set(BY_NAME) - {"dead.letters"}
