"""Baidu's search ads: conversions by the landing page's URL with its bd_vid, and leads that were none.

What Baidu's own page says: fields, fewer than 100 rows, 1024 characters of a URL, status 0. That status 4
alone may be repeated, what positions look like and that outerEventId makes repeats one comes from other
people's clients.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

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
from outbox.destinations.bodies import (
    JSON,
    as_json,
    code_of,
    each_of,
    from_json,
    in_parts,
    mapping,
    mappings,
    words,
)
from outbox.destinations.clicks import ClickRule
from outbox.destinations.values import WITHOUT_FOREIGN_VALUE, foreign, in_currency
from outbox.orders import Order

_HOST: Final = "https://ocpc.baidu.com"
_MOST_ROWS: Final = 99
_LONGEST_URL: Final = 1024  # characters
_CLICK: Final = ClickRule("Baidu", "baidu", ("bd_vid",))
_REPEATS: Final = Option(
    name="known_repeats",
    words="take it that Baidu counts the same outerEventId once: what got no answer is sent again",
    is_required=False,
)
# What speaks for a lead is no reason why it is invalid.
_NO_REASON: Final = frozenset(
    {
        *("buys_within_year", "buys_later", "need_clear", "has_budget", "competitor_in_play", "wants_demo"),
        *("wants_trial", "decision_maker", "influencer"),
    }
)
# Sales' feedback tags, as the policy of journeys maps them, in the words that Baidu's people read.
_REASONS: Final = {
    "wrong_contact": "联系方式错误",
    "not_reachable": "联系不上",
    "no_need": "无需求",
    "need_unclear": "需求不明确",
    "wrong_industry": "行业不符",
    "wrong_region": "地区不符",
    "too_small": "规模不符",
    "student": "学生",
    "private_person": "个人用户",
    "competitor": "同行",
    "job_seeker": "求职",
    "vendor": "推销",
    "duplicate": "重复线索",
    "product_gap": "产品不匹配",
    "no_budget": "无预算",
    "lost_to_competitor": "选择竞品",
    "no_authority": "无决策权",
}
_POSITION: Final = re.compile(r"(?:\w*\[)?(\d{1,3})\]?(?:\.\w+)?")


class Baidu(Destination):
    """One token for each search account; the codes of its stages are those of the account's 转化追踪."""

    kind = "baidu"
    title = "Baidu oCPC"
    occasions = frozenset({"stage", "invalid"})
    secrets = (Option(name="token", words="the token of the account's API for conversions"),)
    switches = (_REPEATS, WITHOUT_FOREIGN_VALUE)
    limits = Limits(orders_per_request=_MOST_ROWS)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """Codes have to be numbers of types."""
        rules = [*account.stages.items(), *([("invalid", account.invalid)] if account.invalid else [])]
        return [
            f"the code {rule.code!r} of {stage} is no number of a type of Baidu, such as 18 (留线索)"
            for stage, rule in rules
            if not re.fullmatch(r"[0-9]{1,4}", rule.code)
        ]

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        """Baidu knows a click by the whole address of its landing page alone."""
        del at
        click = _CLICK.click(order)
        why = _CLICK.lacking(order, account)
        if why is not None or click is None:
            return why
        if not account.rule(order).code:
            return "the policy file gives no code of Baidu for it"
        url = click.touch.landing_url
        if not _has(url, click.value):
            return "the address of the landing page with its bd_vid is not known"
        if len(url) > _LONGEST_URL:
            return f"the address of the landing page has more than {_LONGEST_URL} characters"
        return foreign(order, account, "CNY", self.title) if order.occasion == "stage" else None

    def prepare(self, sending: Sending) -> Sequence[Request]:
        """Conversions in one request, invalid leads in another."""
        requests = []
        for occasion, path, name in (
            ("stage", "uploadConvertData", "conversionTypes"),
            ("invalid", "uploadInvalidConvertData", "invalidConversionTypes"),
        ):
            mine = [each for each in sending.orders if each.occasion == occasion]
            for part in in_parts(mine, _MOST_ROWS):
                row = _row if occasion == "stage" else _invalid_row
                rows = [row(each, sending.account) for each in part]
                requests.append(self._request(sending.account, path, name, rows, part))
        return requests

    def _request(
        self,
        account: Account,
        path: str,
        name: str,
        rows: Sequence[Mapping[str, Any]],
        orders: Sequence[Order],
    ) -> Request:
        return Request(
            method="POST",
            url=f"{account.base_url or _HOST}/ocpcapi/api/{path}",
            headers=JSON,
            body=as_json({"token": account.secrets["token"], name: rows}),
            keys=tuple(each.key for each in orders),
            is_repeatable=_REPEATS.name in account.switches,
            step=path,
        )

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """The header's status says of all, and positions say of each."""
        del sending
        if answer.status != 200:
            return Understood()
        header = mapping(mapping(from_json(answer)).get("header"))
        status, failures = header.get("status"), _failures(header)
        if status == 4:
            why = "Baidu's server had an error of its own"
            return Understood(outcomes=each_of(request.keys, "later", "4", why))
        if status == 0 and not failures:
            return Understood(outcomes=each_of(request.keys, "accepted", "0"))
        if status in (0, 1, 2):
            return Understood(
                outcomes=_by_position(request, failures, status == 2, words(header.get("desc")))
            )
        if status == 3:
            return Understood(outcomes=_as_a_whole(request, header, failures))
        return Understood()


