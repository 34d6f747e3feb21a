"""What is done to states without a new fact: derive them anew under another policy, let go of the forgotten.

Each partition of a table has metadata of its own: they say under which policy its states were derived last.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from attribution.expiry import is_forgotten
from attribution.policy import Policy
from attribution.state import State

# No identifier, click or keyword has such a key.
METADATA_KEY = "\x1fmark"  # the word of the first release, as it stands in changelogs


class PartitionMetadata(BaseModel):
    """What a partition remembers of itself.

    `policy`: the version of the policy that its states are derived by; `epoch` counts the policies so far;
    `derived`: whether all states have been derived anew since. `looked_at`: when the states were last looked
    through for forgotten ones, UTC milliseconds. `floor`: the highest offset of each topic that went into a
    state which was let go; a new state starts from there, so that its version is higher.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = ""
    epoch: int = 0
    derived: bool = False
    looked_at: int = 0
    floor: dict[str, int] = {}


def load_metadata(data: bytes | None) -> PartitionMetadata:
    """Read metadata from their bytes; nothing stands for those of a partition that has none yet."""
    return PartitionMetadata() if data is None else _parsed(data)


@lru_cache(maxsize=256)
def _parsed(data: bytes) -> PartitionMetadata:
    return PartitionMetadata.model_validate_json(data)


def dump_metadata(metadata: PartitionMetadata) -> bytes:
    """Write metadata as bytes: JSON."""
    return metadata.model_dump_json().encode()


def under(metadata: PartitionMetadata, policy: Policy) -> PartitionMetadata:
    """Return the metadata as they are under this policy: a change of policy opens a new epoch."""
    if metadata.policy == policy.version and metadata.epoch >= policy.epoch:
        return metadata
    epoch = max(policy.epoch, metadata.epoch + 1 if metadata.policy else 0)
    return metadata.model_copy(update={"policy": policy.version, "epoch": epoch, "derived": False})


def forgotten(states: Iterable[tuple[str, State]], now: int, policy: Policy) -> Iterator[tuple[str, State]]:
    """Yield the keys whose state may go, with the state; `now` in UTC milliseconds."""
    return ((key, state) for key, state in states if is_forgotten(key, state, now, policy))


def let_go(metadata: PartitionMetadata, states: Iterable[State]) -> PartitionMetadata:
    """Return the metadata after these states were let go."""
    return metadata.model_copy(
        update={"floor": highest(metadata.floor, *(state.applied for state in states))}
    )


def highest(*offsets: Mapping[str, int]) -> dict[str, int]:
    """Return the highest offset of each topic."""
    found: dict[str, int] = {}
    for each in offsets:
        for topic, offset in each.items():
            found[topic] = max(offset, found.get(topic, -1))
    return dict(sorted(found.items()))
