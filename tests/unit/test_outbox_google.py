"""Google is told by click and transaction id; a wrong event takes no other along."""

import json
from dataclasses import replace
from typing import Any

import pytest
from receivers.asked import Answered
from receivers.google import DAY, HOUR, FakeGoogle
from receivers.telling import NOW, Teller, an_order, click

from outbox.destination import Account, StageRule
from outbox.destinations.google import Google
from outbox.orders import Consent, Money, Order

CLICKED = NOW - 10 * DAY


@pytest.fixture
def google() -> FakeGoogle:
    return FakeGoogle(clicks={f"Cj{number}": CLICKED for number in range(20)})


def account(**options: str) -> Account:
    fake = FakeGoogle()
    return Account(
        name="search",
        destination="google",
        options={"customer_id": fake.customer, **options},
        secrets={
            "client_id": "us",
            "client_secret": fake.client_secret,
            "refresh_token": fake.refresh_token,
        },
        stages={"won": StageRule(code="501"), "marketing_qualified": StageRule(code="502")},
    )


def order(lead: int = 1, stage: str = "won", gclid: str = "", **more: Any) -> Order:
    touch = click("google_ads", "gclid", gclid or f"Cj{lead}")
    return an_order(lead, stage, touch, destination="google", **more)


def teller(google: Any, **options: str) -> Teller:
    return Teller(Google(), account(**options), google)


def test_an_event_has_the_click_the_time_the_value_and_the_order_as_its_transaction(
    google: FakeGoogle,
) -> None:
    won = order(value=Money(minor=1_234_50, currency="EUR"), consent=Consent(ad_user_data=True))
    tell = teller(google, login_customer_id="9999999999")
    tell.tell(won)
    assert json.loads(google.requests[-1].body) == {
        "destinations": [
            {
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "9999999999"},
                "productDestinationId": "501",
            }
        ],
        "events": [
            {
                "transactionId": won.key,
                "eventTimestamp": "2026-03-03T04:53:20.000Z",
                "adIdentifiers": {"gclid": "Cj1"},
                "conversionValue": 1234.5,
                "currency": "EUR",
                "consent": {"adUserData": "CONSENT_GRANTED"},
            }
        ],
        "validateOnly": False,
    }


def test_accepted_is_not_counted_until_google_says_so(google: FakeGoogle) -> None:
    won = order()
    tell = teller(google)
    tell.tell(won)
    accepted = tell.outcomes[won.key]
    assert (accepted.state, accepted.ask_after) == ("accepted", 1800)
    assert tell.ask_again(accepted.reference) is None
    tell.now += 2 * HOUR
    counted = tell.ask_again(accepted.reference)
    assert counted is not None
    assert counted.state == "counted"


def test_what_is_sent_again_counts_once_and_is_a_success(google: FakeGoogle) -> None:
    won = order()
    tell = teller(google)
    tell.tell(won)
    tell.tell(won)
    tell.now += 2 * HOUR
    again = tell.ask_again(tell.outcomes[won.key].reference)
    assert again is not None
    assert (again.state, again.code) == ("duplicate", "DUPLICATE_TRANSACTION_ID")
    assert google.counted == {("501", won.key): 1}


@pytest.mark.parametrize("takes_place", [True, False])
def test_a_wrong_event_is_taken_out_and_the_others_are_told(google: FakeGoogle, takes_place: bool) -> None:
    google.takes_place = takes_place
    orders = [order(number) for number in range(9)]
    wrong = order(30, gclid="not a click id")
    orders.insert(4, wrong)
    tell = teller(google)
    tell.tell(*orders)
    assert [tell.state(each) for each in orders].count("accepted") == 9
    assert tell.state(wrong) == "refused"
    assert sum(google.counted.values()) == 9


def test_each_conversion_action_has_a_request_of_its_own(google: FakeGoogle) -> None:
    tell = teller(google)
    tell.tell(order(1), order(1, "marketing_qualified"), order(2))
    assert sorted(action for action, _ in google.counted) == ["501", "501", "502"]


@pytest.mark.parametrize(
    ("gclid", "happened_at", "state", "code"),
    [
        ("Cj-nobody-knows", NOW - DAY, "refused", "INVALID_GCLID"),
        ("Cj1", CLICKED - 1000, "refused", "CONVERSION_PRECEDES_CLICK"),
    ],
)
def test_what_does_not_count_says_why(
    google: FakeGoogle, gclid: str, happened_at: int, state: str, code: str
) -> None:
    won = order(gclid=gclid, happened_at=happened_at)
    tell = teller(google)
    tell.tell(won)
    tell.now += 2 * HOUR
    told = tell.ask_again(tell.outcomes[won.key].reference)
    assert told is not None
    assert (told.state, told.code) == (state, code)


