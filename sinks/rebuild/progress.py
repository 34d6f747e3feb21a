"""How far a rebuild is, as its own table remembers it: whoever goes on with it begins there."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from sinks.clickhouse import ClickHouse
from sinks.rebuild.shadow import Shadow

COLUMNS = ("entry", "number", "said")


@dataclass(frozen=True, slots=True)
class Begun:
    """Under which policy a rebuild was begun."""

    policy: str
    policy_name: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What there is to do: slices of people, with all of their facts. `unreadable`: telling facts that this
    version of Leadtrace can't read."""

    slices: int
    facts: int
    from_platforms: int
    deals: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class SliceDone:
    """What became of a slice; `unreadable` are facts that this version of Leadtrace can't read."""

    number: int
    facts: int
    journeys: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Worker:
    """Who works on a part of a rebuild, or did."""

    host: str
    pid: int
    run: str
    at_work: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """All that is known of how far a rebuild is."""

    begun: Begun | None
    prepared: Prepared | None
    slices: dict[int, SliceDone]
    workers: dict[int, Worker]
    is_complete: bool
    begun_at: Any = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to derive."""
        return self.prepared is not None and len(self.slices) >= self.prepared.slices

    @property
    def journeys(self) -> int:
        """How many journeys were written."""
        return sum(each.journeys for each in self.slices.values())

    @property
    def unreadable(self) -> int:
        """How many facts could not be read."""
        of_slices = sum(each.unreadable for each in self.slices.values())
        return of_slices + (self.prepared.unreadable if self.prepared else 0)


def progress_of(client: ClickHouse, shadow: Shadow) -> Progress:
    """Read how far a rebuild is. Raises ClickHouseError."""
    answer = client.query(
        f"SELECT entry, number, said, at FROM {shadow.table('rebuild')} FINAL ORDER BY number"  # noqa: S608 - a checked name
    )
    said: dict[str, dict[int, Any]] = {}
    begun_at = None
    for entry, number, text, at in answer.rows:
        said.setdefault(entry, {})[number] = orjson.loads(text)
        begun_at = at if entry == "begun" else begun_at
    begun, prepared = said.get("begun", {}).get(0), said.get("prepared", {}).get(0)
    return Progress(
        begun=Begun(**begun) if begun else None,
        prepared=Prepared(**prepared) if prepared else None,
        slices={number: SliceDone(**each) for number, each in said.get("slice", {}).items()},
        workers={number: Worker(**each) for number, each in said.get("worker", {}).items()},
        is_complete="complete" in said,
        begun_at=begun_at,
    )


def note(
    client: ClickHouse, shadow: Shadow, what: Begun | Prepared | SliceDone | Worker, number: int = 0
) -> None:
    """Write down how far a rebuild is. Raises ClickHouseError."""
    entry = {Begun: "begun", Prepared: "prepared", SliceDone: "slice", Worker: "worker"}[type(what)]
    number = what.number if isinstance(what, SliceDone) else number
    client.insert(shadow.table("rebuild"), COLUMNS, [(entry, number, orjson.dumps(asdict(what)).decode())])


def note_complete(client: ClickHouse, shadow: Shadow) -> None:
    """Write down that nothing is left to do. Raises ClickHouseError."""
    client.insert(shadow.table("rebuild"), COLUMNS, [("complete", 0, "{}")])