def _has(url: str, vid: str) -> bool:
    """Whether an address holds the click's id, behind the question mark or where a page's router keeps it."""
    return f"bd_vid={vid}" in url or vid in parse_qs(urlsplit(url).query).get("bd_vid", ())


def _row(order: Order, account: Account) -> dict[str, Any]:
    click, value = _CLICK.click(order), in_currency(order, "CNY")
    row: dict[str, Any] = {
        "logidUrl": click.touch.landing_url if click else "",
        "newType": int(account.rule(order).code),
        "convertTime": order.happened_at // 1000,
        "outerEventId": order.key,
    }
    return row if value is None else row | {"convertValue": value.minor}


def _invalid_row(order: Order, account: Account) -> dict[str, Any]:
    click = _CLICK.click(order)
    return {
        "logidUrl": click.touch.landing_url if click else "",
        "convertType": int(account.rule(order).code),
        "convertTime": order.happened_at // 1000,
        "confidence": 100,
        "invalidReason": reason_of(order.invalid_tags),
    }


def reason_of(tags: Sequence[str]) -> str:
    """What sales said of an invalid lead, in Chinese; tags that are the company's own stay as they are."""
    against = [each for each in tags if each not in _NO_REASON]
    return "，".join(words(_REASONS.get(tag, tag)) for tag in against) or "无效线索"


def _failures(header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*mappings(header.get("failures")), *mappings(header.get("errors"))]


def _place(failure: Mapping[str, Any], rows: int) -> int | None:
    """Which row a failure is about: its position is a number, or a name with a number between brackets."""
    found = _POSITION.fullmatch(str(failure.get("position", "")))
    place = int(found[1]) if found else None
    return place if place is not None and place < rows else None


def _by_position(
    request: Request, failures: Sequence[Mapping[str, Any]], is_all: bool, desc: str
) -> tuple[Outcome, ...]:
    """Rows that a failure names are refused; the others were taken, unless nobody can say which are meant."""
    keys = request.keys
    if len(keys) == 1:
        return (_refused(keys[0], failures[0] if failures else {}, desc),)
    named = {place: each for each in failures if (place := _place(each, len(keys))) is not None}
    if is_all:
        return tuple(_refused(key, named.get(place, {}), desc) for place, key in enumerate(keys))
    if not failures or any(_place(each, len(keys)) is None for each in failures):
        why = "Baidu took a part, and doesn't say which"
        return each_of(keys, "alone" if request.is_repeatable else "unknown", "1", why)
    return tuple(
        _refused(key, named[place], desc) if place in named else Outcome(state="accepted", key=key, code="0")
        for place, key in enumerate(keys)
    )


def _refused(key: str, failure: Mapping[str, Any], desc: str) -> Outcome:
    why = words(failure.get("message")) or desc or "it doesn't say why"
    return Outcome(
        state="refused", key=key, code=code_of(failure.get("code")) or "2", why=f"Baidu refused it: {why}"
    )


def _as_a_whole(
    request: Request, header: Mapping[str, Any], failures: Sequence[Mapping[str, Any]]
) -> tuple[Outcome, ...]:
    told = [words(header.get("desc")), *(words(each.get("message")) for each in failures)]
    if "token" in " ".join(told).lower():
        why = "Baidu doesn't take the token: see that it is the one of this account"
        return (Outcome(state="later", code="3", why=why, closes=True),)
    why = f"Baidu refused the request: {next((each for each in told if each), 'it does not say why')}"
    return each_of(request.keys, "alone" if len(request.keys) > 1 else "refused", "3", why)
