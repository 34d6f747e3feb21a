"""A fake of Google Ads over HTTP: its rules of queries, pages and tokens, and what it does wrong."""

import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiohttp import web

TODAY = date(2026, 11, 26)
_SELECTED = re.compile(r"SELECT (?P<fields>.+?) FROM (?P<view>\w+) WHERE (?P<where>.+)")
_DAYS = re.compile(r"segments\.date BETWEEN '(\S+)' AND '(\S+)'")
_DAY = re.compile(r"segments\.date = '(\S+)'")


def keyword(day: str, text: str = "pump", micros: int = 3_500_000, **more: Any) -> dict[str, Any]:
    """One day of a keyword, by the names of GAQL."""
    return {
        "segments.date": day, "campaign.id": "11", "campaign.name": "Brand", "ad_group.id": "22",
        "ad_group.name": "Core", "ad_group_criterion.criterion_id": str(sum(map(ord, text))),
        "ad_group_criterion.keyword.text": text, "ad_group_criterion.keyword.match_type": "PHRASE",
        "metrics.impressions": "100", "metrics.clicks": "4", "metrics.cost_micros": str(micros),
        "customer.currency_code": "EUR", **more,
    }  # fmt: skip


def click(day: str, gclid: str, text: str = "pump") -> dict[str, Any]:
    """One click, by the names of GAQL."""
    return {
        "segments.date": day, "click_view.gclid": gclid, "campaign.id": "11", "campaign.name": "Brand",
        "click_view.keyword": f"customers/1/adGroupCriteria/22~{sum(map(ord, text))}", "ad_group.id": "22",
        "click_view.keyword_info.text": text, "click_view.keyword_info.match_type": "PHRASE",
        "ad_group.name": "Core",
    }  # fmt: skip


@dataclass
class FakeGoogle:
    """`rows` of keywords and clicks of each customer; `beyond` is what its campaigns cost besides."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    clicks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    beyond: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=deque)
    page: int = 10_000
    token: str = "token-1"
    good_for: int = 1_000_000
    renewed_for: int = 1_000_000
    refreshed: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v26/customers/{customer}/googleAds:search", self._search)
        app.router.add_post("/token", self._refresh)
        return app

    async def _search(self, request: web.Request) -> web.StreamResponse:
        if self.faults:
            return await self.faults.popleft()(request)
        if request.headers.get("Authorization") != f"Bearer {self.token}" or self.good_for <= 0:
            return refusal(401, "UNAUTHENTICATED", {"authenticationError": "OAUTH_TOKEN_EXPIRED"})
        if request.headers.get("developer-token") != "developer":
            return refusal(403, "PERMISSION_DENIED", {"authorizationError": "DEVELOPER_TOKEN_NOT_APPROVED"})
        customer = request.match_info["customer"]
        if not customer.isdigit() or customer not in self.rows:
            return refusal(403, "PERMISSION_DENIED", {"authorizationError": "USER_PERMISSION_DENIED"})
        self.good_for -= 1
        document = await request.json()
        self.asked.append(document)
        self.headers.append(request.headers)
        if "pageSize" in document:
            return refusal(400, "INVALID_ARGUMENT", {"requestError": "PAGE_SIZE_NOT_SUPPORTED"})
        found = _SELECTED.fullmatch(document["query"])
        if found is None:
            return refusal(400, "INVALID_ARGUMENT", {"queryError": "UNEXPECTED_INPUT"})
        rows = self._rows(customer, found["view"], found["where"])
        if rows is None:
            return refusal(400, "INVALID_ARGUMENT", {"queryError": "INVALID_VALUE_WITH_BETWEEN_OPERATOR"})
        begin = int(document.get("pageToken", "0"))
        end = begin + self.page
        wanted = found["fields"].split(", ")
        body: dict[str, Any] = {"results": [_nested(row, wanted) for row in rows[begin:end]]}
        if end < len(rows):
            body["nextPageToken"] = str(end)
        return web.json_response(body)

    def _rows(self, customer: str, view: str, where: str) -> list[dict[str, Any]] | None:
        if view == "click_view":
            day = _DAY.fullmatch(where)
            if day is None or (TODAY - date.fromisoformat(day[1])).days > 90:
                return None
            return [row for row in self.clicks.get(customer, ()) if row["segments.date"] == day[1]]
        days = _DAYS.fullmatch(where)
        if days is None:
            return None
        told = self.rows[customer] if view == "keyword_view" else self._campaigns(customer)
        # Rows that were never shown are left out where days are told apart.
        return [
            row
            for row in told
            if days[1] <= row["segments.date"] <= days[2] and row["metrics.impressions"] != "0"
        ]

    def _campaigns(self, customer: str) -> list[dict[str, Any]]:
        sums: dict[tuple[str, ...], dict[str, Any]] = {}
        names = ("segments.date", "campaign.id", "campaign.name", "customer.currency_code")
        for row in (*self.rows[customer], *self.beyond.get(customer, ())):
            place = {name: row[name] for name in names}
            summed = sums.setdefault(tuple(place.values()), dict(place))
            for name in ("metrics.impressions", "metrics.clicks", "metrics.cost_micros"):
                summed[name] = str(int(summed.get(name, "0")) + int(row[name]))
        return list(sums.values())

    async def _refresh(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != "refresh":
            return web.json_response(
                {"error": "invalid_grant", "error_description": "Token has been revoked."},
                status=400,
            )
        self.refreshed += 1
        self.token, self.good_for = f"token-{self.refreshed + 1}", self.renewed_for
        return web.json_response({"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"})


def refusal(status: int, kind: str, code: dict[str, str], **details: Any) -> web.StreamResponse:
    failure = {
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": [{"errorCode": code, "message": "Said in English.", "details": details}],
    }
    error = {"code": status, "message": "Request failed.", "status": kind, "details": [failure]}
    return web.json_response({"error": error}, status=status)


def exhausted(seconds: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer that there were too many requests, with what to wait in Google's own words."""

    async def answer(_: web.Request) -> web.StreamResponse:
        quota = {"rateScope": "DEVELOPER", "rateName": "Requests per minute", "retryDelay": seconds}
        code = {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"}
        return refusal(429, "RESOURCE_EXHAUSTED", code, quotaErrorDetails=quota)

    return answer


def _nested(row: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name in wanted:
        at = nested
        *above, last = [_camel(part) for part in name.split(".")]
        for part in above:
            at = at.setdefault(part, {})
        at[last] = row[name]
    return nested


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
