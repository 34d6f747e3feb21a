"""A signed webhook for each stage entry, by Standard Webhooks, and calls of any CRM by a template."""

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
from outbox.destinations.behaviour import iso
from outbox.destinations.signatures import secret_of, signature
from outbox.destinations.templates import facts_in, filled, filled_url, problems_of, unknown_in
from outbox.orders import CONTACT_FACTS, NOBODY, Order, facts_of

_METHODS: Final = ("POST", "PUT", "PATCH")
_MINUTE, _HOUR = 60.0, 3600.0


class Webhook(Destination):
    """A receiver knows a repeat by webhook-id; of one that doesn't, the file says knows_repeats = false."""

    kind = "webhook"
    title = "Webhook"
    occasions = frozenset({"stage", "lead", "invalid"})
    options = (
        Option("url", "address that is called; it may hold facts, such as {lead_id}"),
        Option("method", "POST, PUT or PATCH; POST if nothing is said", is_required=False),
        Option("template", "body in JSON, with {facts}; without it all that is known", is_required=False),
        Option("knows_repeats", "false: the receiver can't tell a repeat by webhook-id", is_required=False),
    )
    secrets = (
        Option("key", "secret that signs, whsec_ and base64 of 24 to 64 bytes", is_required=False),
        Option("key_before", "the secret before it, as long as receivers may use it", is_required=False),
        Option("authorization", "value of the header Authorization", is_required=False),
    )
    limits = Limits(orders_per_request=1, per_second=10.0, seconds_to_wait=20.0)
    takes_fields = True
    takes_contacts = True
    schedule = (
        *(5.0, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR),
        *(14 * _HOUR, 20 * _HOUR, 24 * _HOUR),
    )

    def problems(self, account: Account) -> Sequence[str]:
        options, faults = account.options, []
        url = options.get("url", "")
        if not url.startswith(("https://", "http://")) or "{" in url.split("/", 3)[2]:
            faults.append("options.url begins with https:// and the name of a host")
        faults += unknown_in(url, "url")
        if options.get("method", "POST") not in _METHODS:
            faults.append(f"options.method is one of {', '.join(_METHODS)}")
        if options.get("knows_repeats", "true") not in ("true", "false"):
            faults.append("options.knows_repeats is true or false")
        if "template" in options:
            faults += problems_of(options["template"])
            if account.fields:
                faults.append("fields and options.template say the same in two ways: keep one of them")
        if not {"key", "authorization"} & account.secrets.keys():
            faults.append("secrets.key is missing: without it nobody can tell whose call it is")
        faults += [
            f"secrets.{name}: the variable holds no secret of webhooks: whsec_ and base64 of 24 to 64 bytes"
            for name in ("key", "key_before")
            if account.secrets.get(name) and secret_of(account.secrets[name]) is None
        ]
        return faults

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        return [_request(order, sending) for order in sending.orders]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        del sending
        code = str(answer.status)
        if 200 <= answer.status < 300:
            return _one(Outcome(state="accepted", code=code))
        if answer.status == 410:
            why = "the receiver says that it is gone for good"
            return _one(Outcome(state="refused", code=code, why=why, closes=True))
        if answer.status in (429, 502, 504) or (answer.status >= 500 and request.is_repeatable):
            return Understood()
        if answer.status >= 500:
            return _one(
                Outcome(state="unknown", code=code, why="the receiver failed, perhaps after it took it")
            )
        if 300 <= answer.status < 400:
            return _one(Outcome(state="later", code=code, why="it sends elsewhere, where nothing is allowed"))
        return _one(Outcome(state="later", code=code, why=f"the receiver answers with status {code}"))


def _one(outcome: Outcome) -> Understood:
    return Understood(outcomes=(outcome,))


def needs_contact(account: Account) -> bool:
    """Whether an account is told what leads gave of themselves."""
    told = {*facts_in(account.options.get("template", "")), *facts_in(account.options.get("url", ""))}
    return bool({*told, *account.fields.values()} & set(CONTACT_FACTS))


def _request(order: Order, sending: Sending) -> Request:
    account = sending.account
    facts = facts_of(order, sending.contacts.get(order.key, NOBODY))
    body = json.dumps(
        _content(order, account, dict(facts)), ensure_ascii=False, separators=(",", ":")
    ).encode()
    message, seconds = f"msg_{order.key}", sending.at // 1000
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
    }
    keys = [secret_of(account.secrets.get(name, "")) for name in ("key", "key_before")]
    signatures = [signature(key, message, seconds, body) for key in keys if key]
    if signatures:
        headers["webhook-signature"] = " ".join(signatures)
    if account.secrets.get("authorization"):
        headers["Authorization"] = account.secrets["authorization"]
    method: Any = account.options.get("method", "POST")
    return Request(
        method=method,
        url=filled_url(account.base_url or account.options["url"], facts),
        headers=headers,
        body=body,
        keys=(order.key,),
        is_repeatable=account.options.get("knows_repeats", "true") == "true",
    )


def _content(order: Order, account: Account, facts: dict[str, Any]) -> Any:
    if "template" in account.options:
        return filled(account.options["template"], facts)
    if account.fields:
        data = {field: facts[fact] for field, fact in account.fields.items() if fact in facts}
    else:
        data = {name: each for name, each in facts.items() if name not in CONTACT_FACTS}
    what = {"stage": order.stage, "lead": "changed", "invalid": "invalid"}[order.occasion]
    kind = account.rule(order).code or f"{'deal' if order.deal else 'lead'}.{what}"
    return {"type": kind, "timestamp": iso(order.happened_at), "data": data}
