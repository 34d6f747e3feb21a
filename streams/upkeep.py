"""What the agents do to their states without a record: pure, a few keys at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attribution.advance import derive_anew
from attribution.identity import dump_node, load_node
from attribution.linking import resolve_again
from attribution.policy import Policy
from attribution.replay import output_record
from attribution.state import State, load_state
from attribution.upkeep import MARK_KEY, Mark, dump_mark, forgotten, let_go, load_mark, under
from streams.runs import Effects, Errand, Output, Read

MARK = MARK_KEY.encode()
DAY_MS = 86_400_000


def mark_in(read: Read, policy: Policy) -> Mark:
    """The mark of a partition, as it is under this policy."""
    return under(load_mark(read(MARK)), policy)


@dataclass(frozen=True, slots=True)
class _Upkeep:
    policy: Policy
    mark_key: bytes = MARK

    def open(self, mark: bytes | None, states: int, now: int) -> bytes | None:
        """What is sent in an epoch would win over all else, if nobody remembered that it had begun."""
        current = under(load_mark(mark), self.policy)
        if mark is not None and current == load_mark(mark):
            return None
        # Where nothing is, there is nothing to derive anew.
        return self.finish(None, dump_mark(current), now) if not states else dump_mark(current)

    def plan(self, mark: bytes | None, now: int) -> Errand | None:
        """A new policy first; then, once a day, what is forgotten."""
        current = under(load_mark(mark), self.policy)
        if not current.derived:
            why = f"policy {self.policy.name} {self.policy.version} opens epoch {current.epoch}"
            return Errand(dump_mark(current), anew=True, why=why)
        if self.forgets and now - current.looked_at >= DAY_MS:
            return Errand(dump_mark(current), anew=False, why="letting go of forgotten visitors")
        return None

    @property
    def forgets(self) -> bool:
        return False

    def finish(self, _errand: Errand | None, mark: bytes, now: int) -> bytes:
        return dump_mark(load_mark(mark).model_copy(update={"derived": True, "looked_at": now}))


@dataclass(frozen=True, slots=True)
class JourneyUpkeep(_Upkeep):
    """Journeys and deals are derived anew; visitors who never identified are forgotten."""

    @property
    def forgets(self) -> bool:
        return self.policy.retention.anonymous_days > 0

    def tend(self, errand: Errand, keys: Sequence[bytes], now: int, read: Read) -> Effects:
        mark = mark_in(read, self.policy)
        states = list(_states(keys, read))
        if errand.anew:
            sent = (derive_anew(key, state, self.policy, mark.epoch) for key, state in states)
            return Effects(tuple(_output(each) for outputs in sent for each in outputs))
        gone = dict(forgotten(states, now, self.policy))
        if not gone:
            return Effects()
        # Whatever comes of them starts above what they were, so the mark is written with their end.
        changes: dict[bytes, bytes | None] = {MARK: dump_mark(let_go(mark, gone.values()))}
        return Effects(changes=changes | dict.fromkeys(map(str.encode, gone)))


@dataclass(frozen=True, slots=True)
class IdentityUpkeep(_Upkeep):
    """Everybody is assigned anew."""

    def tend(self, _errand: Errand, keys: Sequence[bytes], _now: int, read: Read) -> Effects:
        epoch = mark_in(read, self.policy).epoch
        names = [key.decode() for key in keys]
        step = resolve_again(names, lambda name: load_node(read(name.encode())), self.policy, epoch)
        changes: dict[bytes, bytes | None] = {
            name.encode(): dump_node(node) for name, node in step.nodes.items()
        }
        return Effects(tuple(map(_output, step.assignments)), changes)


def _states(keys: Sequence[bytes], read: Read) -> Iterator[tuple[str, State]]:
    for key in keys:
        data = read(key)
        if data is not None:
            yield key.decode(), load_state(data)


def _output(made: object) -> Output:
    record = output_record(made)  # type: ignore[arg-type]  # whatever a step sends
    return Output(record.topic, record.key, record.value)
