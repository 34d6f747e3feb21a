"""Dead letters as outputs: the original bytes, with where they stood and why they were put aside."""

from schemas.dead_letter import (
    LARGEST_LETTER,
    PARTS,
    UNREADABLE,
    Letter,
    LetterRecord,
    Place,
    letter_of,
    letter_record,
    own_headers,
)
from schemas.topics import DEAD_LETTERS
from streams.batches import Batch, DeadLetter, Output
from streams.fetching import Unreadable
from streams.limits import TOO_LARGE


def from_source(letter: DeadLetter, batch: Batch, app_version: str) -> Output:
    """The dead letter of a record that a handler could not use.

    Of one that is too large for a letter, or that could not be read, it holds where the record stands.
    """
    record = letter.record
    place = Place(batch.partition, record.offset, record.timestamp)
    if isinstance(record.value, Unreadable):
        unread = Letter(UNREADABLE, record.value.why, batch.topic, place, app_version, PARTS)
        return _output(letter_record(unread, None, None))
    why = Letter(letter.reason, letter.detail, batch.topic, place, app_version)
    return _output(letter_record(why, record.key, record.value, record.headers))


def from_refused(output: Output, app_version: str) -> Output:
    """The dead letter of an output that the broker refuses for its size; without its value, if that is too
    large for the topic of dead letters as well.

    If what is refused is a letter itself, it is the same letter with the small parts of the record only.
    """
    letter = letter_of(output.headers) if output.topic == DEAD_LETTERS.name else None
    if letter is not None:
        return _output(
            letter_record(letter, output.key, output.value, own_headers(output.headers), largest=0)
        )
    detail = f"an output of {len(output.value or b'')} bytes was refused by its topic"
    why = Letter(TOO_LARGE, detail, output.topic, None, app_version)
    return _output(letter_record(why, output.key, output.value, output.headers, largest=LARGEST_LETTER))


def _output(letter: LetterRecord) -> Output:
    return Output(DEAD_LETTERS.name, letter.key, letter.value, letter.headers)
