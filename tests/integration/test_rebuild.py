"""`leadtrace rebuild` on a real ClickHouse: what it ends in, in parts, interrupted, and with bad input."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from databases import drop_database
from faults.oracle import COMPARED, store
from running import connected
from understood import POLICY, records

import market
from cli.main import main
from cli.variables import environment
from settings import Settings
from sinks.clickhouse import ClickHouse, connect, connect_server
from sinks.migrations import migrate
from sinks.proof import content_hash
from sinks.rebuild import preparing
from sinks.rebuild.progress import Worker, note, progress_of
from sinks.rebuild.run import Request, rebuild
from sinks.rebuild.shadow import Shadow, names
from sinks.rows import COLUMNS
from stack.locks import held

pytestmark = pytest.mark.servers

REBUILT = ("journeys", "opportunities")
SHIPPED = "attribution/policies/default.toml"


@pytest.fixture(scope="module")
def understood_market(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A database with a simulated market as the agents understood it."""
    folder = tmp_path_factory.mktemp("rebuild")
    database = f"leadtrace_{secrets.token_hex(4)}"
    mine = servers.model_copy(update={"clickhouse_database": database, "data_dir": folder})
    market.write(market.simulate(4, 120, date(2026, 3, 2), 60), folder / "market")
    store(mine, records(folder / "market"), POLICY)
    yield mine
    drop_database(mine)


@pytest.fixture
def site(understood_market: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """That database, of which a rebuild takes several slices."""
    monkeypatch.setattr(preparing, "FACTS_PER_SLICE", 250)
    return understood_market


@pytest.fixture
def client(site: Settings) -> Iterator[ClickHouse]:
    with connected(connect(site)) as opened:
        yield opened


def asked(name: str, part: int = 1, parts: int = 1, policy: str = "") -> Request:
    return Request(Shadow(name), policy or Path(SHIPPED).read_text("utf-8"), part, parts, jobs=2 // parts)


def run(site: Settings, *arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["rebuild", *arguments], env=environment(site))
    return ran.exit_code, ran.output


def test_a_rebuild_ends_in_what_the_stream_has_made(site: Settings, client: ClickHouse) -> None:
    before = [content_hash(client, table) for table in REBUILT]
    told: list[str] = []
    progress = rebuild(site, asked("whole"), told.append)
    assert progress.is_complete
    assert len(progress.slices) > 4
    for table in REBUILT:
        without = COMPARED[table]
        assert content_hash(client, f"{table}__whole", without) == content_hash(client, table, without), table
    assert [content_hash(client, table) for table in REBUILT] == before, "the live tables are only read"
    assert not client.query("EXISTS TABLE rebuild_facts__whole").rows[0][0], "no copy of the facts is left"
    assert "facts/s" in told[-1]


def test_parts_on_several_machines_make_one_whole(site: Settings, client: ClickHouse) -> None:
    assert not rebuild(site, asked("parts", 1, 2), str).is_complete
    assert rebuild(site, asked("parts", 2, 2), str).is_complete
    without = COMPARED["journeys"]
    assert content_hash(client, "journeys__parts", without) == content_hash(client, "journeys", without)


def test_what_was_interrupted_goes_on_where_it_was(site: Settings, client: ClickHouse) -> None:
    shadow = Shadow("interrupted")
    command = [sys.executable, "-c", f"""
import signal, time; from sinks.rebuild import preparing, run; preparing.FACTS_PER_SLICE = 4
# A shell that starts the tests in the background has them ignore this, and children inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)
saw = run._Pace.saw
run._Pace.saw = lambda *seen: (time.sleep(0.05), saw(*seen))  # so that there is time to interrupt it
from cli.main import main; main(["rebuild", "{shadow.name}", "--jobs", "1"])
"""]  # fmt: skip
    process = subprocess.Popen(
        command, env={**os.environ, **environment(site)}, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        until = time.monotonic() + 60
        while not (shadow.name in names(client) and progress_of(client, shadow).slices):
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"the same command goes on where it was" in said
    assert b"Traceback" not in said
    done = progress_of(client, shadow).slices
    told: list[str] = []
    assert rebuild(site, asked(shadow.name), told.append).is_complete
    assert f"{len(done)} of " in told[0]
    without = COMPARED["journeys"]
    assert content_hash(client, "journeys__interrupted", without) == content_hash(client, "journeys", without)


def test_bad_input_is_told_in_a_sentence(site: Settings, client: ClickHouse, tmp_path: Path) -> None:
    assert run(site, "No-Name")[0] == 1
    assert "'9/8' is not part K of N, for example 3/8" in run(site, "--part", "9/8")[1]
    assert "there is no rebuild unheard_of: there" in run(site, "unheard_of", "--drop")[1]

    unknown = ("7d0f1b1e-0000-4000-8000-000000000000", "unheard_of", "anon:1", 1, 1, "test", 9, "", "{}", 1)
    client.insert("events", COLUMNS["events"], [unknown])
    rebuild(site, asked("trial", 1, 2), str)
    other = tmp_path / "other.toml"
    shipped = Path(SHIPPED).read_text("utf-8")
    other.write_text(shipped.replace("timeout_minutes = 30", "timeout_minutes = 20"), "utf-8")
    status, said = run(site, "trial", "--policy", str(other), "--part", "2/2")
    assert status == 1
    assert f"was begun under the policy default ({POLICY.version}), and this is default (" in said
    assert "leadtrace rebuild trial --drop" in said

    note(client, Shadow("trial"), Worker("elsewhere", 7, "a run"), 2)
    status, said = run(site, "trial", "--part", "2/2")
    assert status == 1
    assert "part 2 of the rebuild trial is being done on elsewhere (process 7)" in said
    with held(site.data_dir / "rebuild" / f"{site.clickhouse_database}-trial-2.lock"):
        status, said = run(site, "trial", "--part", "2/2", "--take-over")
    assert status == 1
    assert "another process of this machine is at part 2 of the rebuild trial" in said
    status, said = run(site, "trial", "--part", "2/2", "--take-over")
    assert status == 0
    assert "stand in journeys__trial and opportunities__trial." in said
    assert "WARNING: this version of Leadtrace can't read 1 of the facts" in said
    (row,) = [each for each in json.loads(run(site, "--list", "--json")[1]) if each["name"] == "trial"]
    assert row["complete"] == "yes"
    assert row["slices"] == row["done"]
    assert run(site, "trial", "--drop") == (0, "The rebuild trial is removed.\n")
    left = client.query("SELECT name FROM system.tables WHERE database = currentDatabase()").rows
    assert not [name for (name,) in left if name.endswith("__trial")]


def test_where_there_is_nothing_to_rebuild_it_says_so(site: Settings) -> None:
    nothing = site.model_copy(update={"clickhouse_database": f"{site.clickhouse_database}_nothing"})
    status, said = run(nothing)
    assert status == 1
    assert "leadtrace migrate" in said
    with connected(connect_server(nothing)) as client:
        migrate(client, nothing)
    status, said = run(nothing)
    drop_database(nothing)
    assert status == 1
    assert "the table `events` holds no facts of journeys" in said
