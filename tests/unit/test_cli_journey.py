"""A journey reads as a story, in the order of time."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import click
import pytest

import settings
from answers.identifiers import IdentifierError, identifier_of
from answers.journey_text import journey_text
from cli.identifiers import identifier_in
from settings import Settings, SettingsError
from sinks.lookups import nested

GIVEN = settings.load({"LEADTRACE_TOKEN_KEY": "a secret of tests only"})


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def touch(**more: Any) -> dict[str, Any]:
    names = ("channel", "platform", "source", "campaign", "ad_group", "keyword", "search_term")
    empty = dict.fromkeys((*names, "content", "author", "published"), "")
    return {**empty, "id": "t1", "kind": "visit", "at": at(2), "pages": 1, "dwell_ms": 0, "forms": 0, **more}


def journey(**more: Any) -> dict[str, Any]:
    names = ("company", "account", "owner", "grade", "canonical_grade", "lead_source")
    lists = ("tags", "touchpoints", "page_visits", "stages", "follow_ups", "deals", "issues")
    told: dict[str, Any] = {**dict.fromkeys(names, ""), **{name: [] for name in lists}}
    told |= {"person": "crm:s:1", "identifiers": ["crm:s:1"], "is_lead": True, "truncated": False}
    return told | more


def test_it_tells_everything_in_the_order_of_time() -> None:
    bought = touch(
        channel="paid_search",
        platform="baidu",
        campaign="计划",
        ad_group="单元",
        keyword="词",
        dwell_ms=96_000,
        forms=1,
    )
    page = {"touchpoint": "t1", "at": at(2), "url": "https://www.a.example/price?x=1", "title": "价格"}
    entry = {"occurrence": 1, "deal": "", "raw": "", "reason": ""}
    text = journey_text(
        journey(
            touchpoints=[bought],
            page_visits=[page | {"dwell_ms": 96_000}],
            stages=[
                {"stage": "visitor", "at": at(2), **entry},
                {"stage": "lost", "at": at(5), **entry, "deal": "deal:s:9", "raw": "输单", "reason": "预算"},
            ],
            follow_ups=[
                {
                    "at": at(4),
                    "category": "电话",
                    "grade": "A",
                    "canonical_grade": "",
                    "tags": ["x"],
                    "owner": "组",
                }
            ],
            deals=[
                {"deal": "deal:s:9", "name": "n", "stage": "lost", "amount_minor": 123_456, "currency": "CNY"}
                | {"opened_at": at(3), "closed_at": at(5)}
            ],
        ),
        "Asia/Shanghai",
    )
    happened = text.partition("What happened (times in Asia/Shanghai)\n")[2].splitlines()
    assert happened[:5] == [
        "  2026-03-02 10:00:00  visit      paid_search · baidu · 计划 › 单元 › 词  (1 pages, 1:36, 1 forms)",
        "                           1:36  /price  价格",
        "  2026-03-02 10:00:00  → visitor",
        "  2026-03-02 12:00:00  follow-up  电话 · grade A · x · 组",
        "  2026-03-02 13:00:00  → lost  deal:s:9, 输单, 预算",
    ]
    assert "deal:s:9  n  lost  1,234.56 CNY  opened 2026-03-02, closed 2026-03-02" in text
    assert "Stage     lost" in text


def test_tokens_are_shown_short_and_a_visitor_is_called_one() -> None:
    token = "email:" + "5f" * 32
    text = journey_text(journey(is_lead=False, person=token, identifiers=[token, "anon:a"]), "UTC")
    assert text.startswith(f"Visitor {token}\n")
    assert "Known by  email:5f5f5f5f…, anon:a" in text


def test_what_could_not_be_understood_is_said() -> None:
    assert "Could not be understood: stage:x" in journey_text(
        journey(issues=["stage:x"], truncated=True), "UTC"
    )


def test_rows_of_parallel_arrays_become_lists() -> None:
    columns = ("person", "stages.stage", "stages.at", "deals.deal")
    assert nested(columns, ("p", ["visitor", "lead"], [1, 2], [])) == {
        "person": "p",
        "stages": [{"stage": "visitor", "at": 1}, {"stage": "lead", "at": 2}],
        "deals": [],
    }


@pytest.mark.parametrize(
    "clear", ["Someone@Site.example", "email:someone@site.example", " someone@site.example "]
)
def test_an_address_is_replaced_by_its_token(clear: str) -> None:
    token = identifier_of("someone@site.example", GIVEN)
    assert token.startswith("email:")
    assert "site" not in token
    assert identifier_of(clear, GIVEN) == token
    assert identifier_of(token, GIVEN) == token


def test_a_phone_number_is_replaced_by_its_token() -> None:
    token = identifier_of("139 1234 5678", GIVEN)
    assert token.startswith("phone:")
    assert identifier_of("phone:+8613912345678", GIVEN) == token


def test_a_record_whose_id_is_an_address_is_found_by_it() -> None:
    found = identifier_of("crm:hubspot:Someone@Site.example", GIVEN)
    assert re.fullmatch("crm:hubspot:email:[0-9a-f]{64}", found)
    assert identifier_of(found, GIVEN) == found
    assert identifier_of("user:someone@site.example", GIVEN) == identifier_of("someone@site.example", GIVEN)
    assert identifier_of("crm:our:139 1234 5678", GIVEN) == identifier_of("crm:our:13912345678", GIVEN)
    assert identifier_of("crm:hubspot:13912345678", GIVEN) == "crm:hubspot:13912345678"


def test_who_is_meant_may_be_said_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("someone@site.example\n"))
    assert identifier_in("-", GIVEN) == identifier_of("someone@site.example", GIVEN)


def test_who_is_nobody_s_name_is_told_so_without_repeating_it() -> None:
    with pytest.raises(IdentifierError) as error:
        identifier_of("someone at site", GIVEN, "the lead")
    assert str(error.value).startswith("the lead is neither an identifier (crm:SYSTEM:ID")
    assert "someone" not in str(error.value)
    with pytest.raises(click.UsageError, match="LEFT is neither an identifier"):
        identifier_in("", GIVEN, "LEFT")


def test_a_plain_identifier_needs_no_key() -> None:
    assert identifier_of("crm:hubspot:17", Settings()) == "crm:hubspot:17"
    with pytest.raises(SettingsError, match="LEADTRACE_TOKEN_KEY"):
        identifier_of("crm:hubspot:someone@site.example", Settings())


@pytest.mark.parametrize("name", ["crm:hubspot:17", "anon:a b", "user:u@x"])
def test_other_identifiers_stay_as_they_are(name: str) -> None:
    assert identifier_of(name, GIVEN) == name


def test_a_grade_has_its_meaning_beside_it_and_unknown_words_are_no_fault() -> None:
    call = {
        "at": at(4),
        "category": "",
        "grade": "有意向",
        "canonical_grade": "interested",
        "tags": [],
        "owner": "",
    }
    issues = ["truncated_url", "unmapped_grade:s:A", "unmapped_stage:s:a:b"]
    graded = journey(grade="有意向", canonical_grade="interested", follow_ups=[call], issues=issues)
    text = journey_text(graded, "UTC")
    assert "  Grade     有意向 (interested)\n" in text
    assert "follow-up  grade 有意向 (interested)\n" in text
    assert "The policy does not know: grade A of s, stage a:b of s\n" in text
    assert text.endswith("Could not be understood: truncated_url")
