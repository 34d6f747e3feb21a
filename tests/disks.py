"""The disks of two machines on which processes of the cluster in memory take turns, and what they keep."""

from pathlib import Path

from streams.state_folder import StateFolder
from streams.states import States


class Disks:
    """Each process is started on the other machine: it finds the states of the process before the last."""

    def __init__(self, path: Path) -> None:
        self._folders = [StateFolder.take(path / name) for name in ("one", "other")]
        self._at = 0
        # Of these tables deletions were compacted that stand on the disk.
        self._too_old: list[set[str]] = [set(), set()]

    def change(self) -> None:
        """The next process is started on the other machine."""
        self._at = 1 - self._at

    def states(self, table: str) -> States:
        """What the disk of this machine has of a table."""
        folder = self._folders[self._at]
        states = folder.states(table, 0, "")
        if table in self._too_old[self._at]:
            states = folder.delete(states, table, 0)
        self._too_old[self._at].discard(table)
        return states

    def compacted(self, table: str) -> None:
        """A changelog was compacted, and this machine had read it to its end."""
        self._too_old[1 - self._at].add(table)

    def close(self) -> None:
        for folder in self._folders:
            folder.close()
