"""A fake of Microsoft Advertising's reports: requests that are checked, files that take a while, zipped."""

import csv
import io
import zipfile
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiohttp import web

KINDS = {"KeywordPerformanceReportRequest": "keywords", "CampaignPerformanceReportRequest": "campaigns"}
_MEASURES = ("Impressions", "Clicks", "Spend")


def keyword(day: str, text: str = "pump", spend: str = "3.50", **more: str) -> dict[str, str]:
    """One day of a keyword, by the names of columns."""
    return {
        "TimePeriod": day, "CampaignName": "Brand", "CampaignId": "11", "AdGroupName": "Core",
        "AdGroupId": "22", "Keyword": text, "KeywordId": str(sum(map(ord, text))), "BidMatchType": "Phrase",
        "Impressions": "100", "Clicks": "4", "Spend": spend, "CurrencyCode": "USD", **more,
    }  # fmt: skip


@dataclass
class FakeMicrosoft:
    """`rows` of keywords of each account; a file is made after `polls` questions."""

    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    beyond: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    faults: deque[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=deque)
    of_files: deque[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=deque)
    polls: int = 2
    status: str = "Success"
    not_before: str = ""
    token: str = "token-1"
    refresh: str = "refresh-1"
    good_for: int = 1_000_000
    renewed_for: int = 1_000_000
    refreshed: int = 0
    reports: list[tuple[int, list[dict[str, str]], list[str]]] = field(default_factory=list)
    submitted: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/Reporting/v13/GenerateReport/Submit", self._submit)
        app.router.add_post("/Reporting/v13/GenerateReport/Poll", self._poll)
        app.router.add_get("/files/{number}.zip", self._file)
        app.router.add_post("/common/oauth2/v2.0/token", self._token)
        return app

    async def _refused(self, request: web.Request) -> web.StreamResponse | None:
        if self.faults:
            return await self.faults.popleft()(request)
        if request.headers.get("Authorization") != f"Bearer {self.token}" or self.good_for <= 0:
            return refusal(109, "AuthenticationTokenExpired", "Authentication token expired.")
        if request.headers.get("DeveloperToken") != "developer" or request.headers.get("CustomerId") != "7":
            return refusal(105, "InvalidCredentials", "Authentication failed.")
        self.good_for -= 1
        return None

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        if refused := await self._refused(request):
            return refused
        asked = (await request.json())["ReportRequest"]
        self.submitted.append(asked)
        (account,) = asked["Scope"]["AccountIds"]
        if str(account) not in self.rows or request.headers["CustomerAccountId"] != str(account):
            return refusal(2034, "AccountNotAuthorized", "You may not ask for this account.")
        if (
            asked["FormatVersion"] != "2.0"
            or not asked["ExcludeReportHeader"]
            or asked["Aggregation"] != "Daily"
        ):
            return refusal(2027, "InvalidReport", "This is no report.")
        first, last = (_day(asked["Time"][name]) for name in ("CustomDateRangeStart", "CustomDateRangeEnd"))
        if self.not_before and asked["ReturnOnlyCompleteData"] and last >= self.not_before:
            return refusal(2004, "NoCompleteDataAvaliable", "Data is not complete.")
        rows = self.rows[str(account)]
        if KINDS[asked["Type"]] == "campaigns":
            rows = _campaigns([*rows, *self.beyond.get(str(account), ())])
        told = [row for row in rows if first <= row["TimePeriod"] <= last]
        self.reports.append((self.polls, told, asked["Columns"]))
        return web.json_response({"ReportRequestId": str(len(self.reports) - 1)})

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        if refused := await self._refused(request):
            return refused
        number = int((await request.json())["ReportRequestId"])
        left, rows, columns = self.reports[number]
        self.reports[number] = (left - 1, rows, columns)
        if left > 0:
            told: dict[str, Any] = {"Status": "Pending", "ReportDownloadUrl": None}
        else:
            url = f"http://{request.host}/files/{number}.zip" if rows else None
            told = {"Status": self.status, "ReportDownloadUrl": url}
        return web.json_response({"ReportRequestStatus": told})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if self.of_files:
            return await self.of_files.popleft()(request)
        _, rows, columns = self.reports[int(request.match_info["number"])]
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(columns)
        table.writerows([row[column] for column in columns] for row in rows)
        return web.Response(body=zipped(text.getvalue().encode("utf-8-sig")))

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if form.get("refresh_token") != self.refresh or "offline_access" not in str(form.get("scope")):
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.refreshed += 1
        self.token, self.refresh = f"token-{self.refreshed + 1}", f"refresh-{self.refreshed + 1}"
        self.good_for = self.renewed_for
        return web.json_response(
            {"access_token": self.token, "refresh_token": self.refresh, "expires_in": 3599}
        )


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.csv", content)
    return packed.getvalue()


def refusal(code: int, name: str, message: str) -> web.StreamResponse:
    error = {"Code": code, "ErrorCode": name, "Message": message, "Detail": None}
    fault = {"Type": "AdApiFaultDetail", "TrackingId": "t", "Errors": [error]}
    return web.json_response(fault, status=400)


def refuses(code: int, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Refuse once."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return refusal(code, name, "Said in English.")

    return answer


def sends(body: bytes, status: int = 200) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Send a file of its own once."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status)

    return answer


def _campaigns(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    sums: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        place = {name: row[name] for name in ("TimePeriod", "CampaignName", "CampaignId", "CurrencyCode")}
        summed = sums.setdefault(tuple(place.values()), dict(place))
        for name in _MEASURES:
            total = float(summed.get(name, "0")) + float(row[name])
            summed[name] = f"{total:.2f}" if name == "Spend" else str(int(total))
    return list(sums.values())


def _day(told: dict[str, int]) -> str:
    return date(told["Year"], told["Month"], told["Day"]).isoformat()
