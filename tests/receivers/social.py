"""Meta, LinkedIn and Ocean Engine: all of a batch or none, nothing that is too old, and no key for repeats.

Documented: seven days at Meta, 90 at LinkedIn, and that one bad event refuses its batch. `knows_repeats` is
what nobody documents for events of CRMs. Ocean Engine is from second hand.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from receivers.asked import Answered, Asked

DAY = 86_400_000


@dataclass
class FakeMeta:
    """One dataset."""

    token: str = "EAAB-a-token"
    dataset: str = "1234567890"
    knows_repeats: bool = True
    failing: list[int] = field(default_factory=list)  # codes of errors that come next
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)  # name, id
    values: dict[str, Any] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    def answer(self, asked: Asked, now: int) -> Answered:
        told = asked.json()
        if asked.path != f"/v26.0/{self.dataset}/events":
            return _meta_error(100, 400)
        if told.get("access_token") != self.token:
            return _meta_error(190, 401)
        if self.failing:
            return _meta_error(self.failing.pop(0), 400)
        events = told["data"]
        self.sizes.append(len(events))
        if not 0 < len(events) <= 1000:
            return _meta_error(100, 400)
        if any(now - each["event_time"] * 1000 > 7 * DAY or not _has_click(each) for each in events):
            return _meta_error(100, 400)
        for each in events:
            key = (each["event_name"], each["event_id"])
            self.counted[key] = 1 if self.knows_repeats else self.counted[key] + 1
            self.values[key[1]] = each["custom_data"].get("value")
        return Answered.of({"events_received": len(events), "messages": [], "fbtrace_id": "A"})


def _has_click(event: dict[str, Any]) -> bool:
    parts = event["user_data"]["fbc"].split(".", 3)
    return parts[:2] == ["fb", "1"] and parts[2].isdigit() and " " not in parts[3]


def _meta_error(code: int, status: int) -> Answered:
    return Answered.of({"error": {"message": "no", "type": "OAuthException", "code": code}}, status)


@dataclass
class FakeLinkedIn:
    """One ad account and its conversion rules."""

    token: str = "AQX-a-token"
    rules: frozenset[str] = frozenset({"701", "702"})
    oldest_version: int = 202601
    names_place: bool = True
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)  # rule, eventId
    elements: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked, now: int) -> Answered:
        if asked.header("authorization") != f"Bearer {self.token}":
            return Answered.of({"status": 401, "code": "REVOKED_ACCESS_TOKEN", "message": "revoked"}, 401)
        if int(asked.header("linkedin-version") or 0) < self.oldest_version:
            return Answered.of({"status": 426, "code": "NONEXISTENT_VERSION", "message": "sunset"}, 426)
        if (asked.header("x-restli-method"), asked.header("x-restli-protocol-version")) != (
            "BATCH_CREATE",
            "2.0.0",
        ):
            return Answered.of({"status": 400, "message": "method"}, 400)
        elements = asked.json()["elements"]
        if not 0 < len(elements) <= 5000:
            return Answered.of({"status": 400, "message": "batch size"}, 400)
        for place, each in enumerate(elements):
            if why := self._fault(each, now):
                where = f"elements[{place}]: " if self.names_place else ""
                return Answered.of({"status": 422, "code": "UNPROCESSABLE", "message": where + why}, 422)
        for each in elements:
            self.counted[each["conversion"].rpartition(":")[2], each["eventId"]] = 1
        self.elements += elements
        return Answered.of({"elements": [{"status": 201} for _ in elements]}, 200)

    def _fault(self, element: dict[str, Any], now: int) -> str:
        if element["conversion"].rpartition(":")[2] not in self.rules:
            return "no such conversion"
        if not 0 <= now - element["conversionHappenedAt"] <= 90 * DAY:
            return "conversionHappenedAt"
        if not all(each["idValue"] and " " not in each["idValue"] for each in element["user"]["userIds"]):
            return "userIds"
        return "" if isinstance(element.get("conversionValue", {}).get("amount", ""), str) else "amount"


@dataclass
class FakeOceanEngine:
    """Clicks by their callback."""

    clicks: frozenset[str] = frozenset({"B.abc", "B.def"})
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)  # callback, event_type
    amounts: list[Any] = field(default_factory=list)

    def answer(self, asked: Asked, now: int) -> Answered:
        told = asked.json()
        if asked.path != "/api/v2/conversion":
            return Answered(404)
        callback = told["context"]["ad"]["callback"]
        if callback not in self.clicks or not isinstance(told["timestamp"], int):
            return Answered.of({"code": 1, "message": "callback is not valid"})
        self.counted[callback, told["event_type"]] += 1
        self.amounts.append(told.get("properties", {}).get("pay_amount"))
        return Answered.of({"code": 0, "message": "success"})
