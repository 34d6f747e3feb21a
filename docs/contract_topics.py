"""What the topics hold, as AsyncAPI 3: for whoever writes to them or reads them with a program of his own."""

from typing import Any, Final

from schemas.json_schema import VERSION, json_schema, types_of
from schemas.topics import FACT_TOPICS, TOPICS, Topic

HEADERS: Final = {
    "type": "object",
    "description": "dead letters only: where the record stood, and why it could not be used",
}


def asyncapi(version: str) -> dict[str, Any]:
    """Return the document; `version` is that of Leadtrace."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Leadtrace: topics",
            "version": version,
            "description": "Facts come in, journeys and deals go out. Records are JSON in UTF-8; their ids "
            "follow from what they say, so whatever is sent twice counts once. The key of a record decides "
            "about its partition (murmur2), and facts of one visitor stand in one.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "the brokers of LEADTRACE_KAFKA",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": {_name(topic): _channel(topic) for topic in TOPICS},
        "operations": dict(_operation(topic) for topic in TOPICS),
        "components": {
            "messages": {name: _message(name, held) for topic in TOPICS for name, held in _held(topic)}
        },
    }


def _held(topic: Topic) -> list[tuple[str, type]]:
    return list(types_of(topic.name).items())


def _name(topic: Topic) -> str:
    return topic.name.replace(".", "_")


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic.config()
    settings: dict[str, Any] = {"cleanup.policy": [config["cleanup.policy"]]}
    if not topic.compacted:
        settings["retention.ms"] = topic.retention_ms
    settings["max.message.bytes"] = int(config["max.message.bytes"])
    partitions = {"partitions": 1} if topic.single else {}
    return {
        "address": topic.name,
        "description": f"Holds {topic.holds}. Key: {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name, _ in _held(topic)},
        "bindings": {"kafka": {"topic": topic.name, **partitions, "topicConfiguration": settings}},
    }


def _operation(topic: Topic) -> tuple[str, dict[str, Any]]:
    """Facts are what Leadtrace receives; what it derives it sends."""
    action = "receive" if topic in FACT_TOPICS else "send"
    channel = {"$ref": f"#/channels/{_name(topic)}"}
    return f"{action}_{_name(topic)}", {"action": action, "channel": channel}


def _message(name: str, held: type) -> dict[str, Any]:
    described = str(json_schema(name, held).get("description", "")).strip()
    return {
        "name": name,
        "summary": described.split("\n\n")[0].replace("\n", " "),
        "contentType": "application/json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"../../schemas/json/{name}.{VERSION}.json"},
        },
    }
