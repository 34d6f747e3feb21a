"""Builders of journeys, deals and costs by hand, for tests of views: times are in Shanghai."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.envelope import record_version
from schemas.journey import Journey, Opportunity, StageEntry, Touchpoint
from schemas.sem import AdPerformanceReported, ExchangeRateReported
from schemas.terms import Stage, TouchKind
from sinks.clickhouse import Answer, ClickHouse
from sinks.reports import Result
from sinks.rows import COLUMNS, ad_performance_row, exchange_rate_row, rows_of_journey, snapshot_row

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    """A time in Shanghai, '2026-03-01 10:00', as Millis."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def visit(name: str, when: str, **origin: Any) -> Touchpoint:
    given: dict[str, Any] = {"channel": "direct", "kind": TouchKind.VISIT, "identifier": "anon:1"} | origin
    return Touchpoint(id=name, at=at(when), ended_at=at(when), **given)


def ad_visit(name: str, when: str, keyword: str) -> Touchpoint:
    paid = {"channel": "paid_search", "platform": "baidu", "campaign": "brand", "ad_group": "core"}
    return visit(name, when, keyword=keyword, **paid)


def entry(stage: Stage, when: str, deal: str = "", occurrence: int = 1) -> StageEntry:
    return StageEntry(stage=stage, at=at(when), occurrence=occurrence, id=f"{stage}-{when}", deal=deal)


def journey(person: str, *touchpoints: Touchpoint, **more: Any) -> Journey:
    given: dict[str, Any] = {"version": 1, "facts": 1, "identifiers": (person,), "known_at": 1} | more
    stages = given.pop("stages", ())
    return Journey(
        person=person,
        policy_version="p",
        is_lead=any(stage.stage is Stage.LEAD for stage in stages),
        touchpoints=touchpoints,
        stages=stages,
        **given,
    )


def deal(name: str, opened: str, *people: str, won: str = "", poc: str = "", **more: Any) -> Opportunity:
    stages = [entry(Stage.OPPORTUNITY, opened, name)]
    stages += [entry(Stage.POC, poc, name)] if poc else []
    stages += [entry(Stage.WON, won, name)] if won else []
    given: dict[str, Any] = {"version": 1, "currency": "CNY", "amount_minor": 100_000_00} | more
    return Opportunity(
        deal=name,
        policy_version="p",
        known_at=1,
        people=people,
        opened_at=at(opened),
        closed_at=at(won) if won else None,
        stage=stages[-1].stage,
        poc_started_at=at(poc) if poc else None,
        stages=tuple(stages),
        **given,
    )


def report(day: str, keyword: str, cost: float, **more: Any) -> AdPerformanceReported:
    given: dict[str, Any] = {
        "platform": "baidu",
        "campaign": "brand",
        "ad_group": "core",
        "currency": "CNY",
        "impressions": 1000,
        "clicks": 10,
        "reported_at": 5,
    }
    return AdPerformanceReported(
        event_id=str(uuid.uuid4()),
        occurred_at=1,
        received_at=1,
        source="sem",
        subject="keyword:x",
        day=day,
        keyword=keyword,
        cost_micros=round(cost * 1_000_000),
        **given | more,
    )


def rate(day: str, currency: str, in_currency: str, text: str, reported_at: int = 5) -> ExchangeRateReported:
    return ExchangeRateReported(
        event_id=str(uuid.uuid4()),
        occurred_at=1,
        received_at=1,
        source="import:rates",
        subject=f"rate:{currency}/{in_currency}",
        day=day,
        currency=currency,
        in_currency=in_currency,
        rate=text,
        reported_at=reported_at,
    )


def put(
    client: ClickHouse, *things: Journey | Opportunity | AdPerformanceReported | ExchangeRateReported
) -> None:
    """Store them as the loader does."""
    for thing in things:
        match thing:
            case Journey():
                client.insert("journeys", COLUMNS["journeys"], [snapshot_row(thing)])
            case Opportunity():
                client.insert("opportunities", COLUMNS["opportunities"], [snapshot_row(thing)])
            case AdPerformanceReported():
                row = ad_performance_row(thing, record_version(thing))
                client.insert("ad_performance", COLUMNS["ad_performance"], [row])
            case ExchangeRateReported():
                row = exchange_rate_row(thing, record_version(thing))
                client.insert("exchange_rate_reports", COLUMNS["exchange_rate_reports"], [row])


def publish(client: ClickHouse, published_at: int, *journeys: Journey) -> None:
    """Store journeys as the loader does with what was published then (Millis)."""
    for known in journeys:
        for table, row in rows_of_journey(known, published_at, SHANGHAI):
            client.insert(table, COLUMNS[table], [row])


def rows_of(answer: Answer | Result) -> list[dict[str, Any]]:
    """The rows of a query or a report, by the names of their columns."""
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
