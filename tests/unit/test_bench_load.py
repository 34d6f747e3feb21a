"""The load of the measurements is what they say: hits of one visitor or of many, each page view timed."""

import time
from collections import Counter
from pathlib import Path

import pytest

from bench.hits import hits, name_of, received_at
from bench.journey_agent import some_of
from bench.journey_steps import Agent
from bench.live_loads import LOADS
from bench.onlookers import Onlookers, viewed
from bench.peers import TOPICS, peers
from bench.site import shipped_policy
from bench.traffic import traffic
from bench.worker_profile import ELSE, activity
from schemas.codec import decode, encode
from schemas.journey import Journey
from schemas.terms import DAY_MS
from settings import Settings
from streams.handlers import build_journeys


def test_one_visitor_makes_all_hits_and_each_of_them_once() -> None:
    known = [decode(each.topic, each.value) for each in hits(2400, 1)]
    assert {fact.subject for fact in known} == {name_of(0, 1)}
    assert len({fact.event_id for fact in known}) == 2400
    assert known[-1].received_at == received_at(2399)
    types = Counter(fact.type for fact in known)
    assert types == {"page_viewed": 1600, "page_engaged": 800}
    assert sum("bd_vid" in fact.url for fact in known if fact.type == "page_viewed") == 100


def test_a_crowd_makes_as_many_hits_by_turns() -> None:
    known = [decode(each.topic, each.value) for each in hits(600, 200)]
    assert set(Counter(fact.subject for fact in known).values()) == {3}


def test_each_page_view_of_an_onlooker_is_timed_by_the_snapshot_that_first_holds_it() -> None:
    others = Onlookers(Settings(), rate=1, watched="anon:hot")
    name = viewed("anon:3", 0).key
    for _ in range(3):
        others.sent(name, time.monotonic())
    for facts in (1, 1, 3):
        journey = Journey(person="anon:3", version=1, policy_version="", known_at=0, facts=facts)
        others.came(name, 2, encode(journey), time.monotonic())
    assert [sample.partition for sample in others.samples] == [2, 2, 2]
    assert others.unseen() == 0


@pytest.mark.parametrize("load", LOADS)
def test_a_load_of_live_facts_has_journeys_of_the_length_asked_for(load: str) -> None:
    records = list(LOADS[load](4, 15))
    assert len(records) == 4 * 15
    told_of = Counter(record.key for record in records)
    assert set(told_of.values()) == ({14, 1} if load == "known persons" else {15})


def test_late_facts_arrive_in_the_order_in_which_they_were_received() -> None:
    known = [decode(each.topic, each.value) for each in LOADS["late facts"](4, 150)]
    received = [fact.received_at for fact in known]
    assert received == sorted(received)
    delays = [fact.received_at - fact.occurred_at for fact in known]
    late = [delay for delay in delays if delay > 60_000]
    assert 30 < len(late) < 90
    assert max(late) < DAY_MS / 24 + 60_000


def test_what_a_known_person_does_is_handed_over_and_counted() -> None:
    agent = Agent(build_journeys(shipped_policy()))
    agent.feed(LOADS["known persons"](2, 15), 1)
    assert not agent.handed_over
    assert agent.offsets["journey.facts"] >= 2 * 13
    assert agent.outputs > 0
    assert agent.states > 0


def test_a_sampled_moment_is_named_by_the_innermost_function_that_says_what_is_done() -> None:
    step = ["run (asyncio/runners.py)", "handle (streams/handlers.py)", "advance (attribution/advance.py)"]
    assert activity([*step, "<genexpr> (somewhere.py)"]) == ("the step around it", step[-1])
    deriving = "visits_of (attribution/visits.py)"
    assert activity([*step, deriving]) == ("deriving visits", deriving)
    assert activity(["run (asyncio/runners.py)"]) == (ELSE, "run (asyncio/runners.py)")


def test_a_peer_gets_whole_journeys_and_about_as_many_facts_as_it_can_take_in_its_time() -> None:
    records = list(traffic(600, 7))
    few = some_of(records, 1500)
    assert 1000 < len(few) < 2000
    assert {record.topic for record in few} <= set(TOPICS)
    assert set(Counter(record.key for record in few).values()) == {10}
    assert some_of(records, 10_000) == records


def test_a_peer_that_is_not_installed_is_skipped_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bench.peers.PYTHON", tmp_path / "python")
    assert peers()["faust"].missing() == ""
    assert "make bench-peers" in peers()["quix"].missing()
    assert "make bench-peers" in peers()["flink"].missing()
