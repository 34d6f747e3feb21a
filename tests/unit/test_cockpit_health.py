"""The page of data health: who is silent, what waits, and what to do about it."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from cockpits import Stored, cockpit, result, text_of

from cockpit.issues import said
from cockpit.pages.health import is_late, sources_of, tasks

pytestmark = pytest.mark.enable_socket

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
DAY = date(2026, 10, 5)
TRUST = "area what concerned of_all share newest_at learnt_at says"


def freshness(what: str, hours: float) -> dict[str, object]:
    at = NOW - timedelta(hours=hours)
    return {"area": "freshness", "what": what, "newest_at": at, "learnt_at": at, "says": ""}


@pytest.mark.parametrize(
    ("silent", "facts", "late"),
    [
        (2.9, (5,) * 30, False),
        (3.1, (5,) * 30, True),  # it spoke every day
        (20.0, (5, 0, 0, 0, 0, 0, 0, 0, 0, 0) * 3, False),  # every tenth day
        (31.0, (5, 0, 0, 0, 0, 0, 0, 0, 0, 0) * 3, True),
        (60.0, (0,) * 30, False),  # it speaks once in a while
        (None, (1,) * 30, False),
    ],
)
def test_a_source_is_late_by_how_often_it_spoke_before(
    silent: float | None, facts: tuple[int, ...], late: bool
) -> None:
    assert is_late(silent, facts) is late


def test_facts_of_each_day_stand_at_their_source_and_late_ones_come_first() -> None:
    days = [
        {"source": "crm:sales", "day": DAY - timedelta(1), "facts": 7},
        {"source": "collector", "day": DAY, "facts": 3},
        *({"source": "crm:sales", "day": DAY - timedelta(n), "facts": 1} for n in (2, 3)),
    ]
    for hours, told in (
        (24 * 3, [("collector", (0, 0, 0, 3), False), ("crm:sales", (1, 1, 7, 0), False)]),
        (24 * 5, [("crm:sales", (1, 1, 7, 0), True), ("collector", (0, 0, 0, 3), False)]),
    ):
        trust = [freshness("crm: crm:sales", hours), freshness("website: collector", 1)]
        found = sources_of(trust, days, DAY - timedelta(3), DAY, NOW)
        assert [(each.name, each.facts, each.is_late) for each in found] == told


def test_what_is_missing_comes_before_what_waits_and_who_is_silent() -> None:
    trust = [{"area": "missing", "what": "CRM", "says": ""}]
    told = list(
        tasks(trust, [], [{"waiting": 7}], [{"host": "sso.example", "looks_like": "sign_in", "visits": 9}])
    )
    assert [(task.text.partition(":")[0], task.command) for task in told] == [
        ("No CRM is connected", "leadtrace import crm FILE"),
        ("%(count)s records could not be understood and wait to be sent again", "leadtrace dead-letters"),
        ("%(host)s looks like no source of its own but like %(what)s", ""),
    ]
    assert told[1].values == {"count": 7}


def test_codes_are_said_in_words_and_unknown_ones_as_they_are() -> None:
    assert said("unmapped_stage:sales:已加微信") == (
        "the policy does not know this stage: add it to its mapping",
        "sales:已加微信",
    )
    assert said("some_new_code") == ("some new code", "")


def test_the_page_shows_all_of_it_and_an_empty_installation_what_to_do_first() -> None:
    full = Stored(
        {
            "trust": result(TRUST, ("freshness", "crm: crm:sales", None, None, None, NOW, NOW, "")),
            "data_quality": result(
                "area issue rows example", ("journeys", "unmapped_grade:sales:B", 67, "crm:sales:1")
            ),
            "dead_letters_waiting": result(
                "topic reason waiting sent_before oldest newest example",
                ("crm.events", "no_id", 7, 0, NOW, NOW, "crm.events/0/1"),
            ),
        }
    )
    empty = Stored({"trust": result(TRUST, ("missing", "CRM", None, None, None, None, None, "no CRM"))})

    async def visit() -> None:
        async with cockpit(full) as client:
            text = await text_of(client, "/health")
            assert "the policy does not know this grade" in text
            assert '<a href="/dead-letters">7 records could not be understood' in text
            assert "需要处理" in await text_of(client, "/health?lang=zh")
        async with cockpit(empty) as client:
            text = await text_of(client, "/health")
            assert "No CRM is connected" in text
            assert "<code>leadtrace import crm FILE</code>" in text
            assert "Nothing was heard of any source yet" in text

    asyncio.run(visit())
