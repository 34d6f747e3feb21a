"""Superset imports the export, and every chart shows what the reports say: `make contract-bi`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.kept import Databases
from sinks.reports import run_report
from stack import embedded

EXPORT = Path(__file__).parents[2] / "integrations" / "superset" / "leadtrace"
CONNECTION = "databases/Leadtrace.yaml"
CONFIG = """
SECRET_KEY = "of a test, and long enough for it"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db?check_same_thread=false"
WTF_CSRF_ENABLED = False
"""
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        "SUPERSET" not in os.environ, reason="it needs Superset: run it by `make contract-bi`"
    ),
]


@pytest.fixture(scope="module")
def told(
    stack: embedded.Stack,
    loaded: tuple[ClickHouse, Settings, Databases],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What a new Superset says of the export, after all that its README tells to do."""
    python = Path(os.environ["SUPERSET"]).absolute()
    superset = python.with_name("superset")
    if not superset.exists():
        pytest.skip(f"Superset can't be had here: there is no {superset}")
    folder = tmp_path_factory.mktemp("superset")
    zipped = export(folder, stack.addresses.clickhouse_http, loaded[2].bi)
    (folder / "superset_config.py").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    around = {
        **os.environ,
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "SUPERSET_HOME": str(folder),
        "FLASK_APP": "superset",
    }

    def done(*command: str) -> str:
        ran = subprocess.run(command, env=around, cwd=folder, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr[-4000:]
        return ran.stdout

    named = ("--username", "admin", "--firstname", "a", "--lastname", "b", "--email", "a@example.com")
    done(str(superset), "db", "upgrade")
    done(str(superset), "fab", "create-admin", *named, "--password", "admin")
    done(str(superset), "init")
    script = str(Path(__file__).parents[1] / "superset_answers.py")
    printed = done(str(python), script, str(zipped), CONNECTION, stack.addresses.bi_password)
    answers: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return answers


def export(folder: Path, address: str, database: str) -> Path:
    """The export with the address of this server in it, zipped as the README says."""
    copied = folder / "leadtrace"
    shutil.copytree(EXPORT, copied)
    file = copied / CONNECTION
    file.write_text(
        file.read_text(encoding="utf-8").replace("localhost:8123/bi", f"{address}/{database}"),
        encoding="utf-8",
    )
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-c", "leadtrace.zip", "leadtrace"], cwd=folder, check=True
    )
    return folder / "leadtrace.zip"


def test_it_is_imported_and_every_chart_stands_on_the_dashboard(told: dict[str, Any]) -> None:
    assert told["imported"] == {"message": "OK"}
    charts = {
        yaml.safe_load(path.read_text(encoding="utf-8"))["slice_name"] for path in EXPORT.glob("charts/*")
    }
    assert set(told["on the dashboard"]) == charts == set(told["answers"])


def test_every_chart_has_an_answer(told: dict[str, Any]) -> None:
    for name, answer in told["answers"].items():
        assert answer["error"] == "", name
        assert answer["rows"], name


def test_what_it_shows_is_what_the_reports_say(
    told: dict[str, Any], loaded: tuple[ClickHouse, Settings, Databases]
) -> None:
    client, answers = loaded[0], {name: each["rows"] for name, each in told["answers"].items()}

    def report(name: str, **parameters: str) -> list[dict[str, Any]]:
        result = run_report(client, name, parameters)
        return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

    steps = {row["step"]: row["count"] for row in report("funnel_steps")}
    shown = {row["step"]: row["sum_reached"] for row in answers["How far they come"]}
    assert shown == {step: count for step, count in steps.items() if step in shown}
    (leads,) = answers["Leads"]
    assert leads["sum_leads"] == sum(row["leads"] for row in report("funnel"))
    waiting = {row["person"] for row in report("unanswered", state="waiting", limit="1000")}
    assert {row["person"] for row in answers["MQL without an answer"]} == waiting
    times = {(row["transition"], row["who"]): row["arrived_median_days"] for row in report("cycle_times")}
    assert {
        (row["transition"], row["who"]): row["arrived_median_days"] and round(row["arrived_median_days"], 1)
        for row in answers["Cycle times"]
    } == times
    spent = {
        (row["platform"], row["currency"]): float(row["cost"])
        for row in report("keyword_pnl", level="platform", limit="1000")
    }
    money: dict[tuple[str, str], float] = {}
    for row in answers["Keywords: money"]:
        key = (row["platform"], row["currency"])
        money[key] = money.get(key, 0) + row["sum_cost"]
    assert money == {key: pytest.approx(spent[key]) for key in money}
