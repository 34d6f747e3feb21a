"""Remembers, over restarts, which dead letters were published by a process that then stopped for them."""

import json
from collections.abc import Sequence
from pathlib import Path

from streams.batches import DeadLetter


class ToldLetters:
    """The last offset of each topic partition up to which its letters were published; kept in a file.

    A process that finds too many dead letters commits nothing, so each start finds them again: without this,
    a supervisor that starts it for ever would fill the topic of dead letters with copies. Who loses the file
    publishes them once more, which makes no more rows: a letter is known by where its record stood.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def beyond(self, topic: str, partition: int, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Those that were not published yet."""
        first, last = self._held().get(f"{topic}-{partition}", (0, -1))
        return [each for each in letters if not first <= each.record.offset <= last]

    def remember(self, topic: str, partition: int, letters: Sequence[DeadLetter]) -> None:
        """All of these are published."""
        offsets = [each.record.offset for each in letters]
        held = self._held() | {f"{topic}-{partition}": (min(offsets), max(offsets))}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(held), encoding="utf-8")

    def _held(self) -> dict[str, tuple[int, int]]:
        try:
            held = json.loads(self._file.read_text(encoding="utf-8"))
            return {place: (int(first), int(last)) for place, (first, last) in held.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
