"""Checkpoints as they stand on a disk, and whether their changelog bears them out."""

import orjson

from streams.states import Checkpoint

# Deletions are compacted away a day after they were written (`delete.retention.ms`): who hasn't read them by
# then would keep what was deleted. UTC milliseconds; half of that day is for clocks and for reading.
OLDEST_MS = 12 * 3600 * 1000


def dump_checkpoint(checkpoint: Checkpoint, now: int) -> bytes:
    """A checkpoint, with the time at which it is written in UTC milliseconds."""
    return orjson.dumps(
        {
            "at": now,
            "end": checkpoint.end,
            "last": checkpoint.last,
            "highest": checkpoint.highest.hex(),
            "claimed_by": _text(checkpoint.claimed_by),
            "claims": [_text(key) for key in checkpoint.claims],
            "void": {_text(key): known for key, known in checkpoint.void.items()},
            "is_whole": checkpoint.is_whole,
            "note": _text(checkpoint.note),
        }
    )


def load_checkpoint(data: bytes) -> tuple[int, Checkpoint]:
    """When a checkpoint was written, and what it says. Raises ValueError if it is none."""
    told = orjson.loads(data)
    try:
        return int(told["at"]), Checkpoint(
            told["end"],
            told["last"],
            bytes.fromhex(told["highest"]),
            _bytes(told["claimed_by"]),
            frozenset(key.encode("latin-1") for key in told["claims"]),
            {key.encode("latin-1"): known for key, known in told["void"].items()},
            told["is_whole"],
            _bytes(told["note"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("this is no checkpoint") from error


def contradiction(checkpoint: Checkpoint, end: int, last: int | None) -> str | None:
    """Why states are not those of a changelog that ends at this offset; None if nothing speaks against it.

    `last` is the checksum of the record before the checkpoint; None if it was compacted, which says nothing.
    """
    known = checkpoint.end or 0
    if end < known:
        return f"its changelog ends at offset {end}, before {known}, up to which they were written"
    if last is not None and checkpoint.last is not None and last != checkpoint.last:
        return f"its changelog holds another record than they were written from at offset {known - 1}"
    return None


def is_too_old(checkpoint: Checkpoint, written_at: int, now: int, end: int) -> bool:
    """Whether deletions may be missing in what is left of the changelog behind a checkpoint."""
    return end > (checkpoint.end or 0) and now - written_at > OLDEST_MS


def _text(key: bytes | None) -> str | None:
    return None if key is None else key.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
