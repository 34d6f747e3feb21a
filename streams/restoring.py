"""Reads the changelogs back into the tables, instead of Faust's own way, record by record."""

from collections.abc import Iterable, Sequence
from typing import Any

import faust
from faust.types import TP


class Restoring:
    """The changelog partitions that a recovery reads back, and how their records reach the tables."""

    def __init__(self, app: faust.App) -> None:
        self._app = app
        self._partitions: set[TP] = set()

    def begin(self, partitions: Iterable[TP]) -> None:
        """A recovery knows from where to read each of these, and how far.

        Nothing that was read before belongs to it: the tables have been cut down to what is still ours.
        """
        # It may still be set from the recovery before, which would end this one at once.
        self._app.tables.recovery.signal_recovery_end.clear()
        self._partitions = set(partitions)

    def end(self) -> None:
        """Nothing is read back any more."""
        self._partitions = set()

    def partitions(self) -> frozenset[TP]:
        """Those that are read back now, or were last."""
        return frozenset(self._partitions)

    def __contains__(self, tp: TP) -> bool:
        return tp in self._partitions

    def apply(self, tp: TP, records: Sequence[Any]) -> bool:
        """Apply a batch of changelog records; wakes the recovery that waits for the last one.

        False when nobody asked for them.
        """
        recovery = self._app.tables.recovery
        if tp not in self or tp not in recovery.active_tps or not records:
            return False
        recovery.tp_to_table[tp].data.restore(tp.partition, records)
        recovery.active_offsets[tp] = records[-1].offset
        if recovery.in_recovery and not recovery.need_recovery():
            recovery.signal_recovery_end.set()
        return True
