"""What the CRM takes back counts nowhere: deals and people that were deleted, merged or unlinked."""

from collections.abc import Iterator, Sequence
from random import Random

import facts as f
import pytest
from played import deals, people, play

from attribution.deals import advance_deal
from attribution.policy import Policy
from schemas.envelope import Fact
from schemas.handover import FactsShared
from schemas.journey import Opportunity

ONE, TWO, THREE = "crm:crm:1", "crm:crm:2", "crm:crm:3"
BIG, SMALL, NEW = "deal:crm:big", "deal:crm:small", "deal:crm:new"
LATE = 50 * f.DAY


def won(deal: str, amount: int, *who: str) -> list[Fact]:
    return [
        f.deal(deal, 0, "商机", *who, amount_minor=amount, currency="CNY"),
        f.deal(deal, 20 * f.DAY, "赢单"),
    ]


def orders(facts: Sequence[Fact]) -> Iterator[list[Fact]]:
    """Some of the orders in which facts may arrive: as they are, the other way round, and at random."""
    yield from (list(facts), list(reversed(facts)))
    yield from (Random(seed).sample(facts, len(facts)) for seed in range(8))


def known(policy: Policy, *facts: Fact) -> dict[str, Opportunity]:
    return {name: deal for name, deal in deals(policy, *facts).items() if not deal.is_deleted}


def revenue(policy: Policy, *facts: Fact) -> dict[str, int]:
    return {name: deal.amount_minor for name, deal in known(policy, *facts).items() if deal.stage == "won"}


def test_a_deleted_deal_counts_nowhere(policy: Policy) -> None:
    story = [f.lead(ONE, 0), *won(BIG, 900, ONE), f.deleted(BIG, LATE)]
    for order in orders(story):
        assert known(policy, *order) == {}
        (journey,) = people(policy, *order).values()
        assert (journey.deals, [entry.stage.value for entry in journey.stages]) == ((), ["lead"])


def test_a_deal_that_was_restored_is_as_before(policy: Policy) -> None:
    before = [f.lead(ONE, 0), *won(BIG, 900, ONE)]
    story = [*before, f.deleted(BIG, LATE), f.restored(BIG, LATE + f.DAY)]
    for order in orders(story[1:]):
        assert revenue(policy, story[0], *order) == {BIG: 900}
        (journey,) = people(policy, story[0], *order).values()
        assert [deal.amount_minor for deal in journey.deals] == [900]


def test_a_record_from_before_does_not_restore_a_deal_and_neither_does_a_later_change(policy: Policy) -> None:
    story = [*won(BIG, 900, ONE), f.deleted(BIG, LATE), f.deal(BIG, LATE + f.HOUR, amount_minor=950)]
    assert revenue(policy, *story) == {}
    assert revenue(policy, *story, f.restored(BIG, LATE + f.DAY)) == {BIG: 950}
    assert revenue(policy, *story, f.restored(BIG, f.DAY)) == {}


def test_of_one_moment_deleting_counts(policy: Policy) -> None:
    for order in orders([f.restored(BIG, LATE), f.deleted(BIG, LATE), f.restored(BIG, LATE)]):
        assert revenue(policy, *won(BIG, 900), *order) == {}


def test_a_merge_of_deals_unites_their_people_and_keeps_the_winner_s_revenue(policy: Policy) -> None:
    leads = [f.lead(ONE, 0), f.lead(TWO, 0)]
    story = [*won(BIG, 900, ONE), *won(SMALL, 900, TWO), f.deleted(SMALL, LATE, BIG)]
    for order in orders(story):
        assert revenue(policy, *leads, *order) == {BIG: 900}
        assert known(policy, *leads, *order)[BIG].people == (ONE, TWO)
        assert {
            person: [deal.deal for deal in journey.deals]
            for person, journey in people(policy, *leads, *order).items()
        } == {ONE: [BIG], TWO: [BIG]}


