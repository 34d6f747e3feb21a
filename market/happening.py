"""What happens at one moment of a visit, and what is known of a page that was read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of a visit. `kind` is page, engaged, watched, identified, form or echo; `dwell` is in ms.

    An echo is what a back end tells afterwards. What has no URL was told by one, too.
    """

    kind: str
    at: int
    url: str
    referrer: str
    title: str
    dwell: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """One page of a visit, with the time that can be known to have been spent on it, in ms."""

    at: int
    url: str
    title: str
    dwell: int
