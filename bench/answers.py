"""How long answers take: every report and view for BI tools, over a million journeys of real variety."""

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from bench.site import say, servers
from settings import Settings
from sinks.bi import migrate_all, refresh, wanted
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.kept import databases
from sinks.migrations import migrate
from sinks.report_files import Report
from sinks.report_source import Source, source
from sinks.reports import list_reports, run

SQL: Final = Path(__file__).parent / "sql"
AT_ONCE: Final = 50_000
# The last whole quarter but one: much has come of it, and not all.
QUARTER: Final = {"from": "2026-01-01", "to": "2026-03-31"}
# What somebody asks who knows whom: values of parameters without a default.
WHO: Final = {
    "lead": "crm:hub:1000", "person": "crm:hub:1000", "of": "crm:hub:1000", "account": "account:hub:7",
    "as_of": "2026-06-30 09:00:00",
}  # fmt: skip
MOST: Final = "SELECT max(peak_memory_usage) FROM system.processes WHERE query NOT LIKE '%system.processes%'"
NO_MORE: Final = {"bi_refresh": 86400}


@dataclass(frozen=True, slots=True)
class Measured:
    """One answer: seconds by the clock and of the processors, the most memory of any query in bytes, rows.

    Where other programs share the machine, the seconds of the processors say more than those of the clock.
    They are all that the server used meanwhile; 0 if it is on another machine.
    """

    name: str
    seconds: float
    worked: float
    memory: int
    rows: int
    error: str = ""


