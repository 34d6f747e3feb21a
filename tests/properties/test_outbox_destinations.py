"""Whatever happens on the line, each order counts once; whatever an answer says, reading it never fails."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from receivers.asked import Answered, Asked, Receiver, Troubled
from receivers.baidu import FakeBaidu
from receivers.fxiaoke import FakeFxiaoke
from receivers.google import FakeGoogle
from receivers.hubspot import FakeHubSpot
from receivers.microsoft import FakeMicrosoft
from receivers.salesforce import FakeSalesforce
from receivers.so360 import Fake360
from receivers.social import FakeLinkedIn, FakeMeta
from receivers.telling import DAY, LANDING, NOW, Teller, an_order, click

from outbox.destination import NO_SESSION, Account, StageRule
from outbox.kinds import DESTINATIONS
from outbox.orders import Contact, Order, Touch

CLICKED = NOW - 10 * DAY
FIELDS = {"email": "email", "leadtrace_score": "score"}


@dataclass(frozen=True)
class World:
    """A platform that knows repeats, an account of it, its orders, and how often each counts there."""

    receiver: Any
    account: Account
    touch: Callable[[int], Touch]
    counted: Callable[[], list[int]]
    occasion: str = "stage"

    def orders(self, count: int) -> list[Order]:
        return [
            an_order(
                number,
                "won" if self.occasion == "stage" else "",
                self.touch(number),
                destination=self.account.destination,
                occasion=self.occasion,
                planned_at=NOW,
                score=float(number),
            )
            for number in range(count)
        ]

    def teller(self, receiver: Receiver, orders: list[Order]) -> Teller:
        contacts = {each.key: Contact(email=f"{each.lead}@example.com") for each in orders}
        return Teller(DESTINATIONS[self.account.destination], self.account, receiver, contacts=contacts)


def account(kind: str, code: str = "", **more: Any) -> Account:
    stages = {"won": StageRule(code=code)} if code else {}
    return Account(name=kind, destination=kind, stages=stages, **more)


def of_baidu() -> World:
    fake = FakeBaidu(clicks=frozenset(f"v{number}" for number in range(10)))
    mine = account("baidu", "77", secrets={"token": fake.token}, switches=frozenset({"known_repeats"}))
    return World(
        fake,
        mine,
        lambda each: click("baidu", "bd_vid", f"v{each}", landing_url=f"{LANDING}v{each}"),
        lambda: list(fake.counted.values()),
    )


def of_google() -> World:
    fake = FakeGoogle(clicks={f"Cj{number}": CLICKED for number in range(10)})
    secrets = {"client_id": "us", "client_secret": fake.client_secret, "refresh_token": fake.refresh_token}
    mine = account("google", "501", secrets=secrets, options={"customer_id": fake.customer})
    return World(
        fake,
        mine,
        lambda each: click("google_ads", "gclid", f"Cj{each}"),
        lambda: list(fake.counted.values()),
    )


def of_360() -> World:
    numbers = frozenset(f"123456789012345{number}" for number in range(10))
    fake = Fake360(clicks={"ocpc_ps_convert": numbers})
    secrets = {"app_key": fake.app_key, "app_secret": fake.secret}
    mine = account("360", "PAY", secrets=secrets, switches=frozenset({"unverified"}))
    return World(
        fake,
        mine,
        lambda each: click("360", "qhclickid", f"123456789012345{each}"),
        lambda: list(fake.counted.values()),
    )


def of_microsoft() -> World:
    fake = FakeMicrosoft(clicks={f"ms{number}": CLICKED for number in range(10)})
    secrets = {
        "developer_token": fake.developer_token,
        "client_id": "us",
        "refresh_token": fake.refresh_token,
    }
    options = {"customer_id": "1", "account_id": fake.account_id}
    mine = account("microsoft", "Won", secrets=secrets, options=options)
    return World(
        fake,
        mine,
        lambda each: click("microsoft_ads", "msclkid", f"ms{each}"),
        lambda: list(fake.counted.values()),
    )


def of_hubspot() -> World:
    fake = FakeHubSpot()
    fake.properties |= {"leadtrace_id", "leadtrace_planned_at", *FIELDS}
    fake.unique.add("leadtrace_id")
    mine = account("hubspot", secrets={"token": fake.token}, fields=FIELDS)
    return World(
        fake,
        mine,
        lambda each: click("baidu", "bd_vid", f"v{each}"),
        lambda: list(fake.created.values()),
        "lead",
    )


def of_salesforce() -> World:
    fake = FakeSalesforce()
    fake.fields |= {"Leadtrace_Score__c"}
    mine = account(
        "salesforce",
        secrets={"client_id": "us", "client_secret": fake.client_secret},
        options={"domain": "example.my.salesforce.com"},
        fields={"Email": "email", "Leadtrace_Score__c": "score"},
    )
    return World(
        fake,
        mine,
        lambda each: click("baidu", "bd_vid", f"v{each}"),
        lambda: list(fake.created.values()),
        "lead",
    )


def of_meta() -> World:
    fake = FakeMeta()
    mine = account(
        "meta",
        "Won",
        secrets={"token": fake.token},
        options={"dataset_id": fake.dataset},
        switches=frozenset({"known_repeats"}),
    )
    return World(
        fake, mine, lambda each: click("meta", "fbclid", f"Iw{each}"), lambda: list(fake.counted.values())
    )


def of_linkedin() -> World:
    fake = FakeLinkedIn()
    mine = account("linkedin", "701", secrets={"token": fake.token}, switches=frozenset({"known_repeats"}))
    return World(
        fake,
        mine,
        lambda each: click("linkedin_ads", "li_fat_id", f"a-{each}"),
        lambda: list(fake.counted.values()),
    )


def of_fxiaoke() -> World:
    fake = FakeFxiaoke()
    mine = account(
        "fxiaoke",
        secrets={"app_id": "us", "app_secret": fake.app_secret, "permanent_code": "p"},
        options={"user": "FSUID_1"},
        fields={"mobile": "phone", "name": "email", "leadtrace_score__c": "score"},
        switches=frozenset({"unverified"}),
    )
    return World(
        fake,
        mine,
        lambda each: click("baidu", "bd_vid", f"v{each}"),
        lambda: list(fake.created.values()),
        "lead",
    )


WORLDS: Mapping[str, Callable[[], World]] = {
    "baidu": of_baidu,
    "google": of_google,
    "360": of_360,
    "microsoft": of_microsoft,
    "meta": of_meta,
    "linkedin": of_linkedin,
    "hubspot": of_hubspot,
    "salesforce": of_salesforce,
    "fxiaoke": of_fxiaoke,
}


@pytest.mark.parametrize("kind", WORLDS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 6), odds=st.sampled_from([0.2, 0.5, 0.8]))
def test_time_outs_errors_and_restarts_end_with_each_order_counted_once(
    kind: str, seed: int, count: int, odds: float
) -> None:
    dice, world = random.Random(seed), WORLDS[kind]()
    orders, line = world.orders(count), Troubled(world.receiver, random.Random(seed + 1), odds)
    tell = world.teller(line, orders)
    for _ in range(8):
        tell.tell(*(each for each in orders if tell.state(each) in ("", "later", "alone", "login")))
        if dice.random() < 0.3:  # the process ends before it wrote down what was answered
            tell.session = NO_SESSION
            for each in dice.sample(orders, dice.randint(1, count)):
                tell.outcomes.pop(each.key, None)
    line.odds = 0.0
    tell.until_done(*orders)
    assert {tell.state(each) for each in orders} <= {"accepted", "duplicate"}
    assert world.counted() == [1] * count


scalars = st.none() | st.booleans() | st.integers(-5, 600) | st.text(max_size=8)
WORDS = (
    "header status failures position results errors id error details errno compositeResponse body records "
    "requestId fieldViolations message context"
)
names = st.sampled_from(WORDS.split())
nonsense = st.recursive(
    scalars, lambda some: st.lists(some, max_size=3) | st.dictionaries(names, some, max_size=3), max_leaves=8
)


@pytest.mark.parametrize("kind", WORLDS)
@settings(max_examples=60, deadline=None)
@given(
    told=nonsense,
    status=st.sampled_from([200, 201, 204, 207, 400, 401, 403, 409, 429, 500, 503]),
    when=st.integers(0, 4),
)
def test_no_answer_makes_reading_it_fail_or_says_an_address(
    kind: str, told: Any, status: int, when: int
) -> None:
    world = WORLDS[kind]()

    class Odd:
        asked = 0

        def answer(self, asked: Asked, now: int) -> Answered:
            self.asked += 1
            return Answered.of(told, status) if self.asked > when else world.receiver.answer(asked, now)

    orders = world.orders(3)
    tell = world.teller(Odd(), orders)
    tell.tell(*orders)
    said = " ".join(each.why for each in tell.outcomes.values())
    assert "example.com" not in said
    assert not any(secret in said for secret in world.account.secrets.values() if len(secret) > 5)
