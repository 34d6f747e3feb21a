"""Google's token endpoint and the Data Manager API: one wrong field refuses all, and counting is said later.

Documented: 2,000 events and 10 destinations, limits per minute and day with the name of the limit, no partial
failure, the reasons of what does not count. Common knowledge: how old a click has to be at least.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from receivers.asked import Answered, Asked

DAY = 86_400_000
HOUR = 3_600_000


@dataclass
class FakeGoogle:
    """One account with its conversion actions and clicks: click id → when it was (ms)."""

    refresh_token: str = "1//a-refresh-token"
    client_secret: str = "a-secret-of-a-client"
    customer: str = "1234567890"
    actions: frozenset[str] = frozenset({"501", "502"})
    clicks: dict[str, int] = field(default_factory=dict)
    external: frozenset[str] = frozenset()  # actions with external attribution
    takes_place: bool = True  # whether a violation names the event that it is about
    processing_ms: int = HOUR
    per_minute: int = 300
    per_day: int = 100_000
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)  # action, transaction
    values: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    _tokens: dict[str, int] = field(default_factory=dict)
    _times: list[int] = field(default_factory=list)
    _statuses: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    def answer(self, asked: Asked, now: int) -> Answered:
        self.requests.append(asked)
        if asked.path == "/token":
            return self._token(asked, now)
        token = asked.header("authorization").removeprefix("Bearer ")
        if self._tokens.get(token, 0) <= now:
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        self._times.append(now)
        for limit, span, most in (("PerMinute", 60_000, self.per_minute), ("PerDay", DAY, self.per_day)):
            if sum(at > now - span for at in self._times) > most:
                name = {"quota_limit": f"WriteRequests{limit}PerProject"}
                return _error(429, "RESOURCE_EXHAUSTED", "Quota exceeded", metadata=name)
        if asked.path == "/v1/events:ingest" and asked.method == "POST":
            return self._ingest(asked.json(), now)
        if asked.path == "/v1/requestStatus:retrieve" and asked.method == "GET":
            return self._status(asked.query.get("requestId", ""), now)
        return Answered(404)

    def _token(self, asked: Asked, now: int) -> Answered:
        given = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        if given.get("grant_type") != "refresh_token" or given.get("client_secret") != self.client_secret:
            return Answered.of({"error": "invalid_client"}, 401)
        if given.get("refresh_token") != self.refresh_token:
            return Answered.of({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
        token = f"ya29.{len(self._tokens)}"
        self._tokens[token] = now + HOUR
        return Answered.of({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def _ingest(self, told: Any, now: int) -> Answered:
        destinations, events = told["destinations"], told["events"]
        if not 0 < len(destinations) <= 10 or not 0 < len(events) <= 2000:
            return _invalid("TOO_MANY_EVENTS", "events")
        (destination,) = destinations
        if destination["operatingAccount"] != {"accountType": "GOOGLE_ADS", "accountId": self.customer}:
            return _error(
                403, "PERMISSION_DENIED", "The caller does not have permission", "PERMISSION_DENIED"
            )
        action = destination["productDestinationId"]
        if action not in self.actions:
            return _invalid("INVALID_CONVERSION_ACTION_ID", "destinations[0].product_destination_id")
        for place, event in enumerate(events):
            if fault := _fault(event):
                where = f"events[{place}].{fault[1]}" if self.takes_place else "events"
                return _invalid(fault[0], where)
        name = f"request-{len(self._statuses)}"
        if told.get("validateOnly"):
            return Answered.of({"requestId": name + "-only-validated"})
        self._statuses[name] = (now + self.processing_ms, self._processed(action, events, now))
        return Answered.of({"requestId": name})

    def _processed(self, action: str, events: list[dict[str, Any]], now: int) -> dict[str, Any]:
        reasons = Counter(reason for each in events if (reason := self._reason(action, each, now)))
        counts = [{"recordCount": str(count), "reason": reason} for reason, count in reasons.items()]
        failed = sum(reasons.values())
        status = "SUCCESS" if not failed else "FAILED" if failed == len(events) else "PARTIAL_SUCCESS"
        more = {"errorInfo": {"errorCounts": counts}} if counts else {}
        sent = {"recordCount": str(len(events))}
        return {"requestStatus": status, "eventsIngestionStatus": sent, **more}

    def _reason(self, action: str, event: dict[str, Any], now: int) -> str:
        (name, value), *_ = event["adIdentifiers"].items()
        clicked, at = self.clicks.get(value), _time(event["eventTimestamp"])
        key = (action, event["transactionId"])
        start = "PROCESSING_ERROR_REASON_"
        if action in self.external:
            return start + "EXTERNAL_ATTRIBUTION_DATA_MISSING"
        if clicked is None:
            return f"{start}INVALID_{name.upper()}"
        if at < clicked:
            return start + "CONVERSION_PRECEDES_CLICK"
        if at - clicked > 90 * DAY or now - at > 90 * DAY:
            return start + "EVENT_TOO_OLD"
        if now - clicked < 6 * HOUR:
            return start + "TOO_RECENT_CLICK"
        if key in self.counted:
            return start + "DUPLICATE_TRANSACTION_ID"
        self.counted[key] += 1
        if "conversionValue" in event:
            self.values[key] = (event["conversionValue"], event["currency"])
        return ""

    def _status(self, name: str, now: int) -> Answered:
        if name not in self._statuses:
            return _invalid("INVALID_REQUEST_ID", "request_id")
        done_at, status = self._statuses[name]
        known = status if now >= done_at else {"requestStatus": "PROCESSING"}
        return Answered.of({"requestStatusPerDestination": [known]})


def _fault(event: dict[str, Any]) -> tuple[str, str] | None:
    try:
        _time(event["eventTimestamp"])
    except (KeyError, ValueError):
        return "EVENT_TIME_INVALID", "event_timestamp"
    ids = event.get("adIdentifiers", {})
    if not ids:
        return "NO_IDENTIFIERS_PROVIDED", "ad_identifiers"
    if len(event.get("transactionId", "")) > 512:
        return "FIELD_VALUE_TOO_LONG", "transaction_id"
    if "conversionValue" in event and len(event.get("currency", "")) != 3:
        return "INVALID_CURRENCY_CODE", "currency"
    if any(" " in value or len(value) > 500 for value in ids.values()):
        return "INVALID_FORMAT", "ad_identifiers.gclid"
    return None


def _time(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _invalid(reason: str, where: str) -> Answered:
    violation = {"field": where, "description": f"{reason.lower()} of a field", "reason": reason}
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return _error(
        400, "INVALID_ARGUMENT", "There was a problem with the request.", "INVALID_ARGUMENT", detail
    )


def _error(
    code: int, status: str, message: str, reason: str = "", *details: dict[str, Any], **more: Any
) -> Answered:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason or status, **more}
    told = {"code": code, "message": message, "status": status, "details": [info, *details]}
    return Answered.of({"error": told}, code)
