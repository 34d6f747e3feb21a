"""How long `leadtrace rebuild` takes: facts per second, and the CPU seconds of its processes.

`python -m bench.rebuild [--facts N] [--market VISITORS] [--jobs N …]` puts a simulated market and traffic of
a website into the table `events`, rebuilds it with each number of processes, and prints a line for each.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from itertools import chain, islice
from pathlib import Path

import market
from bench.market_records import records_of
from bench.site import say, servers
from bench.traffic import traffic
from cli.variables import environment as environment_of
from schemas.codec import Encoded
from settings import Settings
from sinks.clickhouse import ClickHouse, connect_server
from sinks.migrations import migrate
from sinks.records import Record
from sinks.rows import COLUMNS, rows_of

PAGES = 7  # of which three are measured: ten facts of a visitor
BLOCK = 20_000
KNOWN_AT = 1_790_000_000_000


def facts(number: int, visitors: int) -> Iterator[Encoded]:
    """So many records: those of a market of so many visitors, then website traffic."""
    with tempfile.TemporaryDirectory(prefix="leadtrace-market-") as folder:
        market.write(market.simulate(3, visitors, date(2026, 3, 2), 60), Path(folder))
        mixed = records_of(Path(folder), KNOWN_AT)
    say(f"{len(mixed):,} records are a market's")
    rest = traffic(max(1, -(-(number - len(mixed)) // (PAGES + PAGES // 2))), PAGES)
    return islice(chain(mixed, rest), number)


def store(client: ClickHouse, records: Iterable[Encoded]) -> int:
    """Put facts into the table `events`; return how many there are."""
    left = iter(records)
    while block := list(islice(left, BLOCK)):
        told = (Record(each.topic, 0, 0, 0, each.key, each.value) for each in block)
        rows = [row for record in told for table, row in rows_of(record) if table == "events"]
        client.insert("events", COLUMNS["events"], rows)
    return int(client.query("SELECT count() FROM events FINAL").rows[0][0])


def rebuilt(mine: Settings, jobs: int) -> float:
    """Rebuild everything with so many processes; return the seconds that took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "cli.main", "rebuild", f"jobs_{jobs}", "--jobs", str(jobs)]
    subprocess.run(command, env={**os.environ, **environment_of(mine)}, check=True)
    return time.monotonic() - began


def cpu_of_children() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of_server(client: ClickHouse) -> float:
    """CPU seconds that ClickHouse has spent on queries and merges."""
    counted = "SELECT sum(value) / 1e6 FROM system.events WHERE event = 'OSCPUVirtualTimeMicroseconds'"
    return float(client.query(counted).rows[0][0])


def main() -> None:
    """Print a line for each number of processes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--market", type=int, default=4_000, help="visitors of the simulated market")
    parser.add_argument("--jobs", type=int, nargs="+", default=[2])
    asked = parser.parse_args()
    with servers() as site:
        mine = site.model_copy(update={"clickhouse_database": "leadtrace_bench_rebuild"})
        with closing(connect_server(mine)) as client:
            migrate(client, mine)
            known = store(client, facts(asked.facts, asked.market))
            for jobs in asked.jobs:
                ours, theirs = cpu_of_children(), cpu_of_server(client)
                took = rebuilt(mine, jobs)
                ours, theirs = cpu_of_children() - ours, cpu_of_server(client) - theirs
                print(
                    f"{known:,} facts, {jobs} processes: {took:.1f} s, {known / took:,.0f} facts/s; "
                    f"CPU seconds: {ours:.1f}, and {theirs:.1f} of ClickHouse",
                    flush=True,
                )


if __name__ == "__main__":
    main()
