"""LinkedIn's Conversions API: stages of leads by li_fat_id, 90 days at most; one bad element refuses a batch.

Repeats are documented for pairs with the Insight Tag alone: that the same eventId counts once here has to be
said by a switch.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
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
from outbox.destinations.bodies import JSON, as_json, code_of, each_of, from_json, in_parts, mapping, words
from outbox.destinations.clicks import DAY_MS, ClickRule
from outbox.destinations.values import decimal_text
from outbox.orders import Order

_HOST: Final = "https://api.linkedin.com"
_MOST_ELEMENTS: Final = 5000
_DAYS: Final = 90
_VERSION: Final = "202609"
_CLICK: Final = ClickRule("LinkedIn", "linkedin_ads", ("li_fat_id",), days=_DAYS)
_REPEATS: Final = Option(
    "known_repeats", "take it that LinkedIn counts one eventId once: send again what got no answer", False
)
_PLACE: Final = re.compile(r"(?:elements\W{1,3}|index:? ?)([0-9]{1,4})\b", re.IGNORECASE)


class LinkedIn(Destination):
    """One ad account; the code of a stage is the id of its conversion rule."""

    kind = "linkedin"
    title = "LinkedIn"
    options = (
        Option("version", f"LinkedIn-Version, YYYYMM; {_VERSION} if it isn't said", is_required=False),
    )
    secrets = (Option("token", "an access token with rw_conversions"),)
    switches = (_REPEATS,)
    # Sources disagree about requests a minute: the lowest number of them.
    limits = Limits(orders_per_request=_MOST_ELEMENTS, per_minute=300)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """Codes are numbers, a version is a month."""
        wrong = [
            f"the code {rule.code!r} of {stage} is no id of a conversion rule"
            for stage, rule in account.stages.items()
            if not re.fullmatch(r"[0-9]{1,20}", rule.code)
        ]
        if not re.fullmatch(r"20[0-9]{4}", account.options.get("version", _VERSION)):
            wrong.append(f"options.version is a month such as {_VERSION}")
        return wrong

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        why = _CLICK.lacking(order, account)
        if why is None and at - order.happened_at > _DAYS * DAY_MS:
            return "it happened more than 90 days ago"
        return why

    def prepare(self, sending: Sending) -> Sequence[Request]:
        return [_request(sending.account, part) for part in in_parts(sending.orders, _MOST_ELEMENTS)]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """A refusal names an element in its text, if at all: it is taken out and the rest goes again."""
        del sending
        if answer.status in (200, 201):
            return Understood(outcomes=each_of(request.keys, "accepted", str(answer.status)))
        told, code = mapping(from_json(answer)), str(answer.status)
        if answer.status in (401, 403):
            why = "LinkedIn refuses the access token, or its right to conversions"
            return Understood(outcomes=(Outcome(state="later", code=code, why=why, closes=True),))
        if answer.status == 426:
            why = "LinkedIn no longer speaks this version: set options.version to a month of this year"
            return Understood(outcomes=(Outcome(state="later", code=code, why=why, closes=True),))
        if answer.status == 429 or answer.status >= 500 or answer.status < 400:
            return Understood()
        code = code_of(told.get("code")) or code
        why = f"LinkedIn refused it: {words(told.get('message')) or code}"
        if len(request.keys) == 1:
            return Understood(outcomes=each_of(request.keys, "refused", code, why))
        found = _PLACE.search(str(told.get("message", "")))
        place = int(found[1]) if found else None
        if place is None or place >= len(request.keys):
            return Understood(outcomes=each_of(request.keys, "alone", code, why))
        return Understood(
            outcomes=(Outcome(state="refused", key=request.keys[place], code=code, why=why),),
            then=(_without(request, place),),
        )


def _request(account: Account, orders: Sequence[Order]) -> Request:
    headers = {
        **JSON,
        "authorization": f"Bearer {account.secrets['token']}",
        "linkedin-version": account.options.get("version") or _VERSION,
        "x-restli-protocol-version": "2.0.0",
        "x-restli-method": "BATCH_CREATE",
    }
    return Request(
        method="POST",
        url=f"{account.base_url or _HOST}/rest/conversionEvents",
        headers=headers,
        body=as_json({"elements": [_element(each, account) for each in orders]}),
        keys=tuple(each.key for each in orders),
        is_repeatable=_REPEATS.name in account.switches,
        step="events",
    )


def _without(request: Request, place: int) -> Request:
    elements = json.loads(request.body)["elements"]
    keys = request.keys
    return replace(
        request,
        body=as_json({"elements": elements[:place] + elements[place + 1 :]}),
        keys=keys[:place] + keys[place + 1 :],
    )


def _element(order: Order, account: Account) -> dict[str, Any]:
    click, value = _CLICK.click(order), order.value
    known = {"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": click.value if click else ""}
    element: dict[str, Any] = {
        "conversion": f"urn:lla:llaPartnerConversion:{account.rule(order).code}",
        "conversionHappenedAt": order.happened_at,
        "eventId": order.key,
        "user": {"userIds": [known]},
    }
    if value is not None:
        element["conversionValue"] = {"currencyCode": value.currency, "amount": decimal_text(value)}
    return element
