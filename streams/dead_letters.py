"""Dead letters as records: the original bytes, with where they stood and why they were put aside."""

from streams.batches import Batch, DeadLetter, Output
from streams.limits import TOO_LARGE

TOPIC = "dead.letters"
DETAIL_LENGTH = 200


def from_source(letter: DeadLetter, batch: Batch, app_version: str) -> Output:
    """The dead letter of a record that a handler could not use."""
    record = letter.record
    headers = (
        *_why(letter.reason, letter.detail),
        ("x-dlq-topic", batch.topic.encode()),
        ("x-dlq-partition", b"%d" % batch.partition),
        ("x-dlq-offset", b"%d" % record.offset),
        ("x-dlq-timestamp", b"%d" % record.timestamp),
        ("x-dlq-app-version", app_version.encode()),
    )
    originals = tuple((f"x-orig-{name}", value) for name, value in record.headers)
    return Output(TOPIC, record.key, record.value, headers + originals)


def from_refused(output: Output, app_version: str) -> Output:
    """The dead letter of an output that the broker refuses for its size; its value can't be kept."""
    size = len(output.value or b"")
    headers = (
        *_why(TOO_LARGE, f"an output of {size} bytes was refused by its topic"),
        ("x-dlq-topic", output.topic.encode()),
        ("x-dlq-app-version", app_version.encode()),
    )
    return Output(TOPIC, output.key, None, headers)


def _why(reason: str, detail: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("x-dlq-reason", reason.encode()),
        ("x-dlq-error", detail[:DETAIL_LENGTH].encode()),
    )
