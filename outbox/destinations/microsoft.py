"""Microsoft Advertising: ApplyOfflineConversions by msclkid, in SOAP.

It knows a repeat by click and time, and ignores it without a word; what lies outside the goal's window is
taken and not counted.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

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
from outbox.destinations.bodies import each_of, in_parts
from outbox.destinations.clicks import DAY_MS, ClickRule
from outbox.destinations.oauth import TOKEN_URL, asking, session_of
from outbox.destinations.values import decimal_text
from outbox.orders import Order

_HOST: Final = "https://campaign.api.bingads.microsoft.com"
_PATH: Final = "/Api/Advertiser/CampaignManagement/v13/CampaignManagementService.svc"
_SPACE: Final = "https://bingads.microsoft.com/CampaignManagement/v13"
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_NIL: Final = "http://www.w3.org/2001/XMLSchema-instance"
_TOKENS: Final = "https://login.microsoftonline.com/common/oauth2/v2.0/token"
_SCOPE: Final = "https://ads.microsoft.com/msads.manage offline_access"
_MOST_ROWS: Final = 1000
_DAYS: Final = 90
_HOUR_MS: Final = 3_600_000
_CLICK: Final = ClickRule("Microsoft Advertising", "microsoft_ads", ("msclkid",), days=_DAYS)
_LATER: Final = {"5612": None, "5615": 7200.0}  # it failed there; the goal is younger than two hours
_WORDS: Final = {
    "5609": "it happened more than 90 days ago",
    "5614": "it lies in the future",
    "5616": "it happened before the click",
}
_LOGIN: Final = frozenset({"109", "AuthenticationTokenExpired"})
_CREDENTIALS: Final = frozenset({"105", "106", "InvalidCredentials", "UserIsNotAuthorized"})
_TOO_MANY: Final = frozenset({"117", "207", "CallRateExceeded", "ConcurrentRequestOverLimit"})


class Microsoft(Destination):
    """One account; the code of a stage is the name of its offline conversion goal."""

    kind = "microsoft"
    title = "Microsoft Advertising"
    options = (
        Option("customer_id", "the customer that owns the account"),
        Option("account_id", "the account that owns the clicks"),
        Option("credit", "a share of the credit: not told, see docs/way-back.md", is_required=False),
        TOKEN_URL,
    )
    secrets = (
        Option("developer_token", "the developer token"),
        Option("client_id", "the id of the OAuth client"),
        Option("client_secret", "the secret of the OAuth client, if it has one", is_required=False),
        Option("refresh_token", "what the account's owner got after he agreed, offline"),
    )
    limits = Limits(orders_per_request=_MOST_ROWS)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """Ids are numbers."""
        wrong = [
            f"options.{name} is a number"
            for name in ("customer_id", "account_id")
            if not re.fullmatch(r"[0-9]{1,20}", account.options.get(name, ""))
        ]
        if account.options.get("credit"):
            wrong.append(
                "options.credit: whether Microsoft counts external credit is not verified, so it gets each "
                "conversion whole: leave it out"
            )
        return wrong

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        """Within 90 days, and after the click."""
        why = _CLICK.lacking(order, account)
        if why is None and at - order.happened_at > _DAYS * DAY_MS:
            return "it happened more than 90 days ago"
        return why or (None if account.rule(order).code else "the policy file gives it no conversion goal")

    def login(self, account: Account, at: int) -> Request | None:
        del at
        names = ("client_id", "client_secret", "refresh_token")
        given = {name: account.secrets[name] for name in names if account.secrets.get(name)}
        return asking(account, _TOKENS, {"grant_type": "refresh_token", "scope": _SCOPE, **given})

    def logged_in(self, account: Account, answer: Answer) -> Session | Outcome:
        del account
        return session_of(answer, "Microsoft")

    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        """A click is known there after an hour; what comes earlier waits."""
        early, ready = [], []
        for order in sending.orders:
            click = _CLICK.click(order)
            wait = click.touch.at + _HOUR_MS - sending.at if click else 0
            if wait > 0:
                why = "the click is younger than an hour"
                early.append(Outcome(state="later", key=order.key, code="young", why=why, wait=wait / 1000))
            else:
                ready.append(order)
        return [*early, *(_request(sending, part) for part in in_parts(ready, _MOST_ROWS))]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """Errors name rows by their place; rows without an error were taken."""
        del sending
        tree = _tree(answer.body)
        if tree is None:
            return Understood()
        if tree.find(f"{{{_SOAP}}}Body/{{{_SOAP}}}Fault") is not None:
            return Understood(outcomes=_fault(tree, request))
        response = tree.find(f"{{{_SOAP}}}Body/{{{_SPACE}}}ApplyOfflineConversionsResponse")
        if answer.status != 200 or response is None:
            return Understood()
        errors: dict[int, ElementTree.Element] = {}
        for error in response.iter(f"{{{_SPACE}}}BatchError"):
            place = _text(error, "Index")
            if not place.isdigit() or int(place) >= len(request.keys):
                return Understood()
            errors.setdefault(int(place), error)
        return Understood(
            outcomes=tuple(
                _row_outcome(key, errors[place]) if place in errors else Outcome(state="accepted", key=key)
                for place, key in enumerate(request.keys)
            )
        )


def _request(sending: Sending, orders: Sequence[Order]) -> Request:
    account = sending.account
    rows = "".join(_row(order, account) for order in orders)
    body = (
        f'<s:Envelope xmlns:i="{_NIL}" xmlns:s="{_SOAP}"><s:Header xmlns="{_SPACE}">'
        '<Action mustUnderstand="1">ApplyOfflineConversions</Action>'
        f"<AuthenticationToken>{escape(sending.session.token)}</AuthenticationToken>"
        f"<CustomerAccountId>{escape(account.options['account_id'])}</CustomerAccountId>"
        f"<CustomerId>{escape(account.options['customer_id'])}</CustomerId>"
        f"<DeveloperToken>{escape(account.secrets['developer_token'])}</DeveloperToken></s:Header>"
        f'<s:Body><ApplyOfflineConversionsRequest xmlns="{_SPACE}">'
        f"<OfflineConversions>{rows}</OfflineConversions></ApplyOfflineConversionsRequest></s:Body></s:Envelope>"
    )
    return Request(
        method="POST",
        url=f"{account.base_url or _HOST}{_PATH}",
        headers={"content-type": "text/xml; charset=utf-8", "soapaction": "ApplyOfflineConversions"},
        body=body.encode(),
        keys=tuple(each.key for each in orders),
        step="apply",
    )


def _row(order: Order, account: Account) -> str:
    """The fields in the order in which the service wants them: by their names."""
    click, value = _CLICK.click(order), order.value
    moment = datetime.fromtimestamp(order.happened_at / 1000, UTC).isoformat(timespec="milliseconds")
    fields = [
        ("ConversionCurrencyCode", value.currency if value else ""),
        ("ConversionName", account.rule(order).code),
        ("ConversionTime", moment.replace("+00:00", "Z")),
        ("ConversionValue", decimal_text(value) if value else ""),
        ("MicrosoftClickId", click.value if click else ""),
    ]
    told = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields if text)
    return f"<OfflineConversion>{told}</OfflineConversion>"


def _tree(body: bytes) -> ElementTree.Element | None:
    """An answer's XML; None if it is none, or defines entities, which no answer of the service does."""
    if b"<!" in body:
        return None
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - without entities nothing can grow in it
    except ElementTree.ParseError:
        return None


