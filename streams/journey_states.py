"""The states of journeys: a step by what may still change where that will do, else with the whole state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attribution.advance import Arrival
from attribution.fact_records import loose_facts
from attribution.going_on import go_on, may_go_on
from attribution.keeping import Kept, Whole, all_loose, keep, load_whole
from attribution.layout import Layout, load_layout
from attribution.policy import Policy
from schemas.rebuilding import Anew
from streams.batches import Read
from streams.damaged import DamagedStateError, empty_state, read_state

# In facts. To put one so large together takes a third of the time of its step.
LARGE = 100
# A few MB of memory each, so they are for visitors who never stop: there are never many at a time.
KEEP = 4


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a state begins that isn't there, or, if `anew` says so, one that is damaged; `floor` is that of its
    partition."""

    anew: Anew | None
    floor: dict[str, int]


class JourneyStates:
    """Takes the steps of keys.

    The last few large states are remembered as values, and one is used only if given back the very head that
    its step made, so whoever uses it sees no difference but in time.
    """

    def __init__(self, large: int = LARGE, keep: int = KEEP) -> None:
        self._large = large
        self._keep = keep
        self._held: dict[str, tuple[bytes, Whole]] = {}

    def step(
        self, key: str, read: Read, arrivals: Sequence[Arrival], begin: Beginning, policy: Policy, epoch: int
    ) -> Kept:
        """Take a step. Raises DamagedStateError if a record of the state can't be read."""
        head = read(key.encode())
        try:
            if head is not None and (kept := self._gone_on(key, head, read, arrivals, policy, epoch)):
                return kept
            whole = None if head is None else self._whole(key, head, read)
        except DamagedStateError:
            if begin.anew is None:
                raise
            whole = None
        kept, after = keep(key, whole or Whole(empty_state(begin.anew, begin.floor)), arrivals, policy, epoch)
        self._remember(key, kept, after)
        return kept

    def _gone_on(
        self, key: str, head: bytes, read: Read, arrivals: Sequence[Arrival], policy: Policy, epoch: int
    ) -> Kept | None:
        layout = self._layout(key, head, read)
        if not may_go_on(layout, policy):
            return None
        loose = read_state(key, lambda: loose_facts(key, layout.log, read))
        return go_on(key, layout, loose, arrivals, policy, epoch)

    def _whole(self, key: str, head: bytes, read: Read) -> Whole:
        held = self._held.get(key)
        if held is not None and held[0] == head:
            known = held[1]
            loose = read_state(key, lambda: all_loose(key, known.layout, read))
            return replace(known, loose=loose)
        layout = self._layout(key, head, read)
        return read_state(key, lambda: load_whole(key, head, layout, read))

    def _layout(self, key: str, head: bytes, read: Read) -> Layout:
        return read_state(key, lambda: load_layout(key, head, read))

    def _remember(self, key: str, kept: Kept, after: Whole) -> None:
        self._held.pop(key, None)
        head = kept.changes[key.encode()]
        facts = len(after.state.own) + sum(len(member.facts) for member in after.state.members.values())
        if head is not None and facts >= self._large:
            self._held[key] = head, after
            if len(self._held) > self._keep:
                del self._held[next(iter(self._held))]
