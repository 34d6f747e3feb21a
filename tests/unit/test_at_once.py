"""All facts at once: what a rebuild derives is what the agents end in."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import facts as f
import pytest
from played import people
from understood import POLICY, records

import market
from attribution.at_once import all_at_once
from attribution.facts import union
from attribution.policy import Policy
from attribution.replay import Replay
from market.model import Market
from schemas.codec import decode
from schemas.envelope import Fact
from schemas.journey import Journey
from schemas.sem import OF_REPORTS


def journeys(policy: Policy, *known: Fact) -> dict[str, Journey]:
    made = all_at_once(known, policy)
    return {each.person: replace(each, version=0) for each in made if isinstance(each, Journey)}


def test_a_person_is_derived_once_with_all_that_its_identifiers_tell(policy: Policy) -> None:
    known = (
        f.page("anon:1", 0),
        f.form("anon:1", f.MINUTE, "email:a"),
        f.lead("crm:crm:1", f.HOUR, "email:a"),
        f.stage("crm:crm:1", f.DAY, "MQL"),
    )
    assert journeys(policy, *known) == people(policy, *known)
    assert journeys(policy, *known).keys() == {"crm:crm:1"}


def test_what_a_platform_tells_of_a_click_completes_the_visit(policy: Policy) -> None:
    known = (f.click("g1", 0, keyword="k"), f.page("anon:1", 0, "https://www.site.example/?gclid=g1"))
    assert [touch.keyword for touch in journeys(policy, *known)["anon:1"].touchpoints] == ["k"]


def test_a_browser_of_two_people_is_on_both_journeys_and_a_row_of_its_own(policy: Policy) -> None:
    known = (
        f.form("anon:1", 0, "email:a"),
        f.form("anon:1", f.DAY, "email:b"),
        f.lead("crm:crm:1", f.DAY, "email:a"),
    )
    found = journeys(policy, *known)
    assert found == people(policy, *known)
    assert [each.person for each in found.values() if "anon:1" in each.identifiers] == [
        "crm:crm:1",
        "email:b",
    ]
    assert found["anon:1"].issues == ("shared_device",)


def test_a_deal_is_told_to_who_joined_it_late(policy: Policy) -> None:
    known = (
        f.lead("crm:crm:2", 0),
        f.deal("deal:crm:7", 0, "won", "crm:crm:1", amount_minor=5, currency="CNY"),
        f.joined("deal:crm:7", f.DAY, "crm:crm:2"),
    )
    assert [deal.deal for deal in journeys(policy, *known)["crm:crm:2"].deals] == ["deal:crm:7"]


def test_who_is_on_a_deal_with_too_many_records_has_a_journey_that_is_cut(policy: Policy) -> None:
    bounds = policy.bounds.model_copy(update={"first_facts": 2, "last_facts": 2})
    tight = policy.model_copy(update={"bounds": bounds})
    known = [f.deal("deal:crm:7", n * f.DAY, "POC", "crm:crm:1") for n in range(9)]
    assert journeys(tight, *known) == people(tight, *known)
    assert journeys(tight, *known)["crm:crm:1"].truncated


def test_a_browser_of_which_only_a_deal_tells_has_no_journey(policy: Policy) -> None:
    known = f.deal("deal:crm:7", 0, "POC", "anon:9")
    assert journeys(policy, known) == people(policy, known) == {}


@pytest.mark.parametrize(
    "simulated", [market.stories(), market.simulate(4, 150, date(2026, 3, 2), 60)], ids=["stories", "seed 4"]
)
def test_a_simulated_market_is_understood_at_once_as_step_by_step(simulated: Market, tmp_path: Path) -> None:
    market.write(simulated, tmp_path)
    fed = list(records(tmp_path))
    replay = Replay(POLICY)
    replay.feed(fed)
    replay.drain(50)
    known = union({}, (decode(each.topic, each.value) for each in fed)).values()
    at_once = list(all_at_once((each for each in known if not isinstance(each, OF_REPORTS)), POLICY))
    found = {each.person: each for each in at_once if isinstance(each, Journey)}
    deals = {each.deal: each for each in at_once if not isinstance(each, Journey)}
    assert found == {person: replace(each, version=1) for person, each in replay.living().items()}
    assert deals == {deal: replace(each, version=1) for deal, each in replay.opportunities.items()}
