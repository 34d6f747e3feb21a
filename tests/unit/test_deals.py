"""A deal is gathered under its own key and told to everybody who is or was on it; money is counted once."""

from itertools import permutations

import facts as f
from played import deals, people, play

from attribution.deals import advance_deal
from attribution.policy import Policy
from attribution.state import State
from schemas.handover import AnyFact, FactsShared

DEAL = "deal:crm:9"
ONE, TWO, THREE = "crm:crm:1", "crm:crm:2", "crm:crm:3"


def won_with(*who: str) -> list[AnyFact]:
    return [
        f.deal(DEAL, 0, "商机", *who, amount_minor=900, currency="CNY"),
        f.poc(DEAL, 20 * f.DAY, started_at=f.START + 10 * f.DAY, result="passed"),
        f.deal(DEAL, 60 * f.DAY, "赢单"),
    ]


def stages(policy: Policy, person: str, *known: AnyFact) -> list[str]:
    journey = people(policy, *known).get(person)
    return [entry.stage.value for entry in journey.stages] if journey else []


def test_everybody_on_a_deal_has_its_stages_and_the_money_stands_once(policy: Policy) -> None:
    story = [f.lead(ONE, 0), f.lead(TWO, 0), *won_with(ONE, TWO)]
    known = people(policy, *story)
    for person in (ONE, TWO):
        assert [(deal.deal, deal.stage, deal.amount_minor) for deal in known[person].deals] == [
            (DEAL, "won", 900)
        ]
        assert [entry.stage.value for entry in known[person].stages] == ["lead", "opportunity", "poc", "won"]
    (deal,) = deals(policy, *story).values()
    assert (deal.people, deal.amount_minor, deal.stage) == ((ONE, TWO), 900, "won")


def test_whoever_joins_late_has_the_early_records_too(policy: Policy) -> None:
    story = [*won_with(ONE)[:2], f.deal(DEAL, 30 * f.DAY, "", ONE, TWO), won_with(ONE)[2]]
    assert stages(policy, TWO, *story) == ["opportunity", "poc", "won"]


def test_whoever_is_taken_off_loses_it(policy: Policy) -> None:
    story = [f.lead(ONE, 0), f.lead(TWO, 0), *won_with(ONE, TWO), f.deal(DEAL, 70 * f.DAY, "", ONE)]
    for order in permutations(story[2:]):
        known = people(policy, *story[:2], *order)
        assert (known[TWO].deals, [entry.stage.value for entry in known[TWO].stages]) == ((), ["lead"])
        assert [deal.deal for deal in known[ONE].deals] == [DEAL]


def test_whoever_comes_back_has_it_again(policy: Policy) -> None:
    story = [
        f.lead(TWO, 0),
        *won_with(ONE, TWO),
        f.deal(DEAL, 70 * f.DAY, "", ONE),
        f.deal(DEAL, 71 * f.DAY, "", TWO),
    ]
    assert stages(policy, TWO, *story) == ["lead", "opportunity", "poc", "won"]


def test_a_deal_of_a_merged_record_is_the_surviving_person_s(policy: Policy) -> None:
    known = people(policy, f.lead(ONE, 0), *won_with(TWO), f.merged(ONE, 80 * f.DAY, TWO))
    assert set(known) == {ONE}
    assert [deal.deal for deal in known[ONE].deals] == [DEAL]
    assert deals(policy, *won_with(TWO), f.merged(ONE, 80 * f.DAY, TWO))[DEAL].people == (TWO,)


def test_a_person_twice_on_a_deal_has_it_once(policy: Policy) -> None:
    known = people(policy, *won_with(ONE, TWO), f.merged(ONE, 80 * f.DAY, TWO))
    assert [entry.stage.value for entry in known[ONE].stages] == ["opportunity", "poc", "won"]
    assert len(known[ONE].deals) == 1


def test_two_deals_of_one_person_stand_side_by_side(policy: Policy) -> None:
    other = f.deal("deal:crm:8", f.DAY, "输单", ONE, amount_minor=5, currency="USD")
    known = people(policy, *won_with(ONE), other)
    assert [(deal.deal, deal.stage, deal.currency) for deal in known[ONE].deals] == [
        ("deal:crm:8", "lost", "USD"),
        (DEAL, "won", "CNY"),
    ]


def test_records_in_any_order_are_the_same_deal(policy: Policy) -> None:
    story = [*won_with(ONE, TWO), f.deal(DEAL, 40 * f.DAY, "", ONE, THREE, amount_minor=1_200)]
    expected = deals(policy, *story)
    assert (expected[DEAL].amount_minor, expected[DEAL].people) == (1_200, (ONE, THREE))
    for order in permutations(story):
        assert deals(policy, *order) == expected


def test_an_amount_without_a_currency_is_an_issue_of_the_deal(policy: Policy) -> None:
    deal = deals(policy, f.deal(DEAL, 0, "商机", ONE, amount_minor=900))[DEAL]
    assert (deal.amount_minor, deal.currency, deal.issues) == (900, "", ("amount_without_currency",))


def test_the_snapshot_of_a_deal_grows_in_version(policy: Policy) -> None:
    replay = play(policy, *won_with(ONE)[:1])
    first = replay.opportunities[DEAL].version
    replay.feed(f.records(*won_with(ONE)[:1]))
    replay.drain()
    assert replay.opportunities[DEAL].version > first


def tight(policy: Policy) -> Policy:
    return policy.model_copy(
        update={"bounds": policy.bounds.model_copy(update={"first_facts": 1, "last_facts": 1})}
    )


def test_who_is_named_by_a_record_that_had_to_go_still_hears_what_follows(policy: Policy) -> None:
    named = f.deal(DEAL, f.DAY, "", TWO)
    around = [f.deal(DEAL, 0, "", ONE), f.deal(DEAL, 2 * f.DAY, "", ONE)]
    for records in permutations([named, *around]):
        state, _ = advance_deal(DEAL, State(), [], tight(policy), policy.epoch)
        for record in records:
            state, outputs = advance_deal(DEAL, state, [record], tight(policy), policy.epoch)
        told = {each.identifier: each for each in outputs if isinstance(each, FactsShared)}
        assert set(told) == {ONE, TWO}
        assert told[TWO] == FactsShared(identifier=TWO, facts=tuple(around), truncated=True)


def test_bounded_records_leave_the_same_journeys_in_any_order(policy: Policy) -> None:
    records = [
        f.deal(DEAL, day * f.DAY, "商机", *who) for day, who in enumerate([(ONE,), (TWO,), (THREE,), (ONE,)])
    ]
    known = [f.lead(person, 0) for person in (ONE, TWO, THREE)]
    expected = people(tight(policy), *known, *records)
    assert {person for person, journey in expected.items() if journey.truncated} == {ONE, TWO, THREE}
    for order in permutations(records):
        assert people(tight(policy), *known, *order) == expected
