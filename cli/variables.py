"""Settings as the variables that say them, for another process of Leadtrace."""

from typing import Any

from pydantic import SecretStr

from settings import PREFIX, Settings


def environment(given: Settings) -> dict[str, str]:
    """The variables that say the same as these settings, each of them, for a process of Leadtrace."""
    return {PREFIX + name.upper(): as_text(getattr(given, name)) for name in Settings.model_fields}


def as_text(value: Any) -> str:
    """A setting's value as its variable says it; the empty text stands for the default."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(as_text, value))
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
