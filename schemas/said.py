"""Dataclasses as what they say beyond their defaults, which keeps their JSON small."""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any


def said(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that differ from their defaults, in order; those without a default
    always. Dataclasses within are treated alike. Reading it fills in the defaults again."""
    names, defaults, values = _shape(value.__class__)
    return {
        name: _within(found)
        for name, default, found in zip(names, defaults, values(value), strict=True)
        if found != default
    }


def _within(found: Any) -> Any:
    if type(found) is tuple and found and is_dataclass(found[0]):
        return [said(each) for each in found]
    return found


@cache
def _shape(kind: type) -> tuple[tuple[str, ...], tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    known = fields(kind)
    names = tuple(field.name for field in known)
    return names, tuple(_default_of(field) for field in known), attrgetter(*names)


def _default_of(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
