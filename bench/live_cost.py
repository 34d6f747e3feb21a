"""What a fact costs when facts come one by one, as they do live, by the length of the journey they come to.

`python -m bench.live_cost` takes batches of one, twenty and a thousand facts through the journey agent, in
memory, for journeys that grow to 15, 150 and 600 facts; `--load` chooses whose. It prints facts per CPU
second, and the bytes of snapshots and of states for each byte that came in. With `--against DIR` it takes
turns with DIR, another checkout, and prints the ratios: two runs an hour apart measure the machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import journey_steps
from bench.journey_steps import Cost
from bench.live_loads import LOADS
from bench.site import say
from schemas.codec import Encoded

# By the length of a journey: so many of them that a measurement takes seconds, however much a fact costs.
JOURNEYS = {15: 300, 150: 24, 600: 4}
BATCHES = (1, 20, 1000)
HERE = Path(__file__).parents[1]


def main() -> None:
    """Print a line for each load, length of journey and size of batch."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--against", type=Path, help="another checkout of Leadtrace")
    arguments.add_argument("--load", choices=list(LOADS), nargs="+", default=list(LOADS))
    arguments.add_argument("--facts", type=int, nargs="+", choices=JOURNEYS, default=list(JOURNEYS))
    arguments.add_argument("--batch", type=int, nargs="+", default=list(BATCHES))
    arguments.add_argument("--rounds", type=int, default=1, help="of which the median is printed")
    chosen = arguments.parse_args()
    other = chosen.against.resolve() if chosen.against else None
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        for load in chosen.load:
            first: Cost | None = None
            for length in chosen.facts:
                say(f"{load}: {length} facts a journey")
                records = Path(folder) / "records.jsonl"
                write(records, list(LOADS[load](JOURNEYS[length], length)))
                for batch in chosen.batch:
                    ours, theirs = compared(records, batch, chosen.rounds, other)
                    first = first or ours
                    print(line(load, length, batch, ours, first, theirs), flush=True)


def write(path: Path, records: Sequence[Encoded]) -> None:
    """Write the records, so that each checkout is given the same bytes."""
    lines = (json.dumps([each.topic, each.key.decode(), each.value.decode()]) for each in records)
    path.write_text("".join(f"{each}\n" for each in lines), "utf-8")


def compared(records: Path, batch: int, rounds: int, other: Path | None) -> tuple[Cost, Cost | None]:
    """The cost here and in the other checkout, which take turns."""
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for number in range(rounds):
        turns = [(HERE, ours), (other, theirs)]
        for folder, costs in turns if number % 2 else reversed(turns):
            if folder is not None:
                costs.append(measured_in(folder, records, batch))
    return median(ours), median(theirs) if theirs else None


def measured_in(folder: Path, records: Path, batch: int) -> Cost:
    """Measure a checkout in a process of its own."""
    # -P and PYTHONPATH: everything but the file that is run comes from the checkout that is measured.
    done = subprocess.run(
        [sys.executable, "-P", journey_steps.__file__, str(records), str(batch)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{folder} can't be measured: {done.stderr.strip().splitlines()[-1]}")
    return Cost(**json.loads(done.stdout))


def median(costs: Sequence[Cost]) -> Cost:
    """The cost by its median rate; the bytes are the same in each round."""
    return Cost(statistics.median(each.rate for each in costs), costs[0].outputs, costs[0].states)


def line(load: str, length: int, batch: int, ours: Cost, first: Cost, theirs: Cost | None) -> str:
    """One line of results; the ratio in brackets is to the first line of the load."""
    text = (
        f"{load:13} {length:4} facts a journey, {batch:4} a batch: {ours.rate:7,.0f} per CPU s "
        f"({ours.rate / first.rate:4.2f}), bytes per byte {ours.outputs + ours.states:5.1f} "
        f"(outputs {ours.outputs:.1f}, states {ours.states:.1f})"
    )
    if theirs is None:
        return text
    return (
        f"{text}; against {theirs.rate:,.0f}, {theirs.outputs + theirs.states:.1f}: "
        f"ratio {ours.rate / theirs.rate:.2f}"
    )


if __name__ == "__main__":
    main()
