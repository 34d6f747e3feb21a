"""Stored answers about people for the tests of their pages: a lead that came by a search, hostile names."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from aiohttp.test_utils import TestClient
from cockpits import Stored, cockpit, result

from sinks.reports import Result

AT = datetime(2026, 3, 8, 2, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"
LEADS = (
    "person company account stage stage_at reached_at channel platform campaign ad_group keyword content "
    "grade tags owner region industry last_touch_at waiting_days of_all"
)
ONE = ("crm:hub:1", HOSTILE, "account:hub:1", "marketing_qualified", AT, AT)
FROM = ("paid_search", "baidu", "plan", "unit", "crm", "", "interested", "demo", "east", "", "", AT)
CREDITS = (
    "milestone at position touch_at person touchpoint kind channel platform campaign ad_group keyword "
    "content weight revenue currency"
)


def look(stored: Stored, visit: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with cockpit(stored) as client:
            await visit(client)

    asyncio.run(run())


def touch(key: str, at: datetime, channel: str) -> dict[str, Any]:
    """A visit as a journey holds it."""
    texts = dict.fromkeys(
        ("campaign", "ad_group", "keyword", "search_term", "content", "referrer", "resolved_by"), ""
    )
    return texts | {
        "id": key,
        "at": at,
        "kind": "visit",
        "channel": channel,
        "platform": "baidu",
        "rule": channel,
        "identifier": "anon:1",
        "landing_url": "https://www.site.example/?a=1",
        "pages": 1,
        "dwell_ms": 61_000,
        "forms": 0,
        "is_bot": False,
    }


def entry(key: str, at: datetime, stage: str, deal: str = "") -> dict[str, Any]:
    """An entry into a stage as a journey holds it."""
    return {"id": key, "at": at, "stage": stage, "deal": deal, "raw": "", "reason": "", "occurrence": 1}


def journey(**changes: Any) -> dict[str, Any]:
    """A lead that came by a search, and again after two months."""
    later = AT + timedelta(days=60)
    read = {"touchpoint": "t1", "url": "https://www.site.example/price", "title": HOSTILE, "dwell_ms": 9_000}
    call = {"id": "f1", "at": later, "category": "call", "owner": "east", "grade": "A", "tags": ["demo"]}
    deal = {
        "deal": "deal:hub:9",
        "name": HOSTILE,
        "stage": "won",
        "amount_minor": 1_234_00,
        "currency": "CNY",
        "opened_at": later,
        "closed_at": None,
    }
    plain: dict[str, Any] = {
        "person": "crm:hub:1",
        "company": HOSTILE,
        "account": "account:hub:1",
        "owner": "east",
        "grade": "A",
        "canonical_grade": "interested",
        "tags": ["demo"],
        "attributes": {"region": HOSTILE},
        "is_lead": True,
        "is_bot": False,
        "is_internal": False,
        "truncated": False,
        "issues": ["unmapped_grade:hub:A", "clock_skew"],
        "policy_version": "c0ffee",
        "known_at": later,
        "touchpoints": [touch("t1", AT, "paid_search"), touch("t2", later, "direct")],
        "stages": [entry("s1", AT, "lead"), entry("s2", later, "won", "deal:hub:9")],
        "follow_ups": [call],
        "deals": [deal],
        "page_visits": [read],
        "evidence": {"t1": {"type": "page_viewed", "source": "segment", "received_at": AT}},
    }
    return plain | changes


def credit(key: str, position: int, weight: str) -> tuple[Any, ...]:
    """A touch, and what a model gives it."""
    about = ("crm:hub:1", key, "visit", "paid_search", "baidu", "plan", "unit", "crm", "")
    return ("lead", AT, position, AT, *about, Decimal(weight), Decimal(0), "")


def steps() -> Result:
    """The first and the last touch as the report `journey` tells them."""
    told = "at kind channel platform campaign ad_group keyword content is_first is_last_before_lead"
    bought = ("baidu", "plan", "unit", "crm", "")
    return result(
        told,
        (AT, "visit", "paid_search", *bought, True, False),
        (AT + timedelta(days=60), "visit", "direct", "", "", "", "", "", False, True),
    )


def identities() -> Result:
    """A browser and a record that are one, and a number that stands for nobody."""
    linked = (
        "person identifier kind linked_to rule evidence_source linked_at evidence blocked splits held_back"
    )
    said = ("lead_recorded", "crm:hub", AT, "e")
    return result(
        linked,
        ("crm:hub:1", "anon:1", "anon", "crm:hub:1", *said, False, "", ""),
        ("crm:hub:1", "crm:hub:1", "crm", "anon:1", *said, False, "email:x", ""),
        ("crm:hub:1", f"phone:{'1' * 64}", "phone", "", "", "", None, "", True, "", "over_degree_cap"),
    )


def sources() -> Result:
    """What was tracked, and what the lead says."""
    told = (
        "day person company owner channel tracked self_reported self_reported_by told_by_lead crm_typed "
        "typed_by_sales disagree"
    )
    said = ("paid_search", "search", HOSTILE, "form", "(unknown)", "", "(none)", 1)
    return result(told, (date(2026, 3, 8), "crm:hub:1", "", "", *said))


def one_lead(**changes: Any) -> Stored:
    """Answers about the lead above."""
    scores = result("day earned score grade silent_days", (date(2026, 3, 8), 5, 5.0, "D", 0))
    reason = ("step", "form", "website", AT, HOSTILE, 15, 2.5)
    return Stored(
        {
            "identities": identities(),
            "score_history": scores,
            "score_reasons": result("reason rule score_group at what given points", reason),
            "journey": steps(),
            "credits": result(CREDITS, credit("t1", 1, "1"), credit("t2", 2, "0")),
            "sources": sources(),
        },
        {"journey": journey(**changes)},
    )
