"""Behaviour tools are told who came how far: in their own words, and a repeat as one."""

import base64
import gzip
import json
import urllib.parse
from dataclasses import replace
from typing import Any

import pytest
from orders import account, order, sending

from outbox.destination import Account, Answer, Destination, Outcome, Request
from outbox.destinations.posthog import PostHog
from outbox.destinations.segment import Segment
from outbox.destinations.sensors import Sensors

SEGMENT = account("segment", secrets={"write_key": "w"}, base_url="https://cdp.example.com/")
POSTHOG = account("posthog", secrets={"project_key": "phc_x"}, options={"host": "https://ph.example.com"})
SENSORS = account(
    "sensors",
    options={"url": "https://sa.example.com/sa?project=p", "event_prefix": "crm_"},
    secrets={"token": "t"},
)
TOOLS: tuple[tuple[Destination, Account], ...] = (
    (Segment(), SEGMENT), (PostHog(), POSTHOG), (Sensors(), SENSORS),
)  # fmt: skip


def request(tool: Destination, of: Account, **other: Any) -> Request:
    (made,) = tool.prepare(sending(of, order(**other)))
    assert isinstance(made, Request)
    return made


def outcomes(
    tool: Destination, of: Account, status: int, body: bytes = b"", orders: int = 1
) -> tuple[Outcome, ...]:
    told = sending(of, *(order(str(nth)) for nth in range(orders)))
    (made,) = tool.prepare(told)
    assert isinstance(made, Request)
    return tool.understood(told, made, Answer(status=status, body=body)).outcomes


def sensors_items(made: Request) -> list[dict[str, Any]]:
    (packed,) = urllib.parse.parse_qs(made.body.decode())["data_list"]
    items: list[dict[str, Any]] = json.loads(gzip.decompress(base64.b64decode(packed)))
    return items


def test_segment_hears_who_it_is_and_what_happened_each_under_an_id_of_its_own() -> None:
    made = request(Segment(), SEGMENT)
    assert made.url == "https://cdp.example.com/v1/batch"
    assert made.headers["Authorization"] == "Basic " + base64.b64encode(b"w:").decode()
    identify, track = json.loads(made.body)["batch"]
    assert (identify["type"], identify["userId"], identify["messageId"]) == (
        "identify",
        "u7",
        "0" * 32 + "-identify",
    )
    assert identify["traits"]["leadtrace_last_keyword"] == "crm 软件"
    assert identify["traits"]["leadtrace_grade"] == "A"
    assert "leadtrace_value" not in identify["traits"], "what a deal is worth is no trait"
    assert (track["event"], track["messageId"]) == ("leadtrace_won", "0" * 32)
    assert track["timestamp"] == "2023-11-14T22:15:00.000Z"
    assert track["properties"]["value"] == 1234.5


def test_posthog_hears_one_event_that_it_knows_again_by_its_uuid() -> None:
    made = request(PostHog(), POSTHOG)
    assert made.url == "https://ph.example.com/batch/"
    (event,) = json.loads(made.body)["batch"]
    assert event["uuid"] == "00000000-0000-0000-0000-000000000000"
    assert (event["event"], event["distinct_id"]) == ("leadtrace_won", "u7")
    assert event["properties"]["$set"]["leadtrace_last_keyword"] == "crm 软件"


def test_sensors_data_hears_a_profile_and_an_event_of_a_user_who_logged_in() -> None:
    made = request(Sensors(), SENSORS)
    assert made.url == "https://sa.example.com/sa?project=p&token=t"
    profile, event = sensors_items(made)
    assert (profile["type"], profile["properties"]["$is_login_id"]) == ("profile_set", True)
    assert (event["event"], event["distinct_id"], event["time"]) == (
        "crm_leadtrace_won",
        "u7",
        1_700_000_100_000,
    )


def test_only_sensors_data_can_not_tell_a_repeat_and_so_is_not_told_twice_unless_the_switch_says_so() -> None:
    assert [request(tool, of).is_repeatable for tool, of in TOOLS] == [True, True, False]
    switched = replace(SENSORS, switches=frozenset({"track_id_is_unique"}))
    assert request(Sensors(), switched).is_repeatable
    assert request(Sensors(), SENSORS, occasion="lead").is_repeatable, (
        "a profile that is set again is the same"
    )


@pytest.mark.parametrize(("tool", "of"), TOOLS, ids=lambda each: getattr(each, "kind", ""))
def test_the_same_order_is_told_in_the_same_bytes_but_for_the_time_of_the_attempt(
    tool: Destination, of: Account
) -> None:
    (one,), (other,) = (tool.prepare(sending(of, at=at)) for at in (1_700_000_300_000, 1_700_000_999_000))
    assert isinstance(one, Request)
    assert isinstance(other, Request)
    assert one.body.replace(b"22:18:20", b"") == other.body.replace(b"22:29:59", b"")
    assert "22:1" not in str(one.keys)


@pytest.mark.parametrize(("tool", "of"), TOOLS, ids=lambda each: getattr(each, "kind", ""))
def test_who_has_no_id_there_can_not_be_told_about_and_an_unknown_browser_is_its_anonymous_id(
    tool: Destination, of: Account
) -> None:
    assert tool.unsendable(order(), of, 0) is None
    assert "anonymous id" in (tool.unsendable(order(identifiers=("email:x",)), of, 0) or "")
    made = request(tool, of, identifiers=("anon:b1", "anon:b0"))
    told = sensors_items(made) if of is SENSORS else [json.loads(made.body)]
    assert "b0" in json.dumps(told), "of several ids always the same"


@pytest.mark.parametrize(("tool", "of"), TOOLS, ids=lambda each: getattr(each, "kind", ""))
def test_a_changed_lead_is_its_properties_alone(tool: Destination, of: Account) -> None:
    made = request(tool, of, occasion="lead", stage="")
    told = sensors_items(made) if of is SENSORS else json.loads(made.body)["batch"]
    assert len(told) == 1
    assert told[0].get("event", "$set") == "$set"


@pytest.mark.parametrize(("tool", "of"), TOOLS, ids=lambda each: getattr(each, "kind", ""))
def test_only_fields_that_the_file_names_are_told(tool: Destination, of: Account) -> None:
    made = request(tool, replace(of, fields={"kw": "last_keyword"}))
    told = json.dumps(sensors_items(made) if of is SENSORS else json.loads(made.body), ensure_ascii=False)
    assert "leadtrace_kw" in told
    assert "1234.5" not in told
    assert "品牌" not in told


@pytest.mark.parametrize(("tool", "of"), TOOLS, ids=lambda each: getattr(each, "kind", ""))
def test_answers_are_understood(tool: Destination, of: Account) -> None:
    def states(status: int, orders: int = 1) -> list[str]:
        return [each.state for each in outcomes(tool, of, status, orders=orders)]

    assert states(200) == ["accepted"]
    assert states(400) == ["refused"]
    assert states(400, orders=2) == ["alone"], "one bad event must not hold up the other"
    assert states(429) == states(503) == []
    (closed,) = outcomes(tool, of, 401)
    assert (closed.state, closed.closes) == ("later", True)


def test_a_project_without_events_left_waits() -> None:
    (paused,) = outcomes(PostHog(), POSTHOG, 200, b'{"status": 1, "quota_limited": ["events"]}')
    assert (paused.state, paused.pauses) == ("later", 3600.0)
    assert [each.state for each in outcomes(PostHog(), POSTHOG, 200, b"<html>")] == ["accepted"]
