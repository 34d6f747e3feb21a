"""Orders: their keys, and what of them may be told by name."""

from dataclasses import replace

import pytest

from outbox.orders import FACTS, Contact, Money, Order, Touch, facts_of, order_key

CLICK = Touch(
    at=1_700_000_000_000,
    channel="paid_search",
    keyword="crm 软件",
    landing_url="https://example.com/?bd_vid=77",
    click_network="baidu",
    click_ids=("77",),
)
ORDER = Order(
    key="0" * 32,
    lead="1" * 32,
    occasion="stage",
    stage="won",
    occurrence=1,
    happened_at=1_700_000_100_000,
    planned_at=1_700_000_200_000,
    destination="webhook",
    account="erp",
    person="crm:hubspot:1",
    value=Money(minor=123450, currency="CNY"),
    touches=(Touch(at=1, channel="direct"), CLICK),
)


def test_the_same_order_has_the_same_key_for_ever_and_another_one_another() -> None:
    parts = ("baidu", "main", "1" * 32, "stage", "won", 1)
    assert order_key(*parts) == order_key(*parts) == "94c0a032adc69a0ccd9f97dffd1947fa"
    assert order_key("baidu", "main", "1" * 32, "stage", "won", 2) != order_key(*parts)
    assert order_key("baidu", "main2", "1" * 32, "stage", "won", 1) != order_key(*parts)


def test_what_nobody_knows_is_not_told() -> None:
    facts = facts_of(ORDER)
    assert facts["value"] == 1234.5
    assert facts["first_channel"] == "direct"
    assert facts["last_keyword"] == "crm 软件"
    assert not {"first_keyword", "grade", "score", "email"} & facts.keys()
    assert "score" in facts_of(replace(ORDER, score=0.0)), "nothing is known is not the same as zero"


def test_every_fact_has_a_name_that_a_policy_may_use() -> None:
    named = ("platform", "source", "medium", "campaign", "ad_group", "search_term", "content")
    known = ("company", "owner", "stage_now", "grade", "sales_grade", "reason", "journey_link", "deal")
    everything = replace(
        ORDER,
        score=1.0,
        identifiers=("anon:b1", "anon:b0"),
        touches=(replace(CLICK, **dict.fromkeys(named, "x")),),
        **dict.fromkeys(known, "x"),
    )
    told = facts_of(everything, Contact(email="a@b.example", phone="1", name="n", company="c"))
    assert set(told) == set(FACTS)
    assert told["visitor_id"] == "b0", "of several browsers always the same one"


@pytest.mark.parametrize(("networks", "found"), [(("baidu",), 1), (("google", "baidu"), 1), (("google",), 0)])
def test_clicks_are_those_of_the_networks_that_are_asked_for(networks: tuple[str, ...], found: int) -> None:
    assert len(ORDER.clicks(*networks)) == found


def test_a_contact_shows_nothing_of_itself() -> None:
    assert repr(Contact(email="a@b.example", phone="1", name="n", company="c")) == "Contact()"
