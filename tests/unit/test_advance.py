"""One step of a key: facts change hands between persons, in any order, and nothing is lost or doubled."""

from dataclasses import replace
from itertools import permutations
from random import Random

import facts as f
import pytest
from played import people, play

from attribution.advance import FACTS_PER_MESSAGE, Arrival, Step, advance
from attribution.policy import Policy
from attribution.replay import Replay
from attribution.state import State, dump_state, load_state
from schemas.codec import Emitted
from schemas.envelope import Fact
from schemas.handover import (
    ClickMentioned,
    FactsShared,
    IdentityAssigned,
    JourneyFact,
    MemberJoined,
    MemberLeft,
    Message,
)
from schemas.identity import IdentityLinked
from schemas.journey import Journey
from schemas.topics import ASSIGNMENTS, HAND_OVER, WEBSITE

DEVICE, MAIL = "anon:1", "email:a"
LEAD, OTHER_LEAD = "crm:crm:1", "crm:crm:2"
HOME = "https://www.site.example/"


def arrivals(*values: Fact | Message, first: int = 0, topic: str = WEBSITE.name) -> list[Arrival]:
    return [Arrival(topic, first + offset, value) for offset, value in enumerate(values)]


def assigned(person: str, version: int, identifier: str = DEVICE) -> IdentityAssigned:
    return IdentityAssigned(identifier=identifier, person=person, version=version)


def joined(version: int, *facts: JourneyFact, revision: int = 0, truncated: bool = False) -> MemberJoined:
    return MemberJoined(
        person=LEAD, identifier=DEVICE, version=version, revision=revision, facts=facts, truncated=truncated
    )


def left(version: int, revision: int = 0) -> MemberLeft:
    return MemberLeft(person=LEAD, identifier=DEVICE, version=version, revision=revision)


def steps(key: str, values: list[Fact | Message], policy: Policy, state: State | None = None) -> Step:
    """Take one step for each value; the outputs are those of the last."""
    step = Step(state or State(), ())
    for offset, value in enumerate(values):
        step = advance(key, step.state, [Arrival(WEBSITE.name, offset, value)], policy)
    return step


def journey_in(outputs: tuple[Emitted, ...]) -> Journey:
    (journey,) = (output for output in outputs if isinstance(output, Journey))
    return journey


# --- a key of its own


def test_a_page_view_is_a_journey_at_once(policy: Policy) -> None:
    step = advance(DEVICE, State(), arrivals(f.page(DEVICE, 0)), policy)
    assert [type(output) for output in step.outputs] == [Journey]
    assert (journey_in(step.outputs).person, journey_in(step.outputs).facts) == (DEVICE, 1)


def test_a_fact_that_names_others_says_so_to_the_identity_agent(policy: Policy) -> None:
    form = f.form(DEVICE, 0, MAIL, "phone:c")
    links = [
        each
        for each in advance(DEVICE, State(), arrivals(form), policy).outputs
        if isinstance(each, IdentityLinked)
    ]
    pairs = {(link.left, link.right) for link in links}
    assert pairs == {(DEVICE, MAIL), (DEVICE, "phone:c"), (MAIL, "phone:c")}
    assert {(link.evidence, link.rule) for link in links} == {(form.event_id, "form_submitted")}


def test_a_tie_is_told_once_and_again_only_with_earlier_evidence(policy: Policy) -> None:
    """So a stream of forms costs one link, and which fact is the evidence depends on no order."""
    forms = [f.form(DEVICE, day * f.DAY, MAIL) for day in (5, 9, 2)]
    state, told = State(), []
    for form in forms:
        step = advance(DEVICE, state, arrivals(form), policy)
        state = step.state
        told.append([each.evidence for each in step.outputs if isinstance(each, IdentityLinked)])
    assert told == [[forms[0].event_id], [], [forms[2].event_id]]


def test_a_landing_with_click_ids_is_mentioned(policy: Policy) -> None:
    view = f.page(DEVICE, 0, f"{HOME}?gclid=G1&utm_source=google&msclkid=M1")
    outputs = advance(DEVICE, State(), arrivals(view), policy).outputs
    assert [each for each in outputs if isinstance(each, ClickMentioned)] == [
        ClickMentioned(key="click:G1", identifier=DEVICE),
        ClickMentioned(key="click:M1", identifier=DEVICE),
    ]


