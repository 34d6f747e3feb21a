"""Write the table of docs/sources.md from docs/sources.jsonl; --check only says whether they are stale.

`make contract` appends a line for each SDK to the file; of each SDK the last one counts.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/sources.md"
RUNS = ROOT / "docs/sources.jsonl"
PLACE = re.compile(r"(?<=<!-- runs -->\n).*?(?=<!-- end of runs -->)", re.DOTALL)
NAMES = {
    "segment": "Segment", "rudderstack": "RudderStack", "jitsu": "Jitsu", "posthog": "PostHog",
    "snowplow": "Snowplow", "matomo": "Matomo", "sensors": "Sensors Data (神策)", "ga4": "GA4",
}  # fmt: skip
PLACES = {"browser": "Chromium", "node": "Node.js", "python": "Python"}
COLUMNS = (
    "tracker", "SDK", "version", "runs in", "events sent", "facts made", "which", "came twice after a 503", "facts then",
)  # fmt: skip

Line = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Write runs and page, or compare them; return 1 if they are stale."""
    lines = newest(RUNS.read_text("utf-8").splitlines())
    kept = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    page = PLACE.sub(lambda _: table(lines), PAGE.read_text("utf-8"))
    stale = [path for path, text in ((RUNS, kept), (PAGE, page)) if path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run python docs/generate_sources.py")
        return int(bool(stale))
    RUNS.write_text(kept, "utf-8")
    PAGE.write_text(page, "utf-8")
    return 0


def newest(lines: list[str]) -> list[Line]:
    """The last run of each SDK, by tracker and by where it runs."""
    last: dict[tuple[str, ...], Line] = {}
    for line in map(json.loads, lines):
        last[line["package"], line["runs_in"], line["way"]] = line
    order, places = list(NAMES), list(PLACES)
    return sorted(
        last.values(),
        key=lambda line: (order.index(line["source"]), places.index(line["runs_in"]), line["package"], line["way"]),
    )


def table(lines: list[Line]) -> str:
    rows = [row(line) for line in lines]
    said = [list(COLUMNS), ["---"] * len(COLUMNS), *rows]
    return "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in said) + "\n"


def row(line: Line) -> list[str]:
    """The cells of an SDK."""
    which = ", ".join(f"{count} {kind}" for kind, count in sorted(line["types"].items()))
    return [
        NAMES[line["source"]], f"`{line['package']}` {line['way']}".rstrip(), line["version"], PLACES[line["runs_in"]],
        str(line["sent"]), str(line["facts"]), which, str(line["sent_again"]), str(line["facts_again"]),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