def main() -> None:
    """Fill a database, keep what is kept, ask everything; print a table for bench/README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journeys", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="one that was filled before; it is not dropped")
    parser.add_argument("--only", default="", help="only names that hold this")
    parser.add_argument("--as-is", action="store_true", help="make nothing anew that is kept already")
    given = parser.parse_args()
    with servers() as site:
        name = given.database or "leadtrace_answers"
        mine = site.model_copy(update={"clickhouse_database": name, **NO_MORE})
        client = connect_server(mine, timeout=3600)
        if not given.database:
            fill(client, mine, given.journeys)
        measure(client, mine, given.only, not given.as_is)
        for each in () if given.database else (name, f"{name}_kept", f"{name}_bi"):
            client.command(f"DROP DATABASE IF EXISTS `{each}` SYNC")


def fill(client: ClickHouse, mine: Settings, journeys: int) -> None:
    """Make the journeys, deals, costs and facts on the server itself."""
    began = time.monotonic()
    migrate(client, mine)
    for first in range(0, journeys, AT_ONCE):
        run_file(client, "journeys", journeys=journeys, first=first, last=min(journeys, first + AT_ONCE))
    run_file(client, "opportunities", journeys=journeys)
    run_file(client, "ad_performance", keywords=max(50, journeys // 500))
    for first in range(0, journeys * 10, AT_ONCE * 40):
        run_file(client, "events", first=first, last=min(journeys * 10, first + AT_ONCE * 40))
    run_file(client, "told")
    ((people, touchpoints, leads),) = client.query(
        "SELECT count(), sum(length(touchpoints.id)), countIf(is_lead) FROM journeys"
    ).rows
    took = time.monotonic() - began
    say(f"{people:,} journeys, {touchpoints:,} touchpoints, {leads:,} leads in {took:.0f} s")


def run_file(client: ClickHouse, name: str, **values: int) -> None:
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", str(value))
    client.command(text)


def measure(client: ClickHouse, mine: Settings, only: str, again: bool) -> None:
    """Print how long each refresh and each answer takes."""
    with watched(mine) as most:
        began = time.monotonic()
        migrate_all(client, mine)
        if again:
            refresh(client, mine)
        took = time.monotonic() - began
    where = databases(mine.clickhouse_database)
    print(f"to keep everything: {took:.0f} s, {most() / 1e9:.1f} GB\n")
    for name, took, rows in client.query(
        "SELECT view, last_success_duration_ms / 1000, written_rows FROM system.view_refreshes "
        "WHERE database = {kept:String} ORDER BY view",
        {"kept": where.kept},
    ).rows:
        print(f"| {name.rpartition('_')[0]} | {took:.1f} | {rows:,} |")
    client.use(where.live)
    answers = [each for each in asked(client, mine, only) if each]
    print("\n| answer | seconds | of processors | MB | rows |\n|---|--:|--:|--:|--:|")
    for each in sorted(answers, key=lambda each: -each.seconds):
        print(
            f"| {each.name} | {each.seconds:.2f} | {each.worked:.2f} | {each.memory / 1e6:.0f} "
            f"| {each.error or each.rows} |"
        )
    for what, seconds in (
        ("the clock", [each.seconds for each in answers]),
        ("the processors", [each.worked for each in answers]),
    ):
        print(
            f"\n{len(answers)} answers, seconds of {what}: median {statistics.median(seconds):.2f}, "
            f"worst {max(seconds):.2f}"
        )
    print(f"\nmost memory {max(each.memory for each in answers) / 1e9:.1f} GB")


def asked(client: ClickHouse, mine: Settings, only: str) -> Iterator[Measured]:
    """Every report and every view for BI tools."""
    where = databases(mine.clickhouse_database)
    kept = source(client, mine, kept=True)
    for report in list_reports():
        if only in report.name:
            yield timed(mine, f"report {report.name}", partial(ask, client, report, kept))
    for made in wanted(mine):
        if made.database == where.bi and only in made.name:
            text = view_query(client, where.bi, made.name)
            yield timed(mine, f"bi.{made.name}", partial(counted, client, text))


def ask(client: ClickHouse, report: Report, kept: Source) -> int:
    names = {each.name for each in report.parameters}
    needed = {each.name for each in report.parameters if each.default is None}
    values = {name: value for name, value in QUARTER.items() if name in names}
    values |= {name: value for name, value in WHO.items() if name in needed}
    return len(run(client, report, values, source=kept).rows)


def counted(client: ClickHouse, text: str) -> int:
    return int(client.query(text).rows[0][0])


def view_query(client: ClickHouse, database: str, name: str) -> str:
    """Everything of a view that lies in the quarter by its first day; without a day, a thousand rows."""
    days = client.query(
        "SELECT name FROM system.columns WHERE database = {d:String} AND table = {t:String} "
        "AND type LIKE '%Date%' AND name LIKE '%day' ORDER BY name != 'day', position LIMIT 1",
        {"d": database, "t": name},
    ).rows
    some = f"WHERE `{days[0][0]}` BETWEEN '{QUARTER['from']}' AND '{QUARTER['to']}'" if days else "LIMIT 1000"
    return f"SELECT count(), sum(cityHash64(*)) FROM (SELECT * FROM `{database}`.`{name}` {some})"


def timed(mine: Settings, name: str, answer: Callable[[], int]) -> Measured:
    """The better of two tries: the first may have read from the disk."""
    best = Measured(name, float("inf"), float("inf"), 0, 0)
    worked_until_now = processor_seconds(mine)
    for _ in range(2):
        with watched(mine) as most:
            began, before = time.monotonic(), worked_until_now()
            try:
                rows, error = answer(), ""
            except (ClickHouseError, ValueError) as refused:
                rows, error = 0, str(refused)[:160].replace("|", " ")
            took = time.monotonic() - began
            worked = worked_until_now() - before
        best = Measured(
            name, min(best.seconds, took), min(best.worked, worked), max(best.memory, most()), rows, error
        )
        if error or took > 30:
            break
    say(
        f"{best.seconds:7.2f} s {best.worked:7.2f} s of processors {best.memory / 1e6:6.0f} MB  "
        f"{best.name} {best.error}"
    )
    return best


def processor_seconds(mine: Settings) -> Callable[[], float]:
    """A function that returns how many seconds of processors the server has used."""
    port = int(mine.clickhouse.rpartition(":")[2])
    listening = (each for each in psutil.net_connections("tcp4") if each.status == psutil.CONN_LISTEN)
    found = [
        psutil.Process(each.pid) for each in listening if each.laddr and each.laddr.port == port and each.pid
    ]

    def used() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in found)

    return used


@contextmanager
def watched(mine: Settings) -> Iterator[Callable[[], int]]:
    """Look all the time for the query with the most memory; the function yielded returns it afterwards."""
    most, ended = [0], threading.Event()

    def look() -> None:
        client = connect_server(mine)
        while not ended.wait(0.02):
            most[0] = max(most[0], client.query(MOST).rows[0][0] or 0)
        client.close()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lambda: most[0]
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
