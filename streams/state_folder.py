"""The folder in which one worker keeps its states, and what becomes of states that can't be gone on from."""

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from streams.states_on_disk import Budget, DamagedStatesError, Origin, StatesOnDisk, end_for_the_place

log = logging.getLogger(__name__)

MARKER = "leadtrace-states.json"
NEW_MARKER = f"{MARKER}.new"
LAYOUT = 1
# Beside the marker: the lock, a folder for each changelog in it one for each partition, and this one.
LOCK = "lock"
SET_ASIDE = "set-aside"
# What a file system may put into a folder by itself.
OF_THE_FILE_SYSTEM = frozenset({"lost+found", ".snapshot"})
# Less is no room to begin with.
LEAST_BYTES = 64 << 20


class StateFolderError(RuntimeError):
    """States can't be kept in a folder; the text says what to do."""


class StateFolder:
    """A folder that this process alone uses, until it ends."""

    def __init__(self, path: Path, lock: int) -> None:
        self._path = path
        self._lock = lock
        self._budget = Budget()

    @classmethod
    def take(cls, path: Path) -> Self:
        """Take a folder, or make one. Raises StateFolderError if it is another's, or not fit for states."""
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            _refuse_foreign(path)
            lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StateFolderError(
                f"states can't be kept in {path} ({error.strerror}): set LEADTRACE_STATE_DIR to a folder "
                "that can be written"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _refuse_no_room(path)
            _mark(path)
        except BlockingIOError:
            os.close(lock)
            raise StateFolderError(
                f"another worker keeps its states in {path}: set LEADTRACE_STATE_DIR to a folder of its own "
                "for each worker of a machine"
            ) from None
        except StateFolderError:
            os.close(lock)
            raise
        return cls(path, lock)

    def states(self, topic: str, partition: int, topic_id: str) -> StatesOnDisk:
        """The states of a partition of a changelog; what was kept of it and can't be gone on from is set
        aside, and they begin anew."""
        place = self._path / topic / str(partition)
        origin = Origin.of(topic, partition, topic_id)
        with self._as_the_disk_lets_it():
            try:
                return self._open(place, origin)
            except DamagedStatesError as error:
                self._set_aside(place, topic, partition, str(error))
                return self._open(place, origin)

    def set_aside(self, states: StatesOnDisk, topic: str, partition: int, why: str) -> StatesOnDisk:
        """Begin without any states, and set these aside."""
        states.close()
        place = self._path / topic / str(partition)
        with self._as_the_disk_lets_it():
            self._set_aside(place, topic, partition, why)
            return self._open(place, states.origin)

    def delete(self, states: StatesOnDisk, topic: str, partition: int) -> StatesOnDisk:
        """Begin without any states, since these are too old to go on from; all are in the changelog."""
        states.close()
        place = self._path / topic / str(partition)
        log.warning(
            "%s-%d: the states on disk are too old to go on from, and read anew from the changelog",
            topic,
            partition,
        )
        with self._as_the_disk_lets_it():
            shutil.rmtree(place)
            return self._open(place, states.origin)

    @contextmanager
    def _as_the_disk_lets_it(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            end_for_the_place(self._path, error.strerror or type(error).__name__)

    def _open(self, place: Path, origin: Origin) -> StatesOnDisk:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return StatesOnDisk(place, origin, self._budget.options())

    def _set_aside(self, place: Path, topic: str, partition: int, why: str) -> None:
        """Keep the last ones that were refused: should the changelog be gone, there are no others."""
        aside = self._path / SET_ASIDE / f"{topic}-{partition}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(exist_ok=True, mode=0o700)
        place.rename(aside)
        log.error(
            "%s-%d: the states on disk are not used: %s. They are set aside in %s, which may be deleted, and "
            "read anew from the changelog",
            topic,
            partition,
            why,
            aside,
        )

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)


def what_is_wrong_with(path: Path) -> tuple[str, ...]:
    """Why no worker could keep states in a folder; nothing if one could. Nothing is made or changed."""
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    try:
        if there == path:
            _refuse_foreign(path)
        _refuse_no_room(there)
    except StateFolderError as error:
        return (str(error),)
    except OSError as error:
        return (f"{path} can't be read ({error.strerror})",)
    return ()


def _refuse_foreign(path: Path) -> None:
    found = {each.name for each in path.iterdir()} - OF_THE_FILE_SYSTEM
    if not found - {LOCK, NEW_MARKER}:
        return
    if MARKER not in found:
        raise StateFolderError(
            f"{path} holds files that are no states of Leadtrace: set LEADTRACE_STATE_DIR to an empty folder"
        )
    try:
        layout = json.loads((path / MARKER).read_bytes())["layout"]
    except (ValueError, KeyError, TypeError):
        layout = "?"
    if layout != LAYOUT:
        raise StateFolderError(
            f"{path} holds states in layout {layout}, and this version knows layout {LAYOUT}: empty it, or "
            "set LEADTRACE_STATE_DIR to another folder; all states are then read from the changelog"
        )


def _refuse_no_room(path: Path) -> None:
    free = shutil.disk_usage(path).free
    if free < LEAST_BYTES:
        raise StateFolderError(
            f"the disk of {path} has {free >> 20} MB left, and states need at least {LEAST_BYTES >> 20}: "
            f"make room ({path / SET_ASIDE} may be deleted), or set LEADTRACE_STATE_DIR to a folder on "
            "another disk"
        )


def _mark(path: Path) -> None:
    if not (path / MARKER).exists():
        new = path / NEW_MARKER
        new.write_text(json.dumps({"layout": LAYOUT}) + "\n", encoding="utf-8")
        new.replace(path / MARKER)
