"""The load of the measurements is what they say: hits of one visitor or of many, each page view timed."""

import time
from collections import Counter

from bench.hits import hits, name_of, received_at
from bench.onlookers import Onlookers, viewed
from schemas.codec import decode, encode
from schemas.journey import Journey
from settings import Settings


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
