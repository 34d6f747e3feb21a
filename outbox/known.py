"""What is known of leads and deals when it is decided what to tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from outbox.orders import Touch

# A journey repeats the stages of its deals, and a deal's stages are told once, however many people are on it.
OF_PEOPLE: Final = frozenset({"lead", "marketing_qualified", "sales_qualified", "recycled", "disqualified"})
OF_DEALS: Final = frozenset({"opportunity", "poc", "won", "lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry into a stage; `evidence` is the event id of the fact that says so."""

    stage: str
    at: int
    occurrence: int
    evidence: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLead:
    """A lead as it is known; `version` grows with its journey, `touches` stand in order of time."""

    person: str
    version: int
    identifiers: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    touches: tuple[Touch, ...] = ()
    company: str = ""
    owner: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    sales_grade: str = ""
    graded_at: int | None = None
    tags: tuple[str, ...] = ()
    score: float | None = None
    grade: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the lead is known by for ever: not the browser, if there is anything else."""
        own = tuple(sorted(each for each in self.identifiers if not each.startswith("anon:")))
        return own or tuple(sorted(self.identifiers))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDeal:
    """A deal as it is known, with the leads on it."""

    deal: str
    version: int
    stage: str
    entries: tuple[Entry, ...] = ()
    people: tuple[KnownLead, ...] = ()
    owner: str = ""
    amount_minor: int = 0
    currency: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the deal is known by for ever."""
        return (self.deal,)
