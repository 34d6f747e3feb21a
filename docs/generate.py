"""Write docs/events.md and schemas/json/ from the classes in schemas/; --check only says what is stale."""

import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from schemas.json_schema import json_schema, json_schema_texts, types_of
from schemas.topics import TOPICS, Topic

INTRO = """# Events, messages and snapshots

<!-- Written by docs/generate.py from the classes in schemas/. Change those, then run it again. -->

Every topic holds JSON, one value per record, in UTF-8. The JSON Schema of each type is in `schemas/json/`.
Messages to look at are in `schemas/examples/`: good ones, and under `bad/` those that the codec must refuse;
their file names tell what is wrong, and the reason that a dead letter would carry. `docs/glossary.md` has the
words.

Times are integers: milliseconds since 1970, UTC. Text that isn't known is empty. A field with a default may
be left out.

## What every fact carries

{envelope}

Of several copies of one `event_id` the earliest received counts; of two contents received in the same
millisecond, the one with the smaller fingerprint. A source that gives no ids gets ids made of the natural key
of each event, so that sending or importing it again changes nothing.
"""


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; return 1 if one of them is stale."""
    wanted = {ROOT / "docs/events.md": events_page()}
    wanted |= {ROOT / "schemas/json" / name: text for name, text in json_schema_texts().items()}
    present = set((ROOT / "schemas/json").glob("*"))
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text.encode()]
    left_over = sorted(present - set(wanted))
    if "--check" in arguments:
        for path in [*stale, *left_over]:
            print(f"{path.relative_to(ROOT)} is stale: run python docs/generate.py")
        return 1 if stale or left_over else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path].encode())
        print(f"wrote {path.relative_to(ROOT)}")
    for path in left_over:
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    return 0


def events_page() -> str:
    """Return the text of docs/events.md."""
    fact = json_schema("fact", types_of(TOPICS[0].name)["page_viewed"])
    fact["properties"]["type"] = {"type": "string", "description": "the name of the type"}
    envelope = [name for name in fact["properties"] if name in ENVELOPE]
    return (
        "\n".join(
            [INTRO.format(envelope=_table(fact, envelope)), *(_topic(topic) for topic in TOPICS)]
        ).rstrip()
        + "\n"
    )


ENVELOPE = ("type", "event_id", "occurred_at", "received_at", "source", "schema_version", "subject")


def _topic(topic: Topic) -> str:
    kept = (
        "the newest record of each key, for ever"
        if topic.compacted
        else f"{topic.retention_ms // 86_400_000} days"
    )
    partitions = "one" if topic.single else "as many as the setting `LEADTRACE_PARTITIONS` says"
    lines = [
        f"## {topic.name}",
        "",
        f"Holds {topic.holds}. Key: {topic.key}. Partitions: {partitions}. Kept: {kept}.",
        "",
    ]
    for name, held in types_of(topic.name).items():
        lines += _type(name, held)
    return "\n".join(lines)


def _type(name: str, held: type) -> list[str]:
    schema = json_schema(name, held)
    is_fact = "event_id" in schema["properties"]
    own = [field for field in schema["properties"] if not (is_fact and field in ENVELOPE)]
    lines = [f"### {name}", "", schema.get("description", "").strip(), ""]
    if own:
        lines += [_table(schema, own), ""]
    if is_dataclass(held):
        for part, shape in sorted(schema.get("$defs", {}).items()):
            if "properties" in shape:
                lines += [f"#### {part}", "", shape["description"].strip(), ""]
                lines += [_table(shape, list(shape["properties"])), ""]
    return lines


def _table(schema: dict[str, Any], fields: list[str]) -> str:
    rows = ["| field | holds | default |", "|---|---|---|"]
    for name in fields:
        told = schema["properties"][name]
        default = "required" if name in schema["required"] else f"`{_plain(told.get('default'))}`"
        rows.append(f"| `{name}` | {_holds(told)} | {default} |")
    return "\n".join(rows)


def _plain(default: Any) -> str:
    return (
        {None: "null", "": '""'}.get(default, str(default))
        if not isinstance(default, list | dict)
        else str(default)
    )


def _holds(told: dict[str, Any]) -> str:
    """Describe a field in words: its type, its limits, what it means."""
    if "anyOf" in told:
        kinds = " or ".join(_holds(option) for option in told["anyOf"])
    elif "$ref" in told:
        kinds = told["$ref"].rpartition("/")[2]
    elif "const" in told:
        kinds = f"`{told['const']}`"
    elif "enum" in told:
        kinds = " or ".join(f"`{value}`" for value in told["enum"])
    elif "prefixItems" in told:
        kinds = f"({', '.join(_holds(item) for item in told['prefixItems'])})"
    elif told.get("type") == "array":
        kinds = f"list of {_holds(told['items'])}" + _limit(told, "maxItems", ", at most {}")
    elif "oneOf" in told:
        kinds = "a fact"
    elif told.get("type") == "object":
        kinds = "texts by name" + _limit(told, "maxProperties", ", at most {}")
    else:
        kinds = _scalar(told)
    meaning = told.get("description", "")
    return f"{kinds}: {meaning}" if meaning and "anyOf" not in told else kinds


def _scalar(told: dict[str, Any]) -> str:
    if told.get("type") == "string":
        if str(told.get("pattern", "")).startswith("^[a-z]+:"):
            return "identifier"
        return "text" + _limit(told, "maxLength", " of at most {} characters")
    return {"integer": "integer", "boolean": "true or false", "null": "null"}[told["type"]] + _limit(
        told, "minimum", " from {}"
    )


def _limit(told: dict[str, Any], key: str, words: str) -> str:
    return words.format(told[key]) if key in told else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
