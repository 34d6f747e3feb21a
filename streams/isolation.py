"""Runs a handler so that a record it can't bear costs that record alone, and notices when too many do."""

from collections.abc import Set

from streams.limits import HANDLER_ERROR, TOO_LARGE, Limits
from streams.runs import DeadLetter, Effects, Handler, Read, Record, Run


class TooLargeError(ValueError):
    """Outputs or states are larger than the broker takes; `keys` says whose."""

    def __init__(self, keys: Set[bytes | None]) -> None:
        super().__init__()
        self.keys = keys


def isolate(handler: Handler, run: Run, read: Read, record_bytes: int) -> Effects:
    """The effects of a run. Where the handler raises, the run is halved until the record is found.

    That record becomes a dead letter with the name of the exception, never its text, which may quote
    personal data. Effects that the broker would refuse for their size count as an exception. If records
    carry the key of what is too large, all of these become dead letters at once: what has grown over many
    runs has no room for any of them, and to try them one by one would cost a large state each time.
    """
    try:
        effects = handler(run, read)
        _check_sizes(effects, record_bytes)
    except TooLargeError as error:
        aside = [each for each in run.records if each.key in error.keys]
        others = [each for each in run.records if each.key not in error.keys]
        if not aside:
            return _halves(handler, run, read, record_bytes, TOO_LARGE, error)
        letters = Effects(dead_letters=tuple(_letter(each, TOO_LARGE, error) for each in aside))
        rest = Run(run.topic, run.partition, tuple(others))
        return letters.then(isolate(handler, rest, read, record_bytes)) if others else letters
    except Exception as error:
        return _halves(handler, run, read, record_bytes, HANDLER_ERROR, error)
    return effects


def _halves(
    handler: Handler, run: Run, read: Read, record_bytes: int, reason: str, error: Exception
) -> Effects:
    if len(run.records) == 1:
        return Effects(dead_letters=(_letter(run.records[0], reason, error),))
    middle = len(run.records) // 2
    first = isolate(handler, run.part(0, middle), read, record_bytes)

    def read_on(key: bytes) -> bytes | None:
        return first.changes[key] if key in first.changes else read(key)

    return first.then(isolate(handler, run.part(middle, len(run.records)), read_on, record_bytes))


def _letter(record: Record, reason: str, error: Exception) -> DeadLetter:
    return DeadLetter(record, reason, type(error).__name__)


def _check_sizes(effects: Effects, record_bytes: int) -> None:
    too_large: set[bytes | None] = {
        key for key, value in effects.changes.items() if len(key) + len(value or b"") > record_bytes
    }
    for output in effects.outputs:
        headers = sum(len(name) + len(value) for name, value in output.headers)
        if len(output.key or b"") + len(output.value or b"") + headers > record_bytes:
            too_large.add(output.key)
    if too_large:
        raise TooLargeError(too_large - {None})


class Breaker:
    """Counts dead letters in a row, per topic partition: that many mean that we are broken, not they."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.consecutive_dead_letters
        self._reasons = limits.breaker_reasons
        self._in_a_row: dict[tuple[str, int], int] = {}

    def trips(self, run: Run, dead_letters: tuple[DeadLetter, ...]) -> bool:
        """Whether the records of this run bring their partition over the limit."""
        place = (run.topic, run.partition)
        dead = {
            letter.record.offset
            for letter in dead_letters
            if self._reasons is None or letter.reason in self._reasons
        }
        count = self._in_a_row.get(place, 0)
        for record in run.records if dead else ():
            count = count + 1 if record.offset in dead else 0
            if count > self._limit:
                return True
        self._in_a_row[place] = count if dead else 0
        return False
