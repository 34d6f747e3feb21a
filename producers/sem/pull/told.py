"""Values of an interface's answer, checked: nothing that a platform tells is believed without a look."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from producers.cells.money import micros_of
from producers.cells.numbers import POINT, count_of
from producers.outcomes.left_out import CellError
from producers.sem.pull.platform import PullError
from producers.sem.values import cleaned


def mapping_in(value: Any, what: str) -> Mapping[str, Any]:
    """Return an object of an answer. Raises PullError."""
    if not isinstance(value, dict):
        raise PullError(f"the platform's answer has no {what}: it may have changed its interface")
    return value


def rows_in(value: Any, what: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list in an answer; a list that isn't there is empty. Raises PullError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise PullError(f"the platform's answer has no {what}: it may have changed its interface")
    return [mapping_in(each, what) for each in value]


def text_of(row: Mapping[str, Any], name: str) -> str:
    """Return a text or an id of a row, "" if it says none. Raises PullError."""
    value = row.get(name)
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is not int:  # and no bool, which is an int of another type
        raise _wrong(name)
    return str(value)


def names_of(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """Return names and ids of a row by field, cleaned; `columns` is what the platform calls them.

    An id of 0 is none. Raises PullError.
    """
    names = {}
    for field, column in columns.items():
        try:
            text = cleaned(field, text_of(row, column))
        except CellError as error:
            raise PullError(f"the platform tells a row whose {column} {error}") from None
        names[field] = "" if text == "0" and field.endswith("_id") else text
    return names


def count_in(row: Mapping[str, Any], name: str) -> int:
    """Return a count of a row. Raises PullError."""
    try:
        return count_of(text_of(row, name) or "0", POINT)
    except CellError:
        raise _wrong(name) from None


def micros_in(row: Mapping[str, Any], name: str) -> int:
    """Return a cost in currency units as millionths. Raises PullError."""
    try:
        return micros_of(text_of(row, name) or "0")
    except CellError:
        raise _wrong(name) from None


def day_in(row: Mapping[str, Any], name: str, first: date, last: date) -> date:
    """Return the day of a row, one of those that were asked for. Raises PullError."""
    try:
        day = date.fromisoformat(text_of(row, name))
    except ValueError:
        raise _wrong(name) from None
    if not first <= day <= last:
        raise PullError(f"the platform tells a row of {day}, and was asked for {first} to {last}")
    return day


def _wrong(name: str) -> PullError:
    return PullError(
        f"the platform tells a row whose {name} is none that can be: it may have changed its interface"
    )
