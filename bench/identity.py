"""What identity costs: links per second, a merge of two long journeys, a device that thousands share.

`python -m bench.identity` runs the agents' own steps in one process, without a broker, and prints CPU time.
"""

import time
from collections.abc import Callable

from attribution.advance import Arrival, advance
from attribution.policy import Policy
from attribution.state import State
from bench.site import shipped_policy
from schemas.codec import encode
from schemas.envelope import natural_id
from schemas.handover import MemberJoined
from schemas.identity import LINKS_KEY, IdentityLinked
from schemas.topics import HAND_OVER, LINKS, WEBSITE
from schemas.website import PageViewed
from streams.handlers import resolve_identities
from streams.runs import Effects, Record, Run

RUN = 200
START = 1_767_225_600_000


def main() -> None:
    """Print one line for each figure."""
    policy = shipped_policy()
    leads = [(f"anon:{n}", f"email:{n}") for n in range(3000)]
    leads += [(f"crm:crm:{n}", f"email:{n}") for n in range(3000)]
    print(f"links of leads       {rate(policy, leads):>10,.0f} links per CPU second")
    kiosk = [("anon:kiosk", f"email:guest{n}") for n in range(10_000)]
    print(f"one device, 10,000   {rate(policy, kiosk):>10,.0f} links per CPU second")
    mixed = [pair for both in zip(leads, kiosk, strict=False) for pair in both]
    print(f"leads beside it      {rate(policy, mixed):>10,.0f} links per CPU second")
    long, short = 1000, 10
    print(f"merge of {long:,} facts  {merge(policy, long) * 1e3:>10.1f} ms into a journey of as many")
    print(f"merge of {short} facts     {merge(policy, short) * 1e3:>10.1f} ms into a journey of as many")


def rate(policy: Policy, pairs: list[tuple[str, str]]) -> float:
    """Send links through the identity agent in its runs; return how many a CPU second takes."""
    handle = resolve_identities(policy)
    table: dict[bytes, bytes] = {}
    records = [encode(link(*pair)) for pair in pairs]

    def work() -> None:
        for start in range(0, len(records), RUN):
            some = records[start : start + RUN]
            run = Run(
                LINKS.name,
                0,
                tuple(Record(start + n, LINKS_KEY.encode(), value, (), 0) for n, value in enumerate(some)),
            )
            remember(table, handle(run, table.get))

    return len(pairs) / cpu_seconds(work)


def remember(table: dict[bytes, bytes], effects: Effects) -> None:
    """Take over the changes of a run, as the table does."""
    for key, value in effects.changes.items():
        if value is not None:
            table[key] = value


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


def merge(policy: Policy, facts: int) -> float:
    """Hand a visitor's facts over to a person who has as many; return the person's CPU seconds for it."""
    own = advance(
        "crm:crm:1",
        State(),
        [Arrival(WEBSITE.name, n, page("crm:crm:1", n)) for n in range(facts)],
        policy,
    ).state
    joined = MemberJoined(
        person="crm:crm:1",
        identifier="anon:1",
        version=1,
        facts=tuple(page("anon:1", n) for n in range(facts)),
    )
    return cpu_seconds(lambda: advance("crm:crm:1", own, [Arrival(HAND_OVER.name, 0, joined)], policy))


def page(subject: str, number: int) -> PageViewed:
    """One page view of many."""
    return PageViewed(
        event_id=natural_id("bench", subject, number),
        occurred_at=START + number * 60_000,
        received_at=START + number * 60_000,
        source="bench",
        subject=subject,
        url=f"https://www.site.example/page-{number % 50}",
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that the work took."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