def test_a_step_that_is_taken_again_sends_the_same_again(policy: Policy) -> None:
    """The first attempt may have been cut off anywhere before its state was remembered."""
    values: list[Fact | Message] = [
        f.form(DEVICE, 0, MAIL),
        f.page(DEVICE, 1, f"{HOME}?gclid=G1"),
        assigned(LEAD, 3),
    ]
    before = steps(DEVICE, values[:2], policy).state
    again = [Arrival(ASSIGNMENTS.name, 7, values[2])]
    assert advance(DEVICE, before, again, policy) == advance(DEVICE, before, again, policy)


def test_a_repeated_fact_still_sends_the_snapshot(policy: Policy) -> None:
    """It is repeated because its output may have been lost."""
    view = f.page(DEVICE, 0)
    once = advance(DEVICE, State(), arrivals(view), policy)
    twice = advance(DEVICE, once.state, arrivals(view, first=9), policy)
    one, other = journey_in(once.outputs), journey_in(twice.outputs)
    assert replace(other, version=0) == replace(one, version=0)
    assert other.version > one.version


def test_one_call_with_many_arrivals_is_as_many_calls_with_one(policy: Policy) -> None:
    values: list[Fact | Message] = [
        f.page(DEVICE, 0),
        f.form(DEVICE, 5, MAIL),
        f.page(DEVICE, 9),
        assigned(LEAD, 3),
        f.page(DEVICE, 20),
    ]
    at_once = advance(DEVICE, State(), arrivals(*values), policy)
    assert at_once.state == steps(DEVICE, values, policy).state


# --- versions


def test_the_version_grows_with_every_arrival_of_any_topic(policy: Policy) -> None:
    state, versions = State(), []
    for topic, offset in ((WEBSITE.name, 0), (HAND_OVER.name, 0), (WEBSITE.name, 5), (ASSIGNMENTS.name, 0)):
        value = assigned(DEVICE, 0) if topic == ASSIGNMENTS.name else f.page(DEVICE, 0)
        step = advance(DEVICE, state, [Arrival(topic, offset, value)], policy)
        state = step.state
        versions.append(journey_in(step.outputs).version)
    assert versions == sorted(set(versions))


def test_an_old_offset_that_comes_again_does_not_lower_it(policy: Policy) -> None:
    state = advance(DEVICE, State(), arrivals(f.page(DEVICE, 0), first=40), policy).state
    step = advance(DEVICE, state, arrivals(f.page(DEVICE, 5), first=3), policy)
    assert step.state.version(1) == state.version(1)


def test_it_survives_bounded_state(policy: Policy) -> None:
    """Each step's version is above the last, though most facts are evicted again."""
    tight = policy.model_copy(
        update={"bounds": policy.bounds.model_copy(update={"first_facts": 1, "last_facts": 1})}
    )
    state, versions = State(), []
    for offset in range(20):
        step = advance(DEVICE, state, arrivals(f.page(DEVICE, 100 - offset), first=offset), tight)
        state = step.state
        versions.append(journey_in(step.outputs).version)
    assert versions == sorted(set(versions))
    assert len(state.own) == 2


# --- bounds


def test_a_visitor_with_five_thousand_page_views_has_a_bounded_state(policy: Policy) -> None:
    views = [f.page(DEVICE, minute * 7 * f.MINUTE, f"{HOME}?page={minute % 90}") for minute in range(5_000)]
    form = f.form(DEVICE, 2_500 * 7 * f.MINUTE, MAIL)
    Random(1).shuffle(views)
    state = State()
    for start in range(0, len(views), 500):
        step = advance(DEVICE, state, arrivals(*views[start : start + 500], first=start), policy)
        state = step.state
    step = advance(DEVICE, state, arrivals(form, first=5_000), policy)
    bounds = policy.bounds
    assert len(step.state.own) == bounds.first_facts + bounds.last_facts + 1
    assert len(dump_state(step.state)) < 400_000
    journey = journey_in(step.outputs)
    assert (journey.truncated, journey.is_lead) == (True, True)
    assert (journey.first_at, journey.last_at) == (f.START, f.START + 4_999 * 7 * f.MINUTE)


