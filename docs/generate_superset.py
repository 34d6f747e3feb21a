"""Write integrations/superset/leadtrace from the views for BI tools and docs/superset_charts.py; --check only compares."""

import re
import sys
from pathlib import Path
from typing import Any, Final

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from generate_dbt import COMMENT, TIMEZONE
from sinks.headings import heading
from sinks.kept import Made, databases, freshness, plan
from sinks.view_texts import views
from superset_charts import DATASETS, SECTIONS
from superset_pages import COUNT, VERSION, chart_file, dashboard, known_as, sum_of

FOLDER = ROOT / "integrations/superset/leadtrace"
FRESHNESS = ROOT / "sinks/sql/bi/freshness_of_views.sql"
COLUMN: Final = re.compile(r"^    `(\w+)` (.+?) COMMENT '((?:[^']|'')*)',?$", re.MULTILINE)
# Superset asks for the password where these stand in its place.
ADDRESS: Final = "clickhousedb://bi:XXXXXXXXXX@localhost:8123/bi"
DATABASE: Final = "Leadtrace"
# Numbers of which a sum makes sense: others are times, rates and places.
SUMMED: Final = re.compile(r"UInt64|Decimal\(38, \d+\)")
ALSO_SUMMED: Final = ("expected_won",)


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; return 1 if any is stale."""
    wanted = {FOLDER / name: yaml.safe_dump(of, sort_keys=False, allow_unicode=True, width=110) for name, of in files()}
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*") if path.is_file()}
    if there == wanted:
        return 0
    if "--check" in arguments:
        print(f"{FOLDER.relative_to(ROOT)} is stale: run python docs/generate_superset.py")
        return 1
    for path in there.keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"wrote {FOLDER.relative_to(ROOT)}")
    return 0


def files() -> list[tuple[str, dict[str, Any]]]:
    """Each file of the export: its name, and what is in it."""
    where = databases("leadtrace")
    planned = plan(views(TIMEZONE), where, TIMEZONE, 60)
    beside = freshness(FRESHNESS.read_text(encoding="utf-8"), planned, where)
    made = {each.name: each for each in (*planned, beside) if each.database == where.bi}
    charts = [chart for _, of_section in SECTIONS for chart in of_section]
    for chart in charts:
        there = {name for name, _, _ in COLUMN.findall(made[chart.view].statement)}
        if unknown := {*chart.by, *chart.sums, *chart.columns, *(name for name, _, _ in chart.where)} - there:
            raise ValueError(f"the chart {chart.name} shows {min(unknown)}, which {chart.view} does not have")
    return [
        ("metadata.yaml", {"version": VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"}),
        (f"databases/{DATABASE}.yaml", database()),
        *((f"datasets/{DATABASE}/{name}.yaml", dataset(made[name], time)) for name, time in DATASETS.items()),
        *((f"charts/{slug(chart.name)}.yaml", chart_file(chart)) for chart in charts),
        (f"dashboards/{DATABASE}.yaml", dashboard(charts)),
    ]


def database() -> dict[str, Any]:
    """The connection, by the official driver, as the user who may only read."""
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": ADDRESS,
        "cache_timeout": 60,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": known_as("database", DATABASE),
        "version": VERSION,
    }


def dataset(view: Made, time: str) -> dict[str, Any]:
    """A view, with its comments, and a metric for each column that can be summed."""
    comment = COMMENT.search(view.statement)
    columns = [(name, kind, told.replace("''", "'")) for name, kind, told in COLUMN.findall(view.statement)]
    if comment is None or not columns:
        raise ValueError(f"the view {view.name} has no comment or no columns")
    metrics = [(COUNT, "Rows", "COUNT(*)", "Number of rows", ",d")]
    metrics += [
        (sum_of(name), heading(name), f"SUM({name})", told, ",d" if kind == "UInt64" else ",.2f")
        for name, kind, told in columns
        if SUMMED.fullmatch(kind) or name in ALSO_SUMMED
    ]
    return {
        "table_name": view.name,
        "main_dttm_col": time or None,
        "description": comment[1].replace("''", "'"),
        "schema": None,
        "sql": None,
        "filter_select_enabled": True,
        "uuid": known_as("dataset", view.name),
        "metrics": [
            {"metric_name": name, "verbose_name": said, "expression": sums, "description": told, "d3format": written}
            for name, said, sums, told, written in metrics
        ],
        "columns": [column(*each) for each in columns],
        "version": VERSION,
        "database_uuid": known_as("database", DATABASE),
    }


def column(name: str, kind: str, told: str) -> dict[str, Any]:
    """A column, as it is spoken of to people."""
    is_time = "Date" in kind
    return {
        "column_name": name,
        "verbose_name": heading(name),
        "is_dttm": is_time,
        "is_active": True,
        "type": kind.replace(TIMEZONE, "UTC"),
        "groupby": is_time or "String" in kind or "Bool" in kind,
        "filterable": True,
        "description": told,
    }


def slug(name: str) -> str:
    """A name as one of a file."""
    return re.sub(r"\W+", "_", name).strip("_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
