"""A fake of Baidu's report service: it keeps the documented rules, and does wrong what a test tells it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEYWORDS, CAMPAIGNS, FEED = 2602783, 2290316, 2276038
_MOST_ROWS = 2_000
_MEASURES = ("impression", "click", "cost")


def keyword(day: str, name: str = "水泵", cost: str = "3.50", **more: Any) -> dict[str, Any]:
    """One day of a keyword, as the console counts it."""
    return {
        "date": day, "userName": "acme", "campaignNameStatus": "品牌", "campaignId": 11,
        "adGroupNameStatus": "核心", "adGroupId": 22, "wInfoNameStatus": name,
        "wInfoId": 30_000 + sum(map(ord, name)), "mixWmatchEnum": "短语匹配", "winfoIdTypeEnum": "关键词",
        "impression": 100, "click": 4, "cost": float(cost), **more,
    }  # fmt: skip


@dataclass
class FakeBaidu:
    """`rows` of keywords by account; `beyond` is what campaigns cost besides; `faults` answer once each."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    beyond: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=deque)
    before_page: Callable[[int], None] = lambda _: None
    token: str = "token-1"
    refresh: str = "refresh-1"
    good_for: int = 1_000_000
    asked: list[dict[str, Any]] = field(default_factory=list)
    refreshed: int = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/json/sms/service/OpenApiReportService/getReportData", self._report)
        app.router.add_post("/oauth/refreshToken", self._refresh)
        return app

    async def _report(self, request: web.Request) -> web.StreamResponse:
        if self.faults:
            return await self.faults.popleft()(request)
        document = await request.json()
        header, body = document["header"], document["body"]
        if header.get("accessToken") != self.token or self.good_for <= 0:
            return refusal("access token已失效", code=8401)
        self.good_for -= 1
        if header.get("userName") not in self.rows:
            return refusal("没有权限操作该账户", code=8101)
        if not 0 < body["rowCount"] <= _MOST_ROWS or len(body["sorts"]) > 2 or body["timeUnit"] != "DAY":
            return refusal("参数错误", code=800)
        if any(sort["column"] not in body["columns"] for sort in body["sorts"]):
            return refusal("排序列必须在查询列中", code=801)
        self.before_page(len(self.asked))
        self.asked.append(document)
        rows = [
            row
            for row in self._rows_of(header["userName"], body["reportType"])
            if body["startDate"] <= row["date"] <= body["endDate"]
        ]
        rows.sort(key=lambda row: tuple(row[sort["column"]] for sort in body["sorts"]))
        page = rows[body["startRow"] : body["startRow"] + body["rowCount"]]
        told = [{name: row[name] for name in body["columns"]} for row in page]
        data = {"rows": told, "rowCount": len(told), "totalRowCount": len(rows)}
        return web.json_response({"header": {"desc": "success", "status": 0}, "body": {"data": [data]}})

    def _rows_of(self, account: str, report: int) -> list[dict[str, Any]]:
        if report == KEYWORDS:
            return self.rows[account]
        if report == FEED:
            return []
        sums: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in (*self.rows[account], *self.beyond.get(account, ())):
            place = {name: row[name] for name in ("date", "userName", "campaignNameStatus", "campaignId")}
            summed = sums.setdefault(
                tuple(place.values()), {**place, "impression": 0, "click": 0, "cost": 0.0}
            )
            for measure in _MEASURES:
                summed[measure] = round(summed[measure] + row[measure], 2)
        return list(sums.values())

    async def _refresh(self, request: web.Request) -> web.StreamResponse:
        document = await request.json()
        if document["refreshToken"] != self.refresh:
            return web.json_response({"code": 401, "message": "refreshToken已失效"})
        self.refreshed += 1
        self.token, self.refresh = f"token-{self.refreshed + 1}", f"refresh-{self.refreshed + 1}"
        self.good_for = 1_000_000
        data = {"accessToken": self.token, "refreshToken": self.refresh, "expiresIn": 86_400, "userId": 7}
        return web.json_response({"code": 0, "message": "success", "data": data})


def refusal(message: str, code: int = 1, status: int = 2) -> web.StreamResponse:
    failures = [{"code": code, "message": message, "position": ""}]
    return web.json_response(
        {"header": {"desc": "failure", "status": status, "failures": failures}, "body": {}}
    )


def busy(seconds: str = "7") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer 429 and say when to come back."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": seconds})

    return answer


def says(text: str, status: int = 200) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer something else."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type="application/json")

    return answer


async def never_ends(request: web.Request) -> web.StreamResponse:
    """Begin an answer and go on with it for ever, byte by byte."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def floods(request: web.Request) -> web.StreamResponse:
    """Answer more than any answer may have."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"[" * (1 << 16))
