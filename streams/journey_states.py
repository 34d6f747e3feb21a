"""The states of journeys: a step by what may still change where that will do, else with the whole state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from attribution.advance import Arrival
from attribution.beginning import begun
from attribution.fact_records import Loose, loose_facts
from attribution.going_on import Open, go_on, may_go_on
from attribution.keeping import Kept, Whole, keep, load_whole
from attribution.layout import Layout, load_layout
from attribution.policy import Policy
from schemas.rebuilding import Anew
from streams.batches import Read
from streams.damaged import DamagedStateError, empty_state, read_state

# In facts. To put one so large together takes a third of the time of its step.
LARGE = 100
# A few MB of memory each, so they are for visitors who never stop: there are never many at a time.
KEEP_WHOLE = 4
# Some KB of memory each: visitors who read on at this time.
KEEP_OPEN = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a state begins that isn't there, or, if `anew` says so, one that is damaged; `floor` is that of its
    partition."""

    anew: Anew | None
    floor: dict[str, int]


class Recent(Generic[T]):
    """The last few values that were written, by key; one counts only for who has the same head at hand that
    was written with it. So whoever uses it sees no difference but in time."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._held: dict[str, tuple[bytes, T]] = {}

    def of(self, key: str, head: bytes) -> T | None:
        """What was written with this head, if it is remembered."""
        held = self._held.get(key)
        return held[1] if held is not None and held[0] == head else None

    def remember(self, key: str, head: bytes, value: T) -> None:
        """The newest value of a key."""
        self._held.pop(key, None)
        self._held[key] = head, value
        if len(self._held) > self._keep:
            del self._held[next(iter(self._held))]

    def forget(self, key: str) -> None:
        """Remember nothing of a key."""
        self._held.pop(key, None)


class JourneyStates:
    """Takes the steps of keys: what it needs of a state is read from its records, if it isn't remembered."""

    def __init__(self, large: int = LARGE, keep_whole: int = KEEP_WHOLE, keep_open: int = KEEP_OPEN) -> None:
        self._large = large
        self._whole = Recent[Whole](keep_whole)
        self._open = Recent[Open](keep_open)

    def step(
        self, key: str, read: Read, arrivals: Sequence[Arrival], begin: Beginning, policy: Policy, epoch: int
    ) -> Kept:
        """Take a step. Raises DamagedStateError if a record of the state can't be read."""
        head = read(key.encode())
        whole = None
        try:
            known = self._opened(key, head, read, arrivals, begin, policy)
            gone_on = known and go_on(key, known, arrivals, policy, epoch)
            if gone_on:
                self._remember(key, *gone_on)
                return gone_on[0]
            whole = None if head is None else self._whole_of(key, head, read)
        except DamagedStateError:
            # What came is put aside, so nothing may go on as if it were known until the state is rebuilt.
            self._open.forget(key)
            self._whole.forget(key)
            if begin.anew is None:
                raise
        kept, after = keep(key, whole or Whole(empty_state(begin.anew, begin.floor)), arrivals, policy, epoch)
        self._remember(key, kept, Open(after.layout, after.loose.get(after.layout.current) or Loose()), after)
        return kept

    def _opened(
        self,
        key: str,
        head: bytes | None,
        read: Read,
        arrivals: Sequence[Arrival],
        begin: Beginning,
        policy: Policy,
    ) -> Open | None:
        if head is None:
            return begun(key, begin.floor, arrivals, policy) if begin.anew is None else None
        known = self._open.of(key, head)
        if known is not None:
            return known if may_go_on(known.layout, policy) else None
        layout = self._layout(key, head, read)
        if not may_go_on(layout, policy):
            return None
        return Open(layout, read_state(key, lambda: loose_facts(key, layout.log, read)))

    def _whole_of(self, key: str, head: bytes, read: Read) -> Whole:
        known = self._whole.of(key, head)
        if known is not None:
            return known
        layout = self._layout(key, head, read)
        return read_state(key, lambda: load_whole(key, head, layout, read))

    def _layout(self, key: str, head: bytes, read: Read) -> Layout:
        return read_state(key, lambda: load_layout(key, head, read))

    def _remember(self, key: str, kept: Kept, known: Open, whole: Whole | None = None) -> None:
        head = kept.changes[key.encode()]
        if head is None:
            return
        if known.layout.memo is not None and known.layout.memo.goes_on:
            self._open.remember(key, head, known)
        if whole is not None and whole.size >= self._large:
            self._whole.remember(key, head, whole)
