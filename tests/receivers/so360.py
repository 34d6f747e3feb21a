"""360: a signature over the exact bytes, no batch, and a trans_id that counts once (from second hand)."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from receivers.asked import Answered, Asked

SEARCH = ("ocpc_ps_convert", "ocpc_ms_convert")
DISPLAY = "ocpc_zs_convert"


@dataclass
class Fake360:
    """One application; `clicks` by data_industry, since none is taken for another."""

    app_key: str = "an-app-key"
    secret: str = "a-secret-of-360"
    clicks: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            **dict.fromkeys(SEARCH, frozenset({"1234567890123456", "1234567890123457"})),
            DISPLAY: frozenset({"123456789012"}),
        }
    )
    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # click, transaction, event
    values: dict[tuple[str, str, str], int] = field(default_factory=dict)
    invalid: set[tuple[str, str, str]] = field(default_factory=set)

    def answer(self, asked: Asked, now: int) -> Answered:
        if asked.method != "POST" or asked.path != "/uploadWebConvert":
            return Answered(404)
        if asked.header("app-key") != self.app_key:
            return _said(1, "app_key error")
        if asked.header("app-sign") != hashlib.md5(self.secret.encode() + asked.body).hexdigest():
            return _said(2, "app_sign error")
        told = asked.json()
        if asked.header("content-type").replace(" ", "") != "application/json;charset=utf-8":
            return _said(3, "Content-Type")
        data = told.get("data") if isinstance(told, dict) else None
        if not isinstance(data, dict) or data.get("data_industry") not in self.clicks:
            return _said(3, "data format error")
        detail = data.get("data_detail", {})
        if not _is_complete(data, detail):
            return _said(3, "data format error")
        return self._take(data["data_industry"], detail)

    def _take(self, industry: str, detail: dict[str, Any]) -> Answered:
        key = (detail["qhclickid"], detail["trans_id"], detail["event"])
        if key[0] not in self.clicks[industry]:
            return _said(0, "Success")  # it is dropped as invalid, and nobody says so
        if industry == DISPLAY and not detail.get("jzqs"):
            return _said(3, "jzqs")
        if detail["event_param"].get("spare") == 1001:
            if key in self.counted:
                self.invalid.add(key)
        elif key not in self.counted:
            self.counted[key] = 1
            self.values[key] = detail["event_param"].get("value", 0)
        return _said(0, "Success")


def _is_complete(data: dict[str, Any], detail: dict[str, Any]) -> bool:
    numbers = (
        data.get("request_time"),
        detail.get("event_time"),
        detail.get("event_param", {}).get("value", 0),
    )
    return (
        all(isinstance(each, int) for each in numbers)
        and re.fullmatch("[0-9a-f]{32}", detail.get("trans_id", "")) is not None
        and bool(detail.get("event"))
    )


def _said(errno: int, error: str) -> Answered:
    return Answered.of({"errno": errno, "error": error})
