"""Which touch led to a page: a tagged link puts the touch's id into the address that it leads to."""

import re
import uuid
from collections.abc import Iterable
from typing import Final

from attribution.visits import Visit

PARAMETER: Final = "lt_click"
_NAMED: Final = re.compile(rf"[?&]{PARAMETER}=([0-9a-f]{{32}})(?=[&#.]|$)")


def touch_named(url: str) -> str:
    """Return the event id of the touch that a URL names, "" if it names none."""
    found = _NAMED.search(url) if PARAMETER in url else None
    return str(uuid.UUID(found[1])) if found else ""


def arrived(visits: Iterable[Visit]) -> set[str]:
    """Return the event ids of the touches that page views of these visits name.

    Click and page view are one contact, and the visit tells more of it. A click within a visit that goes on
    is none of its own either: the rules of visits say what is news.
    """
    return {named for visit in visits for view in visit.views if (named := touch_named(view.url))}
