"""纷享销客's open interface for leads: HTTP 200 to everything, errorCode for what is meant, no upsert.

Documented: the calls, the trace id, codes and limits of a company. `is_unique` is what an administrator sets
up: that our id stands there once.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from receivers.asked import Answered, Asked

LEADTRACE_ID = "leadtrace_id__c"
_TRACE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass
class FakeFxiaoke:
    """One company."""

    app_secret: str = "a-secret-of-an-app"
    is_unique: bool = True
    codes: list[int] = field(default_factory=list)  # errors that come next
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    traces: list[str] = field(default_factory=list)
    _tokens: dict[str, int] = field(default_factory=dict)

    def answer(self, asked: Asked, now: int) -> Answered:
        told = asked.json()
        if asked.path == "/cgi/corpAccessToken/get/V2":
            return self._token(told, now)
        self.traces.append(asked.query.get("thirdTraceId", ""))
        if not _TRACE.fullmatch(self.traces[-1]) or len(set(self.traces)) < len(self.traces):
            return _said(10001)
        if self._tokens.get(told.get("corpAccessToken"), 0) <= now or told.get("corpId") != "FSCID_1":
            return _said(20016)
        if self.codes:
            return _said(self.codes.pop(0))
        what = asked.path.removeprefix("/cgi/crm/v2/data/")
        if what == "query":
            return self._query(told["data"])
        return self._write(what, dict(told["data"]["object_data"]))

    def end_sessions(self) -> None:
        self._tokens.clear()

    def add(self, **fields: Any) -> str:
        """A lead that sales typed in; its id."""
        number = f"{len(self.leads) + 1:024x}"
        self.leads[number] = {"_id": number} | fields
        return number

    def _token(self, told: Any, now: int) -> Answered:
        if told["appSecret"] != self.app_secret:
            return _said(20002)
        token = f"token-{len(self._tokens)}"
        self._tokens[token] = now + 7_200_000
        return _said(0, corpAccessToken=token, corpId="FSCID_1", expiresIn=7200)

    def _query(self, data: dict[str, Any]) -> Answered:
        asked = data["search_query_info"]
        found = [
            each
            for each in self.leads.values()
            if all(each.get(one["field_name"]) in one["field_values"] for one in asked["filters"])
        ]
        return _said(0, data={"dataList": found[: asked["limit"]], "total": len(found)})

    def _write(self, what: str, row: dict[str, Any]) -> Answered:
        assert row.pop("dataObjectApiName") == "LeadsObj"
        if what == "update":
            if row["_id"] not in self.leads:
                return _said(10006)
            self.leads[row["_id"]].update(row)
            return _said(0)
        if not row.get("name"):
            return _said(10007)
        if self.is_unique and any(
            each.get(LEADTRACE_ID) == row[LEADTRACE_ID] for each in self.leads.values()
        ):
            return _said(10008)
        self.created[row[LEADTRACE_ID]] += 1
        return _said(0, dataId=self.add(**row))


def _said(code: int, **more: Any) -> Answered:
    return Answered.of({"errorCode": code, "errorMessage": "success" if code == 0 else "失败", **more})
