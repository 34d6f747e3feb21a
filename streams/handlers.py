"""What a batch of records means: decode, take a step per key, encode. Pure, and the same in every worker."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from attribution.advance import Arrival
from attribution.clicks import Click, ClickStep, bucket_key, dump_click, load_click, resolve_click
from attribution.identity import Node, dump_node, load_node
from attribution.linking import resolve_links
from attribution.policy import Policy
from schemas.codec import DecodeError, decode, key_of
from schemas.rebuilding import Anew
from schemas.sem import OF_REPORTS
from schemas.topics import ASSIGNMENTS, CRM, HAND_OVER, LINKS, MENTIONS, SEM, UTM, WEBSITE
from streams.batches import AgentSpec, Batch, DeadLetter, Effects, Output, Read
from streams.damaged import DamagedStateError, begun_anew, read_state, set_aside
from streams.journey_states import Beginning, JourneyStates
from streams.maintenance import IdentityMaintenance, JourneyMaintenance, metadata_in

JOURNEY_TOPICS = (WEBSITE.name, UTM.name, CRM.name, ASSIGNMENTS.name, HAND_OVER.name)

Decoded = dict[bytes, list[tuple[int, Any]]]


def agent_specs(policy: Policy, partitions: int) -> tuple[AgentSpec, ...]:
    """The three agents: which topics each reads, its table, and what it makes of a batch."""
    return (
        AgentSpec(
            "build_journeys",
            JOURNEY_TOPICS,
            "journey-states",
            partitions,
            build_journeys(policy),
            maintenance=JourneyMaintenance(policy),
        ),
        AgentSpec(
            "resolve_identities",
            (LINKS.name,),
            "identities",
            1,
            resolve_identities(policy),
            # Few records, so that the state behind them is always written as one batch of the producer.
            max_batch=200,
            maintenance=IdentityMaintenance(policy),
        ),
        AgentSpec("resolve_clicks", (SEM.name, MENTIONS.name), "clicks", partitions, resolve_clicks),
    )


def handlers(policy: Policy) -> dict[str, AgentSpec]:
    """The agent of each topic that one reads."""
    return {topic: spec for spec in agent_specs(policy, 1) for topic in spec.topics}


def build_journeys(policy: Policy, recent: JourneyStates | None = None) -> Callable[[Batch, Read], Effects]:
    """Facts, assignments and hand-overs → journeys, by identifier, person or deal."""
    states = recent or JourneyStates()

    def handle(batch: Batch, read: Read) -> Effects:
        decoded, dead = _decoded(batch)
        metadata = metadata_in(read, policy)
        anew = begun_anew(batch)
        outputs: list[Output] = []
        changes: dict[bytes, bytes | None] = {}
        for key, values in decoded.items():
            arrivals = [Arrival(batch.topic, offset, value) for offset, value in values]
            name = key.decode()
            begin = Beginning(anew.get(name), metadata.floor)
            try:
                kept = states.step(name, read, arrivals, begin, policy, metadata.epoch)
            except DamagedStateError as error:
                dead += set_aside(batch, (offset for offset, _ in values), error)
                continue
            changes.update(kept.changes)
            outputs.extend(map(Output.from_record, kept.outputs))
        return Effects(tuple(outputs), changes, tuple(dead))

    return handle


def resolve_identities(policy: Policy) -> Callable[[Batch, Read], Effects]:
    """Links, splits and blocks → who belongs to whom."""

    def handle(batch: Batch, read: Read) -> Effects:
        decoded, dead = _decoded(batch)
        nodes: dict[str, Node] = {}
        anew = begun_anew(batch)

        def node_of(name: str) -> Node:
            if name not in nodes:
                nodes[name] = _node_of(name, read, anew)
            return nodes[name]

        facts = sorted((pair for values in decoded.values() for pair in values), key=itemgetter(0))
        head = batch.records[-1].offset
        epoch = metadata_in(read, policy).epoch
        step = resolve_links([fact for _, fact in facts], head, node_of, policy, epoch)
        changes: dict[bytes, bytes | None] = {
            name.encode(): dump_node(node) for name, node in step.nodes.items()
        }
        return Effects(tuple(map(Output.of, step.assignments)), changes, tuple(dead))

    return handle


def _node_of(name: str, read: Read, anew: Mapping[str, Anew]) -> Node:
    """Raises DamagedStateError; whoever that concerns is found by parting the batch."""
    try:
        return read_state(name, lambda: load_node(read(name.encode())))
    except DamagedStateError:
        if name not in anew:
            raise
        return Node()


def resolve_clicks(batch: Batch, read: Read) -> Effects:
    """What platforms tell of clicks and keywords → to who carried their ids. What reports need passes by."""
    decoded, dead = _decoded(batch)
    outputs: list[Output] = []
    # Buckets are written before what says how many there are.
    buckets: dict[bytes, bytes | None] = {}
    clicks: dict[bytes, bytes | None] = {}
    anew = begun_anew(batch)
    for key, values in decoded.items():
        arrivals = [value for _, value in values if not isinstance(value, OF_REPORTS)]
        if arrivals:
            try:
                step = _click_step(key, arrivals, read, is_anew=key.decode() in anew)
            except DamagedStateError as error:
                dead += set_aside(batch, (offset for offset, _ in values), error)
                continue
            for number, bucket in step.filled.items():
                buckets[bucket_key(key.decode(), number).encode()] = dump_click(bucket)
            clicks[key] = dump_click(step.click)
            outputs.extend(map(Output.of, step.outputs))
    return Effects(tuple(outputs), buckets | clicks, tuple(dead))


def _click_step(key: bytes, arrivals: list[Any], read: Read, *, is_anew: bool) -> ClickStep:
    name = key.decode()

    def bucket(number: int) -> Click:
        return read_state(name, lambda: load_click(read(bucket_key(name, number).encode())))

    try:
        click = read_state(name, lambda: load_click(read(key)))
        if is_anew:
            # Buckets are looked at only when there is something to tell: a damaged one has to show now.
            for number in range(click.buckets):
                bucket(number)
        return resolve_click(click, arrivals, bucket)
    except DamagedStateError:
        if not is_anew:
            raise
        return resolve_click(Click(), arrivals)


def _decoded(batch: Batch) -> tuple[Decoded, list[DeadLetter]]:
    by_key: Decoded = {}
    dead: list[DeadLetter] = []
    for record in batch.records:
        try:
            value = decode(batch.topic, record.value)
        except DecodeError as error:
            dead.append(DeadLetter(record, error.reason, str(error)[:200]))
            continue
        key = key_of(value)
        if record.key != key:
            # Elsewhere than in the partition of its key, it would become a second, partial state.
            dead.append(DeadLetter(record, "wrong_key", "the record's key is not what its content names"))
            continue
        by_key.setdefault(key, []).append((record.offset, value))
    return by_key, dead
