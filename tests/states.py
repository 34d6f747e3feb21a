"""States of journeys as their records say it, for tests that look at what a step has written."""

from collections.abc import Mapping

from attribution.keeping import load_whole
from attribution.layout import load_layout
from attribution.state import State


def state_in(records: Mapping[bytes, bytes | None], key: str) -> State:
    """The whole state of a key."""
    head = records[key.encode()]
    assert head is not None
    return load_whole(key, head, load_layout(key, head, records.get), records.get).state
