"""The last few large states that were written, as values: a busy visitor's is read again at once."""

from attribution.state import State, dump_state, load_state

# In bytes as they are written. To decode one so large takes a third of the time of its step.
LARGE = 16 << 10
# A few MB of memory each, so they are for visitors who never stop: there are never many at a time.
KEEP = 4


class RecentStates:
    """Reads and writes states; it answers for a state by what it remembers only if given back the same bytes
    that it made, so whoever uses it sees no difference but in time."""

    def __init__(self, large: int = LARGE, keep: int = KEEP) -> None:
        self._large = large
        self._keep = keep
        self._held: dict[bytes, tuple[bytes, State]] = {}

    def load(self, key: bytes, data: bytes) -> State:
        """The state of a key from its bytes."""
        held = self._held.get(key)
        return held[1] if held is not None and held[0] == data else load_state(data)

    def dump(self, key: bytes, state: State) -> bytes:
        """The state of a key as bytes."""
        data = dump_state(state)
        self._held.pop(key, None)
        if len(data) >= self._large:
            self._held[key] = data, state
            if len(self._held) > self._keep:
                del self._held[next(iter(self._held))]
        return data
