"""Google Ads by the Data Manager API: conversions by gclid, gbraid or wbraid, known by their transactionId.

One wrong field refuses a whole request, so what the answer names is taken out and the rest is sent again. A
success says that events were stored; whether they count is asked for later.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from outbox.destination import (
    Account,
    Answer,
    Destination,
    Limits,
    Option,
    Outcome,
    Request,
    Sending,
    Session,
    Understood,
)
from outbox.destinations.bodies import (
    JSON,
    as_json,
    code_of,
    from_json,
    in_parts,
    mapping,
    mappings,
    words,
)
from outbox.destinations.clicks import ClickRule
from outbox.destinations.google_reasons import ACCOUNTS_FAULT, of_reasons
from outbox.destinations.oauth import REFRESHED, TOKEN_URL, refreshing, session_of
from outbox.orders import Order

_HOST: Final = "https://datamanager.googleapis.com"
_TOKENS: Final = "https://oauth2.googleapis.com/token"
_MOST_EVENTS: Final = 2000
_ASK_AFTER: Final = 1800.0
_CLICK: Final = ClickRule("Google Ads", "google_ads", ("gclid", "gbraid", "wbraid"), days=90)
_EVENT: Final = re.compile(r"events\W+([0-9]{1,4})\b")


class Google(Destination):
    """One Google Ads account; the code of a stage is the id of its conversion action (import from clicks)."""

    kind = "google"
    title = "Google Ads"
    options = (
        Option(name="customer_id", words="the account that owns the conversion actions, ten digits"),
        Option(
            name="login_customer_id",
            words="the manager account, if the user of the credentials works through one",
            is_required=False,
        ),
        Option(name="credit", words="a share of the credit: Google takes none", is_required=False),
        Option(
            name="validate_only",
            words="true: Google looks at what it gets and keeps nothing",
            is_required=False,
        ),
        TOKEN_URL,
    )
    secrets = REFRESHED
    limits = Limits(orders_per_request=_MOST_EVENTS, per_minute=300, per_day=100_000)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """Ids are digits, and a share of the credit can't be told."""
        wrong = [
            f"options.{name} is ten digits without hyphens"
            for name in ("customer_id", "login_customer_id")
            if account.options.get(name) and not re.fullmatch(r"[0-9]{10}", account.options[name])
        ]
        wrong += [
            f"the code {rule.code!r} of {stage} is no id of a conversion action"
            for stage, rule in account.stages.items()
            if not re.fullmatch(r"[0-9]{1,20}", rule.code)
        ]
        if account.options.get("credit"):
            wrong.append(
                "options.credit: the Data Manager API refuses conversion actions with external attribution, "
                "so Google gets each conversion whole: leave it out"
            )
        return wrong

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        """Clicks count for 90 days, unless the account says fewer."""
        why = _CLICK.lacking(order, account)
        if why is None and at - order.happened_at > 90 * 86_400_000:
            return "it happened more than 90 days ago"
        return why or (None if account.rule(order).code else "the policy file gives it no conversion action")

    def login(self, account: Account, at: int) -> Request | None:
        del at
        return refreshing(account, _TOKENS)

    def logged_in(self, account: Account, answer: Answer) -> Session | Outcome:
        del account
        return session_of(answer, "Google")

    def prepare(self, sending: Sending) -> Sequence[Request]:
        """One request for each conversion action."""
        account, by_code = sending.account, dict[str, list[Order]]()
        for order in sending.orders:
            by_code.setdefault(account.rule(order).code, []).append(order)
        return [
            _ingest(
                account, sending.session, code, [_event(each) for each in part], [each.key for each in part]
            )
            for code, orders in by_code.items()
            for part in in_parts(orders, _MOST_EVENTS)
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """A success is a requestId to ask about; of a refusal the fault decides who has to do with it."""
        told = mapping(from_json(answer))
        if answer.status == 200:
            name = told.get("requestId")
            is_test = sending.account.options.get("validate_only") == "true"
            if not isinstance(name, str) or not name:
                return Understood()
            return Understood(outcomes=_accepted(request.keys, "" if is_test else name))
        error = mapping(told.get("error"))
        if answer.status == 401:
            return Understood(outcomes=(Outcome(state="login", code="401"),))
        if answer.status == 429:
            return Understood(outcomes=_over_quota(error))
        if answer.status >= 500:
            return Understood()
        return _refused(request, error, answer.status)

    def ask(self, account: Account, session: Session, reference: str) -> Request | None:
        asked = f"requestStatus:retrieve?requestId={quote(reference, safe='')}"
        return Request(
            method="GET",
            url=f"{account.base_url or _HOST}/v1/{asked}",
            headers=_headers(session),
            step="status",
        )

    def told(self, account: Account, request: Request, answer: Answer) -> Outcome | None:
        """Of several events Google counts reasons, and doesn't say whose: those are told one by one."""
        del account, request
        statuses = mappings(mapping(from_json(answer)).get("requestStatusPerDestination"))
        if answer.status != 200 or not statuses:
            return None
        status = statuses[0]
        counts = mappings(mapping(status.get("errorInfo")).get("errorCounts"))
        reasons = [code_of(each.get("reason")) for each in counts]
        return of_reasons(str(status.get("requestStatus")), reasons)


def _headers(session: Session) -> dict[str, str]:
    return {**JSON, "authorization": f"Bearer {session.token}"}


def _ingest(
    account: Account, session: Session, code: str, events: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> Request:
    owner = {"accountType": "GOOGLE_ADS", "accountId": account.options["customer_id"]}
    login = owner | {"accountId": account.options.get("login_customer_id") or owner["accountId"]}
    body: dict[str, Any] = {
        "destinations": [{"operatingAccount": owner, "loginAccount": login, "productDestinationId": code}],
        "events": events,
        "validateOnly": account.options.get("validate_only") == "true",
    }
    return Request(
        method="POST",
        url=f"{account.base_url or _HOST}/v1/events:ingest",
        headers=_headers(session),
        body=as_json(body),
        keys=tuple(keys),
        step="ingest",
    )


def _event(order: Order) -> dict[str, Any]:
    click = _CLICK.click(order)
    moment = datetime.fromtimestamp(order.happened_at / 1000, UTC).isoformat(timespec="milliseconds")
    event: dict[str, Any] = {
        "transactionId": order.key,
        "eventTimestamp": moment.replace("+00:00", "Z"),
        "adIdentifiers": {click.name: click.value} if click else {},
    }
    if order.value is not None:
        event |= {"conversionValue": order.value.minor / 100, "currency": order.value.currency}
    said = {
        name: "CONSENT_GRANTED" if given else "CONSENT_DENIED"
        for name, given in (
            ("adUserData", order.consent.ad_user_data),
            ("adPersonalization", order.consent.ad_personalization),
        )
        if given is not None
    }
    return event | {"consent": said} if said else event


def _accepted(keys: Sequence[str], name: str) -> tuple[Outcome, ...]:
    after = _ASK_AFTER if name else None
    return tuple(Outcome(state="accepted", key=key, reference=name, ask_after=after) for key in keys)


def _over_quota(error: Mapping[str, Any]) -> tuple[Outcome, ...]:
    limits = [mapping(each.get("metadata")).get("quota_limit") for each in mappings(error.get("details"))]
    limit = next((str(each) for each in limits if each), "")
    if "day" in limit.lower():
        why = "the requests of this day to Google are spent"
        return (Outcome(state="later", code=code_of(limit), why=why, pauses=3600.0),)
    return ()


def _refused(request: Request, error: Mapping[str, Any], status: int) -> Understood:
    violations = [
        each for part in mappings(error.get("details")) for each in mappings(part.get("fieldViolations"))
    ]
    reasons = [code_of(each.get("reason")) for each in (*mappings(error.get("details")), *violations)]
    fault = next((each for each in reasons if each in ACCOUNTS_FAULT), None)
    if status in (403, 404) or fault:
        code = fault or code_of(error.get("status")) or str(status)
        why = f"Google refuses the account or a conversion action ({code})"
        return Understood(outcomes=(Outcome(state="later", code=code, why=why, closes=True),))
    keys = request.keys
    named = {place: each for each in violations if (place := _place(each, len(keys))) is not None}
    if len(keys) == 1:
        return Understood(outcomes=(_event_refused(keys[0], next(iter(violations), error)),))
    if named:
        outcomes = tuple(_event_refused(keys[place], each) for place, each in named.items())
        rest = [place for place in range(len(keys)) if place not in named]
        return Understood(outcomes=outcomes, then=(_part(request, rest),) if rest else ())
    half = len(keys) // 2
    return Understood(then=(_part(request, range(half)), _part(request, range(half, len(keys)))))


def _part(request: Request, places: Sequence[int]) -> Request:
    """The same request with these of its events alone."""
    body = json.loads(request.body)
    body["events"] = [body["events"][place] for place in places]
    return replace(request, body=as_json(body), keys=tuple(request.keys[place] for place in places))


def _place(violation: Mapping[str, Any], events: int) -> int | None:
    found = _EVENT.search(str(violation.get("field", "")))
    return int(found[1]) if found and int(found[1]) < events else None


def _event_refused(key: str, fault: Mapping[str, Any]) -> Outcome:
    code = code_of(fault.get("reason")) or code_of(fault.get("status")) or "INVALID_ARGUMENT"
    said = words(fault.get("description") or fault.get("message"))
    return Outcome(state="refused", key=key, code=code, why=f"Google refused it: {said or code}")
