"""What tools of behaviour are told of a lead: who it is there, what happened, and what is known of it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from outbox.destination import Account
from outbox.orders import CONTACT_FACTS, Order, facts_of

Facts = Mapping[str, str | int | float]

NOBODY_THERE: Final = "it has neither a user id nor an anonymous id, so the tool does not know it"
# What changes with each event, and says nothing of the lead as such.
_OF_EVENT: Final = frozenset({"stage", "occurrence", "happened_at", "value", "currency", "deal", "reason"})
_LONGEST_ID: Final = 200


def known_as(order: Order) -> tuple[str, bool] | None:
    """The id by which the tool knows the person, and whether it is a user's (else a browser's); None: by
    none.

    Of several the smallest, so that a repeat names the same.
    """
    for kind, is_user in (("user:", True), ("anon:", False)):
        ids = sorted(each.removeprefix(kind) for each in order.identifiers if each.startswith(kind))
        if ids and len(ids[0]) <= _LONGEST_ID:
            return ids[0], is_user
    return None


def event_of(order: Order, account: Account) -> str:
    """The name of what happened: what the policy file calls the stage, else leadtrace_<stage>."""
    return account.rule(order).code or f"leadtrace_{order.stage}"


def told_of_event(order: Order, account: Account) -> Facts:
    """What is told with an event."""
    facts = _allowed(order)
    return _named(facts, account) if account.fields else facts


def told_of_lead(order: Order, account: Account) -> Facts:
    """What is told of the person: as above, without what belongs to one event alone."""
    facts = {name: each for name, each in _allowed(order).items() if name not in _OF_EVENT}
    told = _named(facts, account) if account.fields else facts
    return {
        name if name.startswith("leadtrace_") else f"leadtrace_{name}": each for name, each in told.items()
    }


def iso(at: int) -> str:
    """Milliseconds as a time in ISO 8601, UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_name(text: str) -> bool:
    """Whether a text is a name as most tools take it for an event or a property."""
    return re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]{0,99}", text) is not None


def _allowed(order: Order) -> Facts:
    """All that is known, without what the person gave of itself and our own id of it."""
    facts = facts_of(order)
    return {
        name: each for name, each in facts.items() if name not in (*CONTACT_FACTS, "person", "visitor_id")
    }


def _named(facts: Facts, account: Account) -> Facts:
    return {field: facts[fact] for field, fact in account.fields.items() if fact in facts}
