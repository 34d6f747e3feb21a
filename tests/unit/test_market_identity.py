"""Who is who in the market: the truth says so by the written rules, and the core finds the same."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from understood import POLICY, Understood, as_called, as_written, understand

import market
from market.knowable import know, lead_name
from market.known import Known, KnownPerson
from market.model import Correction, Visit
from market.overseas import UNSEEN_ID
from market.quality import data_quality
from market.reading import told_at
from market.sales import LISTED
from market.who import BROWSERS_OF_ONE, CAPS
from schemas.terms import Stage


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Understood:
    return understand(market.simulate(4, 250, date(2026, 3, 2), 90), tmp_path_factory.mktemp("market"))


def having(name: str, known: Known) -> list[KnownPerson]:
    return [person for person in known.people if name in person.identifiers]


def corrections(told: Understood, names: int) -> Iterable[Correction]:
    found = [one for one in told.market.corrections if len(one.names) == names]
    assert found
    return found


def test_the_market_knows_the_caps_of_the_policy() -> None:
    caps = POLICY.identity.degree_caps
    of_browsers = {name: cap for name, cap in caps.items() if name.endswith("_anon")}

    assert {name: cap for name, cap in caps.items() if name not in of_browsers} == CAPS
    assert set(of_browsers.values()) == {BROWSERS_OF_ONE}


def test_on_a_shared_laptop_everybody_has_what_followed_on_their_own_name(told: Understood) -> None:
    """What one reads before saying who it is, on a browser that was last the other's, is the other's. The
    form by which one says it makes a lead, but no visit."""
    assert told.known.who.shared
    for browser in told.known.who.shared:
        registered, returned, read_on = visits_after_the_loan(browser, told)
        owner = whose(returned, told)
        colleague = whose(registered, told)
        assert owner is not colleague
        assert {one.id for one in having(browser, told.known)} == {owner.id, colleague.id}
        said = told_at(registered, told.market.seed)
        assert [touch.at for touch in colleague.touches] == [returned.at]
        assert colleague.entered(Stage.LEAD) == said
        of_owner = [touch.at for touch in owner.touches if touch.visit in (registered, returned, read_on)]
        assert of_owner == [registered.at, read_on.at]
        for person in (owner, colleague):
            journey = told.journeys[as_called(person)]
            assert [touch.at for touch in journey.touchpoints] == [touch.at for touch in person.touches]


def visits_after_the_loan(browser: str, told: Understood) -> list[Visit]:
    """Return the last three visits on it: of the colleague, of the owner, and of the colleague again."""
    visits = [visit for visit in told.market.visits if f"anon:{visit.anon}" == browser][-3:]
    registered, returned, read_on = (visit.person for visit in visits)
    assert registered == read_on != returned
    return visits


def whose(visit: Visit, told: Understood) -> KnownPerson:
    assert visit.contact is not None
    return told.person(f"email:{visit.contact.email}")


def test_whoever_was_entered_twice_is_one_once_the_records_are_merged(told: Understood) -> None:
    before = know(replace(told.market, merges=()))

    assert {lead_name(merge.into).partition(":L")[0] for merge in told.market.merges} == {
        "crm:sales",
        "crm:hubspot:90000001",
    }
    for merge in told.market.merges:
        first, second = lead_name(merge.into), lead_name(merge.gone[0])
        assert having(first, before) != having(second, before)
        assert having(first, told.known) == having(second, told.known)
        assert {first, second} <= set(told.journey(first).identifiers)
        stages = {change.lead for change in told.market.stages}
        assert {merge.into, merge.gone[0]} <= stages, "sales worked on both"


def test_a_merged_record_that_nobody_ever_saw_is_told_of(told: Understood) -> None:
    unseen = lead_name(UNSEEN_ID)

    assert UNSEEN_ID not in {lead.id for lead in told.market.leads}
    assert unseen in told.journey(unseen).identifiers
    assert {"area": "events", "issue": "merged_record_never_seen", "rows": 1} in data_quality(
        told.market, told.known
    )


def test_the_number_of_a_switchboard_joins_nobody(told: Understood) -> None:
    (switchboard,) = told.known.who.over_cap
    listed = [lead for lead in told.market.leads if f"phone:{lead.contact.phone}" == switchboard]

    assert len(listed) == LISTED > CAPS["phone"]
    assert len({told.person(lead_name(lead.id)).id for lead in listed}) == LISTED
    assert having(switchboard, told.known) == []
    assert told.journeys[as_written(switchboard)].issues == ("over_degree_cap",)
    assert told.journeys[as_written(switchboard)].facts == 0
    assert not any(
        as_written(switchboard) in journey.identifiers for journey in told.journeys.values() if journey.facts
    )


def test_an_address_that_a_group_shares_joins_it_until_it_is_blocked(told: Understood) -> None:
    for correction in corrections(told, names=1):
        (address,) = correction.names
        others = [one for one in told.market.corrections if one is not correction]
        (group,) = having(address, know(replace(told.market, corrections=tuple(others))))

        assert len(group.numbers) == 3
        assert having(address, told.known) == []
        for visit in told.market.visits:
            if visit.person in group.numbers:
                assert told.person(f"anon:{visit.anon}").identifiers == (f"anon:{visit.anon}",)
                assert told.journey(f"anon:{visit.anon}").is_lead, "each left a way to be contacted"
        assert told.journeys[as_written(address)].issues == ("blocked_identifier",)


def test_a_colleague_s_address_in_a_record_makes_two_people_one_until_it_is_split(told: Understood) -> None:
    for correction in corrections(told, names=2):
        record, address = correction.names
        others = [one for one in told.market.corrections if one is not correction]
        before = know(replace(told.market, corrections=tuple(others)))

        assert having(record, before) == having(address, before)
        assert having(record, told.known) != having(address, told.known)
        assert as_written(address) not in told.journey(record).identifiers
        assert record not in told.journey(address).identifiers
