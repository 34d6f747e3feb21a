"""The README's first command, as a newcomer runs it; and the same on servers of one's own."""

import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from clickhouse_driver import Client
from e2e.commands import LEADTRACE, environment, leadtrace, processes_over, wait
from surrounded import kafka_variables

import settings

pytestmark = [pytest.mark.slow, pytest.mark.servers]

# The same demo of fewer people, where it isn't about how many they are.
SMALL = """
from datetime import timedelta
from cli import demo
demo.VISITORS, demo.DAYS, demo.END = 60, 60, demo.END - timedelta(demo.DAYS - 60)
demo.command(prog_name="leadtrace demo")
"""
TRUE = re.compile(r"all ([\d,]+) rows of 22 reports equal the truth")
ARRIVED = re.compile(r"everything has arrived: (\d+) facts sent, (\d+) in ClickHouse")


def test_the_demo_ends_by_itself_and_its_reports_equal_the_truth(tmp_path: Path) -> None:
    env = environment(tmp_path)
    done = leadtrace("demo", env=env, within=600)
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

    for number, status in ((signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
        interrupted(tmp_path, env, number, status)


def interrupted(folder: Path, env: Mapping[str, str], number: signal.Signals, status: int) -> None:
    """A demo that is stopped or killed while it sends leaves nothing running."""
    log, sends_to = folder / "interrupted.log", folder / "demo" / "collector.address"
    with log.open("wb") as output:
        demo = subprocess.Popen([*LEADTRACE, "demo"], env=env, stdout=output, stderr=output)
    wait(lambda: sends_to.exists() or demo.poll() is not None, 120, "demo")
    assert len(processes_over(folder)) >= 6, log.read_text()
    demo.send_signal(number)
    assert demo.wait(40) == status
    wait(lambda: processes_over(folder) == [], 10, "the end of all processes")
    sends_to.unlink(missing_ok=True)


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
    done, again = (small_demo(environment(tmp_path, given)) for _ in range(2))
    database = re.search(rf"{site.clickhouse_database}_demo_\w+", done.stdout)
    try:
        for each in (done, again):
            assert each.returncode == 0, each.stdout[-2000:] + each.stderr
            assert TRUE.search(each.stdout)
            assert "starting Kafka" not in each.stdout
        assert database
        first, second = (ARRIVED.search(each.stdout) for each in (done, again))
        assert first
        assert second
        assert first[1] == first[2] == second[2], "the same facts sent again are the same facts"
    finally:
        if database:
            drop(site, database[0])


def small_demo(env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-c", SMALL]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)


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
