"""A fake of Salesforce's REST interface: queries in pages, descriptions, sessions that end."""

import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from producers.cells.times import parse_time

CLIENT, SECRET = "client-0001", "client-secret-0001"
_QUERY = re.compile(
    r"SELECT (?P<fields>.+) FROM (?P<object>\w+) WHERE (?P<at>\w+) >= (?P<since>\S+)"
    r" AND (?P=at) < (?P<until>\S+) ORDER BY (?P=at) ASC, Id ASC"
)
Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refused(status: int, code: str, message: str) -> web.Response:
    return web.json_response([{"errorCode": code, "message": message}], status=status)


@dataclass
class FakeSalesforce:
    """`records` by object; an object without an entry isn't there. `page` is how many an answer holds."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 2
    faults: deque[Fault] = field(default_factory=deque)
    sessions: int = 0
    good_for: int = 1_000_000
    queries: list[str] = field(default_factory=list)
    _open: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/services/oauth2/token", self._token)
        app.router.add_get("/services/data/v60.0/sobjects/{object}/describe", self._guarded(self._describe))
        app.router.add_get("/services/data/v60.0/queryAll", self._guarded(self._query))
        app.router.add_get("/services/data/v60.0/query/{cursor}", self._guarded(self._more))
        return app

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return web.json_response({"error_description": "invalid client credentials"}, status=400)
        self.sessions += 1
        self.good_for = 1_000_000 if self.sessions > 1 else self.good_for
        return web.json_response({"access_token": f"session-{self.sessions}"})

    def _guarded(self, answer: Fault) -> Fault:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if self.faults:
                return await self.faults.popleft()(request)
            self.good_for -= 1
            if request.headers.get("Authorization") != f"Bearer session-{self.sessions}" or self.good_for < 0:
                return refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
            return await answer(request)

        return guarded

    async def _describe(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["object"]
        if name not in self.fields:
            return refused(404, "NOT_FOUND", "The requested resource does not exist")
        return web.json_response({"fields": [{"name": each} for each in self.fields[name]]})

    async def _query(self, request: web.Request) -> web.StreamResponse:
        self.queries.append(request.query["q"])
        asked = _QUERY.fullmatch(request.query["q"])
        if asked is None:
            return refused(400, "MALFORMED_QUERY", "unexpected token")
        there = {*self.fields[asked["object"]], "RecordType.Name"}
        if unknown := [each for each in asked["fields"].split(", ") if each not in there]:
            return refused(400, "INVALID_FIELD", f"No such column '{unknown[0]}'")
        since, until = parse_time(asked["since"]) or 0, parse_time(asked["until"]) or 0
        found = [
            each
            for each in self.records.get(asked["object"], ())
            if since <= (parse_time(each[asked["at"]]) or 0) < until
        ]
        found.sort(key=lambda each: (parse_time(each[asked["at"]]) or 0, each.get("Id", "")))
        names = asked["fields"].split(", ")
        told = [
            {"attributes": {}} | {name: each.get(name) for name in names if "." not in name}
            | ({"RecordType": each.get("RecordType")} if "RecordType.Name" in names else {})
            for each in found
        ]  # fmt: skip
        return self._page(told)

    async def _more(self, request: web.Request) -> web.StreamResponse:
        rest = self._open.pop(request.match_info["cursor"], None)
        return self._page(rest) if rest else refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")

    def _page(self, rest: list[dict[str, Any]]) -> web.StreamResponse:
        told, rest = rest[: self.page], rest[self.page :]
        if not rest:
            return web.json_response({"totalSize": len(told), "done": True, "records": told})
        cursor = f"01g{len(self._open)}{len(rest)}-{self.page}"
        self._open[cursor] = rest
        more = {"done": False, "nextRecordsUrl": f"/services/data/v60.0/query/{cursor}"}
        return web.json_response({"records": told, **more})
