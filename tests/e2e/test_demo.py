"""The README's first command, as a newcomer runs it; and the same on servers of one's own."""

import re
import signal
import subprocess
from pathlib import Path

import pytest
from clickhouse_driver import Client
from e2e.commands import LEADTRACE, environment, leadtrace, processes_over, wait
from surrounded import kafka_variables

import settings

pytestmark = [pytest.mark.slow, pytest.mark.servers]

TRUE = re.compile(r"all ([\d,]+) rows of 22 reports equal the truth")
ARRIVED = re.compile(r"everything has arrived: (\d+) facts sent, (\d+) in ClickHouse")


def test_the_demo_ends_by_itself_and_its_reports_equal_the_truth(tmp_path: Path) -> None:
    env = environment(tmp_path)
    done = leadtrace("demo", env=env, within=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    found = TRUE.search(done.stdout)
    assert found
    assert int(found[1].replace(",", "")) > 30_000
    arrived = ARRIVED.search(done.stdout)
    assert arrived
    assert arrived[1] == arrived[2]
    assert "beyond what anybody can know: " in done.stdout
    # The story of Nanjing can be read from the first search to the money.
    for words in (
        "功能-元数据管理 › G-元数据管理 › 元数据管理",
        "/product/lineage",
        "→ won  deal:sales:D90001",
        "268,000.00 CNY",
        "metadata-ten-questions 数据治理编辑部 2025-03-09",
    ):
        assert words in done.stdout
    assert processes_over(tmp_path) == []

    again = leadtrace("demo", env=env, within=300)
    assert again.returncode == 0, again.stdout[-2000:] + again.stderr
    assert TRUE.search(again.stdout)
    repeated = ARRIVED.search(again.stdout)
    assert repeated
    assert repeated[2] == arrived[2], "the same facts sent again are the same facts"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_demo_that_is_stopped_or_killed_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    log = tmp_path / "demo.log"
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [*LEADTRACE, "demo"], env=environment(tmp_path / "data"), stdout=output, stderr=output
        )
    wait(lambda: "HTTP requests of websites sent" in log.read_text() or demo.poll() is not None, 120, "demo")
    assert len(processes_over(tmp_path / "data")) >= 6, log.read_text()
    demo.send_signal(number)
    assert demo.wait(40) == status
    wait(lambda: processes_over(tmp_path / "data") == [], 10, "the end of all processes")


def test_the_demo_uses_servers_that_are_given(site: settings.Settings, tmp_path: Path) -> None:
    given = {
        **kafka_variables(site),
        "LEADTRACE_TOPIC_PREFIX": site.topic_prefix,
        "LEADTRACE_CLICKHOUSE": site.clickhouse,
        "LEADTRACE_CLICKHOUSE_USER": site.clickhouse_user,
        "LEADTRACE_CLICKHOUSE_PASSWORD": site.clickhouse_password.get_secret_value(),
        "LEADTRACE_CLICKHOUSE_DATABASE": site.clickhouse_database,
        "LEADTRACE_TOKEN_KEY": "a secret of this test alone",
    }
    done = leadtrace("demo", env=environment(tmp_path, given), within=300)
    database = re.search(rf"{site.clickhouse_database}_demo_\w+", done.stdout)
    try:
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        assert TRUE.search(done.stdout)
        assert "starting Kafka" not in done.stdout
        assert database
    finally:
        if database:
            drop(site, database[0])


def drop(site: settings.Settings, database: str) -> None:
    host, _, port = site.clickhouse.partition(":")
    client = Client(
        host,
        port=int(port),
        user=site.clickhouse_user,
        password=site.clickhouse_password.get_secret_value(),
        secure=site.clickhouse_secure,
        ca_certs=site.clickhouse_ca_file,
    )
    client.execute(f"DROP DATABASE IF EXISTS {database} SYNC")
    client.disconnect()
