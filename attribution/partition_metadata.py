"""What is done to states without a new fact: derive them anew under another policy, let go of the forgotten.

Each partition of a table has metadata of its own: they say under which policy its states were derived last.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from attribution.expiry import is_forgotten
from attribution.policy import Policy
from attribution.state import State
from attribution.versions import epoch_of
from schemas.terms import DAY_MS

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a state says of its partition: the highest version of an assignment, and the offsets behind it."""

    version: int
    applied: Mapping[str, int] = field(default_factory=dict)


def found_out(evidence: Iterable[Evidence], policy: Policy, now: int) -> PartitionMetadata:
    """Return metadata for a partition whose own can't be read; `now` in UTC milliseconds.

    Versions must not go back, and nobody remembers how many policies there were: so the epoch is above each
    that a state tells of, and above the number of days since 1970, which no count of policies comes near.
    All that is derived from the states is then sent again in it. A state that was let go had lower offsets
    than those that are left.
    """
    seen = list(evidence)
    epoch = max(
        policy.epoch, now // DAY_MS, *(epoch_of(each.version) + 1 for each in seen if each.version >= 0)
    )
    floor = highest(*(each.applied for each in seen))
    return PartitionMetadata(policy=policy.version, epoch=epoch, floor=floor)


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