def test_a_state_is_the_same_after_it_was_bytes(policy: Policy) -> None:
    values: list[Fact | Message] = [
        f.page(DEVICE, 0),
        f.form(DEVICE, 5, MAIL),
        assigned(LEAD, 3),
        joined(3, f.page(DEVICE, 9)),
    ]
    state = steps(DEVICE, values, policy).state
    assert load_state(dump_state(state)) == state
    assert load_state(None) == State()


# --- giving facts away


def handed(outputs: tuple[Emitted, ...]) -> list[MemberJoined]:
    return [output for output in outputs if isinstance(output, MemberJoined)]


def test_a_new_person_is_handed_everything_and_then_what_comes(policy: Policy) -> None:
    early, late = f.page(DEVICE, 0), f.page(DEVICE, 9)
    step = steps(DEVICE, [early, assigned(LEAD, 3)], policy)
    assert handed(step.outputs) == [joined(3, early)]
    straggler = advance(DEVICE, step.state, arrivals(late, first=9), policy)
    assert handed(straggler.outputs) == [joined(3, late)]


def test_whoever_gave_its_facts_away_is_a_tombstone(policy: Policy) -> None:
    step = steps(DEVICE, [f.page(DEVICE, 0), assigned(LEAD, 3)], policy)
    assert journey_in(step.outputs).is_deleted


def test_an_identifier_without_facts_tells_its_person_that_it_belongs_there(policy: Policy) -> None:
    step = advance(MAIL, State(), arrivals(assigned(LEAD, 3, MAIL), topic=ASSIGNMENTS.name), policy)
    assert step.outputs[0] == MemberJoined(person=LEAD, identifier=MAIL, version=3)
    assert journey_in(step.outputs).is_deleted


def test_who_is_its_own_person_hands_nothing_over(policy: Policy) -> None:
    step = steps(DEVICE, [f.page(DEVICE, 0), assigned(DEVICE, 3)], policy)
    assert [type(output) for output in step.outputs] == [Journey]
    assert not journey_in(step.outputs).is_deleted


def test_a_hand_over_of_many_facts_goes_in_several_messages(policy: Policy) -> None:
    views = [f.page(DEVICE, n) for n in range(2 * FACTS_PER_MESSAGE + 1)]
    step = steps(DEVICE, [FactsShared(identifier=DEVICE, facts=tuple(views)), assigned(LEAD, 3)], policy)
    messages = handed(step.outputs)
    assert [len(message.facts) for message in messages] == [FACTS_PER_MESSAGE, FACTS_PER_MESSAGE, 1]
    assert [fact for message in messages for fact in message.facts] == views


def test_the_former_person_hears_that_it_is_over(policy: Policy) -> None:
    step = steps(DEVICE, [f.page(DEVICE, 0), assigned(LEAD, 3), assigned(OTHER_LEAD, 5)], policy)
    told = [output for output in step.outputs if isinstance(output, MemberLeft | MemberJoined)]
    assert [(type(each), each.person, each.version) for each in told] == [
        (MemberLeft, LEAD, 5),
        (MemberJoined, OTHER_LEAD, 5),
    ]


def test_back_to_itself_it_is_a_journey_again(policy: Policy) -> None:
    step = steps(DEVICE, [f.page(DEVICE, 0), assigned(LEAD, 3), assigned(DEVICE, 5)], policy)
    assert [output for output in step.outputs if isinstance(output, MemberLeft)] == [left(5)]
    assert not journey_in(step.outputs).is_deleted


@pytest.mark.parametrize("stale", [assigned(OTHER_LEAD, 2), assigned(OTHER_LEAD, 3)])
def test_old_news_is_no_news(policy: Policy, stale: IdentityAssigned) -> None:
    before = steps(DEVICE, [f.page(DEVICE, 0), assigned(LEAD, 3)], policy).state
    step = advance(DEVICE, before, arrivals(stale, first=9), policy)
    assert (step.state.person, step.state.assigned) == (LEAD, 3)
    assert [type(output) for output in step.outputs] == [Journey]


def test_saying_the_same_again_moves_nothing(policy: Policy) -> None:
    """The identity agent tells everybody in reach each time; a page view must not cost a hand-over of all."""
    before = steps(DEVICE, [f.page(DEVICE, 0), assigned(LEAD, 3)], policy).state
    step = advance(DEVICE, before, arrivals(assigned(LEAD, 8), first=9), policy)
    assert (step.state.assigned, step.state.heard) == (3, 8)
    assert handed(step.outputs) == []


