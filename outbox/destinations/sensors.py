"""Stage entries to Sensors Data (神策): a profile and an event each."""

import base64
import gzip
import json
import urllib.parse
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
from outbox.destinations.behaviour import (
    NOBODY_THERE,
    event_of,
    is_name,
    known_as,
    told_of_event,
    told_of_lead,
)
from outbox.orders import Order

_LONGEST_TEXT: Final = 1024
_LIB: Final = {"$lib": "leadtrace", "$lib_version": "1", "$lib_method": "code"}


class Sensors(Destination):
    """Its server names no key by which it would know a repeat for certain: `_track_id` is only a weak one.

    So a time-out is left to a person, unless the switch says that the server knows repeats by it.
    """

    kind = "sensors"
    title = "Sensors Data"
    occasions = frozenset({"stage", "lead"})
    options = (
        Option("url", "address that takes data, such as https://sa.example.com/sa?project=production"),
        Option("event_prefix", "what names of events begin with", is_required=False),
    )
    secrets = (Option("token", "token of the project, if its address needs one", is_required=False),)
    switches = (
        Option("track_id_is_unique", "the server drops what it has by time, person, event and _track_id"),
    )
    limits = Limits(orders_per_request=25, bytes_per_request=1_000_000, per_second=10.0)
    takes_fields = True

    def problems(self, account: Account) -> Sequence[str]:
        faults = []
        if not account.options.get("url", "").startswith(("https://", "http://")):
            faults.append("options.url begins with https://")
        names = [rule.code for rule in account.stages.values() if rule.code]
        names += [*account.fields, *filter(None, [account.options.get("event_prefix")])]
        faults += [
            f"{name} is no name that Sensors Data takes: letters, digits and _, 100 at most"
            for name in names
            if not is_name(name)
        ]
        return faults

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        del account, at
        return NOBODY_THERE if known_as(order) is None else None

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        account = sending.account
        items = [item for order in sending.orders for item in _items(order, account)]
        # Without a time in it, the same is packed into the same bytes.
        packed = gzip.compress(json.dumps(items, ensure_ascii=False).encode(), mtime=0)
        form = {"data_list": base64.b64encode(packed).decode(), "gzip": "1"}
        return [
            Request(
                method="POST",
                url=_address(account),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urllib.parse.urlencode(form).encode(),
                keys=tuple(order.key for order in sending.orders),
                is_repeatable="track_id_is_unique" in account.switches
                or all(order.occasion == "lead" for order in sending.orders),
            )
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        del sending
        code = str(answer.status)
        if 200 <= answer.status < 300:
            return Understood(outcomes=(Outcome(state="accepted", code=code),))
        if answer.status in (401, 403):
            why = "the server does not take the project or its token"
            return Understood(outcomes=(Outcome(state="later", code=code, why=why, closes=True),))
        if 400 <= answer.status < 500 and answer.status not in (408, 429):
            if len(request.keys) > 1:
                return Understood(outcomes=(Outcome(state="alone", code=code),))
            why = "the server refuses the data"
            return Understood(outcomes=(Outcome(state="refused", code=code, why=why),))
        return Understood()


def _address(account: Account) -> str:
    url = account.base_url or account.options["url"]
    token = account.secrets.get("token", "")
    if not token:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode({'token': token})}"


def _items(order: Order, account: Account) -> list[dict[str, Any]]:
    who = known_as(order)
    if who is None:
        return []
    login = {"$is_login_id": True} if who[1] else {}
    common = {"distinct_id": who[0], "lib": _LIB, "_track_id": int(order.key[:7], 16)}
    profile = {
        **common,
        "type": "profile_set",
        "time": order.planned_at,
        "properties": {**_cut(told_of_lead(order, account)), **login},
    }
    if order.occasion == "lead":
        return [profile]
    event = {
        **common,
        "type": "track",
        "event": f"{account.options.get('event_prefix', '')}{event_of(order, account)}",
        "time": order.happened_at,
        "properties": {**_cut(told_of_event(order, account)), **_LIB, **login},
    }
    return [profile, event]


def _cut(told: Any) -> dict[str, Any]:
    return {name: each[:_LONGEST_TEXT] if isinstance(each, str) else each for name, each in told.items()}
