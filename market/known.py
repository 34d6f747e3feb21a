"""What is known of a market's people and deals, as values: touches, stages, identifiers."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from market.happening import Happening, PageRead
from market.model import DealChange, Origin, Visit
from market.reading import happenings_of, pages_in
from market.who import Who
from schemas.terms import Stage

_ORDER = {stage: number for number, stage in enumerate(Stage)}
NO_ORIGIN = Origin(channel="(none)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTouch:
    """One contact that can earn credit; `part` is what of a visit is known to be the person's, if not all."""

    at: int
    kind: str
    origin: Origin
    visit: Visit | None = None
    part: tuple[Happening, ...] = ()

    @property
    def is_machine(self) -> bool:
        """Whether no person made it."""
        return self.visit is not None and bool(self.visit.pace)

    @property
    def is_landing(self) -> bool:
        """Whether the first page of the visit is the person's, too."""
        return self.visit is not None and (not self.part or self.part[0].at == self.visit.at)

    def pages(self, seed: int) -> tuple[PageRead, ...]:
        """Return the pages read, with the time on each."""
        if self.visit is None:
            return ()
        return pages_in(self.part or happenings_of(self.visit, seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The `occurrence`-th entry into a stage, by a person or (with `deal`) by a deal, and why."""

    at: int
    stage: Stage
    occurrence: int = 1
    deal: str = ""
    reason: str = ""


@dataclass(slots=True, eq=False)
class KnownPerson:
    """Identifiers that are known to be one person, in the clear, and what is known under them.

    `shared` are browsers that others were identified on, too. `deleted` are CRM records that are gone, and
    by which the person may still be called. `numbers` are the true people.
    """

    id: str
    identifiers: tuple[str, ...]
    shared: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    numbers: set[int] = field(default_factory=set)
    touches: list[KnownTouch] = field(default_factory=list)
    entries: tuple[Entry, ...] = ()

    @property
    def earning(self) -> list[KnownTouch]:
        """Return the touches that count in reports: those of people."""
        return [touch for touch in self.touches if not touch.is_machine]

    @property
    def is_machine(self) -> bool:
        """Whether all that is known of it is what machines did."""
        return bool(self.touches) and not self.earning

    @property
    def known_since(self) -> int | None:
        """Return since when the person counts in a cohort: the first touch, or becoming a lead before it.

        None of a name of which nothing but what machines did is told.
        """
        became = [entry.at for entry in self.entries if entry.stage is not Stage.VISITOR]
        return min([*(touch.at for touch in self.earning[:1]), *became[:1]], default=None)

    def entered(self, stage: Stage) -> int | None:
        """Return when the person first entered a stage."""
        return next((entry.at for entry in self.entries if entry.stage is stage), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDeal:
    """A deal with everybody on it; `won_at` is None unless it is won in the end. `amount` is in fen."""

    id: str
    people: tuple[KnownPerson, ...]
    entries: tuple[Entry, ...]
    opened_at: int
    poc_at: int | None
    won_at: int | None
    amount: int
    last: DealChange

    @property
    def known_since(self) -> int:
        """Return since when the first of its people is known, or when it was opened if that is earlier."""
        people = (person.known_since for person in self.people)
        return min([self.opened_at, *(at for at in people if at is not None)])

    @property
    def closed_at(self) -> int | None:
        """Return when it was won or lost; None while it is open."""
        last = self.entries[-1]
        return last.at if last.stage in (Stage.WON, Stage.LOST) else None

    @property
    def touches(self) -> list[KnownTouch]:
        """Return the touches of everybody on the deal, in the order of time."""
        found = (touch for person in self.people for touch in person.earning)
        return sorted(found, key=lambda touch: touch.at)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that can be known of a market's people and deals."""

    people: tuple[KnownPerson, ...]
    deals: tuple[KnownDeal, ...]
    who: Who

    @property
    def counted(self) -> Iterable[KnownPerson]:
        """Return whom reports count: everybody but machines."""
        return (person for person in self.people if not person.is_machine)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Put entries in order, keep the first of consecutive ones into one stage, and count the others."""
    kept: list[Entry] = []
    counts: dict[Stage, int] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, _ORDER[entry.stage])):
        if kept and kept[-1].stage is entry.stage:
            continue
        counts[entry.stage] = counts.get(entry.stage, 0) + 1
        kept.append(replace(entry, occurrence=counts[entry.stage]))
    return tuple(kept)
