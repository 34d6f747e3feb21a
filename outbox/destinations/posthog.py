"""Stage entries to PostHog: an event each, which sets the person's properties too."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

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


class PostHog(Destination):
    """PostHog knows a repeat by its uuid, which is the order's key, together with the time and the name."""

    kind = "posthog"
    title = "PostHog"
    occasions = frozenset({"stage", "lead"})
    options = (Option("host", "address of the instance, such as https://eu.i.posthog.com"),)
    secrets = (Option("project_key", "key of the project, phc_…"),)
    limits = Limits(orders_per_request=100, bytes_per_request=2_000_000, per_second=10.0)
    takes_fields = True

    def problems(self, account: Account) -> Sequence[str]:
        host = account.options.get("host", "")
        return () if host.startswith(("https://", "http://")) else ("options.host begins with https://",)

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        del account, at
        return NOBODY_THERE if known_as(order) is None else None

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        account = sending.account
        batch = [_event(order, account) for order in sending.orders]
        body = {"api_key": account.secrets["project_key"], "batch": batch, "sent_at": iso(sending.at)}
        return [
            Request(
                method="POST",
                url=f"{(account.base_url or account.options['host']).rstrip('/')}/batch/",
                headers={"Content-Type": "application/json"},
                body=json.dumps(body, ensure_ascii=False).encode(),
                keys=tuple(order.key for order in sending.orders),
            )
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        del sending
        code = str(answer.status)
        if answer.status == 200:
            if _is_over_quota(answer.body):
                why = "the project has used up its events"
                return _of_all(Outcome(state="later", code="quota_limited", why=why, pauses=3600.0))
            return _of_all(Outcome(state="accepted", code=code))
        if answer.status == 401:
            why = "PostHog does not know the project's key"
            return _of_all(Outcome(state="later", code=code, why=why, closes=True))
        if answer.status in (400, 413) and len(request.keys) > 1:
            return _of_all(Outcome(state="alone", code=code))
        if answer.status in (400, 402, 413, 415):
            return _of_all(Outcome(state="refused", code=code, why="PostHog refuses the event"))
        return Understood()


def _of_all(outcome: Outcome) -> Understood:
    return Understood(outcomes=(outcome,))


def _is_over_quota(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and "events" in (told.get("quota_limited") or ())


def _event(order: Order, account: Account) -> dict[str, Any]:
    who = known_as(order)
    is_stage = order.occasion == "stage"
    properties: dict[str, Any] = dict(told_of_event(order, account)) if is_stage else {}
    return {
        "uuid": str(UUID(order.key)),
        "event": event_of(order, account) if is_stage else "$set",
        "distinct_id": who[0] if who else "",
        "timestamp": iso(order.happened_at if is_stage else order.planned_at),
        "properties": {**properties, "$lib": "leadtrace", "$set": dict(told_of_lead(order, account))},
    }
