"""Runs a handler so that a record it can't bear costs that record alone, and notices when too many do."""

from streams.limits import HANDLER_ERROR, TOO_LARGE, Limits
from streams.runs import DeadLetter, Effects, Handler, Read, Run


class TooLargeError(ValueError):
    """An output or a state is larger than the broker takes."""


def isolate(handler: Handler, run: Run, read: Read, record_bytes: int) -> Effects:
    """The effects of a run. Where the handler raises, the run is halved until the record is found.

    That record becomes a dead letter with the name of the exception, never its text, which may quote
    personal data. Effects that the broker would refuse for their size count as an exception.
    """
    try:
        effects = handler(run, read)
        _check_sizes(effects, record_bytes)
    except Exception as error:
        if len(run.records) > 1:
            return _halves(handler, run, read, record_bytes)
        reason = TOO_LARGE if isinstance(error, TooLargeError) else HANDLER_ERROR
        return Effects(dead_letters=(DeadLetter(run.records[0], reason, type(error).__name__),))
    return effects


def _halves(handler: Handler, run: Run, read: Read, record_bytes: int) -> Effects:
    middle = len(run.records) // 2
    first = isolate(handler, run.part(0, middle), read, record_bytes)

    def read_on(key: bytes) -> bytes | None:
        return first.changes[key] if key in first.changes else read(key)

    return first.then(isolate(handler, run.part(middle, len(run.records)), read_on, record_bytes))


def _check_sizes(effects: Effects, record_bytes: int) -> None:
    for key, value in effects.changes.items():
        if len(key) + len(value or b"") > record_bytes:
            raise TooLargeError
    for output in effects.outputs:
        headers = sum(len(name) + len(value) for name, value in output.headers)
        if len(output.key or b"") + len(output.value or b"") + headers > record_bytes:
            raise TooLargeError


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
