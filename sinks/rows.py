"""Records of topics to rows of tables; pure, and of one record always the same rows."""

from dataclasses import fields
from datetime import date, datetime, tzinfo
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from schemas.closed_touchpoints import is_closed_touchpoint, key_of_closed
from schemas.codec import DecodeError, decode, decode_closed, encode
from schemas.dead_letter import UNREADABLE
from schemas.envelope import Fact, fingerprint, record_version
from schemas.journey import (
    ClosedTouchpoint,
    DealOnJourney,
    FollowUp,
    Journey,
    Opportunity,
    StageEntry,
    Touchpoint,
)
from schemas.sem import AdPerformanceReported, ExchangeRateReported
from schemas.topics import DEAD_LETTERS, JOURNEYS, OPPORTUNITIES, OUTBOX
from sinks.letter_rows import LETTER_COLUMNS, REDRIVEN_COLUMNS, rows_of_letter
from sinks.outbox_rows import OUTBOX_COLUMNS, rows_of_outbox
from sinks.records import Record, Row

NESTED: Final[dict[str, Any]] = {
    "touchpoints": Touchpoint,
    "stages": StageEntry,
    "follow_ups": FollowUp,
    "deals": DealOnJourney,
}


# What only a snapshot on its way has: in a row, all touchpoints stand themselves.
_NO_COLUMN: Final = "closed"


def _columns_of(snapshot: Any) -> tuple[str, ...]:
    """The columns of a snapshot's table: a field each, and for a tuple of values one per field of theirs."""
    return tuple(
        column
        for field in fields(snapshot)
        if field.name != _NO_COLUMN
        for column in (
            [f"{field.name}.{inner.name}" for inner in fields(NESTED[field.name])]
            if field.name in NESTED
            else [field.name]
        )
    )


# A process does this for every snapshot there is, so the names are looked up once.
_FIELDS: Final = {
    snapshot: tuple(
        (field.name, field.name in NESTED) for field in fields(snapshot) if field.name != _NO_COLUMN
    )
    for snapshot in (Journey, Opportunity)
}
_VALUES: Final = {name: attrgetter(*(field.name for field in fields(kind))) for name, kind in NESTED.items()}
_NOTHING: Final = {name: ((),) * len(fields(kind)) for name, kind in NESTED.items()}

_EVENT: Final = (
    *("event_id", "type", "subject", "occurred_at", "received_at", "source", "schema_version"),
    *("fingerprint", "payload", "version"),
)
_AD_PERFORMANCE: Final = (
    *("platform", "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id"),
    *("match_type", "device", "day", "impressions", "clicks", "cost_micros", "currency", "reported_at"),
    *("received_at", "event_id", "version"),
)
_EXCHANGE_RATE: Final = (
    *("currency", "in_currency", "day", "rate", "reported_at", "received_at", "event_id", "version"),
)
_JOURNEY: Final = _columns_of(Journey)
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "events": _EVENT,
    "ad_performance": _AD_PERFORMANCE,
    "exchange_rate_reports": _EXCHANGE_RATE,
    "closed_touchpoints": ("person", "ref", "record"),
    "journey_days": (*_JOURNEY, "published_at", "day"),
    "journey_versions": (*_JOURNEY, "published_at"),
    "journeys": _JOURNEY,
    "opportunities": _columns_of(Opportunity),
    "dead_letters": LETTER_COLUMNS,
    "redriven_letters": REDRIVEN_COLUMNS,
    "outbox": OUTBOX_COLUMNS,
}
"""The tables in the order in which a batch is written, with the columns of their rows."""


def on_journey(record: Record) -> Journey | ClosedTouchpoint | None:
    """Return what a record of the topic of journeys holds: a snapshot, which may have to be made whole before
    it is rows, or a touchpoint; None for a deletion and for all other topics. Raises DecodeError."""
    if record.topic != JOURNEYS.name or record.unreadable or record.value is None:
        return None
    if record.key is None or not is_closed_touchpoint(record.key):
        journey: Journey = decode(record.topic, record.value)
        return journey
    closed = decode_closed(record.value)
    if record.key != key_of_closed(closed):
        raise DecodeError("schema_invalid", "key: it names another touchpoint than the record holds")
    return closed


