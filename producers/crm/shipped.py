"""The mappings that come with Leadtrace, by name."""

from importlib import resources
from typing import Final

_MAPPINGS: Final = "mappings"


def shipped_mappings() -> tuple[str, ...]:
    """Return the names of the CRM mappings that come with Leadtrace."""
    folder = resources.files(__package__).joinpath(_MAPPINGS)
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def shipped_mapping(name: str) -> str:
    """Return the TOML text of a mapping that comes with Leadtrace; raise KeyError for an unknown name."""
    if name not in shipped_mappings():
        raise KeyError(name)
    return resources.files(__package__).joinpath(_MAPPINGS, f"{name}.toml").read_text(encoding="utf-8")