def test_who_was_united_by_a_merge_leaves_as_everybody_does(policy: Policy) -> None:
    story = [*won(BIG, 900, ONE), *won(SMALL, 900, TWO), f.deleted(SMALL, LATE, BIG)]
    assert known(policy, *story, f.deal(BIG, LATE + 1, "", ONE))[BIG].people == (ONE,)
    assert known(policy, *story, f.unlinked(BIG, LATE + 1, TWO))[BIG].people == (ONE,)
    assert known(policy, *story, f.unlinked(BIG, LATE - 1, TWO))[BIG].people == (ONE, TWO)


def test_deals_that_are_merged_one_after_the_other_end_in_the_last(policy: Policy) -> None:
    story = [
        *won(BIG, 900, ONE)[:1], *won(SMALL, 500, TWO)[:1], *won(NEW, 700, THREE),
        f.deleted(SMALL, LATE, BIG), f.deleted(BIG, LATE + f.DAY, NEW),
    ]  # fmt: skip
    for order in orders(story):
        assert revenue(policy, *order) == {NEW: 700}
        assert known(policy, *order)[NEW].people == (ONE, TWO, THREE)


def test_a_merge_that_gives_the_winner_a_new_id_keeps_what_the_winner_said(policy: Policy) -> None:
    leads = [f.lead(ONE, 0), f.lead(TWO, 0)]
    story = [
        *won(BIG, 900, ONE),
        *won(SMALL, 500, TWO)[:1],
        f.deleted(BIG, LATE, NEW, continued=True),
        f.deleted(SMALL, LATE, NEW),
        f.deal(NEW, LATE + 1, name="renamed"),
    ]
    for order in orders(story):
        deal = known(policy, *leads, *order)[NEW]
        assert set(known(policy, *leads, *order)) == {NEW}
        assert (deal.amount_minor, deal.stage, deal.name, deal.people) == (900, "won", "renamed", (ONE, TWO))
        for journey in people(policy, *leads, *order).values():
            assert [(one.deal, one.stage, one.amount_minor) for one in journey.deals] == [(NEW, "won", 900)]
            assert [entry.stage.value for entry in journey.stages] == ["lead", "opportunity", "won"]


def test_deals_that_were_merged_in_a_ring_are_gone_and_end(policy: Policy) -> None:
    for continued in (False, True):
        ring = [
            f.deleted(BIG, LATE, SMALL, continued=continued),
            f.deleted(SMALL, LATE, BIG, continued=continued),
        ]
        assert known(policy, *won(BIG, 900, ONE), *won(SMALL, 500, TWO), *ring) == {}


def test_who_is_put_on_a_deal_and_taken_off_has_it_meanwhile(policy: Policy) -> None:
    leads = [f.lead(ONE, 0), f.lead(TWO, 0)]
    on, off = f.joined(BIG, 30 * f.DAY, TWO), f.unlinked(BIG, LATE, TWO)
    for order in orders([*won(BIG, 900, ONE), on]):
        assert known(policy, *leads, *order)[BIG].people == (ONE, TWO)
        assert len(people(policy, *leads, *order)[TWO].deals) == 1
    for order in orders([*won(BIG, 900, ONE), on, off]):
        assert known(policy, *leads, *order)[BIG].people == (ONE,)
        assert people(policy, *leads, *order)[TWO].deals == ()


def test_that_somebody_was_put_on_a_deal_says_not_yet_what_it_is(policy: Policy) -> None:
    assert known(policy, f.joined(BIG, 0, ONE)) == {}
    assert known(policy, f.joined(BIG, 0, ONE), f.deal(BIG, f.DAY))[BIG].opened_at == f.START + f.DAY


