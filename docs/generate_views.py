"""Write docs/views.md from the comments in sinks/sql/views/; --check only says whether it is stale."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sinks.scripts import Script, columns_in
from sinks.view_texts import views

PAGE = ROOT / "docs/views.md"
PARAMETER = re.compile(r"\{(\w+):")

INTRO = """# Views

<!-- Written by docs/generate_views.py from the comments in sinks/sql/views/. Change those, then run it again. -->

BI tools read these views. Nobody needs `FINAL`, array functions or versions: what was replaced or became part
of somebody else is not there. The same words stand as comments in ClickHouse, at every view and column.

They stand in two databases. In `LEADTRACE_CLICKHOUSE_DATABASE` they are exact at any moment. The database for BI
tools (`bi` beside `leadtrace`, else NAME_bi) has all that need no parameter and hold no array, by the same names;
behind it, the heavy ones are kept as tables that are made anew every `LEADTRACE_BI_REFRESH` seconds, each as a
whole, and `freshness_of_views` says when that was. There each time also stands in local time, with its day and
hour: of `at` these are `at_local`, `day` and `hour`, of `opened_at` `opened_at_local`, `opened_day` and
`opened_hour`.

Times are in UTC. A day is one in `LEADTRACE_TIMEZONE`, except that of an ad report, which is the account's.
Text that isn't known is empty. [glossary.md](glossary.md) has the words, [identity.md](identity.md) says who is
who, and `leadtrace report` lists the questions that are asked of these views most.

{index}
"""


@dataclass(frozen=True)
class View:
    """What the file of a view says of it."""

    name: str
    question: str
    grain: str
    notes: str
    parameters: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    columns_of: str
    kept_by: str


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; return 1 if it is stale."""
    wanted = page().encode()
    if PAGE.exists() and PAGE.read_bytes() == wanted:
        return 0
    if "--check" in arguments:
        print(f"{PAGE.relative_to(ROOT)} is stale: run python docs/generate_views.py")
        return 1
    PAGE.write_bytes(wanted)
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def page() -> str:
    """Return the text of docs/views.md."""
    described = [describe(script) for script in views("LEADTRACE_TIMEZONE")]
    index = ["| view | what it answers |", "|---|---|"]
    index += [f"| [`{view.name}`](#{view.name}) | {cell(view.question)} |" for view in described]
    parts = [INTRO.format(index="\n".join(index)), *map(section, described)]
    return "\n".join(parts).rstrip() + "\n"


def describe(script: Script) -> View:
    """Read the comments of a view's file: the question, what a row is, notes, and the columns."""
    head = re.match(r"(?:-- .*\n)+", script.text)
    if head is None:
        raise ValueError(f"the view {script.name} does not say what it answers")
    question, *rest = [line.removeprefix("-- ") for line in head[0].splitlines()]
    told = {"Grain": "", "Columns": "", "Kept by": "", "": ""}
    for line in rest:
        word, colon, text = line.partition(": ")
        if colon and word in told:
            told[word] = text
        else:
            told[""] += f" {line}"
    return View(
        name=script.name,
        question=question,
        grain=told["Grain"],
        notes=told[""].strip(),
        parameters=tuple(sorted(set(PARAMETER.findall(script.text)))),
        columns=tuple(
            (name, kind, text.replace("''", "'")) for name, kind, text in columns_in(script.text)
        ),
        columns_of=told["Columns"],
        kept_by=told["Kept by"],
    )


def section(view: View) -> str:
    """The part of the page that describes one view."""
    lines = [f"## {view.name}", "", cell(view.question), "", f"**Grain:** {view.grain}", ""]
    if view.parameters:
        call = ", ".join(f"{name} = '…'" for name in view.parameters)
        lines += [f"**Ask with parameters:** `SELECT * FROM {view.name}({call})`", ""]
    if view.notes:
        lines += [cell(view.notes), ""]
    if view.kept_by:
        lines += [f"**Kept** for BI tools, sorted by {view.kept_by}.", ""]
    if view.columns:
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | `{kind}` | {cell(text)} |" for name, kind, text in view.columns]
    else:
        lines.append(f"**Columns:** {view.columns_of}")
    return "\n".join([*lines, ""])


def cell(text: str) -> str:
    """Text in which nothing is taken for a table's bar or for HTML."""
    return re.sub(r"([|<>])", r"\\\1", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
