"""Meta, LinkedIn and Ocean Engine are told while it is fresh, and a bad event takes no other with it."""

from typing import Any

import pytest
from receivers.asked import Answered, Asked, LostError
from receivers.social import FakeLinkedIn, FakeMeta, FakeOceanEngine
from receivers.telling import DAY, NOW, Teller, an_order, click

from outbox.destination import Account, StageRule
from outbox.destinations.linkedin import LinkedIn
from outbox.destinations.meta import Meta
from outbox.destinations.oceanengine import OceanEngine
from outbox.orders import Consent, Money, Order


def meta_account(*switches: str, **more: Any) -> Account:
    given: dict[str, Any] = {
        "options": {"dataset_id": FakeMeta().dataset},
        "secrets": {"token": FakeMeta().token},
    }
    stages = {"won": StageRule(code="Won")}
    return Account(
        name="meta", destination="meta", stages=stages, switches=frozenset(switches), **(given | more)
    )


def of_meta(lead: int = 1, fbclid: str = "IwAR1", **more: Any) -> Order:
    return an_order(lead, "won", click("meta", "fbclid", fbclid), destination="meta", **more)


def linkedin_account(*switches: str, **more: Any) -> Account:
    given: dict[str, Any] = {
        "secrets": {"token": FakeLinkedIn().token},
        "stages": {"won": StageRule(code="701")},
    }
    return Account(name="linkedin", destination="linkedin", switches=frozenset(switches), **(given | more))


def of_linkedin(lead: int = 1, uuid: str = "a-b-c", **more: Any) -> Order:
    return an_order(lead, "won", click("linkedin_ads", "li_fat_id", uuid), destination="linkedin", **more)


def ocean_account(*switches: str, code: str = "clue_pay_succeed") -> Account:
    return Account(
        name="ocean",
        destination="oceanengine",
        stages={"won": StageRule(code=code)},
        invalid=StageRule(code="failed_lead"),
        switches=frozenset({"unverified", *switches}),
    )


def of_ocean(lead: int = 1, callback: str = "B.abc", **more: Any) -> Order:
    touch = click("oceanengine", "clickid", callback)
    return an_order(lead, str(more.pop("stage", "won")), touch, destination="oceanengine", **more)


def test_meta_counts_a_stage_with_its_value_by_the_click() -> None:
    meta, won = FakeMeta(), of_meta(value=Money(minor=12_345, currency="USD"))
    tell = Teller(Meta(), meta_account(), meta)
    tell.tell(won)
    assert meta.counted == {("Won", won.key): 1}
    assert meta.values == {won.key: 123.45}
    assert tell.state(won) == "accepted"


def test_what_is_older_than_seven_days_never_goes_to_meta_and_takes_nothing_with_it() -> None:
    old, fresh = of_meta(1, happened_at=NOW - 8 * DAY), of_meta(2)
    assert "seven days" in str(Meta().unsendable(old, meta_account(), NOW))
    assert Meta().unsendable(fresh, meta_account(), NOW) is None
    meta = FakeMeta()
    tell = Teller(Meta(), meta_account(), meta)
    tell.tell(old, fresh)
    assert [tell.state(each) for each in (old, fresh)] == ["refused", "accepted"]


def test_a_batch_that_meta_refuses_is_told_one_by_one() -> None:
    meta = FakeMeta()
    good, bad = of_meta(1), of_meta(2, fbclid="not one")
    tell = Teller(Meta(), meta_account(), meta)
    tell.tell(good, bad)
    assert [tell.state(each) for each in (good, bad)] == ["accepted", "refused"]
    assert meta.sizes == [2, 1, 1]


@pytest.mark.parametrize(
    ("code", "state", "pauses"), [(4, "later", 300), (80003, "later", 300), (341, "later", None)]
)
def test_meta_says_when_to_come_again(code: int, state: str, pauses: float | None) -> None:
    meta, won = FakeMeta(failing=[code]), of_meta()
    tell = Teller(Meta(), meta_account(), meta)
    tell.tell(won)
    assert (tell.state(won), tell.outcomes[won.key].pauses) == (state, pauses)
    tell.until_done(won)
    assert tell.state(won) == "accepted"


def test_a_wrong_token_closes_the_account_at_meta_and_linkedin() -> None:
    tell = Teller(Meta(), meta_account(), FakeMeta(token="another"))
    tell.tell(of_meta())
    assert "access token" in tell.closed
    tell = Teller(LinkedIn(), linkedin_account(), FakeLinkedIn(token="another"))
    tell.tell(of_linkedin())
    assert "access token" in tell.closed


