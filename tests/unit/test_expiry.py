"""A visitor who never says who it is is forgotten after a long silence; who is known is not."""

from itertools import permutations

import facts as f
import pytest
from played import people

from attribution.expiry import GRACE_MS, is_forgotten, join_spans
from attribution.policy import Policy
from attribution.replay import Replay
from attribution.state import Span, dump_state, load_state
from schemas.envelope import Fact

DEVICE, MAIL, LEAD = "anon:1", "email:a", "crm:crm:1"
GCLID = "https://www.site.example/?gclid=G1"


@pytest.fixture(scope="module")
def ten_days(policy: Policy) -> Policy:
    """The policy, but visitors are forgotten after ten days."""
    return forgetting(policy, 10)


def forgetting(policy: Policy, days: int) -> Policy:
    return policy.model_copy(
        update={"retention": policy.retention.model_copy(update={"anonymous_days": days})}
    )


def days_of_visits(policy: Policy, *known: Fact, who: str = DEVICE) -> list[int]:
    """On which days the touchpoints of somebody's journey were, counted from the start."""
    return [(touch.at - f.START) // f.DAY for touch in people(policy, *known)[who].touchpoints]


def test_who_comes_back_in_time_is_the_same_visitor(ten_days: Policy) -> None:
    assert days_of_visits(ten_days, f.page(DEVICE, 0), f.page(DEVICE, 10 * f.DAY)) == [0, 10]


def test_who_comes_back_after_a_long_silence_is_a_new_visitor(ten_days: Policy) -> None:
    visits = [f.page(DEVICE, 0), f.page(DEVICE, 9 * f.DAY), f.page(DEVICE, 20 * f.DAY)]
    for order in permutations(visits):
        assert days_of_visits(ten_days, *order) == [20]


def test_nobody_is_forgotten_if_the_policy_says_so(policy: Policy) -> None:
    visits = [f.page(DEVICE, 0), f.page(DEVICE, 5000 * f.DAY)]
    assert days_of_visits(forgetting(policy, 0), *visits) == [0, 5000]


def test_a_late_fact_may_fill_the_silence(ten_days: Policy) -> None:
    """What counts is when facts were received, and a delayed topic delivers them in any order."""
    visits = [f.page(DEVICE, 0), f.page(DEVICE, 15 * f.DAY), f.page(DEVICE, 8 * f.DAY)]
    for order in permutations(visits):
        assert days_of_visits(ten_days, *order) == [0, 8, 15]


def test_who_identifies_in_time_keeps_everything_for_ever(ten_days: Policy) -> None:
    known = [f.page(DEVICE, 0), f.page(DEVICE, 9 * f.DAY, others=(MAIL,)), f.page(DEVICE, 300 * f.DAY)]
    for order in permutations(known):
        assert days_of_visits(ten_days, *order) == [0, 9, 300]


def test_who_identifies_too_late_brings_only_what_was_not_forgotten(ten_days: Policy) -> None:
    known = [
        f.page(DEVICE, 0, GCLID),
        f.page(DEVICE, 50 * f.DAY),
        f.page(DEVICE, 55 * f.DAY, others=(MAIL,)),
        f.lead(LEAD, 56 * f.DAY, MAIL),
    ]
    for order in permutations(known):
        assert days_of_visits(ten_days, *order, who=LEAD) == [50, 55]


def test_a_lead_that_names_a_forgotten_visitor_finds_nothing(ten_days: Policy) -> None:
    visit = f.page(DEVICE, 0)
    late, early = f.lead(LEAD, 20 * f.DAY, DEVICE), f.lead(LEAD, 10 * f.DAY, DEVICE)
    for order in permutations((visit, late)):
        known = people(ten_days, *order)
        assert (set(known), known[LEAD].touchpoints) == ({LEAD}, ())
    assert days_of_visits(ten_days, visit, early, late, who=LEAD) == [0]


def test_what_a_platform_tells_counts_for_what_is_not_forgotten(ten_days: Policy) -> None:
    told = f.click("G1", 0, keyword="data catalog", received_at=f.START + f.DAY)
    first, again, plain = (
        f.page(DEVICE, 0, GCLID),
        f.page(DEVICE, 60 * f.DAY, GCLID),
        f.page(DEVICE, 60 * f.DAY),
    )
    for order in permutations((told, first, again)):
        journey = people(ten_days, *order)[DEVICE]
        assert ([touch.keyword for touch in journey.touchpoints], journey.facts) == (["data catalog"], 2)
    for order in permutations((told, first, plain)):
        assert people(ten_days, *order)[DEVICE].facts == 1


def test_what_is_forgotten_takes_no_room(ten_days: Policy) -> None:
    bounds = ten_days.bounds.model_copy(update={"first_facts": 2, "last_facts": 2})
    tight = ten_days.model_copy(update={"bounds": bounds})
    old = [f.page(DEVICE, n * f.HOUR) for n in range(9)]
    new = [f.page(DEVICE, (100 + n) * f.DAY) for n in range(4)]
    journey = people(tight, *old, *new)[DEVICE]
    assert ([(touch.at - f.START) // f.DAY for touch in journey.touchpoints], journey.truncated) == (
        [100, 101, 102, 103],
        False,
    )
    assert people(tight, *old)[DEVICE].truncated


def test_what_a_platform_tells_too_late_is_told_of_nobody(ten_days: Policy) -> None:
    """It makes no journey of its own, and the visit keeps what was known when the visitor was forgotten."""
    visit = f.page(DEVICE, 0, GCLID)
    late, in_time = f.click("G1", 11 * f.DAY, keyword="late"), f.click("G1", 10 * f.DAY, keyword="in time")
    for order in permutations((visit, late)):
        assert [touch.keyword for touch in people(ten_days, *order)[DEVICE].touchpoints] == [""]
    for order in permutations((visit, late, in_time)):
        assert [touch.keyword for touch in people(ten_days, *order)[DEVICE].touchpoints] == ["in time"]
    replay = state_of(ten_days, visit)
    replay.forget(f.START + 20 * f.DAY)
    replay.feed(f.records(late))
    replay.drain()
    assert [touch.landing_url for touch in replay.living()[DEVICE].touchpoints] == [GCLID]


# --- cleaning up


def state_of(policy: Policy, *known: Fact) -> Replay:
    replay = Replay(policy)
    replay.feed(f.records(*known))
    replay.drain()
    return replay


def test_a_state_may_go_when_nothing_of_it_will_ever_count(ten_days: Policy) -> None:
    state = state_of(ten_days, f.page(DEVICE, 0), f.page(DEVICE, 3 * f.DAY)).states[DEVICE]
    end = f.START + 13 * f.DAY + GRACE_MS
    assert not is_forgotten(DEVICE, state, end, ten_days)
    assert is_forgotten(DEVICE, state, end + 1, ten_days)
    assert not is_forgotten(DEVICE, state, end + 1, forgetting(ten_days, 0))


@pytest.mark.parametrize(
    "known",
    [
        (f.form(DEVICE, 0, MAIL),),
        (f.page(DEVICE, 0), f.lead(LEAD, 20 * f.DAY, DEVICE)),
        (f.page(DEVICE, 0), f.blocked(DEVICE)),
    ],
)
def test_the_state_of_whom_anything_is_said_stays(ten_days: Policy, known: tuple[Fact, ...]) -> None:
    replay = state_of(ten_days, *known)
    assert {
        key for key in replay.states if is_forgotten(key, replay.states[key], f.START * 2, ten_days)
    } == set()


def test_only_devices_are_forgotten(ten_days: Policy) -> None:
    replay = state_of(ten_days, f.page("user:7", 0), f.lead(LEAD, 0), f.deal("deal:crm:1", 0))
    assert not any(is_forgotten(key, state, f.START * 2, ten_days) for key, state in replay.states.items())


def test_spans_are_a_union() -> None:
    assert join_spans((Span(0, 5), Span(30, 40, cut=True)), [12, 20], 9) == (
        Span(0, 20),
        Span(30, 40, cut=True),
    )
    assert (
        join_spans(join_spans((), [0, 9], 9), [30], 9)
        == join_spans((), [30, 0, 9], 9)
        == (Span(0, 9), Span(30, 30))
    )
    assert join_spans((Span(0, 5), Span(20, 25, cut=True)), [13], 8) == (Span(0, 25, cut=True),)


def test_a_state_with_spans_is_the_same_after_it_was_bytes(ten_days: Policy) -> None:
    state = state_of(ten_days, f.page(DEVICE, 0), f.page(DEVICE, 30 * f.DAY)).states[DEVICE]
    assert load_state(dump_state(state)) == state
    assert len(state.spans) == 2
