"""Dataclasses as what they say beyond their defaults, which keeps their JSON small."""

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, get_args, get_type_hints


def said(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that differ from their defaults, in order; those without a default
    always. Dataclasses within are treated alike. Reading it fills in the defaults again."""
    shape = _shape(value.__class__)
    told = {
        name: found
        for name, default, found in zip(shape.names, shape.defaults, shape.values(value), strict=True)
        if found != default
    }
    for name in shape.nested:
        if name in told:
            within = told[name]
            told[name] = said(within) if is_dataclass(within) else [said(each) for each in within]
    return told


class _Shape(NamedTuple):
    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    nested: tuple[str, ...]
    values: attrgetter  # type: ignore[type-arg]  # it can't be given an argument


@cache
def _shape(kind: type) -> _Shape:
    known = fields(kind)
    hints = get_type_hints(kind)
    names = tuple(field.name for field in known)
    nested = tuple(name for name in names if any(map(is_dataclass, (hints[name], *get_args(hints[name])))))
    return _Shape(names, tuple(_default_of(field) for field in known), nested, attrgetter(*names))


def _default_of(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