def test_persons_in_between_in_one_batch_hear_that_it_is_over(policy: Policy) -> None:
    """A first attempt may have been cut off right after telling them."""
    batch = arrivals(assigned(OTHER_LEAD, 3), assigned(LEAD, 5))
    outputs = advance(DEVICE, State(own=(f.page(DEVICE, 0),)), batch, policy).outputs
    over = [output for output in outputs if isinstance(output, MemberLeft)]
    assert [(each.person, each.version) for each in over] == [(OTHER_LEAD, 5)]


def test_of_several_assignments_at_once_the_newest_counts_wherever_it_stands(policy: Policy) -> None:
    for batch in permutations((assigned(OTHER_LEAD, 3), assigned(LEAD, 5), assigned(DEVICE, 4))):
        state = advance(DEVICE, State(own=(f.page(DEVICE, 0),)), arrivals(*batch), policy).state
        assert (state.person, state.assigned, state.heard) == (LEAD, 5, 5)


def test_an_issue_is_told_only_while_the_identifier_is_its_own_person(policy: Policy) -> None:
    held_back = assigned(DEVICE, 3).model_copy(update={"issue": "over_degree_cap"})
    step = steps(DEVICE, [f.page(DEVICE, 0), held_back], policy)
    assert journey_in(step.outputs).issues == ("over_degree_cap",)
    step = advance(DEVICE, step.state, arrivals(assigned(DEVICE, 5), first=9), policy)
    assert journey_in(step.outputs).issues == ()


def test_facts_with_and_without_more_behind_them_may_come_in_one_batch(policy: Policy) -> None:
    views = [f.page(DEVICE, 0), f.page(DEVICE, 1)]
    shared = [FactsShared(identifier=DEVICE, facts=(view,), truncated=view is views[0]) for view in views]
    assert advance(DEVICE, State(), arrivals(*shared), policy).state.truncated


def test_that_facts_had_to_go_is_told_though_no_fact_is_new(policy: Policy) -> None:
    view = f.page(DEVICE, 0)
    before = steps(DEVICE, [view, assigned(LEAD, 3)], policy).state
    shared = FactsShared(identifier=DEVICE, facts=(view,), truncated=True)
    step = advance(DEVICE, before, arrivals(shared, first=9), policy)
    assert handed(step.outputs) == [joined(3, truncated=True)]


# --- taking facts in


def member_facts(policy: Policy, *messages: Message) -> tuple[bool, set[str]]:
    """Whether the device is a member of the lead after these messages, and with which facts."""
    member = steps(LEAD, list(messages), policy).state.members[DEVICE]
    return member.joined, {fact.event_id for fact in member.facts}


def test_facts_of_one_version_add_up_in_any_order(policy: Policy) -> None:
    one, other = f.page(DEVICE, 0), f.page(DEVICE, 9)
    for order in permutations((joined(3, one), joined(3, other), joined(3, one))):
        assert member_facts(policy, *order) == (True, {one.event_id, other.event_id})


def test_facts_of_a_later_version_replace_those_of_an_earlier_one(policy: Policy) -> None:
    one, other = f.page(DEVICE, 0), f.page(DEVICE, 9)
    for order in permutations((joined(3, one), joined(5, other), left(4))):
        assert member_facts(policy, *order) == (True, {other.event_id})


def test_a_later_turn_of_a_shared_device_replaces_the_earlier_one(policy: Policy) -> None:
    one, other = f.page(DEVICE, 0), f.page(DEVICE, 9)
    for order in permutations((joined(3, one, revision=40), joined(3, other, revision=41))):
        assert member_facts(policy, *order) == (True, {other.event_id})


def test_who_left_stays_away_whatever_older_comes_late(policy: Policy) -> None:
    for order in permutations((joined(3, f.page(DEVICE, 0)), left(5), joined(4, f.page(DEVICE, 1)))):
        assert member_facts(policy, *order) == (False, set())


def test_a_left_of_the_same_version_wins(policy: Policy) -> None:
    for order in permutations((joined(5, f.page(DEVICE, 0)), left(5))):
        assert member_facts(policy, *order) == (False, set())