def test_linkedin_counts_a_stage_by_its_own_id_in_milliseconds() -> None:
    linkedin, won = FakeLinkedIn(), of_linkedin(value=Money(minor=12_300, currency="EUR"))
    Teller(LinkedIn(), linkedin_account(), linkedin).tell(won)
    assert linkedin.elements == [
        {
            "conversion": "urn:lla:llaPartnerConversion:701",
            "conversionHappenedAt": won.happened_at,
            "eventId": won.key,
            "user": {"userIds": [{"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": "a-b-c"}]},
            "conversionValue": {"currencyCode": "EUR", "amount": "123.00"},
        }
    ]


@pytest.mark.parametrize("names_place", [True, False])
def test_a_bad_element_is_taken_out_at_linkedin(names_place: bool) -> None:
    linkedin = FakeLinkedIn(names_place=names_place)
    orders = [of_linkedin(1), of_linkedin(2, "no id"), of_linkedin(3)]
    tell = Teller(LinkedIn(), linkedin_account(), linkedin)
    tell.tell(*orders)
    assert [tell.state(each) for each in orders] == ["accepted", "refused", "accepted"]
    assert sum(linkedin.counted.values()) == 2


def test_a_version_that_is_gone_closes_the_account_with_what_to_set() -> None:
    tell = Teller(LinkedIn(), linkedin_account(options={"version": "202401"}), FakeLinkedIn())
    tell.tell(of_linkedin())
    assert "options.version" in tell.closed


def test_without_the_assumption_about_repeats_a_time_out_is_left_to_a_person() -> None:
    class Away:
        def answer(self, asked: Asked, now: int) -> Answered:
            raise LostError

    for destination, mine, order in (
        (Meta(), meta_account(), of_meta()),
        (LinkedIn(), linkedin_account(), of_linkedin()),
        (OceanEngine(), ocean_account(), of_ocean()),
    ):
        tell = Teller(destination, mine, Away())  # type: ignore[arg-type] # one of three
        tell.tell(order)
        assert tell.state(order) == "unknown"
    assert Teller(Meta(), meta_account("known_repeats"), FakeMeta()).request(of_meta()).is_repeatable
    assert (
        Teller(LinkedIn(), linkedin_account("known_repeats"), FakeLinkedIn())
        .request(of_linkedin())
        .is_repeatable
    )


def test_ocean_engine_takes_stages_and_lost_leads_by_the_clicks_callback() -> None:
    ocean = FakeOceanEngine()
    won, lost = of_ocean(value=Money(minor=9900, currency="CNY")), of_ocean(2, occasion="invalid", stage="")
    tell = Teller(OceanEngine(), ocean_account(), ocean)
    tell.tell(won, lost, of_ocean(3, "B.nobody"))
    assert ocean.counted == {("B.abc", "clue_pay_succeed"): 1, ("B.abc", "failed_lead"): 1}
    assert ocean.amounts == [9900, None]
    assert sorted(each.state for each in tell.outcomes.values()) == ["accepted", "accepted", "refused"]


def test_what_cannot_be_sent_says_why() -> None:
    bare = an_order(1)
    assert "fbclid" in str(Meta().unsendable(bare, meta_account(), NOW))
    assert "li_fat_id" in str(LinkedIn().unsendable(bare, linkedin_account(), NOW))
    assert "clickid" in str(OceanEngine().unsendable(bare, ocean_account(), NOW))
    assert "consent" in str(
        Meta().unsendable(of_meta(consent=Consent(ad_user_data=False)), meta_account(), NOW)
    )
    dollars = of_ocean(value=Money(minor=1, currency="USD"))
    assert "USD" in str(OceanEngine().unsendable(dollars, ocean_account(), NOW))
    late = an_order(
        1, "won", click("linkedin_ads", "li_fat_id", "a", at=NOW - 95 * DAY), happened_at=NOW - 91 * DAY
    )
    assert "90 days" in str(LinkedIn().unsendable(late, linkedin_account(), NOW))


def test_codes_and_ids_are_what_the_platforms_call_so() -> None:
    assert Meta().problems(meta_account(options={"dataset_id": "x"})) == ("options.dataset_id is a number",)
    wrong = linkedin_account(stages={"won": StageRule(code="x")}, options={"version": "1"})
    assert len(LinkedIn().problems(wrong)) == 2
    assert len(OceanEngine().problems(ocean_account(code="成交"))) == 1
    unsaid = Account(name="ocean", destination="oceanengine")
    assert "second hand" in OceanEngine().problems(unsaid)[0]
