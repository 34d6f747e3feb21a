"""States that can't be read: whose records are put aside, and how such a state begins anew."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from attribution.state import State
from schemas.rebuilding import Anew, anew_in
from streams.batches import Batch, DeadLetter

log = logging.getLogger(__name__)

DAMAGED_STATE = "damaged_state"

T = TypeVar("T")


class DamagedStateError(ValueError):
    """The state of a key can't be read; `cause` is the class of the exception, whose text may quote it."""

    def __init__(self, key: str, cause: str) -> None:
        super().__init__()
        self.key = key
        self.cause = cause


def read_state(key: str, load: Callable[[], T]) -> T:
    """Load the state of a key. Raises DamagedStateError whatever is wrong with its bytes."""
    try:
        return load()
    except Exception as error:
        raise DamagedStateError(key, type(error).__name__) from None


def begun_anew(batch: Batch) -> dict[str, Anew]:
    """The states that records of this batch say begin anew, by key."""
    return anew_in(header for record in batch.records for header in record.headers)


def empty_state(anew: Anew | None, floor: dict[str, int]) -> State:
    """The state of a key that begins, or begins anew; `floor` is that of its partition."""
    if anew is None:
        return State(applied=floor)
    topics = {**floor, **anew.floor}
    highest = {topic: max(floor.get(topic, -1), anew.floor.get(topic, -1)) for topic in sorted(topics)}
    return State(applied=highest, holders=tuple(sorted({*anew.holders} - {anew.key})))


def set_aside(batch: Batch, offsets: Iterable[int], error: DamagedStateError) -> list[DeadLetter]:
    """Dead letters of the records at these offsets, whose state is damaged."""
    gone = set(offsets)
    detail = f"a state that it belongs to can't be read ({error.cause})"
    return [DeadLetter(each, DAMAGED_STATE, detail) for each in batch.records if each.offset in gone]


class DamageLog:
    """Says of each damaged state once that it is one."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._known: set[bytes | None] = set()

    def note(self, batch: Batch, letters: Iterable[DeadLetter]) -> None:
        """Look at the dead letters of a batch; the log names the table and the partition, and no key."""
        damaged = [each for each in letters if each.reason == DAMAGED_STATE]
        news = {each.record.key for each in damaged} - self._known
        if news:
            self._known |= news
            log.error(
                "%s-%d: %d states can't be read, %d so far; what comes for them is put aside: see "
                "`leadtrace states list`",
                *(self._table, batch.partition, len(news), len(self._known)),
            )
