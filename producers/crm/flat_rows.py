"""A CRM's JSON object as a row of text fields: what is nested has a path for a name, like event.stage."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from producers.cells.json_values import text_of
from producers.cells.tabular import column_key
from producers.crm.mapping import CrmMapping
from producers.outcomes.left_out import UnusableError

_DEEPEST: Final = 8
_CELL_LENGTH: Final = 16_384
_MOST_FIELDS: Final = 5_000

Fields = dict[str, list[str]]


def fields_of(row: Mapping[str, Any]) -> Fields:
    """Return the texts of each field, by its path; fields of the objects in an array come together.

    {"event": {"id": 7, "people": [{"tel": "1"}, {"tel": "2"}]}} has event.id with "7", and event.people.tel
    with "1" and "2". Raises UnusableError for what has too many fields, or is nested too deeply, to be a row.
    """
    found: Fields = {}
    for name, text in _leaves("", row, 0):
        found.setdefault(name, []).append(text)
        if len(found) > _MOST_FIELDS:
            raise UnusableError(f"the row has more than {_MOST_FIELDS} fields")
    return found


def cells_of(fields: Fields, row: Mapping[str, Any], mapping: CrmMapping) -> dict[str, str]:
    """Return one cell for each field, with the mapping's separator between several texts.

    Raises UnusableError if the mapping takes a whole object for a text: it must name what is in it.
    """
    columns = {column_key(name) for _, names in mapping.fields() for name in names}
    for name, value in row.items():
        if isinstance(value, dict) and column_key(name) in columns:
            raise UnusableError(f"{name} is an object: the mapping must name a field of it, like {name}.id")
    between = mapping.separators[0]
    return {name: between.join(filter(None, texts))[:_CELL_LENGTH] for name, texts in fields.items()}


def _leaves(path: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise UnusableError("the row is nested too deeply")
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(path, inner, depth + 1)
    else:
        yield path, text_of(value)[:_CELL_LENGTH]
