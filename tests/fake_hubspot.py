"""A fake of HubSpot's interface of records: it keeps the documented rules, and fails as tests tell it."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

TOKEN = "pat-test-secret-0001"
_CHANGED = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}
Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Record:
    """One record: the history of each property, the oldest value first, and when it changed last."""

    id: str
    history: dict[str, list[tuple[str, int]]]
    created: int
    updated: int
    archived: int = 0


@dataclass
class FakeHubSpot:
    """`most` is how far a search can be paged; `faults` answer once each, before anything else."""

    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {"contacts": {}, "deals": {}})
    people: dict[str, list[str]] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    before: Callable[[str], None] = lambda _: None
    most: int = 10_000
    asked: list[str] = field(default_factory=list)

    def add(self, part: str, own: str, created: int, updated: int, **history: Any) -> Record:
        """Add a record; a property's history is a list of (value, time), or a value since the creation."""
        told = {name: [(at, created)] if isinstance(at, str) else at for name, at in history.items()}
        record = Record(own, told, created, updated)
        self.records[part][own] = record
        return record

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/crm/v3/objects/{part}/search", self._guarded(self._search))
        app.router.add_post("/crm/v3/objects/{part}/batch/read", self._guarded(self._read))
        app.router.add_get("/crm/v3/objects/{part}", self._guarded(self._list))
        app.router.add_post(
            "/crm/v4/associations/deals/contacts/batch/read", self._guarded(self._associations)
        )
        return app

    def _guarded(self, answer: Fault) -> Fault:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.asked.append(request.path)
            self.before(request.path)
            if self.faults:
                return await self.faults.popleft()(request)
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return web.json_response({"status": "error", "message": "expired"}, status=401)
            return await answer(request)

        return guarded

    async def _search(self, request: web.Request) -> web.StreamResponse:
        part, asked = request.match_info["part"], await request.json()
        filters = [each for group in asked["filterGroups"] for each in group["filters"]]
        limit, after = asked["limit"], int(asked.get("after", 0))
        if limit > 200 or after + limit > self.most or len(asked["sorts"]) > 1 or len(filters) > 6:
            return web.json_response({"status": "error", "message": "paging beyond 10,000"}, status=400)
        standing = [each for each in self.records[part].values() if not each.archived]
        found = [each for each in standing if all(_fits(each, one, part) for one in filters)]
        by = asked["sorts"][0]["propertyName"]
        found.sort(key=lambda each: (_value(each, by, part), 0 if by == "hs_object_id" else -int(each.id)))
        told = [
            {"id": each.id, "properties": {_CHANGED[part]: iso(each.updated), "hs_object_id": each.id}}
            for each in found[after : after + limit]
        ]
        return web.json_response({"total": len(found), "results": told})

    async def _read(self, request: web.Request) -> web.StreamResponse:
        part, asked = request.match_info["part"], await request.json()
        if len(asked["inputs"]) > 50 or not asked["inputs"]:
            return web.json_response({"status": "error", "message": "too many inputs"}, status=400)
        told = []
        for each in asked["inputs"]:
            record = self.records[part].get(each["id"])
            if record is None or record.archived:
                continue
            current = {name: values[-1][0] for name, values in record.history.items()}
            history = {
                name: [{"value": value, "timestamp": iso(at)} for value, at in reversed(values)]
                for name, values in record.history.items()
                if name in asked["propertiesWithHistory"]
            }
            told.append({
                "id": record.id, "createdAt": iso(record.created), "updatedAt": iso(record.updated),
                "archived": False, "propertiesWithHistory": history,
                "properties": {name: value for name, value in current.items() if name in asked["properties"]},
            })  # fmt: skip
        status = 200 if len(told) == len(asked["inputs"]) else 207
        return web.json_response({"status": "COMPLETE", "results": told}, status=status)

    async def _associations(self, request: web.Request) -> web.StreamResponse:
        told = []
        for each in (await request.json())["inputs"]:
            people = self.people.get(each["id"], [])
            start = int(each.get("after", 0))
            page: dict[str, Any] = {
                "from": {"id": each["id"]},
                "to": [{"toObjectId": int(who), "associationTypes": []} for who in people[start : start + 2]],
            }
            if start + 2 < len(people):
                page["paging"] = {"next": {"after": str(start + 2)}}
            if page["to"]:
                told.append(page)
        return web.json_response({"status": "COMPLETE", "results": told})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        part = request.match_info["part"]
        gone = [each for each in self.records[part].values() if each.archived]
        start = int(request.query.get("after", "0"))
        page = gone[start : start + int(request.query["limit"])]
        told = [
            {"id": each.id, "archived": True, "archivedAt": iso(each.archived), "properties": {}}
            for each in page
        ]
        more = (
            {"paging": {"next": {"after": str(start + len(page))}}} if start + len(page) < len(gone) else {}
        )
        return web.json_response({"results": told, **more})


def _value(record: Record, name: str, part: str) -> int:
    return record.updated if name == _CHANGED[part] else int(record.id)


def _fits(record: Record, asked: dict[str, str], part: str) -> bool:
    value, wanted = _value(record, asked["propertyName"], part), int(asked["value"])
    return {"GTE": value >= wanted, "LT": value < wanted, "GT": value > wanted, "EQ": value == wanted}[
        asked["operator"]
    ]
