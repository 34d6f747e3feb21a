"""Records to rows: the same record is always the same rows, and no record stops the others."""

import uuid
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.closed_touchpoints import close
from schemas.codec import DecodeError, encode, output_record
from schemas.envelope import fingerprint, natural_id, record_version
from schemas.journey import ClosedTouchpoint, FollowUp, Journey, Opportunity, Touchpoint
from schemas.sem import AdPerformanceReported, ExchangeRateReported
from schemas.terms import TouchKind
from schemas.topics import CRM, DEAD_LETTERS, JOURNEYS, OPPORTUNITIES, SEM, WEBSITE, Topic
from schemas.website import PageViewed
from sinks.broker import APP_VERSION, letter_about
from sinks.letter_rows import dead_letter_row
from sinks.records import Record
from sinks.rows import COLUMNS, on_journey, rows_of, rows_of_closed, rows_of_journey, snapshot_row

NAME = "6f6e1c8e-3a5b-5d0c-9b1e-1d6d0f2c7a10"


def record(topic: Topic, value: bytes | None, **more: Any) -> Record:
    given: dict[str, Any] = {"partition": 3, "offset": 17, "timestamp": 1_772_000_000_000, "key": b"k"}
    return Record(topic=topic.name, value=value, **given | more)


def named(table: str, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(COLUMNS[table], row, strict=True))


def page_view(**more: Any) -> PageViewed:
    given: dict[str, Any] = {
        "event_id": NAME,
        "occurred_at": 5,
        "received_at": 7,
        "source": "web",
        "subject": "anon:1",
    }
    return PageViewed(**given | more)


def report(**more: Any) -> AdPerformanceReported:
    given: dict[str, Any] = {
        **{
            "event_id": str(uuid.uuid4()),
            "occurred_at": 5,
            "received_at": 7,
            "source": "sem",
            "subject": "keyword:1",
        },
        **{
            "platform": "baidu",
            "day": "2026-03-01",
            "reported_at": 9,
            "impressions": 1,
            "clicks": 1,
            "cost_micros": 5,
        },
    }
    return AdPerformanceReported(**given | more)


def test_a_fact_is_a_row_of_events_with_its_payload() -> None:
    fact = page_view(title="价格")
    ((table, row),) = rows_of(record(WEBSITE, encode(fact)))
    assert table == "events"
    assert named(table, row) == {
        "event_id": NAME,
        "type": "page_viewed",
        "subject": "anon:1",
        "occurred_at": 5,
        "received_at": 7,
        "source": "web",
        "schema_version": 1,
        "fingerprint": fingerprint(fact),
        "payload": encode(fact),
        "version": record_version(fact),
    }


def test_of_two_copies_of_a_fact_the_one_received_first_has_the_larger_version() -> None:
    first, second = (rows_of(record(WEBSITE, encode(page_view(received_at=at))))[0][1] for at in (7, 8))
    assert named("events", first)["version"] > named("events", second)["version"]


def test_performance_is_an_event_and_a_row_of_its_own() -> None:
    assert [table for table, _ in rows_of(record(SEM, encode(report())))] == ["events", "ad_performance"]


@pytest.mark.parametrize(
    ("counts", "does_not"),
    [
        (report(reported_at=10, received_at=900), report(reported_at=9, received_at=1)),
        (report(reported_at=9, received_at=7), report(reported_at=9, received_at=8)),
    ],
    ids=["the newest report", "the copy received first"],
)
def test_of_two_reports_of_a_day_one_counts(
    counts: AdPerformanceReported, does_not: AdPerformanceReported
) -> None:
    versions = [
        named("ad_performance", rows_of(record(SEM, encode(each)))[1][1])["version"]
        for each in (counts, does_not)
    ]
    assert versions[0] > versions[1]
    assert versions[0] < 1 << 128


