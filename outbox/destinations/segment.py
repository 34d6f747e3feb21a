"""Stage entries to an endpoint that speaks Segment's HTTP API: an identify and a track call each."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

from outbox.destination import (
    Account,
    Answer,
    Destination,
    Limits,
    Option,
    Outcome,
    Request,
    Sending,
    Understood,
)
from outbox.destinations.behaviour import NOBODY_THERE, event_of, iso, known_as, told_of_event, told_of_lead
from outbox.orders import Order

_PUBLIC: Final = "https://api.segment.io"


class Segment(Destination):
    """Receivers know a repeat by its messageId, which is made of the order's key."""

    kind = "segment"
    title = "Segment-compatible endpoint"
    occasions = frozenset({"stage", "lead"})
    secrets = (Option("write_key", "write key of the source"),)
    limits = Limits(orders_per_request=100, bytes_per_request=500_000, per_second=10.0)
    takes_fields = True

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        del account, at
        return NOBODY_THERE if known_as(order) is None else None

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        account = sending.account
        calls = [call for order in sending.orders for call in _calls(order, account)]
        key = base64.b64encode(f"{account.secrets['write_key']}:".encode()).decode()
        return [
            Request(
                method="POST",
                url=f"{(account.base_url or _PUBLIC).rstrip('/')}/v1/batch",
                headers={"Authorization": f"Basic {key}", "Content-Type": "application/json"},
                body=json.dumps({"batch": calls, "sentAt": iso(sending.at)}, ensure_ascii=False).encode(),
                keys=tuple(order.key for order in sending.orders),
            )
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        del sending
        code = str(answer.status)
        match answer.status:
            case 200 | 201 | 202 | 204:
                return _of_all(Outcome(state="accepted", code=code))
            case 401 | 403:
                why = "the endpoint does not take the write key"
                return _of_all(Outcome(state="later", code=code, why=why, closes=True))
            case 400 | 413 | 422 if len(request.keys) > 1:
                return _of_all(Outcome(state="alone", code=code))
            case status if 400 <= status < 500 and status not in (408, 425, 429):
                return _of_all(Outcome(state="refused", code=code, why="the endpoint refuses the call"))
        return Understood()


def _of_all(outcome: Outcome) -> Understood:
    return Understood(outcomes=(outcome,))


def _calls(order: Order, account: Account) -> list[dict[str, Any]]:
    who = known_as(order)
    if who is None:
        return []
    named = {"userId" if who[1] else "anonymousId": who[0]}
    context = {"library": {"name": "leadtrace"}}
    identify = {
        "type": "identify",
        "messageId": f"{order.key}-identify",
        # When it was learnt, so that of several the newest counts.
        "timestamp": iso(order.planned_at),
        "traits": told_of_lead(order, account),
        "context": context,
        **named,
    }
    if order.occasion == "lead":
        return [identify]
    track = {
        "type": "track",
        "messageId": order.key,
        "event": event_of(order, account),
        "timestamp": iso(order.happened_at),
        "properties": told_of_event(order, account),
        "context": context,
        **named,
    }
    return [identify, track]
