"""Dead letters as outputs: the original bytes, with where they stood and why they were put aside."""

from schemas.dead_letter import Letter, Place, headers_of
from schemas.topics import DEAD_LETTERS
from streams.batches import Batch, DeadLetter, Output
from streams.limits import TOO_LARGE


def from_source(letter: DeadLetter, batch: Batch, app_version: str) -> Output:
    """The dead letter of a record that a handler could not use."""
    record = letter.record
    place = Place(batch.partition, record.offset, record.timestamp)
    why = Letter(letter.reason, letter.detail, batch.topic, place, app_version)
    return Output(DEAD_LETTERS.name, record.key, record.value, headers_of(why, record.headers))


def from_refused(output: Output, app_version: str) -> Output:
    """The dead letter of an output that the broker refuses for its size; its value can't be kept."""
    detail = f"an output of {len(output.value or b'')} bytes was refused by its topic"
    why = Letter(TOO_LARGE, detail, output.topic, None, app_version)
    return Output(DEAD_LETTERS.name, output.key, None, headers_of(why))