def test_a_deleted_contact_loses_its_deals_its_stages_and_its_place_on_them(policy: Policy) -> None:
    story = [
        f.page("anon:v", 0, "https://www.site.example/?gclid=g1"),
        f.lead(ONE, f.DAY, "anon:v"),
        f.stage(ONE, 2 * f.DAY, "MQL"),
        *won(BIG, 900, ONE, TWO),
        f.lead(TWO, 0),
        f.deleted(ONE, LATE),
    ]
    for order in orders(story):
        assert known(policy, *order)[BIG].people == (TWO,)
        assert revenue(policy, *order) == {BIG: 900}
        journeys = people(policy, *order)
        assert set(journeys) == {ONE, TWO}  # the browser is still called by the record that it was
        assert (journeys[ONE].is_lead, journeys[ONE].deals, journeys[ONE].identifiers) == (
            False, (), ("anon:v",),
        )  # fmt: skip
        assert [entry.stage.value for entry in journeys[ONE].stages] == ["visitor"]
        assert len(journeys[TWO].deals) == 1


def test_a_contact_of_whom_nothing_else_is_known_is_gone_and_comes_back(policy: Policy) -> None:
    story = [f.lead(ONE, 0), f.stage(ONE, f.DAY, "MQL"), *won(BIG, 900, ONE), f.deleted(ONE, LATE)]
    assert people(policy, *story) == {}
    assert known(policy, *story)[BIG].people == ()
    for order in orders([*story[2:], f.restored(ONE, LATE + f.DAY)]):
        (journey,) = people(policy, *story[:2], *order).values()
        assert [deal.deal for deal in journey.deals] == [BIG]
        assert known(policy, *story[:2], *order)[BIG].people == (ONE,)


def test_a_lead_is_on_the_deal_that_its_newest_conversion_names(policy: Policy) -> None:
    story = [
        f.lead(ONE, 0),
        *won(BIG, 900)[:1],
        *won(SMALL, 500)[:1],
        f.converted(ONE, f.DAY, BIG),
        f.converted(ONE, LATE, SMALL),
    ]
    for order in orders(story):
        assert {name: deal.people for name, deal in known(policy, *order).items()} == {BIG: (), SMALL: (ONE,)}
        assert [deal.deal for deal in people(policy, *order)[ONE].deals] == [SMALL]
    assert people(policy, *story, f.converted(ONE, LATE + 1, ""))[ONE].deals == ()


def test_a_conversion_takes_nobody_else_off_the_deal(policy: Policy) -> None:
    story = [*won(BIG, 900, TWO), f.converted(ONE, LATE, BIG)]
    for order in orders(story):
        assert known(policy, *order)[BIG].people == (ONE, TWO)


def test_what_a_lead_tells_a_deal_again_goes_no_further(policy: Policy) -> None:
    replay = play(policy, f.lead(ONE, 0), *won(BIG, 900, ONE), f.deleted(ONE, LATE))
    told = FactsShared(identifier=BIG, facts=(f.deleted(ONE, LATE),))
    state, first = advance_deal(BIG, replay.states[BIG], told.facts, policy, policy.epoch)
    _, again = advance_deal(BIG, state, told.facts, policy, policy.epoch)
    assert any(isinstance(each, FactsShared) for each in first)
    assert [type(each) for each in again] == [Opportunity]


@pytest.mark.parametrize("rooms", [{"first_facts": 1, "last_facts": 1}, {"first_facts": 2, "last_facts": 3}])
def test_a_deletion_is_kept_however_much_is_said_of_a_deal(policy: Policy, rooms: dict[str, int]) -> None:
    tight = policy.model_copy(update={"bounds": policy.bounds.model_copy(update=rooms)})
    chatter = [f.deal(BIG, day * f.DAY, "", ONE, name=f"x{day}") for day in range(1, 40)]
    story = [*chatter[:20], f.deleted(BIG, 20 * f.DAY), *chatter[20:]]
    assert known(tight, *story) == {}
    assert play(tight, *story, f.restored(BIG, LATE)).opportunities[BIG].name == "x39"