def _text(element: ElementTree.Element, name: str) -> str:
    """The text of an element below, in whatever namespace."""
    found = next((each for each in element.iter() if each.tag.rpartition("}")[2] == name), None)
    return (found.text or "").strip()[:64] if found is not None else ""


def _row_outcome(key: str, error: ElementTree.Element) -> Outcome:
    code = _text(error, "Code")
    if code in _LATER:
        why = "Microsoft could not apply it at this moment"
        return Outcome(state="later", key=key, code=code, why=why, wait=_LATER[code])
    why = _WORDS.get(code) or _text(error, "ErrorCode") or code
    return Outcome(state="refused", key=key, code=code, why=f"Microsoft refused it: {why}")


def _fault(tree: ElementTree.Element, request: Request) -> tuple[Outcome, ...]:
    codes = {_text(tree, "Code"), _text(tree, "ErrorCode")} - {""}
    code = _text(tree, "ErrorCode") or _text(tree, "Code") or "fault"
    if codes & _LOGIN:
        return (Outcome(state="login", code=code),)
    if codes & _CREDENTIALS:
        why = "Microsoft refuses the credentials, or their right to this account"
        return (Outcome(state="later", code=code, why=why, closes=True),)
    if codes & _TOO_MANY:
        why = "Microsoft gets more calls than it takes"
        return (Outcome(state="later", code=code, why=why, pauses=60.0),)
    why = "Microsoft failed with the request"
    return each_of(request.keys, "alone" if len(request.keys) > 1 else "later", code, why)
