"""From a click on an ad to a lead in HubSpot, and from won to the conversion: once, on a bad line too."""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from outboxes import Clock, MemoryStore, process
from receivers.asked import Troubled
from receivers.baidu import FakeBaidu
from receivers.hubspot import FakeHubSpot
from receivers.speaking import Speaking
from receivers.telling import DAY, LANDING, NOW, click

from outbox.allowed import Allowed, understood
from outbox.kinds import DESTINATIONS
from outbox.known import Entry, KnownDeal, KnownLead
from outbox.ledger import TAKEN, Event, Ledger
from outbox.orders import Contact
from outbox.planning import Surroundings, events_of_deal, events_of_lead
from outbox.policy_file import parse_file

POLICY = """
since = 2026-01-01
[accounts.baidu]
destination = "baidu"
secrets = { token = "BAIDU" }
switches = ["known_repeats"]
invalid = "3"
stages = { marketing_qualified = "74", won = "77" }
[accounts.crm]
destination = "hubspot"
lead_changes = true
secrets = { token = "HUBSPOT" }
[accounts.crm.fields]
email = "email"
leadtrace_plan = "first_campaign"
leadtrace_unit = "first_ad_group"
leadtrace_keyword = "first_keyword"
leadtrace_stage = "stage_now"
"""
CLICKED = NOW - 20 * DAY


class Kept:
    """The address that each lead gave, by its token."""

    def of(self, identifiers: Sequence[str]) -> Contact | None:
        mail = next((each for each in identifiers if each.startswith("email:")), None)
        return Contact(email=f"{mail.removeprefix('email:')}@example.com") if mail else None


class Ticking(Clock):
    """A second passes with every look at it, so that limits a second never hold anybody up."""

    def __call__(self) -> int:
        self.now += 1000
        return self.now


def accounts() -> tuple[Allowed, ...]:
    held = {"BAIDU": FakeBaidu().token, "HUBSPOT": FakeHubSpot().token}
    return understood(
        parse_file(POLICY, "outbox.toml"), DESTINATIONS, "Asia/Shanghai", "outbox.toml", held
    ).accounts


def lead(number: int = 1, *stages: str, crm: str = "", **more: Any) -> KnownLead:
    entries = [
        Entry(stage=stage, at=CLICKED + nth * DAY, occurrence=1, evidence=f"{number} {stage}")
        for nth, stage in enumerate(("lead", *stages))
    ]
    known: dict[str, Any] = {
        "person": crm or f"email:{number}",
        "version": 1,
        "identifiers": (f"anon:{number}", f"email:{number}", *([crm] if crm else [])),
        "entries": tuple(entries),
        "touches": (
            click(
                "baidu",
                "bd_vid",
                f"v{number}",
                at=CLICKED - DAY,
                landing_url=f"{LANDING}v{number}",
                campaign="ERP 计划",
                ad_group="进销存 单元",
                keyword="erp 系统",
            ),
        ),
    }
    return KnownLead(**(known | more))


def won(of: KnownLead, deal: str = "deal:hubspot:9") -> KnownDeal:
    entry = Entry(stage="won", at=NOW - DAY, occurrence=1, evidence=f"{deal} won")
    return KnownDeal(
        deal=deal,
        version=1,
        stage="won",
        entries=(entry,),
        people=(of,),
        amount_minor=12_800_000,
        currency="CNY",
    )


