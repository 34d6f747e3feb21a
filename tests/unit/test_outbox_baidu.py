"""Baidu is told of conversions by the landing page of the click, in fen and with the account's own codes."""

import json

import pytest
from receivers.asked import Answered, Asked
from receivers.baidu import FakeBaidu
from receivers.telling import DAY, LANDING, NOW, Teller, an_order, click

from outbox.destination import Account, StageRule
from outbox.destinations.baidu import Baidu, reason_of
from outbox.orders import Consent, Money, Order

STAGES = {
    "marketing_qualified": StageRule(code="74"),
    "sales_qualified": StageRule(code="75"),
    "opportunity": StageRule(code="76"),
    "won": StageRule(code="77"),
}


def account(*switches: str, **more: object) -> Account:
    given = {"secrets": {"token": FakeBaidu().token}, "stages": STAGES, "invalid": StageRule(code="3")}
    return Account(name="search", destination="baidu", switches=frozenset(switches), **(given | more))  # type: ignore[arg-type]  # what each test says


def clicked(vid: str = "nTRkP1", **more: object) -> object:
    return click("baidu", "bd_vid", vid, landing_url=LANDING + vid, **more)


def order(lead: int = 1, stage: str = "won", vid: str = "nTRkP1", **more: object) -> Order:
    return an_order(lead, stage, clicked(vid), **more)  # type: ignore[arg-type]  # what each test says


def told(baidu: object, *switches: str) -> Teller:
    return Teller(Baidu(), account(*switches), baidu)  # type: ignore[arg-type]  # a fake


def test_a_deal_that_was_won_counts_with_its_amount_in_fen() -> None:
    baidu = FakeBaidu()
    won = order(value=Money(minor=12_800_000, currency="CNY"))
    told(baidu).tell(won)
    assert baidu.values == {(77, "nTRkP1", won.key): 12_800_000}


def test_the_row_has_the_whole_landing_page_the_code_of_the_account_and_the_second() -> None:
    won = order(value=Money(minor=100, currency="CNY"))
    request = told(FakeBaidu()).request(won)
    assert json.loads(request.body) == {
        "token": "a-token-of-baidu",
        "conversionTypes": [
            {
                "logidUrl": LANDING + "nTRkP1",
                "newType": 77,
                "convertTime": (NOW - DAY) // 1000,
                "outerEventId": won.key,
                "convertValue": 100,
            }
        ],
    }


def test_stages_of_one_click_are_a_row_each() -> None:
    baidu = FakeBaidu()
    told(baidu).tell(*(order(1, stage) for stage in STAGES))
    assert sorted(kind for kind, _, _ in baidu.counted) == [74, 75, 76, 77]
    assert len(baidu.bodies) == 1


def test_no_request_has_a_hundred_rows() -> None:
    baidu = FakeBaidu()
    orders = [order(number) for number in range(250)]
    teller = told(baidu)
    teller.tell(*orders)
    assert [len(json.loads(body)["conversionTypes"]) for body in baidu.bodies] == [99, 99, 52]
    assert sum(baidu.counted.values()) == 250
    assert {teller.state(each) for each in orders} == {"accepted"}


def test_a_row_that_baidu_refuses_takes_no_other_with_it() -> None:
    baidu = FakeBaidu()
    good, bad, fine = order(1), order(2, vid="gone"), order(3)
    teller = told(baidu)
    teller.tell(good, bad, fine)
    assert [teller.state(each) for each in (good, bad, fine)] == ["accepted", "refused", "accepted"]
    assert "bd_vid" in teller.outcomes[bad.key].why


def test_all_rows_refused_are_told_apart() -> None:
    first, second = order(1, vid="gone"), order(2, vid="lost")
    teller = told(FakeBaidu())
    teller.tell(first, second)
    assert {teller.state(each) for each in (first, second)} == {"refused"}


def test_an_error_of_the_server_is_status_4_under_http_200_and_is_repeated() -> None:
    baidu = FakeBaidu(busy_for=3)
    won = order()
    teller = told(baidu)
    teller.tell(won)
    assert teller.state(won) == "later"
    teller.until_done(won)
    assert teller.state(won) == "accepted"
    assert sum(baidu.counted.values()) == 1
    assert len(set(baidu.bodies)) == 1, "a repeat is the same, byte for byte"


def test_a_wrong_token_closes_the_account_and_loses_no_order() -> None:
    teller = told(FakeBaidu(token="another"))
    won = order()
    teller.tell(won)
    assert "token" in teller.closed
    assert teller.state(won) == "later"


class Answers:
    """A server that says the same to everybody."""

    def __init__(self, *answers: Answered) -> None:
        self.answers, self.asked = list(answers), 0

    def answer(self, asked: Asked, now: int) -> Answered:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def header(status: object, **more: object) -> Answered:
    return Answered.of({"header": {"status": status, **more}})


@pytest.mark.parametrize(
    "nonsense",
    [
        Answered(200, b"<html>"),
        Answered.of([]),
        Answered.of({"header": None}),
        header("soon"),
        Answered(200, b"[" * 100_000),
    ],
)
def test_nonsense_is_neither_a_success_nor_a_refusal(nonsense: Answered) -> None:
    won = order()
    teller = told(Answers(nonsense))
    teller.tell(won)
    assert teller.state(won) == "unknown"