def rate(**more: Any) -> ExchangeRateReported:
    given: dict[str, Any] = {"currency": "USD", "in_currency": "CNY", "day": "2026-03-01", "rate": "7.1745"}
    return ExchangeRateReported(
        **given
        | {"event_id": natural_id("rate"), "occurred_at": 1, "received_at": 1, "source": "import:rates"}
        | {"subject": "rate:USD/CNY", "reported_at": 5}
        | more
    )


def test_an_exchange_rate_is_an_event_and_a_row_of_its_own_and_the_newest_report_counts() -> None:
    event, (table, row) = rows_of(record(SEM, encode(rate())))
    assert (event[0], table) == ("events", "exchange_rate_reports")
    assert named(table, row)["rate"] == Decimal("7.1745")
    newer = rows_of(record(SEM, encode(rate(reported_at=6, received_at=9, rate="7.2"))))[1][1]
    assert named(table, newer)["version"] > named(table, row)["version"]


@pytest.mark.parametrize("day", ["2026-02-30", "1815-12-10", "9999-01-01"])
def test_a_day_that_no_calendar_or_column_has_is_refused(day: str) -> None:
    with pytest.raises(DecodeError, match="day"):
        rows_of(record(SEM, encode(report(day=day))))


def test_a_journey_is_a_version_and_the_newest_with_one_array_per_field() -> None:
    touchpoints = tuple(
        Touchpoint(id=name, kind=TouchKind.VISIT, at=at, ended_at=at, identifier="anon:1", channel="direct")
        for name, at in (("t1", 3), ("t2", 4))
    )
    follow_up = FollowUp(id="f", at=6, category="call", grade="A", tags=("hot",), owner="o")
    snapshot = Journey(
        person="anon:1",
        version=4,
        policy_version="p",
        known_at=8,
        touchpoints=touchpoints,
        follow_ups=(follow_up,),
    )
    held = on_journey(record(JOURNEYS, encode(snapshot)))
    assert held == snapshot
    rows = dict(rows_of_journey(snapshot, 1_772_000_000_000, UTC))
    newest = named("journeys", rows["journeys"])
    assert newest["touchpoints.id"] == ("t1", "t2")
    assert newest["touchpoints.at"] == (3, 4)
    assert newest["follow_ups.tags"] == (("hot",),)
    assert newest["stages.stage"] == ()
    published = {"published_at": 1_772_000_000_000}
    assert named("journey_versions", rows["journey_versions"]) == newest | published
    assert named("journey_days", rows["journey_days"]) == newest | published | {"day": date(2026, 2, 25)}


@pytest.mark.parametrize(
    ("published_at", "day"),
    [("2026-03-01T23:59:59.999", 1), ("2026-03-02T00:00:00.000", 1), ("2026-03-02T00:00:00.001", 2)],
)
def test_midnight_ends_the_day_before_in_the_zone_of_the_reports(published_at: str, day: int) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = round(datetime.fromisoformat(published_at).replace(tzinfo=zone).timestamp() * 1000)
    known = Journey(person="anon:1", version=1, policy_version="p", known_at=1)
    assert dict(rows_of_journey(known, at, zone))["journey_days"][-1] == date(2026, 3, day)


def test_a_snapshot_from_before_there_were_domains_is_a_row_without_one() -> None:
    told = b'{"person":"crm:s:1","version":4,"policy_version":"p","known_at":8,"account":"A-310"}'
    held = on_journey(record(JOURNEYS, told))
    assert isinstance(held, Journey)
    row = named("journeys", snapshot_row(held))
    assert (row["account"], row["domain"]) == ("A-310", "")


def test_a_touchpoint_in_a_record_of_its_own_is_a_row_of_its_own() -> None:
    touch = Touchpoint(id="t", kind=TouchKind.VISIT, at=3, ended_at=4, identifier="anon:1", channel="direct")
    sent = output_record(close("anon:1", touch))
    stood = replace(record(JOURNEYS, sent.value), key=sent.key)
    held = on_journey(stood)
    assert isinstance(held, ClosedTouchpoint)
    assert rows_of_closed(held, stood) == (("closed_touchpoints", ("anon:1", held.ref, sent.value)),)
    with pytest.raises(DecodeError, match="another touchpoint"):
        on_journey(replace(stood, key=b"anon:2\n" + held.ref.encode()))