def rows_of(record: Record) -> tuple[tuple[str, Row], ...]:
    """Return the rows of a record, each with its table; raise DecodeError if there can't be any.

    The deletion of a compacted key has no rows; of what is on a journey they are made after `on_journey`.
    """
    if record.unreadable:
        raise DecodeError(UNREADABLE, record.unreadable)
    try:
        return _rows_of(record)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DecodeError):
            raise
        # A number past 64 bits passes the schema but not the fingerprint; one record must not stop the rest.
        raise DecodeError("unstorable", f"a value of it can't be stored ({type(error).__name__})") from None


def _rows_of(record: Record) -> tuple[tuple[str, Row], ...]:
    if record.topic == DEAD_LETTERS.name:
        return rows_of_letter(record)
    if record.topic == OUTBOX.name:
        return rows_of_outbox(record)
    if record.topic == JOURNEYS.name and record.value is None:
        return ()
    if record.topic == OPPORTUNITIES.name:
        if record.value is None:
            return ()
        return (("opportunities", snapshot_row(decode(record.topic, record.value))),)
    fact = decode(record.topic, record.value)
    version = record_version(fact)
    event = ("events", event_row(fact, version))
    if isinstance(fact, AdPerformanceReported):
        return (event, ("ad_performance", ad_performance_row(fact, version)))
    if isinstance(fact, ExchangeRateReported):
        return (event, ("exchange_rate_reports", exchange_rate_row(fact, version)))
    return (event,)


def rows_of_journey(journey: Journey, published_at: int, zone: tzinfo) -> tuple[tuple[str, Row], ...]:
    """The rows of a whole journey, each with its table; the time is its record's, in Millis.

    Days end at midnight in this zone, with midnight.
    """
    row = snapshot_row(journey)
    day = datetime.fromtimestamp(max(published_at - 1, 0) / 1000, zone).date()
    return (
        ("journey_days", (*row, published_at, day)),
        ("journey_versions", (*row, published_at)),
        ("journeys", row),
    )


def rows_of_closed(closed: ClosedTouchpoint, record: Record) -> tuple[tuple[str, Row], ...]:
    """The row of a touchpoint that snapshots name, with its table."""
    return (("closed_touchpoints", (closed.person, closed.ref, record.value)),)


def event_row(fact: Fact, version: int) -> Row:
    """The row of a fact; `version` is its record_version."""
    return (
        fact.event_id,
        fact.type,
        fact.subject,
        fact.occurred_at,
        fact.received_at,
        fact.source,
        fact.schema_version,
        fingerprint(fact),
        encode(fact),
        version,
    )


def ad_performance_row(fact: AdPerformanceReported, version: int) -> Row:
    """The row of one keyword's day; `version` is the fact's record_version."""
    return (
        fact.platform,
        fact.account,
        fact.campaign,
        fact.campaign_id,
        fact.ad_group,
        fact.ad_group_id,
        fact.keyword,
        fact.keyword_id,
        fact.match_type,
        fact.device,
        _day(fact.day),
        fact.impressions,
        fact.clicks,
        fact.cost_micros,
        fact.currency,
        fact.reported_at,
        fact.received_at,
        fact.event_id,
        _report_version(fact.reported_at, version),
    )


def exchange_rate_row(fact: ExchangeRateReported, version: int) -> Row:
    """The row of one day's rate; `version` is the fact's record_version."""
    return (
        fact.currency,
        fact.in_currency,
        _day(fact.day),
        Decimal(fact.rate),
        fact.reported_at,
        fact.received_at,
        fact.event_id,
        _report_version(fact.reported_at, version),
    )


def _report_version(reported_at: int, version: int) -> int:
    # The newest report counts; of one report, the copy that counts for every other fact as well.
    return reported_at << 64 | version


def snapshot_row(snapshot: Journey | Opportunity) -> Row:
    """The row of a journey, which must be whole, or of a deal."""
    if isinstance(snapshot, Journey) and snapshot.closed:
        raise ValueError("a journey that is not whole has no row")
    row: list[Any] = []
    for name, is_nested in _FIELDS[type(snapshot)]:
        value = getattr(snapshot, name)
        if not is_nested:
            row.append(value)
        elif value:
            row += zip(*map(_VALUES[name], value), strict=True)
        else:
            row += _NOTHING[name]
    return tuple(row)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DecodeError("schema_invalid", "day: there is no such day") from None
    if not 1970 <= day.year < 2100:
        raise DecodeError("schema_invalid", "day: it lies before 1970 or after 2099")
    return day
