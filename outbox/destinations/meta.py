"""Meta's Conversions API: stages of leads by fbclid, never older than seven days.

One event that is too old refuses all with it, so age is looked at before anything goes. Repeats are
documented for pairs of browser and server alone: that the same event_id counts once here has to be said by a
switch.
"""

import re
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
    State,
    Understood,
)
from outbox.destinations.bodies import JSON, as_json, code_of, each_of, from_json, in_parts, mapping
from outbox.destinations.clicks import DAY_MS, ClickRule
from outbox.orders import Order

_HOST: Final = "https://graph.facebook.com"
_MOST_EVENTS: Final = 1000
_DAYS: Final = 7
_CLICK: Final = ClickRule("Meta", "meta", ("fbclid",))
_TOO_OLD: Final = "it happened more than seven days ago, and Meta takes nothing older"
_REPEATS: Final = Option(
    "known_repeats",
    "take it that Meta counts one event_id of a CRM once: send again what got no answer",
    False,
)
_TOO_MANY: Final = frozenset({"4", "17", "80003"})
_TEMPORARY: Final = frozenset({"341", "368", "5000", "21009"})
_CREDENTIALS: Final = frozenset({"190", "200"})


class Meta(Destination):
    """One dataset; the code of a stage is the event's name there."""

    kind = "meta"
    title = "Meta"
    options = (
        Option("dataset_id", "the dataset (pixel) that gets the events, a number"),
        Option("version", "of the Graph API; v26.0 if it isn't said", is_required=False),
        Option("test_event_code", "events are shown as a test, and not counted", is_required=False),
    )
    secrets = (Option("token", "the access token of the dataset's Conversions API"),)
    switches = (_REPEATS,)
    limits = Limits(orders_per_request=_MOST_EVENTS)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """The dataset is a number."""
        is_right = re.fullmatch(r"[0-9]{1,30}", account.options.get("dataset_id", ""))
        return () if is_right else ("options.dataset_id is a number",)

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        """Fresh, and after a click with an fbclid."""
        why = _CLICK.lacking(order, account)
        return why or (_TOO_OLD if _is_old(order, at) else None)

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        """What got too old while it waited would take all others with it."""
        old = [each for each in sending.orders if _is_old(each, sending.at)]
        fresh = [each for each in sending.orders if each not in old]
        return [
            *(Outcome(state="refused", key=each.key, code="too_old", why=_TOO_OLD) for each in old),
            *(_request(sending.account, part) for part in in_parts(fresh, _MOST_EVENTS)),
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """All or nothing: what is refused was not processed, so each may be tried by itself."""
        del sending
        told = mapping(from_json(answer))
        if answer.status == 200 and told.get("events_received") == len(request.keys):
            return Understood(outcomes=each_of(request.keys, "accepted"))
        code = code_of(mapping(told.get("error")).get("code"))
        if not code or answer.status < 400:
            return Understood()
        if code in _CREDENTIALS:
            why = f"Meta refuses the access token, or its right to the dataset ({code})"
            return Understood(outcomes=(Outcome(state="later", code=code, why=why, closes=True),))
        if code in _TOO_MANY:
            why = "Meta gets more calls than it takes"
            return Understood(outcomes=(Outcome(state="later", code=code, why=why, pauses=300.0),))
        if code in _TEMPORARY or answer.status >= 500:
            why = "Meta could not do it at this moment"
            return Understood(outcomes=each_of(request.keys, "later", code, why))
        state: State = "alone" if len(request.keys) > 1 else "refused"
        return Understood(outcomes=each_of(request.keys, state, code, f"Meta refused it ({code})"))


def _is_old(order: Order, at: int) -> bool:
    return at - order.happened_at > _DAYS * DAY_MS


def _request(account: Account, orders: Sequence[Order]) -> Request:
    body: dict[str, Any] = {
        "data": [_event(each, account) for each in orders],
        "access_token": account.secrets["token"],
    }
    if account.options.get("test_event_code"):
        body["test_event_code"] = account.options["test_event_code"]
    version = account.options.get("version") or "v26.0"
    return Request(
        method="POST",
        url=f"{account.base_url or _HOST}/{version}/{account.options['dataset_id']}/events",
        headers=JSON,
        body=as_json(body),
        keys=tuple(each.key for each in orders),
        is_repeatable=_REPEATS.name in account.switches,
        step="events",
    )


def _event(order: Order, account: Account) -> dict[str, Any]:
    click, value = _CLICK.click(order), order.value
    told: dict[str, Any] = {"event_source": "crm", "lead_event_source": "Leadtrace"}
    if value is not None:
        told |= {"value": value.minor / 100, "currency": value.currency}
    return {
        "event_name": account.rule(order).code,
        "event_time": order.happened_at // 1000,
        "event_id": order.key,
        "action_source": "system_generated",
        # How a browser's own cookie would write the click: version, domain level, milliseconds, id.
        "user_data": {"fbc": f"fb.1.{click.touch.at}.{click.value}" if click else ""},
        "custom_data": told,
    }