def test_without_the_assumption_about_repeats_what_got_no_answer_is_left_to_a_person() -> None:
    assert not told(FakeBaidu()).request(order()).is_repeatable
    assert told(FakeBaidu(), "known_repeats").request(order()).is_repeatable


def test_a_partial_failure_without_positions_is_tried_row_by_row_only_if_repeats_are_known() -> None:
    partial = header(1, failures=[{"code": 7, "message": "bad", "position": "?"}])
    first, second = order(1), order(2)
    teller = told(Answers(partial, header(0), header(2)), "known_repeats")
    teller.tell(first, second)
    assert [teller.state(each) for each in (first, second)] == ["accepted", "refused"]
    teller = told(Answers(partial))
    teller.tell(first, second)
    assert [teller.state(each) for each in (first, second)] == ["unknown", "unknown"]


@pytest.mark.parametrize("position", [1, "1", "conversionTypes[1]", "conversionTypes[1].logidUrl"])
def test_positions_are_read_as_numbers_and_as_names(position: object) -> None:
    first, second = order(1), order(2)
    teller = told(Answers(header(1, failures=[{"code": 7, "message": "bad", "position": position}])))
    teller.tell(first, second)
    assert [teller.state(each) for each in (first, second)] == ["accepted", "refused"]


def test_an_invalid_lead_goes_back_with_what_sales_said_of_it() -> None:
    baidu = FakeBaidu()
    wrong = order(occasion="invalid", stage="", invalid_tags=("wrong_contact", "student"))
    told(baidu).tell(wrong, order(2))
    assert baidu.invalid == {(3, "nTRkP1"): "联系方式错误，学生"}
    assert sum(baidu.counted.values()) == 1


def test_what_cannot_be_sent_says_why() -> None:
    def why(each: Order, **more: object) -> str | None:
        return Baidu().unsendable(each, account(**more), NOW)

    assert why(order()) is None
    assert why(an_order(1)) == "no click id of Baidu (bd_vid) stands on the journey"
    assert "not known" in str(why(an_order(1, "won", click("baidu", "bd_vid", "v", landing_url=""))))
    long = click("baidu", "bd_vid", "v", landing_url=LANDING + "v&x=" + "y" * 1024)
    assert "characters" in str(why(an_order(1, "won", long)))
    assert why(order(), click_days=5) == "the click of Baidu is older than the 5 days for which it counts"
    assert "before the click" in str(why(order(happened_at=NOW - 11 * DAY)))
    assert "consent" in str(why(order(consent=Consent(ad_user_data=False))))
    assert "code" in str(why(order(stage="poc")))
    assert "USD" in str(why(order(value=Money(minor=1, currency="USD"))))


def test_a_foreign_value_is_left_out_where_the_account_says_so() -> None:
    baidu = FakeBaidu()
    won = order(value=Money(minor=1, currency="USD"))
    assert Baidu().unsendable(won, account("without_foreign_value"), NOW) is None
    told(baidu, "without_foreign_value").tell(won)
    assert baidu.values == {(77, "nTRkP1", won.key): 0}


def test_the_last_click_before_the_stage_is_the_one() -> None:
    baidu = FakeBaidu()
    early, late = clicked("nTRkP2", at=NOW - 20 * DAY), clicked("nTRkP3", at=NOW - 5 * DAY)
    told(baidu).tell(an_order(1, "won", early, late))  # type: ignore[arg-type]  # orders of touches
    assert [vid for _, vid, _ in baidu.counted] == ["nTRkP3"]


def test_codes_are_numbers_of_types() -> None:
    wrong = account(stages={"won": StageRule(code="成交")}, invalid=None)
    assert Baidu().problems(wrong) == [
        "the code '成交' of won is no number of a type of Baidu, such as 18 (留线索)"
    ]
    assert not Baidu().problems(account())


def test_neither_the_token_nor_an_address_stands_in_what_is_printed() -> None:
    request = told(FakeBaidu()).request(order())
    assert "a-token-of-baidu" not in repr(request)
    refused = header(
        2, desc="no", failures=[{"code": 1, "message": "li.na@example.com is not taken", "position": 0}]
    )
    won = order()
    teller = told(Answers(refused))
    teller.tell(won)
    assert "li.na" not in teller.outcomes[won.key].why


def test_what_speaks_for_a_lead_is_no_reason_why_it_is_invalid() -> None:
    assert reason_of(("has_budget", "competitor", "our_own_word")) == "同行，our_own_word"
    assert reason_of(("has_budget",)) == "无效线索"


def test_a_page_whose_router_keeps_the_click_behind_the_hash_is_told_as_it_is() -> None:
    routed = click("baidu", "bd_vid", "v7", landing_url="https://www.leadtrace.example/#/erp?bd_vid=v7")
    baidu = FakeBaidu(clicks=frozenset({"v7"}))
    assert Baidu().unsendable(an_order(1, "won", routed), account(), NOW) is None
    told(baidu).tell(an_order(1, "won", routed))
    assert sum(baidu.counted.values()) == 1


def test_half_a_character_in_an_address_fails_nothing() -> None:
    half = click("baidu", "bd_vid", "nTRkP1", landing_url=LANDING + "nTRkP1&utm_term=\ud83d")
    baidu = FakeBaidu()
    told(baidu).tell(an_order(1, "won", half))
    assert sum(baidu.counted.values()) == 1
