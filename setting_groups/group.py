"""What every group of settings is: frozen, without names that nobody knows, and silent about its values."""

import re
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from hosts import is_loopback

PREFIX: Final = "LEADTRACE_"
SHORTEST_SECRET: Final = 16


class Group(BaseModel):
    """Some settings of one kind; `settings.Settings` is all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def long_enough(given: tuple[SecretStr, ...] | SecretStr) -> tuple[SecretStr, ...] | SecretStr:
    """Return secrets as they are; raise ValueError if one of them is too short to be one."""
    keys = given if isinstance(given, tuple) else (given,)
    if any(0 < len(key.get_secret_value()) < SHORTEST_SECRET for key in keys):
        raise ValueError(f"it may be {SHORTEST_SECRET} characters or more (openssl rand -hex 32)")
    return given


def safe_url(url: str, pattern: str, example: str) -> str:
    """Return a URL as it is; raise ValueError if passwords and sessions would travel in clear text."""
    if not url:
        return url
    if not re.fullmatch(pattern, url):
        raise ValueError(f"it may be a URL like {example}")
    parts = urlsplit(url)
    try:
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ValueError(f"it may be a URL like {example}") from None
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"passwords would travel in clear text: it may be a URL like {example}")
    return url
