"""Orders and accounts to send in tests."""

from dataclasses import replace
from typing import Any

from outbox.destination import Account, Sending, StageRule
from outbox.orders import Money, Order, Touch

CLICK = Touch(
    at=1_700_000_000_000,
    channel="paid_search",
    platform="baidu",
    keyword="crm 软件",
    campaign="品牌",
    landing_url="https://example.com/?bd_vid=77",
    click_network="baidu",
    click_ids=("bd_vid=77",),
)


def order(key: str = "0", **other: Any) -> Order:
    """An order whose key is this digit 32 times."""
    told = Order(
        key=key * 32,
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
        identifiers=("anon:b1", "anon:b0", "user:u7", "email:" + "a" * 64),
        crm_ids=("crm:hubspot:1",),
        grade="A",
    )
    return replace(told, **other)


def account(destination: str = "webhook", **other: Any) -> Account:
    """An account that is told when a deal is won."""
    return replace(Account(name="erp", destination=destination, stages={"won": StageRule()}), **other)


def sending(of: Account, *orders: Order, **other: Any) -> Sending:
    """The first attempt to tell them."""
    return replace(
        Sending(account=of, orders=orders or (order(),), at=1_700_000_300_000, nonce="2" * 32), **other
    )
