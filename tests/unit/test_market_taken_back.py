"""What the market's CRMs take back counts nowhere; what they give back counts again."""

from collections import Counter
from datetime import date

import pytest
from understood import Understood, as_written, understand

import market
from market.expected import conversions
from market.knowable import deal_name, lead_name
from market.model import CRM, TakenBack, system_of
from market.quality import data_quality
from market.standing import deleted_leads
from schemas.terms import Stage


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Understood:
    simulated = market.simulate(4, 400, date(2026, 3, 2), 120)
    return understand(simulated, tmp_path_factory.mktemp("market"))


def words(told: Understood, kind: str, is_deal: bool = True) -> list[TakenBack]:
    found = [word for word in told.market.taken_back if (word.kind, word.is_deal) == (kind, is_deal)]
    assert found
    return found


def stands(told: Understood, deal: str) -> bool:
    """Whether a deal counts, which the truth and the product must say alike."""
    name = deal_name(deal)
    by_truth = name in {known.id for known in told.known.deals}
    assert by_truth == (name in told.deals and not told.deals[name].is_deleted)
    return by_truth


def people_of(told: Understood, deal: str) -> set[str]:
    """Who is on a deal, by the truth and by the product."""
    name = deal_name(deal)
    known = next(one for one in told.known.deals if one.id == name)
    named = {as_written(name): person.id for person in told.known.people for name in person.identifiers}
    people = {person.id for person in known.people}
    assert {named[member] for member in told.deals[name].people} == people
    return people


def test_the_demo_s_market_takes_back_each_kind_of_record_in_each_way() -> None:
    simulated = market.simulate(7, 800, date(2025, 3, 3), 150)
    counted = Counter((word.kind, word.is_deal) for word in simulated.taken_back)
    systems = {(word.kind, word.is_deal, system_of(word.record)) for word in simulated.taken_back}

    assert set(counted) == {
        *((kind, True) for kind in ("deleted", "restored", "merged", "renamed", "joined", "left")),
        ("deleted", False),
        ("restored", False),
    }
    assert min(counted.values()) > 1, counted
    assert {("deleted", True, CRM), ("restored", True, CRM), ("deleted", False, CRM)} <= systems


def test_a_deleted_deal_counts_nowhere_until_it_is_restored(told: Understood) -> None:
    newest = {word.record: word.kind for word in sorted(told.market.taken_back, key=lambda word: word.at)}
    deleted = {word.record for word in words(told, "deleted")}
    restored = {word.record for word in words(told, "restored")}

    assert restored < deleted
    assert any("赢" in one.stage or "won" in one.stage for one in told.market.deals if one.deal in deleted)
    for deal in deleted:
        assert stands(told, deal) == (newest[deal] == "restored")
    counted = {deal_name(deal) for deal in deleted - restored}
    for journey in told.journeys.values():
        assert counted.isdisjoint(deal.deal for deal in journey.deals)
        assert counted.isdisjoint(entry.deal for entry in journey.stages)


def test_a_deal_that_was_merged_leaves_its_people_to_the_one_that_stays(told: Understood) -> None:
    anew = {word.record: word.other for word in words(told, "renamed")}
    for word in words(told, "merged"):
        first, second = (
            next(one for one in told.market.deals if one.deal == deal) for deal in (word.other, word.record)
        )
        on_both = {
            next(one.id for one in told.known.people if lead_name(lead) in (*one.identifiers, *one.deleted))
            for lead in (*first.people, *second.people)
            if lead not in deleted_leads(told.market)
        }
        assert not stands(told, word.record)
        assert people_of(told, anew.get(word.other, word.other)) == on_both


def test_two_deals_that_become_a_third_go_on_under_its_id(told: Understood) -> None:
    for word in words(told, "renamed"):
        winner = [change for change in told.market.deals if change.deal == word.record]
        assert not stands(told, word.record)
        assert stands(told, word.other)
        assert told.deals[deal_name(word.other)].amount_minor == winner[-1].amount


def test_whoever_was_taken_off_a_deal_is_not_on_it(told: Understood) -> None:
    joined = {word.record: word.other for word in words(told, "joined")}
    gone = deleted_leads(told.market)
    for word in words(told, "left"):
        on = people_of(told, word.record)
        left = next(
            one.id for one in told.known.people if lead_name(word.other) in (*one.identifiers, *one.deleted)
        )
        assert left not in on
        assert len(on) == (joined[word.record] not in gone and joined[word.record] != word.other)


def test_a_deleted_lead_keeps_what_the_person_did_and_nothing_that_the_crm_said(told: Understood) -> None:
    gone = deleted_leads(told.market)
    said = {change.lead for change in told.market.stages} & gone
    names = {lead_name(lead) for lead in gone}

    assert said
    assert {system_of(lead) for lead in gone} == {"sales", "hubspot"}
    for person in told.known.people:
        if names.isdisjoint(person.deleted):
            continue
        assert names.isdisjoint(person.identifiers)
        own = set(person.identifiers) - set(person.shared)
        journey = told.journey(next(iter(own)))
        assert names.isdisjoint(journey.identifiers)
        assert [touch.at for touch in journey.touchpoints] == [touch.at for touch in person.touches]
        of_others = {change.at for change in told.market.stages if change.lead not in gone}
        crm_stages = (Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED, Stage.DISQUALIFIED)
        assert all(entry.at in of_others for entry in journey.stages if entry.stage in crm_stages)


def test_of_whom_nothing_but_a_deleted_record_was_known_is_nobody(told: Understood) -> None:
    seen = {visit.person for visit in told.market.visits} | {one.person for one in told.market.attendances}
    cold = {
        lead.id
        for lead in told.market.leads
        if lead.id in deleted_leads(told.market) and lead.person not in seen
    }
    known = {name for person in told.known.people for name in (*person.identifiers, *person.deleted)}

    assert cold
    assert known.isdisjoint(map(lead_name, cold))


def test_a_deal_without_people_counts_and_nothing_brought_it(told: Understood) -> None:
    alone = [deal for deal in told.known.deals if not deal.people]
    opened = {one.at: one for one in conversions(told.known) if one.measure == "opportunities"}

    assert any(not change.people for change in told.market.deals)
    for deal in alone:
        assert told.deals[deal.id].people == ()
        assert opened[deal.opened_at].first.channel == "(none)"
    assert {"area": "opportunities", "issue": "no_account", "rows": len(alone)} in data_quality(
        told.market, told.known
    )


def test_deals_have_several_currencies_and_data_quality_says_so(told: Understood) -> None:
    worth = Counter(deal.last.currency for deal in told.known.deals)
    said = {row["issue"]: row["rows"] for row in data_quality(told.market, told.known)}

    assert set(worth) == {"CNY", "EUR", "USD"}
    assert {f"currency:{name}": deals for name, deals in worth.items()}.items() <= said.items()
    assert {told.deals[deal.id].currency for deal in told.known.deals} == set(worth)
