"""What a page hands to its template, and what tells a page from the others."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cockpit.access.roles import Role
from cockpit.asked import RECENT, Asked
from cockpit.asking import Ask


class NotThereError(LookupError):
    """What the address names isn't there; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A template, and what stands in it; `title` in the reader's words, if it isn't the page's own."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its address, its name in the menu, the filters that it takes, and what makes it.

    `path` may have parts like {lead}, which are in `Asked.parts`. Without `name` it isn't in the menu;
    `of` is then the page that it belongs to. `about_people`: nobody may keep a copy of it, and it needs an
    analyst unless `seen_by` names another role. `usual`: the
    period that it is about if the address says none, as `during` says it.
    """

    path: str
    make: Callable[[Ask, Asked], Awaitable[Shown]]
    name: str = ""
    takes: tuple[str, ...] = ()
    of: str = ""
    about_people: bool = False
    seen_by: Role | None = None
    filters: tuple[str, ...] = ("days", "compare", "mode", "model")
    usual: str = RECENT
