"""360 is told one conversion a request, signed over its bytes, and of invalid leads by the same trans_id."""

import hashlib
from typing import Any

from receivers.so360 import Fake360
from receivers.telling import DAY, NOW, Teller, an_order, click

from outbox.destination import Account, StageRule
from outbox.destinations.so360 import So360
from outbox.orders import Money, Order

STAGES = {"lead": StageRule(code="SUBMIT"), "won": StageRule(code="PAY")}


def account(*switches: str, **options: str) -> Account:
    return Account(
        name="search",
        destination="360",
        options=options,
        secrets={"app_key": Fake360().app_key, "app_secret": Fake360().secret},
        stages=STAGES,
        invalid=StageRule(code="SUBMIT"),
        switches=frozenset({"unverified", *switches}),
    )


def order(lead: int = 1, stage: str = "won", number: str = "1234567890123456", **more: Any) -> Order:
    fixed: dict[str, Any] = {"destination": "360", "planned_at": NOW}
    return an_order(lead, stage, click("360", "qhclickid", number), **(fixed | more))


def teller(fake: Fake360, **options: str) -> Teller:
    return Teller(So360(), account(**options), fake)


def test_a_won_deal_counts_once_with_its_amount_in_fen_however_often_it_is_told() -> None:
    fake, won = Fake360(), order(value=Money(minor=500_000, currency="CNY"))
    tell = teller(fake)
    for _ in range(3):
        tell.tell(won)
    assert list(fake.counted.values()) == [1]
    assert list(fake.values.values()) == [500_000]
    assert tell.state(won) == "accepted"


def test_the_signature_is_over_the_bytes_that_are_sent() -> None:
    request = teller(Fake360()).request(order())
    assert request.headers["app-sign"] == hashlib.md5(b"a-secret-of-360" + request.body).hexdigest()
    assert b" " not in request.body


def test_a_lead_that_was_none_names_the_conversion_that_told_of_it() -> None:
    fake = Fake360()
    tell = teller(fake)
    tell.tell(order(1, "lead"))
    tell.tell(order(1, "", occasion="invalid"))
    assert fake.invalid == set(fake.counted)
    assert list(fake.counted.values()) == [1]


def test_a_stage_that_is_entered_again_is_another_conversion() -> None:
    fake = Fake360()
    teller(fake).tell(order(1), order(1, occurrence=2, key="f" * 32))
    assert sum(fake.counted.values()) == 2


def test_a_repeat_waits_for_no_other_day() -> None:
    fake, won = Fake360(), order(planned_at=NOW - DAY)
    tell = teller(fake)
    tell.tell(won)
    assert tell.state(won) == "accepted", "the first attempt may come on any day"
    tell.tell(won)
    assert tell.state(won) == "refused"
    assert "the day of the first attempt" in tell.outcomes[won.key].why


def test_keys_that_360_refuses_close_the_account() -> None:
    won = order()
    for fake in (Fake360(app_key="another"), Fake360(secret="another")):
        tell = teller(fake)
        tell.tell(won)
        assert tell.state(won) == "later"
        assert "360 refuses the" in tell.closed


def test_a_click_of_display_is_sent_as_qhclickid_with_its_jzqs() -> None:
    fake = Fake360()
    url = "https://www.leadtrace.example/?sourceid=123456789012&jzqs=j1"
    shown = an_order(1, "won", click("360", "sourceid", "123456789012", landing_url=url), destination="360")
    teller(fake, industry="ocpc_zs_convert").tell(shown)
    assert [each[0] for each in fake.counted] == ["123456789012"]


def test_what_cannot_be_sent_says_why() -> None:
    def why(each: Order, **options: str) -> str | None:
        return So360().unsendable(each, account(**options), NOW)

    assert why(order()) is None
    assert "no click id of 360 (sourceid)" in str(why(order(), industry="ocpc_zs_convert"))
    assert "no number" in str(why(order(number="abc")))
    assert "USD" in str(why(order(value=Money(minor=1, currency="USD"))))
    shown = an_order(1, "won", click("360", "sourceid", "123456789012"))
    assert "jzqs" in str(why(shown, industry="ocpc_zs_convert"))


def test_without_the_switch_nothing_is_told_and_codes_are_events() -> None:
    (why,) = So360().problems(Account(name="search", destination="360", stages=STAGES))
    assert "second hand" in why
    wrong = Account(
        name="search",
        destination="360",
        stages={"won": StageRule(code="成交")},
        options={"industry": "x"},
        switches=frozenset({"unverified"}),
    )
    assert len(So360().problems(wrong)) == 2
    assert not So360().problems(account())