def test_a_click_that_is_too_recent_is_told_later(google: FakeGoogle) -> None:
    google.clicks["fresh"] = NOW - HOUR
    won = order(gclid="fresh", happened_at=NOW)
    tell = teller(google)
    tell.tell(won)
    tell.now += HOUR
    told = tell.ask_again(tell.outcomes[won.key].reference)
    assert told is not None
    assert (told.state, told.wait) == ("later", 6 * 3600)
    tell.now += 6 * HOUR
    tell.tell(won)
    assert google.counted == {("501", won.key): 1}


def test_where_google_counts_a_part_each_is_told_by_itself(google: FakeGoogle) -> None:
    good, bad = order(1), order(2, gclid="Cj-nobody-knows")
    tell = teller(google)
    tell.tell(good, bad)
    tell.now += 2 * HOUR
    told = tell.ask_again(tell.outcomes[good.key].reference)
    assert told is not None
    assert told.state == "alone"
    tell.tell(good)
    tell.now += 2 * HOUR
    told = tell.ask_again(tell.outcomes[good.key].reference)
    assert told is not None
    assert told.state == "duplicate"
    assert sum(google.counted.values()) == 1


def test_a_session_is_opened_anew_when_it_ends(google: FakeGoogle) -> None:
    tell = teller(google)
    tell.tell(order(1))
    tell.now += 2 * HOUR
    tell.tell(order(2))
    assert [each.path for each in google.requests].count("/token") == 2
    assert sum(google.counted.values()) == 2


def test_a_session_that_google_ends_early_asks_for_a_login(google: FakeGoogle) -> None:
    tell = teller(google)
    tell.tell(order(1))
    google._tokens.clear()
    second = order(2)
    tell.tell(second)
    assert tell.state(second) == "login"
    tell.until_done(second)
    assert tell.state(second) == "accepted"


def test_credentials_that_google_refuses_close_the_account_without_a_secret_in_the_sentence(
    google: FakeGoogle,
) -> None:
    google.refresh_token = "another"
    tell = teller(google)
    tell.tell(order(1))
    assert tell.closed.startswith("Google gives no access token (invalid_grant)")
    assert "refresh-token" not in tell.closed


def test_a_wrong_conversion_action_or_account_closes_the_account(google: FakeGoogle) -> None:
    google.actions = frozenset()
    won = order(1)
    tell = teller(google)
    tell.tell(won)
    assert "INVALID_CONVERSION_ACTION_ID" in tell.closed
    assert tell.state(won) == "later"
    google.customer = "5555555555"
    tell.tell(won)
    assert "PERMISSION_DENIED" in tell.closed


def test_a_spent_minute_waits_and_a_spent_day_pauses(google: FakeGoogle) -> None:
    google.per_minute = 0
    won = order(1)
    tell = teller(google)
    tell.tell(won)
    assert (tell.state(won), tell.outcomes[won.key].pauses) == ("later", None)
    google.per_minute, google.per_day = 300, 0
    tell.tell(won)
    assert tell.outcomes[won.key].pauses == 3600


def test_validate_only_keeps_nothing_and_asks_nothing(google: FakeGoogle) -> None:
    won = order(1)
    tell = teller(google, validate_only="true")
    tell.tell(won)
    assert tell.outcomes[won.key].ask_after is None
    assert not google.counted


def test_a_share_of_the_credit_is_refused_with_the_reason() -> None:
    (why,) = Google().problems(account(credit="0.4"))
    assert "external attribution" in why
    assert Google().problems(account(customer_id="123-456-7890")) == [
        "options.customer_id is ten digits without hyphens"
    ]
    assert not Google().problems(account())


def test_what_cannot_be_sent_says_why() -> None:
    def why(each: Order) -> str | None:
        return Google().unsendable(each, account(), NOW)

    assert why(order()) is None
    assert "no click id of Google Ads" in str(why(an_order(1, "won", click("baidu", "bd_vid", "v"))))
    late = an_order(1, "won", click("google_ads", "gclid", "Cj1", at=NOW - 100 * DAY))
    assert why(late) == "the click of Google Ads is older than the 90 days for which it counts"
    assert why(order(happened_at=NOW - 91 * DAY)) == "it happened before the click of Google Ads"
    assert "consent" in str(why(order(consent=Consent(ad_user_data=False))))


def test_of_two_click_ids_in_one_landing_page_the_gclid_is_told(google: FakeGoogle) -> None:
    both = replace(click("google_ads", "gclid", "Cj1"), click_ids=("wbraid=W1", "gclid=Cj1"))
    request = teller(google).request(an_order(1, "won", both, destination="google"))
    assert json.loads(request.body)["events"][0]["adIdentifiers"] == {"gclid": "Cj1"}


def test_nonsense_is_told_again_since_google_knows_repeats() -> None:
    class Nonsense(FakeGoogle):
        def _ingest(self, told: Any, now: int) -> Answered:
            return Answered(200, b"<html>")

    won = order()
    tell = teller(Nonsense())
    tell.tell(won)
    assert tell.state(won) == "later"
