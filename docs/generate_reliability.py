"""Write the figures of docs/reliability.md from docs/reliability.jsonl; --check only says whether they are stale.

`make faults` appends a line for each test to the file; of each test the last one counts.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reliability.md"
FIGURES = ROOT / "docs/reliability.jsonl"
PLACE = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
SCHEDULES = "test_a_random_schedule_of_faults_ends_like_the_pure_core"
SOAK = "test_memory_open_files_and_lag_stay_as_they_are"

Line = dict[str, Any]
COLUMNS = (
    "test", "dose", "events", "lost", "phantom", "absorbed", "hash equal", "recovery s: p50 / p95 / longest",
    "settled after s", "most waiting", "largest MB", "dead letters", "command",
)  # fmt: skip
NONE = "–"


def main(arguments: list[str]) -> int:
    """Write figures and page, or compare them; return 1 if they are stale."""
    lines = newest(FIGURES.read_text("utf-8").splitlines())
    kept = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    page = PLACE.sub(lambda _: figures(lines), PAGE.read_text("utf-8"))
    stale = [path for path, text in ((FIGURES, kept), (PAGE, page)) if path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run python docs/generate_reliability.py")
        return int(bool(stale))
    FIGURES.write_text(kept, "utf-8")
    PAGE.write_text(page, "utf-8")
    return 0


def newest(lines: list[str]) -> list[Line]:
    """The last line of each test, in the order in which the tests first came."""
    last: dict[tuple[str, str], Line] = {}
    for line in map(json.loads, lines):
        last[line["test"], store_of(line)] = line
    return list(last.values())


def store_of(line: Line) -> str:
    """Where the workers kept their states."""
    return str(line.get("store", "memory"))


def figures(lines: list[Line]) -> str:
    """The tables, one row a test; the schedules of all seeds are one."""
    seeds: dict[str, list[Line]] = {}
    for line in lines:
        if line["test"].startswith(SCHEDULES):
            seeds.setdefault(store_of(line), []).append(line)
    schedules = [together(some) | {"store": store} for store, some in seeds.items()]
    rows = schedules + [line for line in lines if not line["test"].startswith((SCHEDULES, SOAK))]
    said = table(COLUMNS, [row(line) for line in rows])
    return said + "".join(soak(line) for line in lines if line["test"] == SOAK)


def together(seeds: list[Line]) -> Line:
    """One line for the schedules of several seeds: sums, and the worst of each."""
    numbers = sorted(line["seed"] for line in seeds)
    sums = {name: sum(line[name] for line in seeds) for name in ("events", "lost", "phantom", "absorbed")}
    some = [line["recovery"] for line in seeds if "recovery" in line]
    return sums | {
        "test": SCHEDULES,
        "dose": f"seeds {', '.join(map(str, numbers))}: {sum(count(line) for line in seeds)} faults in "
        f"{sum(line['seconds'] for line in seeds)} s",
        "hash_equal": all(line["hash_equal"] for line in seeds),
        "settled": max(line["settled"] for line in seeds),
        "max_lag": max(line["max_lag"] for line in seeds),
        "max_rss_mb": largest(line["max_rss_mb"] for line in seeds),
        "dead_letters": sum(line["dead_letters"] for line in seeds),
        "recovery": {name: max(each[name] for each in some) for name in ("p50", "p95", "longest")}
        if some
        else {},
    }


def count(line: Line) -> int:
    return int(line["dose"].split(" ")[0])


def largest(some: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in some:
        for name, size in each.items():
            found[name] = max(found.get(name, 0), size)
    return found


def row(line: Line) -> list[str]:
    recovery = line.get("recovery") or {}
    name, _, kind = line["test"].removeprefix("test_").rstrip("]").partition("[")
    on_disk = store_of(line) != "memory"
    return [
        name.replace("_", " ") + (f": {kind}" if kind else "") + (", states on disk" if on_disk else ""),
        line["dose"],
        f"{line['events']:,}",
        str(line["lost"]),
        str(line["phantom"]),
        f"{line['absorbed']:,}" if "absorbed" in line else NONE,
        "yes" if line["hash_equal"] else "NO",
        " / ".join(str(recovery[each]) for each in ("p50", "p95", "longest")) if recovery else NONE,
        str(line.get("settled", NONE)),
        f"{line['max_lag']:,}" if "max_lag" in line else NONE,
        ", ".join(f"{name} {size}" for name, size in line.get("max_rss_mb", {}).items()) or NONE,
        str(line.get("dead_letters", NONE)),
        f"`make faults ONLY={name}{' STORE=rocksdb' if on_disk else ''}`",
    ]


def soak(line: Line) -> str:
    """The table of what grows with time."""
    names = line["mb_in_ten_minutes"]
    rows = [[name, f"{names[name] + 0.0:+.2f}", f"{line['files_in_ten_minutes'][name] + 0.0:+.2f}"] for name in names]
    said = table(("program", "MB in ten minutes", "open files in ten minutes"), rows)
    return (
        f"\nThe same load for long ({line['dose']}; {line['events']:,} events; `make soak`): how steep memory and "
        f"open files rise after the first third. The lag changes by {line['lag_in_ten_minutes']:+} records in ten "
        f"minutes, and was {line['max_lag']:,} at most.\n{said}"
    )


def table(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
