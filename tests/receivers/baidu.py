"""Baidu's oCPC interface: conversions, and leads that were none, by the landing page's URL with its bd_vid.

Documented by Baidu: fields, fewer than 100 rows, 1024 characters, one row per conversion, status 0. From
other people's clients: status 1 to 4, positions, and, if `knows_repeats`, what makes two rows the same.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from receivers.asked import Answered, Asked

UPLOAD = "/ocpcapi/api/uploadConvertData"
INVALID = "/ocpcapi/api/uploadInvalidConvertData"


@dataclass
class FakeBaidu:
    """One search account: its token, the clicks that it sold, and the types that it set up to be tracked."""

    token: str = "a-token-of-baidu"
    clicks: frozenset[str] = frozenset({"nTRkP1", "nTRkP2", "nTRkP3"})
    types: frozenset[int] = frozenset({3, 18, 74, 75, 76, 77})
    knows_repeats: bool = True
    busy_for: int = 0  # so many requests get status 4: the server's own error
    counted: Counter[tuple[int, str, str]] = field(default_factory=Counter)  # type, click, event
    values: dict[tuple[int, str, str], int] = field(default_factory=dict)  # in fen
    invalid: dict[tuple[int, str], str] = field(default_factory=dict)  # type and click → reason
    bodies: list[bytes] = field(default_factory=list)

    def answer(self, asked: Asked, now: int) -> Answered:
        if asked.method != "POST" or asked.path not in (UPLOAD, INVALID):
            return Answered(404)
        self.bodies.append(asked.body)
        told = asked.json()
        if not asked.header("content-type").startswith("application/json") or not isinstance(told, dict):
            return _said(3, "JSON expected")
        if self.busy_for:
            self.busy_for -= 1
            return _said(4, "server error")
        if told.get("token") != self.token:
            return _said(3, "token is not valid")
        is_invalid = asked.path == INVALID
        name = "invalidConversionTypes" if is_invalid else "conversionTypes"
        rows = told.get(name)
        if not isinstance(rows, list) or not 0 < len(rows) < 100:
            return _said(3, f"{name}: fewer than 100 rows")
        take = self._take_invalid if is_invalid else self._take
        faults = [(place, why) for place, row in enumerate(rows) if (why := take(row, now))]
        failures = [
            {"code": 1000 + place, "message": why, "position": f"{name}[{place}]"} for place, why in faults
        ]
        status = 0 if not faults else 2 if len(faults) == len(rows) else 1
        return _said(status, "success" if not faults else "failed", failures)

    def _take(self, row: dict[str, Any], now: int) -> str:
        click = _click_in(row.get("logidUrl"))
        kind, event = row.get("newType"), row.get("outerEventId", "")
        value, at = row.get("convertValue", 0), row.get("convertTime", 0)
        if not click or click not in self.clicks:
            return "logidUrl: bd_vid is not one of a click"
        if not isinstance(kind, int):
            return "newType is needed"
        if not isinstance(event, str) or len(event.encode()) > 255:
            return "outerEventId: 255 bytes at most"
        if not isinstance(value, int) or not isinstance(at, int) or at * 1000 > now:
            return "convertValue is in fen, convertTime in seconds that are over"
        if kind not in self.types:
            return ""  # it is taken, and no model can use it
        key = (kind, click, event)
        if not event or not self.knows_repeats:
            self.counted[key] += 1
        elif key not in self.counted:
            self.counted[key] = 1
            self.values[key] = value
        return ""

    def _take_invalid(self, row: dict[str, Any], now: int) -> str:
        click, kind, at = _click_in(row.get("logidUrl")), row.get("convertType"), row.get("convertTime")
        if not click or click not in self.clicks:
            return "logidUrl: bd_vid is not one of a click"
        if not isinstance(kind, int) or not isinstance(at, int) or at * 1000 > now:
            return "convertType and convertTime are needed"
        if not 0 <= row.get("confidence", 0) <= 100:
            return "confidence: 0 to 100"
        self.invalid[kind, click] = str(row.get("invalidReason", ""))
        return ""


def _click_in(url: object) -> str:
    if not isinstance(url, str) or len(url) > 1024:
        return ""
    found = re.search(r"[?&]bd_vid=([^&#]+)", url)
    return found[1] if found else ""


def _said(status: int, desc: str, failures: list[dict[str, Any]] | None = None) -> Answered:
    return Answered.of({"header": {"status": status, "desc": desc, "failures": failures or []}})
