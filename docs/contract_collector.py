"""What the collector answers at which path, as OpenAPI 3.1."""

import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from producers.collector.entrance import Entrance, Route, told_as_json
from producers.collector.protocols import segment
from producers.collector.spoken import spoken
from producers.website.native import TYPES
from settings import Settings

TEXT: Final = {"type": "string"}
MOMENT: Final = {
    "description": "when it happened: ISO 8601, or milliseconds since 1970",
    "type": ["string", "integer"],
}
EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "an event of Leadtrace's own; one of anonymous_id, user_id, email and phone must be there",
    "required": ["type"],
    "properties": {
        "type": {"enum": list(TYPES)},
        "id": TEXT | {"description": "of the event: the same id twice is one event"},
        "occurred_at": MOMENT,
        "anonymous_id": TEXT | {"description": "of the browser, chosen by the site"},
        "linked_id": TEXT | {"description": "of the same browser on another site of one's own"},
        "user_id": TEXT,
        "email": TEXT | {"description": "is replaced by a token at once"},
        "phone": TEXT | {"description": "is replaced by a token at once"},
        "url": TEXT,
        "referrer": TEXT,
        "title": TEXT,
        "dwell_ms": {"type": "number", "minimum": 0, "maximum": 86_400_000},
        "form": TEXT,
        "name": TEXT,
        "attributes": {"type": "object"},
    },
}
CALL: Final[dict[str, Any]] = {
    "type": "object",
    "description": "a call of Segment's API; anonymousId or userId must be there",
    "properties": {
        "type": {"enum": ["track", "page", "screen", "identify", "group", "alias"]},
        "event": TEXT | {"description": "of a track call"},
        "messageId": TEXT | {"description": "the same id twice is one event"},
        "anonymousId": TEXT,
        "userId": TEXT,
        "previousId": TEXT | {"description": "of an alias call"},
        "timestamp": MOMENT,
        "sentAt": MOMENT,
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "context": {"type": "object"},
        "writeKey": TEXT,
    },
}
LEFT_OUT: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["index"],
        "properties": {"index": {"type": "integer", "minimum": 0}, "error": TEXT, "reason": TEXT},
    },
}
TOLD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["success", "accepted", "rejected"],
    "properties": {
        "success": {"const": True},
        "accepted": {"type": "integer", "minimum": 0},
        "rejected": LEFT_OUT,
        "ignored": LEFT_OUT,
    },
}
REFUSAL: Final[dict[str, Any]] = {
    "type": "object",
    "description": "what was wrong, in a sentence; nothing of the request was taken",
    "required": ["error"],
    "properties": {"error": TEXT, "rejected": LEFT_OUT},
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "/v1/events": {
        "anyOf": [
            {"$ref": "#/components/schemas/Event"},
            {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "minItems": 1},
            {
                "type": "object",
                "required": ["events"],
                "properties": {
                    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
                    "sent_at": MOMENT,
                    "write_key": TEXT,
                },
            },
        ]
    },
    **{f"/v1/{name}": {"$ref": "#/components/schemas/Batch"} for name in segment.BATCHES},
    **{f"/v1/{name}": {"$ref": "#/components/schemas/Call"} for name in segment.SINGLE},
}
BATCH: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": {"$ref": "#/components/schemas/Call"}, "minItems": 1},
        "context": {"type": "object"},
        "sentAt": MOMENT,
        "writeKey": TEXT,
    },
}
REFUSALS: Final = {
    "400": "nothing of it could be used",
    "401": "the write key is missing or wrong",
    "403": "the key is for other things, or pages of this origin may not send here",
    "408": "the body came too slowly",
    "413": "it is too large: send less at once",
    "429": "too many requests: Retry-After says when to come again",
    "503": "the broker did not confirm in time, or there is no room: Retry-After says when to come again",
}
OWN: Final[tuple[tuple[str, str, str], ...]] = (
    ("get", "/", "say what this is"),
    ("get", "/healthz", "say whether the broker answers"),
    ("get", "/status", "count the answers given; takes an admin key"),
    ("post", "/webhooks/crm/{system}", "take a webhook of a CRM, which proves who it is"),
)


def openapi(version: str) -> dict[str, Any]:
    """Return the document; `version` is that of Leadtrace."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, operation in _operations():
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": TEXT}
            for name in re.findall(r"\{(\w+)\}", path)
        ]
        told = operation | ({"parameters": parameters} if parameters else {})
        paths.setdefault(path, {})[method] = told
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leadtrace: collector",
            "version": version,
            "description": "Takes events of websites, apps and CRMs. An answer of 200 says that the broker "
            "has confirmed every event that was accepted. What is sent twice counts once.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8080", "description": "LEADTRACE_COLLECTOR_PUBLIC_URL"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Event": EVENT, "Call": CALL, "Batch": BATCH, "Told": TOLD, "Refusal": REFUSAL},
            "securitySchemes": {
                "user": {"type": "http", "scheme": "basic", "description": "the key as the user"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for method, path, summary in OWN:
        yield method, path, _own(method, summary)
    for route in spoken(Settings()):
        path = re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path)
        yield route.method.lower(), path, _spoken(route)


def _own(method: str, summary: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": summary,
        "tags": ["leadtrace"],
        "responses": {"200": {"description": "the answer"}} | _refusals(),
    }
    if method == "post":
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": {}}}}
    return told


def _spoken(route: Route) -> dict[str, Any]:
    module = sys.modules[_module_of(route)]
    entrance = route.served if isinstance(route.served, Entrance) else None
    told: dict[str, Any] = {
        "summary": str(module.__doc__).strip().split("\n")[0],
        "tags": [module.__name__.rpartition(".")[2]],
        "responses": _yes(entrance) | _refusals(),
    }
    if entrance is not None:
        told["security"] = [{}, {"user": []}, {"bearer": []}]
    if route.method == "POST":
        schema = BODIES.get(route.path, {})
        content = {kind: {"schema": schema} for kind in ("application/json", "text/plain")}
        told["requestBody"] = {"required": bool(schema), "content": content}
    return told


def _module_of(route: Route) -> str:
    """The module of the protocol that brings a route: its functions stand there."""
    served = route.served
    return served.understand.__module__ if isinstance(served, Entrance) else served.__module__


def _yes(entrance: Entrance | None) -> dict[str, Any]:
    if entrance is None:
        said = {"200": "what was asked for", "204": "yes, without a word", "302": "on to the target",
                "304": "what the browser has is still right", "404": "there is nothing of this name"}  # fmt: skip
        return {code: {"description": words} for code, words in said.items()}
    if entrance.answer is told_as_json:
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}
        return {"200": {"description": "what was accepted is with the broker", "content": content}}
    return {
        "200": {"description": "what was accepted is with the broker, in the tracker's words"},
        "204": {"description": "the same, without a word"},
    }


def _refusals() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    return {code: {"description": said, "content": content} for code, said in REFUSALS.items()}
