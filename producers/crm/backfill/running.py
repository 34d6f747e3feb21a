"""Reads what a CRM changed since a time, part by part, and goes on where it stopped."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from producers.crm.backfill.asking import BackfillError
from producers.outcomes.left_out import LeftOut
from schemas.envelope import Fact
from schemas.terms import MINUTE_MS, Millis

# A CRM's search learns of a change moments after it, and clocks differ.
OVERLAP: Final = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records: their facts, what of them can't be used, and up to when all changes are told now."""

    facts: tuple[Fact, ...]
    faults: tuple[LeftOut, ...]
    records: int
    reached: Millis
    notes: tuple[str, ...] = ()


class Crm(Protocol):
    """A CRM that tells which records of each part, such as deals, changed in a span of time."""

    @property
    def name(self) -> str:
        """The system in identifiers."""

    @property
    def parts(self) -> Sequence[str]:
        """The kinds of records, in the order in which they are read."""

    def read(self, part: str, since: Millis, until: Millis) -> AsyncIterator[Batch]:
        """Yield what changed since a time and before another, the oldest first. Raises BackfillError."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a part is read: all that changed from `since` to `until`; `done` if the run got to its end."""

    since: Millis
    until: Millis
    done: bool


class Places(Protocol):
    """Where it stands how far each part is read."""

    def read(self, part: str) -> Reached | None:
        """Return how far a part is read, None if it never was."""

    def write(self, part: str, reached: Reached) -> None:
        """Keep how far a part is read."""


@dataclass(slots=True)
class Told:
    """What a run did, by part."""

    records: dict[str, int] = field(default_factory=dict)
    facts: int = 0
    faults: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    went_on: tuple[str, ...] = ()  # parts that an interrupted run had begun


async def backfill(
    crm: Crm,
    since: Millis | None,
    until: Millis,
    places: Places,
    publish: Callable[[Sequence[Fact]], Awaitable[None]],
) -> Told:
    """Read each part; what is published is noted as reached only then, so that a killed run loses nothing.

    Without `since`, from where the last run ended. Raises BackfillError, and what `publish` raises.
    """
    told = Told()
    all_known = {part: places.read(part) for part in crm.parts}
    # Of a run that came to its end, the same `since` asks for all of it once more.
    is_whole = all(known is not None and known.done and known.since == since for known in all_known.values())
    for part, known in all_known.items():
        if since is None and known is None:
            raise BackfillError(f"{crm.name} was never read here: say since when with --since")
        goes_on = known is not None and not is_whole and since in (None, known.since)
        if known is None or not goes_on:
            begin = first = since or 0
        else:
            begin, first = max(known.since, known.until - OVERLAP), known.since
            told.went_on += () if known.done else (part,)
        async for batch in crm.read(part, begin, until):
            await publish(batch.facts)
            if batch.records:
                told.records[part] = told.records.get(part, 0) + batch.records
            told.facts += len(batch.facts)
            told.faults += batch.faults
            told.notes += batch.notes
            places.write(part, Reached(first, batch.reached, False))
        places.write(part, Reached(first, until, True))
    return told
