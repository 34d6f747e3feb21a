"""Write docs/reports.md from the files in sinks/sql/reports/; --check only says whether it is stale.

`--examples DATA_DIR` first runs each report on the demo that `leadtrace up --data-dir DATA_DIR` serves, and keeps
a piece of each answer in docs/report_examples.json; `--examples DATA_DIR NAME …` only those of these names.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from answers.markdown import markdown_table
from cli.report_listing import option
from cli.report_options import option_of
from cli.surroundings import given_settings, located
from answers.tables import shown, shown_rows
from sinks.clickhouse import connect
from sinks.explained import explanations, view_columns
from sinks.headings import heading
from sinks.report_files import Report, list_reports
from sinks.reports import run
from sinks.view_texts import views

PAGE = ROOT / "docs/reports.md"
EXAMPLES = ROOT / "docs/report_examples.json"
# Whom and what examples are about, in the demo; and what makes them short.
ASKED: dict[str, dict[str, str]] = {
    "account_journey": {"account": "account:sales:A000075"},
    "buying_group": {"of": "account:sales:A000233"},
    "credits": {"of": "deal:sales:D90001", "model": "w_shaped", "milestone": "won"},
    "identities": {"person": "crm:sales:L900001"},
    "journey": {"lead": "crm:sales:L900001"},
    "ltv": {"by": "month", "currency": "CNY"},
    "money": {"currency": "CNY"},
    "origins": {"currency": "CNY"},
    "restated": {"as_of": "2025-06-01 00:00:00"},
    "score_history": {"lead": "crm:sales:L900001", "to": "2025-07-30"},
    "score_reasons": {"lead": "crm:sales:L900001", "day": "2025-07-30"},
    "scores": {"day": "2025-07-30"},
    "search": {"text": "D90001"},
    "source_matrix": {"compare": "tracked_sales"},
    "stage_history": {"of": "crm:sales:L900001"},
    "what_if": {
        "rates": "click=3%, visit=0.9, lead=0.05, won=0.04",
        "impressions": "1000000",
        "cost": "50000",
        "change": "lead*2",
    },
}
ROWS, WIDEST = 5, 30
TOKEN = re.compile(r"\b((?:email|phone|anon|person):\w{4})[\w-]{12,}")

INTRO = """# Reports

<!-- Written by docs/generate_reports.py from the comments in sinks/sql/reports/. Change those, then run it again. -->

`leadtrace report NAME` answers a question: as a table, or with `--csv`, `--json`, `--markdown`, `--xlsx FILE` or
`--html FILE` in another form. Each parameter is an option. Days are said as 2026-10-05, 2026-10, 2026-Q3, 2026,
today, yesterday, this-week or last-month; `--during` says the first and the last one at once. A report is an SQL
file that reads [views](views.md) by its parameters; [glossary.md](glossary.md) has the words.

Below each stands a piece of its answer on the demo (`make demo`).

{index}
"""


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; return 1 if it is stale."""
    if "--examples" in arguments:
        data_dir, *names = arguments[arguments.index("--examples") + 1 :]
        refresh(Path(data_dir), names)
    wanted = page().encode()
    if PAGE.exists() and PAGE.read_bytes() == wanted:
        return 0
    if "--check" in arguments:
        print(f"{PAGE.relative_to(ROOT)} is stale: run python docs/generate_reports.py")
        return 1
    PAGE.write_bytes(wanted)
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def page() -> str:
    """Return the text of docs/reports.md."""
    reports, kept = list_reports(), examples()
    columns = view_columns(views("LEADTRACE_TIMEZONE"))
    index = ["| report | question |", "|---|---|"]
    index += [f"| [`{report.name}`](#{report.name}) | {cell(report.title)} |" for report in reports]
    parts = [INTRO.format(index="\n".join(index))]
    parts += [section(report, explanations(report, columns), kept.get(report.name)) for report in reports]
    return "\n".join(parts).rstrip() + "\n"


def examples() -> dict[str, dict[str, Any]]:
    """The pieces of answers that are kept: of each report its columns, how it was asked, and some rows."""
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text("utf-8")) if EXAMPLES.exists() else {}
    return found


def refresh(data_dir: Path, names: list[str]) -> None:
    """Run the reports of these names, or all, on the demo, and keep a piece of each answer."""
    given = located(given_settings(data_dir), "clickhouse")
    client = connect(given)
    reports = list_reports()
    kept = {name: each for name, each in examples().items() if name in {report.name for report in reports}}
    for report in reports:
        if names and report.name not in names:
            continue
        asked = ASKED.get(report.name, {})
        result = run(client, report, asked)
        rows = [
            [None if value is None else brief(cell, given.timezone) for value, cell in zip(row, cells, strict=True)]
            for row, cells in zip(
                result.rows[:ROWS], shown_rows(result.rows[:ROWS], given.timezone, 10 * WIDEST), strict=True
            )
        ]
        words = [f"{option_of(name)} {value!r}" for name, value in asked.items()]
        kept[report.name] = {
            "command": " ".join(["leadtrace report", report.name, *words]).replace("'", '"'),
            "columns": result.columns,
            "rows": rows,
            "of": len(result.rows),
        }
    client.close()
    text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
    EXAMPLES.write_text(f"{text}\n", encoding="utf-8")


def brief(cell: str, timezone: str) -> str:
    """A cell of an example: tokens and long texts are cut."""
    return shown(TOKEN.sub(r"\1…", cell), timezone, WIDEST)


def section(report: Report, told: dict[str, str], example: dict[str, Any] | None) -> str:
    """The part of the page that describes one report."""
    lines = [f"## {report.name}", "", cell(report.title), ""]
    lines += [cell(" ".join(report.notes)), ""] if report.notes else []
    if report.parameters:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [f"| `{cell(option(each))}` | {cell(each.help)} |" for each in report.parameters]
        lines.append("")
    columns = example["columns"] if example else list(told)
    if columns:
        lines += ["| column | heading | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | {cell(heading(name))} | {cell(told.get(name, ''))} |" for name in columns]
        lines.append("")
    if example:
        lines += [f"    {example['command']}", ""]
        if example["rows"]:
            lines += [markdown_table([heading(name) for name in columns], example["rows"], "UTC"), ""]
        shown_of = f"{min(ROWS, example['of'])} of {example['of']:,} rows" if example["of"] > ROWS else ""
        lines += [shown_of, ""] if shown_of else [] if example["rows"] else ["(no rows)", ""]
    return "\n".join(lines)


def cell(text: str) -> str:
    """Text in which nothing is taken for a table's bar or for HTML."""
    return re.sub(r"([|<>])", r"\\\1", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
