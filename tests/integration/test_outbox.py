"""The way back on real servers: one owner of the log, told once, and the view says what the ledger says."""

import asyncio
import random
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from orders import account, order
from outboxes import Clock, Receiver, process

from outbox.allowed import Allowed
from outbox.destination import Limits
from outbox.destinations.webhook import Webhook
from outbox.kafka_store import KafkaStore
from outbox.known import Entry, KnownLead
from outbox.ledger import UNTRIED, Event, Ledger
from outbox.log import OutboxLog, SupersededError, pair_of
from outbox.order_json import to_json
from outbox.planning import Surroundings, events_of_lead
from producers.publishing.topics import Wanted, create_topics
from schemas.outbox import OrderAnswered, OrderAttempted, OrderDecided, OrderPlanned, OutboxClaimed
from schemas.topics import OUTBOX
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.outbox_rows import OUTBOX_COLUMNS, rows_of_outbox
from sinks.records import Record

pytestmark = pytest.mark.servers

KEY = "whsec_" + "QUJD" * 8
STATES = ("accepted", "counted", "duplicate", "refused", "later", "unknown", "unsendable", "gave_up")


def test_on_kafka_a_second_sender_takes_over_and_each_order_is_told_once(site: Settings) -> None:
    create_topics(site, {site.topic_prefix + OUTBOX.name: Wanted(1, OUTBOX.config())})
    erp = Allowed(
        account=account(
            options={"url": "https://erp.example.com/"},
            secrets={"key": KEY},
            stages={"lead": account().stages["won"]},
        ),
        destination=Webhook(),
        occasions=frozenset({"stage"}),
        since=0,
        limits=Limits(),
    )
    leads = [
        KnownLead(
            person=f"crm:a:{nth}",
            version=1,
            identifiers=(f"crm:a:{nth}",),
            entries=(Entry(stage="lead", at=1_700_000_000_000, occurrence=1, evidence=f"fact {nth}"),),
        )
        for nth in range(3)
    ]

    def planned(ledger: Ledger) -> list[Event]:
        return [
            each
            for lead in leads
            for each in events_of_lead(lead, erp, ledger, Surroundings(1_700_000_001_000))
        ]

    receiver, clock = Receiver(), Clock()

    async def run(one: Any, other: Any) -> None:
        first = process(one, receiver, clock, (erp,), planned)
        second = process(other, receiver, clock, (erp,), planned)
        await first.claim()
        await first.plan()
        await first.tasks[0].step()
        await second.claim()
        with pytest.raises(SupersededError):
            await first.tasks[0].step()
        await second.run_once()
        assert [line.state for line in second.journal.ledger.lines.values()] == ["accepted"] * 3

    with closing(KafkaStore(site)) as one, closing(KafkaStore(site)) as other:
        asyncio.run(run(one, other))
        again = OutboxLog(one, "")
        again.catch_up()
    assert sorted(receiver.came.values()) == [1, 1, 1]
    assert [line.state for line in again.ledger.lines.values()] == ["accepted"] * 3


def log_by_chance(seed: int, orders: int = 40, events: int = 600) -> tuple[list[Event], Ledger]:
    """What may stand in a log: claims, void writes of those before, attempts, late answers and decisions."""
    dice = random.Random(seed)
    said: list[Event] = [OutboxClaimed(claim=1, nonce="n1", at=1)]
    ledger = Ledger()
    ledger.take(said[0])
    for at in range(2, events):
        key = f"{seed:02x}{dice.randrange(orders):030x}"
        event = _next(dice, ledger, key, at)
        said.append(event)
        ledger.take(event)
    return said, ledger


def _next(dice: random.Random, ledger: Ledger, key: str, at: int) -> Event:
    line = ledger.lines.get(key)
    tries = line.attempt if line is not None else 0
    common: dict[str, Any] = {"at": at, "key": key, "destination": "webhook", "account": "erp"}
    under = ledger.claim if dice.random() < 0.9 else max(0, ledger.claim - 1)
    roll = dice.random()
    if roll < 0.02:
        return OutboxClaimed(claim=ledger.claim + 1, nonce=f"n{at}", at=at)
    if line is None or (roll < 0.2 and line.state in UNTRIED):
        return OrderPlanned(
            claim=under,
            lead="1" * 32,
            occasion="stage",
            stage="won",
            person="crm:a:1",
            happened_at=5,
            told=to_json(order(key="0")),
            **common,
        )
    if roll < 0.5 and (line.state in ("planned", "later") or under < ledger.claim):
        return OrderAttempted(claim=under, attempt=tries + 1, is_repeatable=True, **common)
    if roll < 0.9:
        state: Any = dice.choice(STATES if tries else ("unsendable", "dry_run"))
        return OrderAnswered(
            claim=under, attempt=max(0, tries - (dice.random() < 0.2)), state=state, code=f"c{at}", **common
        )
    decision: Any = dice.choice(("sent", "again"))
    return OrderDecided(at=at, key=key, decision=decision)


@pytest.mark.answers
def test_the_view_says_of_each_order_what_the_ledger_says(client: ClickHouse) -> None:
    for seed in range(8):
        said, ledger = log_by_chance(seed)
        client.command("TRUNCATE TABLE outbox")
        pairs = [pair_of(event) for event in said]
        rows = [
            row
            for offset, pair in enumerate(pairs)
            for _, row in rows_of_outbox(Record(OUTBOX.name, 0, offset, 0, *pair))
        ]
        client.insert("outbox", OUTBOX_COLUMNS, rows)
        told = client.query("SELECT key, state, attempts, value, currency, keyword FROM outbox_orders").rows
        assert {key: (state, tries) for key, state, tries, *_ in told} == {
            key: (line.state, line.attempt) for key, line in ledger.lines.items()
        }, f"seed {seed}"
        assert {(value, currency, keyword) for *_, value, currency, keyword in told} == {
            (Decimal("1234.5"), "CNY", "crm 软件")
        }
