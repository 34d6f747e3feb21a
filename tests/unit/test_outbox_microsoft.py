"""Microsoft is told by msclkid in SOAP; errors come by row, and a repeat is ignored without a word."""

from typing import Any

import pytest
from receivers.asked import Answered, Asked
from receivers.microsoft import DAY, HOUR, FakeMicrosoft
from receivers.telling import NOW, Teller, an_order, click

from outbox.destination import Account, StageRule
from outbox.destinations.microsoft import Microsoft
from outbox.orders import Consent, Money, Order

CLICKED = NOW - 10 * DAY


@pytest.fixture
def microsoft() -> FakeMicrosoft:
    return FakeMicrosoft(clicks={f"ms{number}": CLICKED for number in range(20)})


def account(**more: Any) -> Account:
    fake = FakeMicrosoft()
    given: dict[str, Any] = {
        "options": {"customer_id": "1", "account_id": fake.account_id},
        "secrets": {
            "developer_token": fake.developer_token,
            "client_id": "us",
            "refresh_token": fake.refresh_token,
        },
        "stages": {"won": StageRule(code="Won"), "marketing_qualified": StageRule(code="MQL")},
    }
    return Account(name="search", destination="microsoft", **(given | more))


def order(lead: int = 1, stage: str = "won", clicked: int = CLICKED, **more: Any) -> Order:
    touch = click("microsoft_ads", "msclkid", f"ms{lead}", at=clicked)
    return an_order(lead, stage, touch, destination="microsoft", **more)


def teller(microsoft: Any, **more: Any) -> Teller:
    return Teller(Microsoft(), account(**more), microsoft)


def test_a_won_deal_counts_once_with_its_value_however_often_it_is_told(microsoft: FakeMicrosoft) -> None:
    won = order(value=Money(minor=123_456, currency="EUR"))
    tell = teller(microsoft)
    for _ in range(3):
        tell.tell(won)
    assert microsoft.counted == {("Won", "ms1", "2026-03-03T04:53:20.000Z"): 1}
    assert list(microsoft.values.values()) == [("1234.56", "EUR")]
    assert tell.state(won) == "accepted"


def test_a_thousand_rows_go_in_one_request_and_no_more(microsoft: FakeMicrosoft) -> None:
    microsoft.clicks = {f"ms{number}": CLICKED for number in range(1500)}
    orders = [order(number) for number in range(1500)]
    tell = teller(microsoft)
    tell.tell(*orders)
    assert [body.count(b"<OfflineConversion>") for body in microsoft.bodies] == [1000, 500]
    assert sum(microsoft.counted.values()) == 1500


def test_a_row_that_is_refused_takes_no_other_with_it(microsoft: FakeMicrosoft) -> None:
    microsoft.clicks["ms2"] = NOW  # after the conversion, which the service alone can know
    good, bad, other = order(1), order(2), order(3)
    tell = teller(microsoft)
    tell.tell(good, bad, other)
    assert [tell.state(each) for each in (good, bad, other)] == ["accepted", "refused", "accepted"]
    assert tell.outcomes[bad.key].why == "Microsoft refused it: it happened before the click"


def test_what_microsoft_could_not_apply_comes_again(microsoft: FakeMicrosoft) -> None:
    microsoft.fails_rows = 1
    orders = order(1), order(2)
    tell = teller(microsoft)
    tell.tell(*orders)
    assert [tell.state(each) for each in orders] == ["later", "accepted"]
    tell.until_done(*orders)
    assert sum(microsoft.counted.values()) == 2


def test_a_goal_that_was_just_made_waits_two_hours(microsoft: FakeMicrosoft) -> None:
    microsoft.goals["Won"] = NOW
    won = order()
    tell = teller(microsoft)
    tell.tell(won)
    assert tell.outcomes[won.key].wait == 7200
    tell.now += 2 * HOUR
    tell.tell(won)
    assert sum(microsoft.counted.values()) == 1


def test_a_click_that_is_younger_than_an_hour_waits(microsoft: FakeMicrosoft) -> None:
    microsoft.clicks["ms1"] = NOW - HOUR // 2
    fresh = order(1, clicked=NOW - HOUR // 2, happened_at=NOW)
    tell = teller(microsoft)
    tell.tell(fresh)
    assert (tell.state(fresh), tell.outcomes[fresh.key].wait) == ("later", 1800)
    assert not microsoft.bodies
    tell.now += HOUR // 2
    tell.tell(fresh)
    assert sum(microsoft.counted.values()) == 1


def test_an_ended_session_asks_for_a_login_and_too_many_calls_wait_a_minute(microsoft: FakeMicrosoft) -> None:
    won = order()
    tell = teller(microsoft)
    tell.tell(won)
    microsoft.end_sessions()
    tell.tell(won)
    assert tell.state(won) == "login"
    microsoft.calls_left = 0
    tell.tell(won)
    assert tell.outcomes[won.key].pauses == 60


def test_wrong_credentials_close_the_account(microsoft: FakeMicrosoft) -> None:
    microsoft.developer_token = "another"
    tell = teller(microsoft)
    tell.tell(order())
    assert "credentials" in tell.closed


@pytest.mark.parametrize("body", [b"<html>", b"", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"<x/>"])
def test_nonsense_is_told_again_since_repeats_are_known(microsoft: FakeMicrosoft, body: bytes) -> None:
    class Nonsense(FakeMicrosoft):
        def answer(self, asked: Asked, now: int) -> Answered:
            return super().answer(asked, now) if asked.path.endswith("token") else Answered(200, body)

    won = order()
    tell = teller(Nonsense())
    tell.tell(won)
    assert tell.state(won) == "later"


def test_what_cannot_be_sent_says_why() -> None:
    def why(each: Order) -> str | None:
        return Microsoft().unsendable(each, account(), NOW)

    assert why(order()) is None
    assert "msclkid" in str(why(an_order(1)))
    assert "90 days for which it counts" in str(why(order(clicked=NOW - 92 * DAY)))
    assert "more than 90 days ago" in str(why(order(clicked=NOW - 95 * DAY, happened_at=NOW - 91 * DAY)))
    assert "consent" in str(why(order(consent=Consent(ad_user_data=False))))
    assert "goal" in str(why(order(stage="poc")))


def test_names_are_escaped_and_ids_are_numbers(microsoft: FakeMicrosoft) -> None:
    microsoft.goals["A & B <1>"] = 0
    won = order()
    teller(microsoft, stages={"won": StageRule(code="A & B <1>")}).tell(won)
    assert [goal for goal, _, _ in microsoft.counted] == ["A & B <1>"]
    wrong = account(options={"customer_id": "x", "account_id": "1", "credit": "0.5"})
    assert len(Microsoft().problems(wrong)) == 2
