"""Closed touchpoints, snapshots, and a loader over tables in memory that may die at any insert or commit."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from loader_servers import Servers

import settings
from schemas.closed_touchpoints import close, key_of_closed
from schemas.codec import encode
from schemas.journey import ClosedTouchpoint, Journey, Touchpoint
from schemas.terms import TouchKind
from sinks.assembly import ClosedTouchpoints
from sinks.batches import Limits
from sinks.clickhouse import Answer
from sinks.loader import Loader
from sinks.records import Record
from sinks.rows import COLUMNS


def closed(person: str, number: int) -> ClosedTouchpoint:
    touch = Touchpoint(
        id=f"t{number}", kind=TouchKind.VISIT, at=number, ended_at=number, identifier=person, channel="direct"
    )
    return close(person, touch)


def snapshot(person: str, version: int, *names: int) -> Journey:
    """The snapshot of a person that names these touchpoints, and carries one that is open."""
    refs = "".join(closed(person, number).ref for number in names)
    open_one = closed(person, 1000 + version).touchpoint
    return Journey(
        person=person, version=version, policy_version="p", known_at=1, touchpoints=(open_one,), closed=refs
    )


def record(offset: int, of: ClosedTouchpoint | Journey) -> Record:
    key = key_of_closed(of) if isinstance(of, ClosedTouchpoint) else of.person.encode()
    return Record("journeys", 0, offset, 100 + offset, key, encode(of))


class Tables(Servers):
    """Servers whose tables keep what is inserted; the next insert or commit after `crash_in` more fails."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in COLUMNS}
        self.asked = 0
        self.committed = 0
        self.crash_in: int | None = None

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        super().insert(table, columns, rows)
        self.maybe_crash()
        self.rows[table] += [dict(zip(columns, row, strict=True)) for row in rows]

    def query(self, text: str, parameters: Mapping[str, Any] | None = None, as_bytes: bool = False) -> Answer:
        if parameters is None:
            return Answer((), (), ())
        self.asked += 1
        people = parameters["people"].split("\n")
        found = [row for row in self.rows["closed_touchpoints"] if row["person"] in people]
        return Answer(("record",), ("String",), tuple((row["record"],) for row in found))

    def commit(self, offsets: Mapping[Any, int]) -> None:
        self.maybe_crash()
        self.committed = max(offsets.values())

    def maybe_crash(self) -> None:
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                raise KeyboardInterrupt

    def journeys(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """What FINAL shows: of each person the newest version, with the touchpoints."""
        newest: dict[str, tuple[int, tuple[str, ...]]] = {}
        for row in self.rows["journeys"]:
            held = (row["version"], tuple(row["touchpoints.id"]))
            newest[row["person"]] = max(held, newest.get(row["person"], held))
        return newest


def loader_of(servers: Servers, remembered: int = 1 << 20) -> Loader:
    made = Loader(settings.Settings(data_dir=Path(gettempdir())), threading.Event(), Limits(age=0.0))
    for name in ("_client", "_source", "_dead_letters"):
        setattr(made, name, servers)
    made._closed = ClosedTouchpoints(remembered)
    return made
