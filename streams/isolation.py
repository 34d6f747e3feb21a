"""Has what can't be borne, a record or a state, cost that one alone, and notices when too many records do."""

import logging
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from attribution.layout import whose
from streams.batches import Batch, DeadLetter, Effects, Handler, Read
from streams.damaged import DAMAGED_STATE, DamagedStateError, begun_anew, set_aside
from streams.limits import HANDLER_ERROR, TOO_LARGE, Limits

log = logging.getLogger(__name__)

# So many records of one key are tried one by one.
FEW = 4
# Reasons that lie in what is known of a key.
OF_ONE_STATE = frozenset({TOO_LARGE, DAMAGED_STATE})


class TooLargeError(ValueError):
    """Outputs or states are larger than the broker takes; `keys` says whose."""

    def __init__(self, keys: Set[bytes | None]) -> None:
        super().__init__()
        self.keys = keys


def isolate(handler: Handler, batch: Batch, read: Read, record_bytes: int) -> Effects:
    """The effects of a batch. Where the handler raises, the batch is halved until the record is found.

    That record becomes a dead letter with the name of the exception, never its text, which may quote
    personal data. Effects that the broker would refuse for their size count as an exception. If records
    carry the key of what is too large, only these are halved; but many of them become dead letters at once,
    since a state that has grown so large has no room for any, and each trial reads and writes it.
    """
    return _Trial(handler, record_bytes).of(batch, read)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A handler, and the largest record that the broker takes, in bytes."""

    handler: Handler
    record_bytes: int

    def of(self, batch: Batch, read: Read) -> Effects:
        if not batch.records:
            return Effects()
        try:
            effects = self.handler(batch, read)
            _check_sizes(effects, self.record_bytes)
        except DamagedStateError as error:
            return self._halves(batch, read, DAMAGED_STATE, error)
        except TooLargeError as error:
            at_fault, others = batch.parted(error.keys)
            if len(at_fault.records) > FEW:
                return _letters(at_fault, TOO_LARGE, error).then(self.of(others, read))
            if at_fault.records and others.records:
                return self._in_turn(others, at_fault, read)
            return self._halves(batch, read, TOO_LARGE, error)
        except Exception as error:
            return self._halves(batch, read, HANDLER_ERROR, error)
        return effects

    def _halves(self, batch: Batch, read: Read, reason: str, error: Exception) -> Effects:
        middle = len(batch.records) // 2
        if not middle:
            return self._alone(batch, read, reason, error)
        return self._in_turn(batch.part(0, middle), batch.part(middle, len(batch.records)), read)

    def _alone(self, batch: Batch, read: Read, reason: str, error: Exception) -> Effects:
        """What becomes of a single record: if it can be handled where nothing is known of its key, then what
        is known is at fault."""
        record = batch.records[0]
        if isinstance(error, DamagedStateError):
            return Effects(dead_letters=tuple(set_aside(batch, (record.offset,), error)))
        if reason != HANDLER_ERROR or record.key is None or read(record.key) is None:
            return _letters(batch, reason, error)
        try:
            effects = self.handler(batch, lambda key: None if key == record.key else read(key))
            _check_sizes(effects, self.record_bytes)
        except Exception:
            return _letters(batch, reason, error)
        if record.key.decode(errors="replace") in begun_anew(batch):
            return effects
        damaged = DamagedStateError("", type(error).__name__)
        return Effects(dead_letters=tuple(set_aside(batch, (record.offset,), damaged)))

    def _in_turn(self, batch: Batch, following: Batch, read: Read) -> Effects:
        first = self.of(batch, read)
        return first.then(self.of(following, first.over(read)))


def bearable(work: Callable[[Sequence[bytes], Read], Effects], keys: Sequence[bytes], read: Read) -> Effects:
    """What the states of a few keys lead to; one that nothing can be made of stays as it is, and is left
    out."""
    try:
        return work(keys, read)
    except Exception as error:
        if len(keys) <= 1:
            kind = type(error).__name__
            log.error("1 state can't be looked through (%s)", kind)  # noqa: TRY400 - its text may be personal data
            return Effects()
        middle = len(keys) // 2
        first = bearable(work, keys[:middle], read)
        return first.then(bearable(work, keys[middle:], first.over(read)))


def _letters(batch: Batch, reason: str, error: Exception) -> Effects:
    name = type(error).__name__
    return Effects(dead_letters=tuple(DeadLetter(each, reason, name) for each in batch.records))


def _check_sizes(effects: Effects, record_bytes: int) -> None:
    too_large: set[bytes | None] = {
        whose(key) for key, value in effects.changes.items() if len(key) + len(value or b"") > record_bytes
    }
    for output in effects.outputs:
        headers = sum(len(name) + len(value or b"") for name, value in output.headers)
        if len(output.key or b"") + len(output.value or b"") + headers > record_bytes:
            too_large.add(output.beside or output.key)
    if too_large:
        raise TooLargeError(too_large - {None})


class Breaker:
    """Counts dead letters in a row, per topic partition: that many mean that we are broken, not they.

    What is wrong with one visitor's state is no more with all of his records than with the first of them.
    """

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.consecutive_dead_letters
        self._in_a_row: dict[tuple[str, int], int] = {}
        self._known: set[bytes | None] = set()

    def tripped_by(self, batch: Batch, dead_letters: tuple[DeadLetter, ...]) -> tuple[DeadLetter, ...]:
        """The dead letters of this batch up to the one that brings its partition over the limit; empty if
        none does."""
        place = (batch.topic, batch.partition)
        dead = {letter.record.offset: letter for letter in dead_letters}
        count = self._in_a_row.get(place, 0)
        for record in batch.records if dead else ():
            letter = dead.get(record.offset)
            count = 0 if letter is None else count + self._counts(letter)
            if 0 < self._limit < count:
                return tuple(each for each in dead_letters if each.record.offset <= record.offset)
        self._in_a_row[place] = count if dead else 0
        return ()

    def _counts(self, letter: DeadLetter) -> bool:
        if letter.reason not in OF_ONE_STATE:
            return True
        is_known = letter.record.key in self._known
        self._known.add(letter.record.key)
        return not is_known