def test_a_person_without_members_is_a_tombstone_until_somebody_comes_back(policy: Policy) -> None:
    view = f.page(DEVICE, 0)
    gone = steps(LEAD, [joined(3, view), left(5)], policy)
    assert journey_in(gone.outputs).is_deleted
    back = advance(LEAD, gone.state, arrivals(joined(7, view), first=9), policy)
    assert not journey_in(back.outputs).is_deleted
    assert DEVICE in journey_in(back.outputs).identifiers


def test_a_member_that_lost_facts_makes_the_journey_truncated(policy: Policy) -> None:
    step = steps(LEAD, [joined(3, f.page(DEVICE, 0), truncated=True), joined(3, f.page(DEVICE, 1))], policy)
    assert journey_in(step.outputs).truncated
    step = advance(LEAD, step.state, arrivals(left(5), first=9), policy)
    assert not journey_in(step.outputs).truncated


def test_one_of_several_members_with_too_many_facts_is_enough(policy: Policy) -> None:
    other = MemberJoined(person=LEAD, identifier=MAIL, version=3)
    step = steps(LEAD, [joined(3, f.page(DEVICE, 0), truncated=True), other], policy)
    assert journey_in(step.outputs).truncated


def test_who_left_is_no_identifier_of_the_person_any_more(policy: Policy) -> None:
    other = MemberJoined(person=LEAD, identifier=MAIL, version=3, facts=(f.attended(MAIL, 0),))
    step = steps(LEAD, [joined(3, f.page(DEVICE, 0)), other, left(5)], policy)
    assert DEVICE not in journey_in(step.outputs).identifiers
    assert MAIL in journey_in(step.outputs).identifiers


def test_a_member_is_bounded_too(policy: Policy) -> None:
    views = [f.page(DEVICE, n) for n in range(policy.bounds.first_facts + policy.bounds.last_facts + 7)]
    step = steps(
        LEAD, [joined(3, *views[start : start + 100]) for start in range(0, len(views), 100)], policy
    )
    assert (len(step.state.members[DEVICE].facts), journey_in(step.outputs).truncated) == (600, True)


# --- through the whole pipeline


def test_an_old_visitor_s_next_page_view_joins_the_journey_that_was_there(policy: Policy) -> None:
    replay = play(policy, f.page(DEVICE, 0), f.form(DEVICE, 1, MAIL), f.lead(LEAD, f.HOUR, MAIL))
    replay.feed(f.records(f.page(DEVICE, 90 * f.DAY)))
    replay.drain()
    assert len(replay.living()[LEAD].touchpoints) == 2
    assert set(replay.living()) == {LEAD}


def test_facts_go_along_when_the_person_gets_another_name(policy: Policy) -> None:
    """The visitor becomes an address, the address a lead, the lead is merged into a smaller one."""
    story = [f.page(DEVICE, 0), f.form(DEVICE, 1, MAIL), f.lead(OTHER_LEAD, f.DAY, MAIL)]
    assert set(people(policy, *story)) == {OTHER_LEAD}
    merged = people(policy, *story, f.merged(LEAD, 2 * f.DAY, OTHER_LEAD))
    assert set(merged) == {LEAD}
    assert len(merged[LEAD].touchpoints) == 1


def test_snapshots_of_an_abandoned_person_have_a_later_version(policy: Policy) -> None:
    replay = Replay(policy)
    replay.feed(f.records(f.page(DEVICE, 0)))
    replay.drain()
    alive = replay.journeys[DEVICE]
    replay.feed(f.records(f.form(DEVICE, 1, MAIL), f.lead(LEAD, 2, MAIL)))
    replay.drain()
    assert replay.journeys[DEVICE].is_deleted
    assert replay.journeys[DEVICE].version > alive.version


def test_merge_split_and_merge_by_another_way_ends_as_one(policy: Policy) -> None:
    story = [f.page(DEVICE, 0), f.form(DEVICE, 1, MAIL), f.lead(LEAD, f.DAY, MAIL), f.split(DEVICE, MAIL)]
    assert set(people(policy, *story)) == {DEVICE, LEAD}
    again = [*story, f.linked(DEVICE, LEAD)]
    assert set(people(policy, *again)) == {LEAD}
    assert people(policy, *reversed(again)) == people(policy, *again)