def test_a_snapshot_that_only_names_its_touchpoints_is_no_row() -> None:
    with pytest.raises(ValueError, match="not whole"):
        snapshot_row(
            Journey(person="anon:1", version=1, policy_version="p", known_at=1, closed="abcdefghijkl")
        )


def test_every_field_of_a_snapshot_has_a_column_but_what_it_names_by_reference() -> None:
    for table, snapshot in (("journeys", Journey), ("opportunities", Opportunity)):
        roots = [column.partition(".")[0] for column in COLUMNS[table]]
        expected = [field.name for field in fields(snapshot) if field.name != "closed"]
        assert list(dict.fromkeys(roots)) == expected


@pytest.mark.parametrize("topic", [JOURNEYS, OPPORTUNITIES])
def test_the_deletion_of_a_compacted_key_is_no_row(topic: Topic) -> None:
    assert rows_of(record(topic, None)) == ()


@pytest.mark.parametrize(
    ("topic", "value", "reason"),
    [
        (WEBSITE, None, "empty"),
        (WEBSITE, b"\xff", "json_invalid"),
        (CRM, b'{"type":"page_viewed"}', "unknown_type"),
        (JOURNEYS, b"{}", "schema_invalid"),
        (
            SEM,
            encode(report()).replace(b'"cost_micros":5', b'"cost_micros":1180591620717411303424'),
            "schema_invalid",
        ),
        (WEBSITE, b"[" * 100_000, "json_invalid"),
    ],
)
def test_what_can_be_no_row_says_why(topic: Topic, value: bytes | None, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        _ = on_journey(record(topic, value)) or rows_of(record(topic, value))
    assert caught.value.reason == reason


def test_a_dead_letter_tells_where_the_record_stood_and_comes_back_as_it_was() -> None:
    broken = record(CRM, b"\xff{", key=b"\xfe", headers=(("trace", b"t1"),))
    put = letter_about(broken, "json_invalid", "x" * 500)
    letter = record(
        DEAD_LETTERS, put.value, key=put.key, headers=put.headers, partition=1, offset=99, timestamp=5
    )
    assert named("dead_letters", dead_letter_row(letter)) == {
        "topic": "crm.events",
        "partition": 3,
        "offset": 17,
        "reason": "json_invalid",
        "error": "x" * 200,
        "key": b"\xfe",
        "value": b"\xff{",
        "headers": {"trace": "t1"},
        "header_names": ["trace"],
        "header_values": [b"t1"],
        "left_out": (),
        "length": 2,
        "sha256": "",
        "recorded_at": 1_772_000_000_000,
        "failed_at": 5,
        "app_version": APP_VERSION,
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"x-dlq-topic": b""},
        {"x-dlq-reason": b""},
        {"x-dlq-offset": b"many"},
        {"x-dlq-partition": b"-4"},
        {"x-dlq-timestamp": b"yesterday"},
    ],
)
def test_a_letter_that_is_none_is_a_row_about_itself(changed: dict[str, bytes]) -> None:
    headers = dict(letter_about(record(CRM, b"?"), "json_invalid", "").headers) | changed
    row = named(
        "dead_letters", dead_letter_row(record(DEAD_LETTERS, b"?", headers=tuple(headers.items()), offset=99))
    )
    assert (row["topic"], row["partition"], row["offset"]) == ("dead.letters", 3, 99)
    assert row["reason"] == "unreadable_dead_letter"


def test_an_output_that_never_stood_anywhere_has_a_place_that_no_record_has() -> None:
    headers = (("x-dlq-reason", b"too_large"), ("x-dlq-topic", b"journeys"))
    row = named("dead_letters", dead_letter_row(record(DEAD_LETTERS, None, headers=headers, offset=99)))
    assert (row["topic"], row["partition"], row["offset"], row["value"]) == ("journeys", -4, 99, None)
