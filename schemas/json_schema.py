"""The types on each topic, and the JSON Schema of each, made from the same classes that decode them."""

from typing import Any, Final, get_args

import orjson
from pydantic import BaseModel, TypeAdapter

from schemas.contents import SINGLE, UNIONS

VERSION: Final = "v1"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def types_of(topic: str) -> dict[str, type]:
    """Return the classes of what a topic holds, by their type's name; a topic of raw bytes has none."""
    if topic in UNIONS:
        return {_name(member): member for member in get_args(get_args(UNIONS[topic])[0])}
    return {_name(SINGLE[topic]): SINGLE[topic]} if topic in SINGLE else {}


def _name(held: type) -> str:
    """The name of a type: what its records say in `type`, or of a snapshot that of its class."""
    return str(held.model_fields["type"].default) if issubclass(held, BaseModel) else held.__name__.lower()


def json_schema(name: str, held: type) -> dict[str, Any]:
    """Make the JSON Schema of one type; `name` is the type's name."""
    schema = TypeAdapter(held).json_schema(mode="validation")
    if "type" in schema["properties"]:
        # Readers in other languages tell the types of a topic apart by it.
        schema["required"] = ["type", *schema["required"]]
    return {"$schema": DIALECT, "$id": f"urn:leadtrace:{name}.{VERSION}"} | schema


def json_schema_texts() -> dict[str, str]:
    """Return the text of each JSON Schema by file name, such as "page_viewed.v1.json"."""
    texts: dict[str, str] = {}
    for topic in (*UNIONS, *SINGLE):
        for name, held in types_of(topic).items():
            text = orjson.dumps(json_schema(name, held), option=orjson.OPT_INDENT_2)
            texts[f"{name}.{VERSION}.json"] = text.decode() + "\n"
    return texts
