"""dbt builds the models over the database for BI tools, and their tests pass: `make contract-bi`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from settings import Settings
from sinks.bi_users import own_database
from sinks.clickhouse import ClickHouse
from sinks.kept import Databases, databases
from stack import embedded

# The one that the user of the embedded server may write in.
OWN = own_database(databases("leadtrace"))
PROJECT = Path(__file__).parents[2] / "integrations" / "dbt"
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif("DBT" not in os.environ, reason="it needs dbt: run it by `make contract-bi`"),
]


@pytest.fixture(scope="module")
def built(
    stack: embedded.Stack,
    loaded: tuple[ClickHouse, Settings, Databases],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[dict[str, str]]:
    """What dbt did: of each model, test and exposure its name and status."""
    given, where = stack.addresses, loaded[2]
    host, _, port = given.clickhouse_http.rpartition(":")
    folder = tmp_path_factory.mktemp("dbt") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
    told = {
        "LEADTRACE_DBT_HOST": host,
        "LEADTRACE_DBT_PORT": port,
        "LEADTRACE_DBT_USER": given.dbt_user,
        "LEADTRACE_DBT_PASSWORD": given.dbt_password,
        "LEADTRACE_DBT_SCHEMA": OWN,
        "LEADTRACE_BI_DATABASE": where.bi,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    command = [str(Path(os.environ["DBT"]).absolute()), "build", "--profiles-dir", "."]
    ran = subprocess.run(
        command, cwd=folder, env={**os.environ, **told}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
    found = json.loads((folder / "target/run_results.json").read_text())["results"]
    return [{"name": each["unique_id"], "status": each["status"]} for each in found]


def test_every_model_is_built_and_every_test_passes(built: list[dict[str, str]]) -> None:
    models = [each["status"] for each in built if each["name"].startswith("model.")]
    tests = [each["status"] for each in built if each["name"].startswith("test.")]
    assert models == ["success", "success"]
    assert tests
    assert set(tests) == {"pass"}


def test_what_it_built_ties_with_what_it_was_built_from(
    built: list[dict[str, str]], loaded: tuple[ClickHouse, Settings, Databases]
) -> None:
    client, _, where = loaded
    in_bi = f"SELECT countIf(conversion = 'lead') FROM `{where.bi}`.conversions"
    in_dbt = f"SELECT count() FROM `{OWN}`.leads"
    assert client.query(in_bi).rows == client.query(in_dbt).rows != ((0,),)
