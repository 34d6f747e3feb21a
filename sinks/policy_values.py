"""The values of the policy's section [reports] as they stand in the texts of views."""

from collections.abc import Mapping, Set
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import settings
from attribution.policy import parse_policy
from attribution.policy_reports import Reports
from attribution.policy_section import Section
from settings import Settings

ROOT: Final = "reports"
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\0": "\\0"}


def values_of_reports(given: Settings) -> Reports:
    """The section [reports] of the policy that was chosen. Raises SettingsError or PolicyError."""
    return parse_policy(settings.policy_text(given)).reports


def value_at(reports: Reports, path: str) -> str | None:
    """What a path such as reports.attribution.half_life_days means, as ClickHouse reads it; None: nothing.

    Texts become strings, numbers stay as they are. A list becomes an array, names with values a map, what has
    fields of its own a tuple of them, in their order. What may be empty needs a CAST in the view.
    """
    found: Any = reports
    first, *names = path.split(".")
    if first != ROOT or not names:
        return None
    for name in names:
        if isinstance(found, Section) and _has(type(found), name):
            found = getattr(found, name)
        elif isinstance(found, Mapping) and name in found:
            found = found[name]
        else:
            return None
    return literal(found)


def _has(section: type[Section], name: str) -> bool:
    """Whether it is a field, or a property that makes something of the fields."""
    return name in section.model_fields or isinstance(
        getattr(section, name, None), property | cached_property
    )


def literal(value: Any) -> str:
    """A value of the policy as ClickHouse reads it; TypeError for one that no policy holds."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Decimal():
            return f"{value.normalize():f}"
        case str():
            return f"'{''.join(_ESCAPES.get(letter, letter) for letter in value)}'"
        case Section():
            return f"tuple({', '.join(literal(getattr(value, name)) for name in type(value).model_fields)})"
        case Mapping():
            return f"map({', '.join(f'{literal(name)}, {literal(each)}' for name, each in value.items())})"
        case Set():
            return f"[{', '.join(literal(each) for each in sorted(value))}]"
        case tuple() | list():
            return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"{type(value).__name__} is no value of a policy")
