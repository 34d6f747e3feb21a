"""360: one conversion a request, signed over its bytes, known by its trans_id; invalid leads by spare 1001.

All of it is from second hand: notes and a transcription of the vendor's document. Until somebody has tried it
with a real account it has to be allowed by a switch.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

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
from outbox.destinations.bodies import JSON, as_json, code_of, from_json, mapping, words
from outbox.destinations.clicks import ClickRule
from outbox.destinations.unverified import UNVERIFIED, unless_allowed
from outbox.destinations.values import WITHOUT_FOREIGN_VALUE, foreign, in_currency
from outbox.orders import Order

_HOST: Final = "https://convert.dop.360.cn"
_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_DISPLAY: Final = "ocpc_zs_convert"
_INDUSTRIES: Final = ("ocpc_ps_convert", "ocpc_ms_convert", _DISPLAY)
# COUSTOMIZE is how 360 writes it.
EVENTS: Final = (
    "SUBMIT",
    "LEAVE_CONTACT",
    "CALL",
    "ADVISORY",
    "ADVISORY_DEPTH",
    "EFFECTIVE_ADVISORY",
    "REGISTERED",
    "INTENTIONAL",
    "ORDER_VALIDITY",
    "ORDER",
    "PAY",
    "COUSTOMIZE",
)
_SEARCH_CLICK: Final = ClickRule("360", "360", ("qhclickid",))
_DISPLAY_CLICK: Final = ClickRule("360", "360", ("sourceid",))


class So360(Destination):
    """One account of 点睛; its clicks of search and of display are told apart, and no other's are taken."""

    kind = "360"
    title = "360 点睛"
    occasions = frozenset({"stage", "invalid"})
    options = (
        Option(
            name="industry",
            words=f"data_industry: {', '.join(_INDUSTRIES)}; the first if it isn't said",
            is_required=False,
        ),
    )
    secrets = (
        Option(name="app_key", words="the App-Key of the account's application"),
        Option(name="app_secret", words="the secret that signs each request"),
    )
    switches = (UNVERIFIED, WITHOUT_FOREIGN_VALUE)
    limits = Limits(orders_per_request=1)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """Codes are the names of 360's events."""
        rules = [*account.stages.items(), *([("invalid", account.invalid)] if account.invalid else [])]
        wrong = [
            f"the code {rule.code!r} of {stage} is no event of 360; events are {', '.join(EVENTS)}"
            for stage, rule in rules
            if rule.code not in EVENTS
        ]
        if account.options.get("industry", _INDUSTRIES[0]) not in _INDUSTRIES:
            wrong.append(f"options.industry is one of {', '.join(_INDUSTRIES)}")
        return [*unless_allowed(account, self.title), *wrong]

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        """A click of search is none of display, and the other way round."""
        del at
        rule = _click_rule(account)
        why, click = rule.lacking(order, account), rule.click(order)
        if why is not None or click is None:
            return why
        if not re.fullmatch(r"[0-9]{1,32}", click.value):
            return f"the {click.name} is no number, so it is none of 360's"
        if rule is _DISPLAY_CLICK and not _jzqs(click.touch.landing_url):
            return "the landing page of a click of display has no jzqs, which 360 needs"
        return foreign(order, account, "CNY", self.title) if order.occasion == "stage" else None

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        """A failed send may be repeated on the same day alone, in 360's time zone."""
        return [
            _too_late(order.key)
            if sending.number > 1 and _day(order.planned_at) != _day(sending.at)
            else _request(order, sending)
            for order in sending.orders
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        del sending, request
        told = mapping(from_json(answer))
        errno = told.get("errno")
        if answer.status != 200 or not isinstance(errno, int):
            return Understood()
        code = code_of(errno)
        if errno == 0:
            return Understood(outcomes=(Outcome(state="accepted", code=code),))
        if errno in (1, 2):
            what = "App-Key" if errno == 1 else "signature"
            why = f"360 refuses the {what}: see to the key and the secret of the application"
            return Understood(outcomes=(Outcome(state="later", code=code, why=why, closes=True),))
        why = f"360 refused it: {words(told.get('error')) or code}"
        return Understood(outcomes=(Outcome(state="refused", code=code, why=why),))


def _click_rule(account: Account) -> ClickRule:
    return _DISPLAY_CLICK if account.options.get("industry") == _DISPLAY else _SEARCH_CLICK


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, _SHANGHAI).date().isoformat()


def _too_late(key: str) -> Outcome:
    why = "360 takes a repeat on the day of the first attempt alone"
    return Outcome(state="refused", key=key, code="too_late", why=why)


def _jzqs(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("jzqs", [""])[-1]


def trans_id(order: Order, event: str) -> str:
    """What 360 knows a repeat by; that a lead is invalid has to name the same as its first conversion."""
    times = f":{order.occurrence}" if order.occasion == "stage" and order.occurrence > 1 else ""
    return hashlib.md5(f"{order.lead}:{event}{times}".encode(), usedforsecurity=False).hexdigest()


def _request(order: Order, sending: Sending) -> Request:
    account, event = sending.account, sending.account.rule(order).code
    click, value = _click_rule(account).click(order), in_currency(order, "CNY")
    parameters: dict[str, Any] = {}
    if order.occasion == "invalid":
        parameters["spare"] = 1001
    elif value is not None:
        parameters["value"] = value.minor
    detail: dict[str, Any] = {
        "qhclickid": click.value if click else "",
        "trans_id": trans_id(order, event),
        "event": event,
        "event_time": order.happened_at // 1000,
        "event_param": parameters,
    }
    if _click_rule(account) is _DISPLAY_CLICK and click:
        detail["jzqs"] = _jzqs(click.touch.landing_url)
    industry = account.options.get("industry") or _INDUSTRIES[0]
    data = {"request_time": sending.at // 1000, "data_industry": industry, "data_detail": detail}
    body = as_json({"data": data})
    signature = hashlib.md5(account.secrets["app_secret"].encode() + body, usedforsecurity=False)
    return Request(
        method="POST",
        url=f"{account.base_url or _HOST}/uploadWebConvert",
        headers={**JSON, "app-key": account.secrets["app_key"], "app-sign": signature.hexdigest()},
        body=body,
        keys=(order.key,),
        step="upload",
    )
