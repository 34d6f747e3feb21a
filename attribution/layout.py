"""How the state of a key stands in records: a head, a book, and the facts, which are written once.

Every step writes the head, which is small. The book is written when a visit ends, or when something else
than page views is told. Facts stand in records of their own, each with a number that is never used again:
loose ones as they came, packed ones once their visit has ended. So what a step writes doesn't grow with the
journey.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from attribution.facts import Sizes, bytes_of
from attribution.state import Span, packed, unpacked
from schemas.closed_touchpoints import split_refs
from schemas.handover import AnyFact

Place = tuple[int, str]

# No identifier has it; what stands after it says which part of a state a record is.
_SEPARATOR: Final = b"\x1f"
# The facts that were recorded under the key itself, among those of its members.
OWN: Final = "."
_BOOK: Final = _SEPARATOR + b"book"
_FINGERPRINT: Final = 3  # bytes
# Nobody changes it.
NONE: Final[dict[str, Any]] = {}


class Log(NamedTuple):
    """The facts of one identifier.

    `packed`, `loose`: numbers of their records. `sizes`: of each type how many there are, and their bytes.
    `ids`: fingerprints of the event ids in packed records. From `start` on, by (time, id), facts belong to
    visits that may go on; all of these are loose.
    """

    packed: tuple[int, ...] = ()
    loose: tuple[int, ...] = ()
    sizes: Sizes = NONE
    ids: bytes = b""
    start: Place | None = None

    def may_know(self, event_id: str) -> bool:
        """Whether a packed record may hold a fact with this id; if not, none does."""
        wanted = fingerprint_of(event_id)
        at = self.ids.find(wanted)
        while at % _FINGERPRINT and at >= 0:
            at = self.ids.find(wanted, at + 1)
        return at >= 0


class Memo(NamedTuple):
    """What the last derivation of a journey leaves for the next one, if only visits go on.

    `policy`: its version. `told`: the snapshot as its JSON says it, but for what every fact moves. Only if
    it `goes_on`, it can be added to. `refs`: the touchpoints that stand in records of their own, in the order
    of (time, id); `latest`: the last that is not open; `rest_is_bot`: whether all of these look like a
    machine's. `is_cut`: whether the journey is too long. `issues`: those that no open visit tells of.
    `mentions`: 8 bytes of each subject that platforms were asked about. `is_handed`: whether the facts go to
    somebody else's journey; `shares_cut`: whether some of them had to go. `has_told_sources`: whether a new
    visit may repeat what the CRM tells.
    """

    policy: str
    told: Mapping[str, Any]
    goes_on: bool = False
    refs: tuple[str, ...] = ()
    latest: Place = (-1, "")
    rest_is_bot: bool = True
    is_cut: bool = False
    issues: tuple[str, ...] = ()
    mentions: bytes = b""
    is_handed: bool = False
    shares_cut: bool = False
    has_told_sources: bool = False


class Layout(NamedTuple):
    """Where the state of a key stands, and all of it but the facts.

    `number` counts the books, `next` the records of facts. `known_at`, `facts`, `last_at`: of the journey.
    `spans`: those since the last one in the book, which goes on in the first of them. `current`: the
    identifier whose facts came last. `state`: what else is known, as its JSON says it. `tie` follows from all
    records of facts that were ever written: two heads are equal only if what they name is.
    """

    number: int = 0
    next: int = 0
    applied: Mapping[str, int] = NONE
    spans: tuple[Span, ...] = ()
    known_at: int = 0
    facts: int = 0
    last_at: int = 0
    current: str = ""
    logs: Mapping[str, Log] = NONE
    state: Mapping[str, Any] = NONE
    memo: Memo | None = None
    tie: int = 0

    @property
    def log(self) -> Log:
        """The facts that came last."""
        return self.logs.get(self.current) or Log()

    def in_book(self) -> "Layout":
        """The layout as it is written, and read again: all spans but the last stand in the book."""
        if not self.spans:
            return self
        spans = [*self.state.get("spans", ())[:-1], *map(list, self.spans)]
        return self._replace(state={**self.state, "spans": spans}, spans=self.spans[-1:])


def key_of_facts(key: str, number: int) -> bytes:
    """The key of a record of facts."""
    return b"%s%s%d" % (key.encode(), _SEPARATOR, number)


def key_of_book(key: str) -> bytes:
    """The key of the book."""
    return key.encode() + _BOOK


def is_head(key: bytes) -> bool:
    """Whether a record is the head of a state, and no part of one."""
    return _SEPARATOR not in key


def whose(key: bytes) -> bytes:
    """The key of the state that a record is part of."""
    return key.partition(_SEPARATOR)[0]


def records_of(key: str, layout: Layout) -> tuple[bytes, ...]:
    """The keys of all records of a state, its head first."""
    if not layout.number:
        return (key.encode(),)
    numbers = (number for log in layout.logs.values() for number in (*log.packed, *log.loose))
    return key.encode(), key_of_book(key), *(key_of_facts(key, number) for number in numbers)


def fingerprint_of(event_id: str) -> bytes:
    """Three bytes that tell most facts apart."""
    return (zlib.crc32(event_id.encode()) & 0xFFFFFF).to_bytes(_FINGERPRINT, "big")


def added_to(sizes: Sizes, facts: Iterable[AnyFact]) -> dict[str, tuple[int, int]]:
    """The sizes with more facts."""
    grown = dict(sizes)
    for fact in facts:
        count, size = grown.get(fact.type, (0, 0))
        grown[fact.type] = count + 1, size + bytes_of(fact)
    return grown


def dump_head(layout: Layout) -> bytes:
    """The head as bytes: JSON."""
    return orjson.dumps(_head(layout))


def _head(layout: Layout) -> dict[str, Any]:
    log = layout.log
    head: dict[str, Any] = {
        "book": layout.number,
        "next": layout.next,
        "applied": layout.applied,
        "known_at": layout.known_at,
        "facts": layout.facts,
        "last_at": layout.last_at,
        "loose": log.loose,
        "sizes": log.sizes,
        "tie": layout.tie,
    }
    if layout.spans:
        head["span"] = tuple(layout.spans[-1])
    return head


def dump_book(layout: Layout) -> bytes:
    """The book as bytes: JSON, packed where that pays."""
    logs = {
        name: {
            "packed": log.packed,
            "loose": log.loose,
            "sizes": log.sizes,
            "ids": b64encode(log.ids).decode(),
            "start": log.start,
        }
        for name, log in layout.logs.items()
    }
    memo = layout.memo
    said = memo and {
        "policy": memo.policy,
        "told": memo.told,
        "goes_on": memo.goes_on,
        "refs": "".join(memo.refs),
        "latest": memo.latest,
        "rest_is_bot": memo.rest_is_bot,
        "is_cut": memo.is_cut,
        "issues": memo.issues,
        "mentions": b64encode(memo.mentions).decode(),
        "is_handed": memo.is_handed,
        "shares_cut": memo.shares_cut,
        "has_told_sources": memo.has_told_sources,
    }
    book = {
        "number": layout.number,
        "current": layout.current,
        "state": layout.state,
        "logs": logs,
        "memo": said,
    }
    return packed(orjson.dumps({**book, "head": _head(layout)}))


def load_layout(key: str, head: bytes, read: Callable[[bytes], bytes | None]) -> Layout:
    """Read head and book of a key. Raises an exception of any kind if they are damaged.

    A head that is older than the book is of a step before: a process ended between the two. Then that counts
    which the book was written with.
    """
    told: dict[str, Any] = orjson.loads(unpacked(head))
    if "next" not in told:
        # It is from a time when a state was one record.
        return Layout()
    text = read(key_of_book(key))
    if text is None:
        raise ValueError("a state has no book")
    book: dict[str, Any] = orjson.loads(unpacked(text))
    if told["book"] != book["number"]:
        told = book["head"]
    logs = {name: _log(raw) for name, raw in book["logs"].items()}
    current = book["current"]
    sizes = {kind: (count, size) for kind, (count, size) in told["sizes"].items()}
    logs[current] = (logs.get(current) or Log())._replace(loose=tuple(told["loose"]), sizes=sizes)
    return Layout(
        number=book["number"],
        next=told["next"],
        applied=told["applied"],
        spans=(Span(*told["span"]),) if "span" in told else (),
        known_at=told["known_at"],
        facts=told["facts"],
        last_at=told["last_at"],
        current=current,
        logs=logs,
        state=book["state"],
        memo=_memo(book["memo"]) if book["memo"] else None,
        tie=told.get("tie", 0),
    )


def _log(raw: Mapping[str, Any]) -> Log:
    start = raw["start"]
    return Log(
        packed=tuple(raw["packed"]),
        loose=tuple(raw["loose"]),
        sizes={kind: (count, size) for kind, (count, size) in raw["sizes"].items()},
        ids=b64decode(raw["ids"]),
        start=None if start is None else (start[0], start[1]),
    )


def _memo(raw: Mapping[str, Any]) -> Memo:
    return Memo(
        policy=raw["policy"],
        told=raw["told"],
        goes_on=raw["goes_on"],
        refs=split_refs(raw["refs"]),
        latest=(raw["latest"][0], raw["latest"][1]),
        rest_is_bot=raw["rest_is_bot"],
        is_cut=raw["is_cut"],
        issues=tuple(raw["issues"]),
        mentions=b64decode(raw["mentions"]),
        is_handed=raw["is_handed"],
        shares_cut=raw["shares_cut"],
        has_told_sources=raw["has_told_sources"],
    )
