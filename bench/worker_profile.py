"""Where the time of a worker goes: stacks are sampled while it works, and counted by what was being done.

`python -m bench.worker_profile` samples a worker on website traffic, `--mix market` one on the simulated
market, `--live 15` the journey agent in memory, to which facts come one by one, for journeys of 15. It needs
py-spy, which `make bench-peers` installs.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench import journey_steps
from bench.live_cost import JOURNEYS, write
from bench.live_loads import LOADS
from bench.site import PEERS, WORKER, fresh, group_of, produce, running, say, servers, wait_for_group
from bench.timed_worker import facts_of, started_up
from streams.handlers import JOURNEY_TOPICS

PY_SPY = PEERS / "bin" / "py-spy"
SAMPLES_PER_SECOND = 250
LISTED = 6
WORTH_NAMING = 0.004
# Whoever is the innermost on the stack says what is being done: a part of a frame, "function (path:line)".
DOING = (
    ("decoding records", ("decode (", "_read (schemas/codec.py", "key_of (", "_decoded (")),
    ("reading states", (
        "load_state (", "load_layout (", "_log (attribution/layout.py", "_memo (", "load_whole (",
        "loose_facts (", "packed_facts (", "load_node (", "load_click (", "unpacked (",
    )),
    ("writing states", (
        "FactWriter.", "dump_head (", "dump_book (", "_head (", "changes_of (", "_without_facts (",
        "dump_state (", "dump_node (", "dump_click (", "packed (",
    )),
    ("encoding snapshots and messages", tuple(f"(schemas/{name}.py" for name in (
        "codec", "said", "closed_touchpoints",
    ))),
    ("deriving visits", tuple(f"(attribution/{name}.py" for name in (
        "visits", "session_source", "touchpoint", "bots",
    ))),
    ("reading origins", tuple(f"(attribution/{name}.py" for name in (
        "origin", "url", "referrer", "channel", "tags", "click_id", "engines", "escapes", "ad_records",
    ))),
    ("deriving the rest of a journey", tuple(f"(attribution/{name}.py" for name in (
        "journey", "lifecycle", "profile", "feedback", "standing", "told_sources", "opportunity",
    ))),
    ("resolving identities", tuple(f"(attribution/{name}.py" for name in (
        "linking", "identity", "persons", "standing_links",
    ))),
    ("the step around it", ("(attribution/", "(streams/handlers.py", "(streams/batches.py", "(schemas/")),
    ("changelog", ("(streams/changelog", "(streams/table.py", "(streams/stored_states.py")),
    ("publishing", ("(streams/publisher.py", "(aiokafka/producer", "(aiokafka/record")),
    ("fetching", ("(streams/fetching.py", "(streams/consumer", "(aiokafka/consumer")),
    ("delivery and other modules of the worker", ("(streams/",)),
)  # fmt: skip
ELSE = "event loop, Faust, clients"


def main() -> None:
    """Sample, and print where the time went."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--mix", choices=["traffic", "market"], default="traffic")
    arguments.add_argument("--visitors", type=int, default=12_000)
    arguments.add_argument("--live", type=int, choices=JOURNEYS, help="facts of a journey")
    arguments.add_argument("--load", choices=list(LOADS), default="visitors", help="of --live")
    arguments.add_argument("--top", type=int, default=30, help="functions to list")
    chosen = arguments.parse_args()
    if not PY_SPY.exists():
        raise SystemExit("py-spy is not installed: run `make bench-peers`")
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        stacks = Path(folder) / "stacks"
        if chosen.live:
            sample_steps(stacks, chosen.load, chosen.live)
        else:
            sample_worker(stacks, chosen.mix, chosen.visitors)
        report(list(read(stacks)), chosen.top)


def sample_steps(stacks: Path, load: str, length: int) -> None:
    """Sample the journey agent in memory, a fact to a batch."""
    records = stacks.with_name("records.jsonl")
    write(records, list(LOADS[load](4 * JOURNEYS[length], length)))
    command = [sys.executable, "-P", journey_steps.__file__, str(records), "1"]
    here = str(Path(__file__).parents[1])
    subprocess.run(
        [*spy(stacks), "--", *command],
        env={**os.environ, "PYTHONPATH": here},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def sample_worker(stacks: Path, mix: str, visitors: int) -> None:
    """Sample a whole worker from when it has its partitions to its last commit."""
    with servers() as site:
        mine = fresh(site)
        records = facts_of(mix, visitors)
        say(f"producing {len(records):,} facts")
        produce(mine, records)
        with running(WORKER, mine) as worker:
            started_up(mine, worker)
            with sampled(stacks, worker):
                wait_for_group(mine, group_of(mine), JOURNEY_TOPICS, 900)


@contextmanager
def sampled(stacks: Path, process: psutil.Process) -> Iterator[None]:
    """Sample a process until the block is left."""
    spying = subprocess.Popen(
        [*spy(stacks), "--pid", str(process.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        spying.send_signal(signal.SIGINT)
        spying.wait(60)


def spy(stacks: Path) -> list[str]:
    """The command that samples, without what is to be sampled."""
    return [
        str(PY_SPY), "record", "--gil", "--rate", str(SAMPLES_PER_SECOND),
        "--format", "raw", "--output", str(stacks),
    ]  # fmt: skip


def read(stacks: Path) -> Iterator[tuple[list[str], int]]:
    """The stacks, outermost frame first, and how often each was seen; without what happens at the start."""
    for line in stacks.read_text("utf-8").splitlines():
        frames, _, count = line.rpartition(" ")
        if "importlib" not in frames:
            yield frames.split(";"), int(count)


def report(stacks: Sequence[tuple[list[str], int]], top: int) -> None:
    """Print the shares of the time: of each activity with its largest functions, then of functions with all
    that they call."""
    total = sum(count for _, count in stacks)
    doing: dict[str, Counter[str]] = defaultdict(Counter)
    within: Counter[str] = Counter()
    for frames, count in stacks:
        names = [re.sub(r":\d+\)$", ")", frame) for frame in frames]
        name, function = activity(names)
        doing[name][function] += count
        within.update(dict.fromkeys(names, count))
    print(f"{total:,} samples, {SAMPLES_PER_SECOND} a second")
    for name, functions in sorted(doing.items(), key=lambda each: -each[1].total()):
        print(f"{functions.total() / total:6.1%}  {name}")
        for function, count in functions.most_common(LISTED):
            if count >= total * WORTH_NAMING:
                print(f"          {count / total:6.1%}  {function}")
    print("\nwith all that they call")
    for function, count in within.most_common(top):
        print(f"{count / total:6.1%}  {function}")


def activity(frames: Sequence[str]) -> tuple[str, str]:
    """What is being done, and the innermost frame, which says so."""
    for frame in reversed(frames):
        for name, marks in DOING:
            if any(mark in frame for mark in marks):
                return name, frame
    return ELSE, frames[-1]


if __name__ == "__main__":
    main()
