"""Microsoft's token endpoint and its campaign management service: offline conversions in SOAP, 1,000 at most.

Documented: the order of elements, 90 days, two hours for a new goal, errors by index, repeats ignored without
a word, and what the goal's window does not count.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs
from xml.etree import ElementTree

from receivers.asked import Answered, Asked

DAY = 86_400_000
HOUR = 3_600_000
PATH = "/Api/Advertiser/CampaignManagement/v13/CampaignManagementService.svc"
_SPACE = "https://bingads.microsoft.com/CampaignManagement/v13"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_HEADERS = ["Action", "AuthenticationToken", "CustomerAccountId", "CustomerId", "DeveloperToken"]
_FIELDS = [
    "ConversionCurrencyCode",
    "ConversionName",
    "ConversionTime",
    "ConversionValue",
    "MicrosoftClickId",
]


@dataclass
class FakeMicrosoft:
    """One account: goals → when they were made (ms), clicks → when they were."""

    refresh_token: str = "M.refresh"
    developer_token: str = "a-developer-token"
    account_id: str = "12345"
    goals: dict[str, int] = field(default_factory=lambda: {"Won": 0, "MQL": 0})
    clicks: dict[str, int] = field(default_factory=dict)
    window_ms: int = 90 * DAY
    calls_left: int = 1000
    fails_rows: int = 0
    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # goal, click, time
    values: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    _tokens: dict[str, int] = field(default_factory=dict)

    def answer(self, asked: Asked, now: int) -> Answered:
        if asked.path.endswith("/token"):
            return self._token(asked, now)
        if asked.path != PATH:
            return Answered(404)
        self.bodies.append(asked.body)
        tree = ElementTree.fromstring(asked.body)
        header, body = tree.find(f"{{{_SOAP}}}Header"), tree.find(f"{{{_SOAP}}}Body")
        assert header is not None
        assert body is not None
        said = {_name(each): each.text or "" for each in header}
        if list(said) != _HEADERS or asked.header("soapaction") != "ApplyOfflineConversions":
            return _fault("0", "InternalError")
        if self._tokens.get(said["AuthenticationToken"], 0) <= now:
            return _fault("109", "AuthenticationTokenExpired")
        if (said["DeveloperToken"], said["CustomerAccountId"]) != (self.developer_token, self.account_id):
            return _fault("105", "InvalidCredentials")
        self.calls_left -= 1
        if self.calls_left < 0:
            return _fault("117", "CallRateExceeded")
        rows = [each for each in body.iter() if _name(each) == "OfflineConversion"]
        if not 0 < len(rows) <= 1000:
            return _fault("5600", "OfflineConversionsArrayExceedsLimit")
        return self._applied([(place, self._take(row, now)) for place, row in enumerate(rows)])

    def end_sessions(self) -> None:
        self._tokens.clear()

    def _token(self, asked: Asked, now: int) -> Answered:
        given = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        if given.get("refresh_token") != self.refresh_token or "msads.manage" not in given.get("scope", ""):
            return Answered.of({"error": "invalid_grant"}, 400)
        token = f"EwC{len(self._tokens)}<&"
        self._tokens[token] = now + HOUR
        return Answered.of({"access_token": token, "expires_in": 3600})

    def _take(self, row: ElementTree.Element, now: int) -> str:
        told = {_name(each): each.text or "" for each in row}
        if list(told) != [each for each in _FIELDS if each in told]:
            return "5601"
        if self.fails_rows:
            self.fails_rows -= 1
            return "5612"
        if told["ConversionName"] not in self.goals:
            return "5604"
        if now - self.goals[told["ConversionName"]] < 2 * HOUR:
            return "5615"
        at = int(datetime.fromisoformat(told["ConversionTime"]).timestamp() * 1000)
        clicked = self.clicks.get(told["MicrosoftClickId"])
        if now - at > 90 * DAY:
            return "5609"
        if at > now:
            return "5614"
        if clicked is not None and at < clicked:
            return "5616"
        if clicked is not None and now - clicked >= HOUR and at - clicked <= self.window_ms:
            key = (told["ConversionName"], told["MicrosoftClickId"], told["ConversionTime"])
            if key not in self.counted:
                self.counted[key] = 1
                self.values[key] = (told.get("ConversionValue", ""), told.get("ConversionCurrencyCode", ""))
        return ""

    def _applied(self, errors: list[tuple[int, str]]) -> Answered:
        listed = "".join(
            f"<BatchError><Code>{code}</Code><ErrorCode>Error{code}</ErrorCode><Index>{place}</Index></BatchError>"
            for place, code in errors
            if code
        )
        told = f'<ApplyOfflineConversionsResponse xmlns="{_SPACE}"><PartialErrors>{listed}</PartialErrors>'
        return _said(200, told + "</ApplyOfflineConversionsResponse>")


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _said(status: int, body: str) -> Answered:
    return Answered(status, f'<s:Envelope xmlns:s="{_SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode())


def _fault(code: str, name: str) -> Answered:
    error = f"<AdApiError><Code>{code}</Code><ErrorCode>{name}</ErrorCode></AdApiError>"
    detail = (
        f'<AdApiFaultDetail xmlns="https://adapi.microsoft.com"><Errors>{error}</Errors></AdApiFaultDetail>'
    )
    return _said(500, f"<s:Fault><faultcode>s:Server</faultcode><detail>{detail}</detail></s:Fault>")
