"""Write the figures of docs/sizing.md from docs/sizing.jsonl; --check only says whether they are stale.

`python -m bench.sizing` appends a line for each size of market; of each size the last one counts. The largest market
gives the figures, and the smallest one checks the formula.
"""

import json
import re
import sys
from math import ceil, log2
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/sizing.md"
FIGURES = ROOT / "docs/sizing.jsonl"
PLACE = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)

Point = dict[str, Any]
DAYS = 400  # for which topics keep facts, and the policy visitors whom nobody knows
COMPACTED = ("identity.assignments", "journeys", "opportunities")
LAG_DAYS = 7  # for which a compacted topic keeps everything
CHANGELOG_DAYS = 1  # for which a changelog does
DIRTY = 0.7  # so much of a changelog at least is what is left of it
TABLES_OF_ITS_OWN = ("schema_migrations", "schema_views")
BYTES_OF_A_STATE = 300  # that one in memory takes beside its own
PEAK = 5  # the busiest second, in average ones
BUSY = 0.6  # of a core, so that what comes late is caught up with
EVENTS = (1_000_000, 10_000_000, 100_000_000)


def main(arguments: list[str]) -> int:
    """Write figures and page, or compare them; return 1 if they are stale."""
    points = newest(FIGURES.read_text("utf-8").splitlines())
    parts = {"topics": topics(points), "tables": tables(points), "plan": plan(points[-1]), "check": check(points)}
    kept = "".join(json.dumps(point) + "\n" for point in points)
    page = PLACE.sub(lambda found: found[1] + parts[found[2]] + found[3], PAGE.read_text("utf-8"))
    stale = [path for path, text in ((FIGURES, kept), (PAGE, page)) if path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run python docs/generate_sizing.py")
        return int(bool(stale))
    FIGURES.write_text(kept, "utf-8")
    PAGE.write_text(page, "utf-8")
    return 0


def newest(lines: list[str]) -> list[Point]:
    """The last line of each size, the smallest market first."""
    last = {point["visitors"]: point for point in map(json.loads, lines)}
    return [last[visitors] for visitors in sorted(last)]


def is_changelog(topic: str) -> bool:
    """Whether a topic is what a worker's table is read from again."""
    return topic.endswith("-changelog")


def topics(points: list[Point]) -> str:
    """A row for each topic: its size in each market, its growth, and what compaction leaves of it."""
    columns = ["topic"]
    for point in points:
        columns += [f"{point['facts']:,} facts: MB", "MB a day"]
    columns += ["bytes per fact", "… once compacted", "records", "keys"]
    rows = []
    for name, last in points[-1]["topics"].items():
        row = [f"`{name}`"]
        for point in points:
            size = point["topics"][name]["bytes"]
            row += [megabytes(size), megabytes(size / point["days"])]
        compacted = name in COMPACTED or is_changelog(name)
        facts = points[-1]["facts"]
        left = f"{last['compacted'] / facts:,.0f}" if compacted else "–"
        rows.append([*row, f"{last['bytes'] / facts:,.0f}", left, f"{last['records']:,}", f"{last['keys']:,}"])
    return table(columns, rows)


def tables(points: list[Point]) -> str:
    """A row for each table of ClickHouse, merged."""
    columns = ["table"]
    for point in points:
        columns += [f"{point['facts']:,} facts: MB", "MB a day"]
    columns += ["bytes per fact", "rows"]
    rows = []
    facts = points[-1]["facts"]
    for name, last in points[-1]["tables"].items():
        if name in TABLES_OF_ITS_OWN:
            continue
        row = [f"`{name}`"]
        for point in points:
            size = point["tables"][name]["bytes"]
            row += [megabytes(size), megabytes(size / point["days"])]
        rows.append([*row, f"{last['bytes'] / facts:,.0f}", f"{last['rows']:,}"])
    total = sum(size["bytes"] for size in points[-1]["tables"].values())
    events = points[-1]["tables"]["events"]["bytes"]
    said = f"\nAll tables together are {total / events:.1f} times the table `events`, {total / facts:,.0f} bytes per fact.\n"
    return table(columns, rows) + said


def per_fact(point: Point) -> dict[str, float]:
    """What a fact leads to, in bytes, and in keys of states; see the formula on the page."""
    facts, of = point["facts"], point["topics"]
    logs = [each for name, each in of.items() if is_changelog(name)]
    states = of["leadtrace-journey-states-changelog"]
    return {
        "facts": sum(each["bytes"] for name, each in of.items() if name not in COMPACTED and not is_changelog(name)) / facts,
        "written": sum(of[name]["bytes"] for name in COMPACTED) / facts,
        "left": sum(of[name]["compacted"] for name in COMPACTED) / facts,
        "log written": sum(each["bytes"] for each in logs) / facts,
        "log left": sum(each["compacted"] for each in logs) / facts,
        "tables": sum(each["bytes"] for each in point["tables"].values()) / facts,
        "states": states["keys"] / facts,
        "bytes of states": (states["compacted"] + BYTES_OF_A_STATE * states["keys"]) / facts,
    }


def planned(each: dict[str, float], rates: dict[str, int], daily: int) -> dict[str, float]:
    """What so many events a day need; bytes for one copy."""
    kept = daily * DAYS
    peak = daily * PEAK / 86_400
    workers = max(1, ceil(peak / (rates["worker"] * BUSY)))
    return {
        "peak": peak,
        "kafka": kept * each["facts"] + daily * LAG_DAYS * each["written"] + kept * each["left"]
        + daily * CHANGELOG_DAYS * each["log written"] + kept * each["log left"] / DIRTY,
        "clickhouse": kept * each["tables"],
        "memory": kept * each["bytes of states"],
        "workers": workers,
        "loaders": max(1, ceil(peak / (rates["loader"] * BUSY))),
        "partitions": max(4, 2 ** ceil(log2(4 * workers))),
    }


def plan(point: Point) -> str:
    """A column for each number of events a day."""
    found = [planned(per_fact(point), point["per_cpu_second"], daily) for daily in EVENTS]
    rows = [
        ["events in the busiest second", *(f"{each['peak']:,.0f}" for each in found)],
        [f"Kafka, one copy, {DAYS} days", *(large(each["kafka"]) for each in found)],
        [f"ClickHouse, one copy, {DAYS} days", *(large(each["clickhouse"]) for each in found)],
        ["states of all workers", *(large(each["memory"]) for each in found)],
        ["workers (cores)", *(str(each["workers"]) for each in found)],
        ["loaders (cores)", *(str(each["loaders"]) for each in found)],
        ["partitions", *(str(each["partitions"]) for each in found)],
    ]
    return table(["events a day", *(f"{daily:,}" for daily in EVENTS)], rows)


def check(points: list[Point]) -> str:
    """What the larger market says of the smaller one, and what was measured there."""
    small, each = points[0], per_fact(points[-1])
    seen = per_fact(small)
    rows = []
    for name, said in (
        ("facts", "topics of facts and messages"), ("written", "compacted topics, as written"),
        ("left", "compacted topics, once compacted"), ("log written", "changelogs, as written"),
        ("log left", "changelogs, once compacted"), ("tables", "all tables of ClickHouse"),
    ):
        expected, measured = each[name] * small["facts"], seen[name] * small["facts"]
        rows.append([said, megabytes(expected), megabytes(measured), f"{expected / measured - 1:+.0%}"])
    return table([f"{small['facts']:,} facts", "by the formula, MB", "measured, MB", "off by"], rows)


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.2f}"


def large(size: float) -> str:
    return f"{size / 1e12:,.1f} TB" if size >= 1e12 else f"{size / 1e9:,.0f} GB"


def table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
