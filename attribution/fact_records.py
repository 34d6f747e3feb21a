"""The records in which the facts of one identifier stand: as they came, and packed once their visits end."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pydantic import TypeAdapter

from attribution.facts import by_time
from attribution.layout import Log, fingerprint_of, key_of_facts
from attribution.state import packed, unpacked
from schemas.codec import encode
from schemas.handover import AnyFact, JourneyFact

Read = Callable[[bytes], bytes | None]

_FACTS: Final = TypeAdapter(tuple[JourneyFact, ...])
_IN_A_PACK: Final = 64


class Loose(NamedTuple):
    """The facts in loose records, and the text of the first of these, by which the others are packed."""

    facts: tuple[AnyFact, ...] = ()
    first: bytes = b""


def loose_facts(key: str, log: Log, read: Read) -> Loose:
    """Read the loose records. Raises an exception of any kind if one is damaged or missing."""
    if not log.loose:
        return Loose()
    first = _text(key, log.loose[0], read, b"")
    texts = [first, *(_text(key, number, read, first) for number in log.loose[1:])]
    facts = _FACTS.validate_json(b"[" + b",".join(text[1:-1] for text in texts) + b"]")
    if len(texts) > 1:
        # What platforms told may stand in two records.
        facts = tuple({fact.event_id: fact for fact in facts}.values())
    return Loose(facts, first)


def packed_facts(key: str, log: Log, read: Read) -> list[AnyFact]:
    """Read the packed records. Raises an exception of any kind if one is damaged or missing."""
    facts: list[AnyFact] = []
    for number in log.packed:
        facts.extend(_FACTS.validate_json(_text(key, number, read, b"")))
    return facts


def _text(key: str, number: int, read: Read, first: bytes) -> bytes:
    data = read(key_of_facts(key, number))
    if data is None:
        raise ValueError("a state lacks a record of facts")
    return unpacked(data, first)


def _text_of(facts: Iterable[AnyFact]) -> bytes:
    return b"[" + b",".join(map(encode, facts)) + b"]"


@dataclass(slots=True)
class FactWriter:
    """Writes the records of one key's facts; `next` is the number of the next one, `tie` that of all."""

    key: str
    next: int
    tie: int = 0
    written: dict[bytes, bytes | None] = field(default_factory=dict)
    gone: dict[bytes, bytes | None] = field(default_factory=dict)

    def append(self, log: Log, loose: Loose, facts: Sequence[AnyFact]) -> tuple[Log, Loose]:
        """Add a loose record; return the log with what stands loose then."""
        if not facts:
            return log, loose
        text = _text_of(facts)
        number = self._write(packed(text, loose.first) if log.loose else packed(text))
        known = Loose((*loose.facts, *facts), loose.first or text)
        return log._replace(loose=(*log.loose, number)), known

    def fold(self, log: Log, ended: Iterable[AnyFact], going: Sequence[AnyFact]) -> tuple[Log, Loose]:
        """Replace the loose records: facts whose visits have ended are packed, the others stand in one."""
        self.drop(log.loose)
        facts = sorted(ended, key=by_time)
        packs = [facts[at : at + _IN_A_PACK] for at in range(0, len(facts), _IN_A_PACK)]
        numbers = tuple(self._write(packed(_text_of(pack))) for pack in packs)
        ids = b"".join(fingerprint_of(fact.event_id) for fact in facts)
        folded = log._replace(packed=(*log.packed, *numbers), ids=log.ids + ids, loose=())
        return self.append(folded, Loose(), going)

    def drop(self, numbers: Iterable[int]) -> None:
        """Delete records, once nothing names them any more."""
        self.gone.update((key_of_facts(self.key, number), None) for number in numbers)

    def _write(self, data: bytes) -> int:
        number, self.next = self.next, self.next + 1
        self.written[key_of_facts(self.key, number)] = data
        self.tie = zlib.crc32(data, self.tie)
        return number
