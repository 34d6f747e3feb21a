"""Notices when record after record is put aside: then we are broken rather than they."""

from sinks.batches import Partition
from sinks.records import Record


class TooManyDeadLettersError(RuntimeError):
    """So many records in a row were put aside that a person should look at them; the text says where."""


class Breaker:
    """Counts records put aside in a row, per partition; more than `most` are a fault, with 0 none are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_a_row: dict[Partition, int] = {}
        self.fault = ""

    def saw(self, record: Record, *, put_aside: bool) -> None:
        """Count a record; `fault` says, from the moment on in which it is one, what is wrong."""
        partition = (record.topic, record.partition)
        if not put_aside:
            self._in_a_row.pop(partition, None)
            return
        count = self._in_a_row[partition] = self._in_a_row.get(partition, 0) + 1
        if 0 < self._most < count:
            self.fault = (
                f"more than {self._most} records in a row of {record.topic}-{record.partition} were put "
                "aside: `leadtrace dead-letters` says why; once the cause is removed, start again, and "
                "`leadtrace dead-letters redrive`"
            )
