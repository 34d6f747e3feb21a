"""What identity costs: links per second, a device that thousands share, a person who grows and grows, merges.

`python -m bench.identity` runs the agents' own steps in one process, without a broker, and prints CPU time.
"""

import statistics
from collections.abc import Iterable, Sequence
from functools import partial

from attribution.policy import Policy
from bench.merging import cpu_seconds, merge_and_part
from bench.site import shipped_policy
from schemas.codec import encode
from schemas.envelope import natural_id
from schemas.identity import LINKS_KEY, IdentityLinked
from schemas.topics import LINKS
from streams.batches import Batch, Record
from streams.handlers import resolve_identities

BATCH = 200
START = 1_767_225_600_000
SIZES = (100, 1_000, 10_000)
# Each identifier of a tree is linked to one before it and to as many later ones: below every cap.
CHILDREN = 4
TRIES = 5

Pair = tuple[str, str]


class Agent:
    """The identity agent with its table, in memory."""

    def __init__(self, policy: Policy) -> None:
        self._handle = resolve_identities(policy)
        self._table: dict[bytes, bytes] = {}
        self._next = 0

    def take(self, values: Sequence[bytes]) -> int:
        """Take links in one batch; return how many assignments that sends."""
        records = [Record(self._next + n, LINKS_KEY.encode(), each, (), 0) for n, each in enumerate(values)]
        self._next += len(records)
        effects = self._handle(Batch(LINKS.name, 0, tuple(records)), self._table.get)
        self._table.update((key, value) for key, value in effects.changes.items() if value is not None)
        return len(effects.outputs)


def main() -> None:
    """Print one line for each figure."""
    policy = shipped_policy()
    leads = leads_links(3000)
    kiosk = [("anon:kiosk", f"email:guest{n}") for n in range(10_000)]
    for name, pairs in (
        ("links of leads", leads),
        ("one device, 10,000", kiosk),
        ("leads beside it", mixed(leads, kiosk)),
    ):
        each_run = batch_costs(policy, pairs)
        print(f"{name:24} {len(pairs) / sum(each_run):>10,.0f} links per CPU second", flush=True)
    for size in SIZES:
        cost, sent = nth_link(policy, size)
        print(f"link {size:>6,} of one person {cost * 1e3:>9.1f} ms, {sent:,.0f} assignments", flush=True)
    growing = tree(SIZES[-1])
    report("a batch of leads' links", batch_costs(policy, leads_links(len(growing) // 2)))
    report("... with a growing person", batch_costs(policy, mixed(growing, leads_links(len(growing) // 2))))
    for facts in (1000, 10):
        for name, seconds in merge_and_part(policy, facts).items():
            print(f"{facts:>5,} facts: {name:34} {seconds * 1e3:>7.1f} ms")


def leads_links(people: int) -> list[Pair]:
    """Links of leads who each have a browser, an address and a record in the CRM."""
    links = [(f"anon:{n}", f"email:{n}") for n in range(people)]
    return links + [(f"crm:crm:{n}", f"email:{n}") for n in range(people)]


def tree(size: int) -> list[Pair]:
    """Links that make one person of `size` and one identifiers, none of them linked to many."""
    return [(f"user:{n:06}", f"user:{(n - 1) // CHILDREN:06}") for n in range(1, size + 1)]


def mixed(one: Iterable[Pair], other: Iterable[Pair]) -> list[Pair]:
    """Links of two kinds by turns."""
    return [pair for both in zip(one, other, strict=False) for pair in both]


def batch_costs(policy: Policy, pairs: Sequence[Pair]) -> list[float]:
    """Send links through the agent in its batches; return the CPU seconds of each batch."""
    agent = Agent(policy)
    values = [encode(link(*pair)) for pair in pairs]
    batches = [values[start : start + BATCH] for start in range(0, len(values), BATCH)]
    return [cpu_seconds(partial(agent.take, some)) for some in batches]


def nth_link(policy: Policy, size: int) -> tuple[float, float]:
    """Link so many identifiers one by one; return the CPU seconds and assignments of one further link."""
    agent = Agent(policy)
    values = [encode(link(*pair)) for pair in tree(size + TRIES)]
    for start in range(0, size, BATCH):
        agent.take(values[start : min(start + BATCH, size)])
    sent: list[int] = []

    def take(value: bytes) -> None:
        sent.append(agent.take([value]))

    costs = [cpu_seconds(partial(take, value)) for value in values[size:]]
    return statistics.median(costs), statistics.median(sent)


def report(name: str, costs: Sequence[float]) -> None:
    """Print what batches cost, by median and 99th percentile."""
    cuts = statistics.quantiles(costs, n=100)
    print(f"{name:26} p50 {cuts[49] * 1e3:>7.1f} ms, p99 {cuts[98] * 1e3:>7.1f} ms of {len(costs)} batches")


def link(left: str, right: str) -> IdentityLinked:
    """One link, as a form gives reason for it."""
    return IdentityLinked(
        event_id=natural_id("bench", left, right),
        occurred_at=START,
        received_at=START,
        source="bench",
        subject=LINKS_KEY,
        left=left,
        right=right,
        evidence=natural_id("form", left),
        rule="form_submitted",
    )


if __name__ == "__main__":
    main()
