"""Values of JSON, of whatever type their sender gave them, to texts and objects."""

from collections.abc import Mapping
from typing import Any


def text_of(value: Any) -> str:
    """Return a scalar of JSON as trimmed text without control characters; "" for anything else."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value
        case int() | float():
            text = str(value)
        case _:
            return ""
    return text.strip() if text.isprintable() else "".join(c if c >= " " else " " for c in text).strip()


def object_of(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; anything else stands for one without fields."""
    return value if isinstance(value, dict) else {}
