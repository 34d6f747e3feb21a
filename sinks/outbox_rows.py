"""Records of the way back to rows: each is one, so that the table is the log."""

from typing import Any, Final

from schemas.codec import decode
from schemas.outbox import (
    AccountSet,
    OrderAnswered,
    OrderAttempted,
    OrderDecided,
    OrderPlanned,
    OutboxClaimed,
)
from sinks.records import Record, Row

OUTBOX_COLUMNS: Final = (
    *("log_offset", "key", "event", "at", "claim", "destination", "account", "lead", "occasion", "stage"),
    *("occurrence", "person", "deal", "evidence", "happened_at", "told", "attempt", "is_repeatable", "state"),
    *("code", "why", "reference", "retry_at", "ask_at"),
)
_NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(OUTBOX_COLUMNS, ""),
    **dict.fromkeys(("claim", "occurrence", "attempt"), 0),
    **dict.fromkeys(("happened_at", "retry_at", "ask_at")),
    "is_repeatable": False,
}


def rows_of_outbox(record: Record) -> tuple[tuple[str, Row], ...]:
    """The row of a record of the way back, with its table; none for a deletion. Raises DecodeError."""
    if record.value is None:
        return ()
    event = decode(record.topic, record.value)
    known = _NOTHING | {name: each for name, each in event.model_dump().items() if name in _NOTHING}
    told = known | {"log_offset": record.offset, "event": _NAMES[type(event)]}
    match event:
        case OrderDecided():
            told["state"] = event.decision
        case AccountSet():
            told["state"] = "open" if event.is_open else "closed"
    return (("outbox", tuple(told[name] for name in OUTBOX_COLUMNS)),)


_NAMES: Final[dict[type, str]] = {
    OutboxClaimed: "claimed",
    OrderPlanned: "planned",
    OrderAttempted: "attempted",
    OrderAnswered: "answered",
    OrderDecided: "decided",
    AccountSet: "account_set",
}