class World:
    """A Baidu, a HubSpot, a log, and processes of the sender one after another."""

    def __init__(self, seed: int | None = None) -> None:
        self.clock, self.store = Ticking(NOW), MemoryStore()
        self.baidu = FakeBaidu(clicks=frozenset(f"v{number}" for number in range(10)))
        self.hubspot = FakeHubSpot()
        self.hubspot.properties |= {"leadtrace_id", "leadtrace_planned_at"}
        self.hubspot.properties |= {f"leadtrace_{each}" for each in ("plan", "unit", "keyword", "stage")}
        self.hubspot.unique.add("leadtrace_id")
        dice = random.Random(seed)
        self.lines = [
            Troubled(each, dice, 0.0 if seed is None else 0.5) for each in (self.baidu, self.hubspot)
        ]
        hosts = dict(zip(("ocpc.baidu.com", "api.hubapi.com"), self.lines, strict=True))
        self.speaking = Speaking(lambda: self.clock.now, hosts)

    def run(self, *known: KnownLead | KnownDeal) -> Ledger:
        """A process begins, plans what is known, sends what is due, and ends."""
        allowed = accounts()

        def events(ledger: Ledger) -> Iterable[Event]:
            of = Surroundings(self.clock.now)
            for each in known:
                for to in allowed:
                    plan: Callable[..., Iterable[Event]] = (
                        events_of_deal if isinstance(each, KnownDeal) else events_of_lead
                    )
                    yield from plan(each, to, ledger, of)

        box = process(self.store, self.speaking, self.clock, allowed, events, contacts=Kept())

        async def work() -> None:
            await box.claim()
            await box.run_once()
            box.journal.close()

        asyncio.run(work())
        return box.journal.ledger


def test_a_click_becomes_a_lead_with_its_plan_unit_and_keyword_and_won_becomes_its_conversion() -> None:
    world = World()
    world.run(lead())
    ((number, contact),) = world.hubspot.contacts.items()
    assert contact["email"] == "1@example.com"
    assert (contact["leadtrace_plan"], contact["leadtrace_unit"]) == ("ERP 计划", "进销存 单元")
    assert contact["leadtrace_keyword"] == "erp 系统"
    # HubSpot tells us of its contact, so that the lead has the CRM's name from here on.
    known = lead(1, "marketing_qualified", crm=f"crm:hubspot:{number}")
    world.run(known)
    world.run(known, won(known))
    assert world.hubspot.contacts[number]["leadtrace_stage"] == "marketing_qualified"
    assert sorted((kind, vid) for kind, vid, _ in world.baidu.counted) == [(74, "v1"), (77, "v1")]
    assert sorted(world.baidu.values.values()) == [0, 12_800_000]


def test_nothing_is_told_twice_however_often_it_is_planned() -> None:
    world = World()
    known = lead(1, "marketing_qualified")
    for _ in range(3):
        world.run(known, won(known))
    assert set(world.baidu.counted.values()) == {1}
    assert len(world.baidu.bodies) == 1
    assert list(world.hubspot.created.values()) == [1]


def test_a_lead_that_sales_finds_invalid_goes_back_to_baidu_with_the_reason() -> None:
    world = World()
    world.run(lead(1, tags=("wrong_contact",), sales_grade="invalid", graded_at=NOW - DAY))
    assert world.baidu.invalid == {(3, "v1"): "联系方式错误"}


@pytest.mark.parametrize("seed", range(12))
def test_on_a_bad_line_each_order_ends_counted_once(seed: int) -> None:
    world = World(seed)
    leads = [lead(number, "marketing_qualified") for number in range(4)]
    deals = [won(each, f"deal:hubspot:{nth}") for nth, each in enumerate(leads)]
    for _ in range(12):
        world.run(*leads, *deals)
        world.clock.later(3600)
    for line in world.lines:
        line.odds = 0.0
    for _ in range(4):
        world.clock.later(7 * 3600)
        ledger = world.run(*leads, *deals)
    assert {line.state for line in ledger.lines.values()} <= TAKEN
    assert len(world.baidu.counted) == 8
    assert set(world.baidu.counted.values()) == {1}
    assert list(world.hubspot.created.values()) == [1] * 4


def test_a_wrong_token_of_one_account_stops_no_other() -> None:
    world = World()
    world.baidu.token = "another"
    known = lead(1, "marketing_qualified")
    ledger = world.run(known)
    assert "token" in ledger.accounts["baidu"].closed
    assert len(world.hubspot.contacts) == 1
    assert {line.state for line in ledger.lines.values() if line.account == "crm"} <= TAKEN
