"""The embedded stack keeps its data over stops and crashes, and leaves nothing running behind."""

import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from clickhouse_driver import Client
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

import settings
from stack import addresses, embedded
from stack.addresses import Addresses
from stack.errors import StackError

pytestmark = [pytest.mark.servers, pytest.mark.slow]

SUPERVISOR = """
import sys
from pathlib import Path
from stack import embedded, processes

with processes.orderly_end(), embedded.start(Path(sys.argv[1]), Path(sys.argv[2]), print) as stack:
    print("ready", flush=True)
    stack.supervisor.wait()
"""


@pytest.fixture(scope="module")
def cache() -> Path:
    return settings.load().cache_dir


@pytest.fixture
def supervisors() -> Iterator[list[subprocess.Popen[str]]]:
    """Those that a test starts, to be killed if it fails."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def supervise(
    started: list[subprocess.Popen[str]], data_dir: Path, cache: Path
) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A supervisor in a process of its own, once it is ready, and the processes that it started."""
    command = [sys.executable, "-c", SUPERVISOR, str(data_dir), str(cache)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    started.append(process)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "ready\n":
            break
    assert lines[-1:] == ["ready\n"], process.communicate()
    return process, psutil.Process(process.pid).children(recursive=True)


def test_a_second_start_finds_all_that_was_there(tmp_path: Path, cache: Path) -> None:
    data_dir = tmp_path / "data"
    with embedded.start(data_dir, cache, print) as stack:
        first = stack.addresses
        assert addresses.running(data_dir) == first
        write(first)
        with (
            pytest.raises(StackError, match=r"is in use by process \d+: stop that one"),
            embedded.start(data_dir, cache, print),
        ):
            pass
        assert readable_by_others(data_dir) == []
    assert addresses.running(data_dir) is None
    with embedded.start(data_dir, cache, print) as stack:
        assert stack.addresses == first
        assert read(first) == (b"kept", [("kept",)])


def write(given: Addresses) -> None:
    admin = KafkaAdminClient(**broker(given))
    admin.create_topics([NewTopic("notes", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(**broker(given), acks="all")
    producer.send("notes", b"kept").get(20)
    producer.close()
    client = clickhouse(given)
    client.execute("CREATE DATABASE leadtrace")
    client.execute("CREATE TABLE leadtrace.notes (note String) ENGINE = MergeTree ORDER BY note")
    client.execute("INSERT INTO leadtrace.notes VALUES", [("kept",)])


def read(given: Addresses) -> tuple[bytes, list[tuple[str]]]:
    consumer = KafkaConsumer(
        "notes", **broker(given), auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    value: bytes = next(consumer).value
    consumer.close()
    rows: list[tuple[str]] = clickhouse(given).execute("SELECT note FROM leadtrace.notes")
    return value, rows


def broker(given: Addresses) -> dict[str, Any]:
    return settings.load(given.environment()).kafka_options()


def clickhouse(given: Addresses) -> Client:
    host, _, port = given.clickhouse.partition(":")
    return Client(host, port=int(port), user=given.clickhouse_user, password=given.clickhouse_password)


def readable_by_others(folder: Path) -> list[Path]:
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        return [folder]
    secrets = [folder / name for name in ("identity.json", "running.json", "clickhouse/users.xml")]
    return [path for path in secrets if stat.S_IMODE(path.stat().st_mode) != 0o600]


def test_a_killed_supervisor_leaves_nothing_running(
    tmp_path: Path, cache: Path, supervisors: list[subprocess.Popen[str]]
) -> None:
    supervisor, children = supervise(supervisors, tmp_path, cache)
    assert len(children) == 2
    given = addresses.running(tmp_path)
    assert given is not None
    write(given)
    supervisor.kill()
    _, left = psutil.wait_procs(children, timeout=10)
    assert left == []
    assert addresses.running(tmp_path) is None
    with embedded.start(tmp_path, cache, print) as stack:
        assert stack.addresses == given
        assert read(given) == (b"kept", [("kept",)])


def test_a_terminated_supervisor_stops_the_servers_in_order(
    tmp_path: Path, cache: Path, supervisors: list[subprocess.Popen[str]]
) -> None:
    supervisor, children = supervise(supervisors, tmp_path, cache)
    supervisor.send_signal(signal.SIGTERM)
    supervisor.wait(20)
    assert [process for process in children if process.is_running()] == []
    assert (tmp_path / "kafka" / "data" / ".kafka_cleanshutdown").exists()


def test_a_wanted_port_that_is_taken_is_named(tmp_path: Path, cache: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(StackError, match=f"port {port} is taken by another program"),
            embedded.start(tmp_path, cache, print, ports={"kafka": port}),
        ):
            pass


def test_a_port_that_another_program_took_meanwhile_is_named_and_waited_for(
    tmp_path: Path, cache: Path
) -> None:
    said: list[str] = []
    with embedded.start(tmp_path, cache, said.append) as stack:
        kafka = stack.pid("kafka")
        port = int(stack.addresses.clickhouse.partition(":")[2])
        stack.kill("clickhouse", restart_after=1.0)
        with listen(port):
            deadline = time.monotonic() + 20
            while not any(f"port {port} is taken by another program" in line for line in said):
                assert time.monotonic() < deadline, said
                time.sleep(0.1)
        stack.wait_ready("clickhouse")
        assert stack.pid("kafka") == kafka


def listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path, cache: Path) -> None:
    with embedded.start(tmp_path, cache, print) as stack:
        first = stack.addresses
        write(first)
    with listen(int(first.kafka.partition(":")[2])), embedded.start(tmp_path, cache, print) as stack:
        assert stack.addresses.kafka != first.kafka
        assert stack.addresses.clickhouse == first.clickhouse
        assert read(stack.addresses) == (b"kept", [("kept",)])
