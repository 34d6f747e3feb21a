"""Whatever became of a file in the data folder, the outcome is one sentence, and never a trace."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import running
from cli.main import main
from cli.variables import environment
from settings import Settings, SettingsError
from stack import addresses, folder, outages
from stack.addresses import Addresses
from stack.errors import StackError

GIVEN = Addresses(**{name: f"{name} of this test" for name in Addresses.__slots__})


def as_folder(path: Path) -> None:
    path.mkdir()


def as_pipe(path: Path) -> None:
    os.mkfifo(path)


def as_loop(path: Path) -> None:
    path.symlink_to(path.name)


def as_nothing_inside(path: Path) -> None:
    path.touch()


def holding(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


DAMAGES = {
    "a folder": as_folder,
    "a pipe": as_pipe,
    "a link to itself": as_loop,
    "empty": as_nothing_inside,
    "binary": holding(b"\x00\xff\xfe\x80"),
    "half": holding(b'{"cluster": "ab'),
    "huge": holding(b'{"a": "' + b"x" * 1_000_000 + b'"}'),
    "deep": holding(b"[" * 100_000),
    "a list": holding(b"[1, 2]"),
    "a number": holding(b"17"),
    "null": holding(b"null"),
    "no number": holding(b"NaN"),
    "another object": holding(b'{"secret": "canary-of-a-secret"}'),
    "other types": holding(b'{"kafka": [1], "cluster": 5, "LEADTRACE_KAFKA": {"a": null}}'),
}
damaged = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())


def is_sentence(text: str) -> bool:
    return "\n" not in text.strip() and "Traceback" not in text and "canary" not in text and len(text) < 500


@damaged
def test_an_identity_that_was_damaged_is_missed_and_not_made_anew(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = folder.identity_file(tmp_path)
    damage(path)
    with pytest.raises(StackError, match="put it back from a copy") as error:
        folder.identity(tmp_path)
    assert is_sentence(str(error.value))
    assert path.is_symlink() or path.exists()


@pytest.mark.parametrize("value", [5, None, "", "short", "x" * 500, "a\nb" * 8, ["a" * 20], True, "-" * 20])
def test_an_identity_with_an_entry_that_is_none_is_missed(tmp_path: Path, value: object) -> None:
    folder.identity(tmp_path)
    path = folder.identity_file(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"token_key": value}))
    with pytest.raises(StackError, match="has an entry that is no secret"):
        folder.identity(tmp_path)


def test_an_identity_that_is_gone_from_beside_its_data_is_missed(tmp_path: Path) -> None:
    first = folder.identity(tmp_path)
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    kept = folder.identity_file(tmp_path).rename(tmp_path / "kept")
    with pytest.raises(StackError, match=r"identity\.json is missing, and the data can't be read without it"):
        folder.identity(tmp_path)
    kept.rename(folder.identity_file(tmp_path))
    assert folder.identity(tmp_path) == first


def test_what_older_versions_did_not_have_is_added_and_the_rest_stays(tmp_path: Path) -> None:
    first = asdict(folder.identity(tmp_path))
    old = {name: value for name, value in first.items() if name not in folder.ADDED}
    folder.identity_file(tmp_path).write_text(json.dumps(old))
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    now = folder.identity(tmp_path)
    assert {name: value for name, value in asdict(now).items() if name in old} == old
    assert folder.identity(tmp_path) == now


@damaged
@pytest.mark.enable_socket
def test_ports_that_can_t_be_read_are_chosen_anew_with_a_word(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "ports.json"
    damage(path)
    said: list[str] = []
    if path.is_dir():
        with pytest.raises(
            StackError, match=r"ports\.json can't be written \(Is a directory\): make room or"
        ):
            folder.ports(tmp_path, {}, said.append)
        return
    chosen = folder.ports(tmp_path, {}, said.append)
    assert sorted(chosen) == sorted(folder.PORTS)
    assert folder.ports(tmp_path, {}, said.append) == chosen
    assert len(said) <= 1
    assert all(map(is_sentence, said))


@pytest.mark.parametrize("port", [0, -1, 80, 65536, 10**30, "20000", 20000.5, True, None, [], {}])
@pytest.mark.enable_socket
def test_a_port_that_is_none_is_not_kept(tmp_path: Path, port: object) -> None:
    (tmp_path / "ports.json").write_text(json.dumps({"kafka": port}))
    said: list[str] = []
    assert folder.ports(tmp_path, {}, said.append)["kafka"] in folder.RANGE
    assert len(said) == 1
    assert "names a port for kafka that is none" in said[0]


@damaged
def test_addresses_that_can_t_be_read_end_a_command_in_a_sentence(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with folder.owned(tmp_path):
        damage(addresses.run_file(tmp_path))
        with pytest.raises(StackError, match="stop `leadtrace up` and start it again") as error:
            addresses.running(tmp_path)
        assert is_sentence(str(error.value))
        with pytest.raises(SettingsError, match="stop `leadtrace up` and start it again"):
            running.of_up(Settings(data_dir=tmp_path))
    assert running.of_up(Settings(data_dir=tmp_path)) is None


@damaged
@pytest.mark.parametrize("command", [["doctor"], ["report", "funnel"], ["migrate"], ["journey", "anon:a"]])
def test_every_command_says_what_is_wrong_with_the_settings_of_up(
    tmp_path: Path,
    damage: Callable[[Path], None],
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith("LEADTRACE_")]:
        monkeypatch.delenv(name)
    with folder.owned(tmp_path):
        addresses.publish(tmp_path, GIVEN)
        damage(running.settings_file(tmp_path))
        done = CliRunner().invoke(main, [*command, "--data-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "stop `leadtrace up` and start it again" in done.output
    assert "canary" not in done.output


@damaged
def test_outages_that_can_t_be_read_are_none(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    (tmp_path / "logs").mkdir()
    damage(tmp_path / "logs" / outages.FILE)
    assert outages.read(tmp_path) == {}


@pytest.mark.parametrize(
    "change", [{"since": "then"}, {"since": 1e30}, {"since": None}, {"why": 5}, {"deaths": []}, {"more": 1}]
)
def test_an_outage_that_is_none_is_left_out(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "logs").mkdir()
    down = {"since": 1.5e9, "deaths": 2, "why": "ended with exit code 3", "lasting": False}
    (tmp_path / "logs" / outages.FILE).write_text(json.dumps({"worker": down | change, "loader": down}))
    assert set(outages.read(tmp_path)) == {"loader"}


@pytest.mark.parametrize("owner", [b"", b"99999999", b"\x00\xff", b"not a pid", b"9" * 4000])
def test_the_pid_of_a_process_that_is_gone_keeps_nobody_out(tmp_path: Path, owner: bytes) -> None:
    folder.lock_file(tmp_path).write_bytes(owner)
    assert not folder.in_use(tmp_path)
    with folder.owned(tmp_path):
        assert folder.in_use(tmp_path)


def test_a_lock_that_can_t_be_opened_is_named(tmp_path: Path) -> None:
    folder.lock_file(tmp_path).mkdir()
    with pytest.raises(StackError, match=r"lock can't be opened \(Is a directory\): remove it"):
        folder.owned(tmp_path).__enter__()
    assert not folder.in_use(tmp_path)


def test_a_lock_that_says_nothing_of_its_owner_is_in_use_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LOCK_PATIENCE", 0.1)
    with folder.owned(tmp_path):
        folder.lock_file(tmp_path).write_bytes(b"\x1b[31mcanary")
        with pytest.raises(StackError, match="is in use by another process: stop that one"):
            folder.owned(tmp_path).__enter__()


def test_while_up_is_still_starting_a_command_says_so(tmp_path: Path) -> None:
    with folder.owned(tmp_path), pytest.raises(SettingsError, match="is still starting: try again"):
        running.of_up(Settings(data_dir=tmp_path))


def test_a_command_works_with_what_up_runs_with_but_for_what_it_is_told(tmp_path: Path) -> None:
    ran = Settings(
        data_dir=tmp_path,
        kafka="127.0.0.1:1",
        clickhouse="127.0.0.1:2",
        clickhouse_database="ours",
        timezone="Europe/Berlin",
        partitions=7,
    )
    with folder.owned(tmp_path):
        running.publish(ran)
        assert running.settings_file(tmp_path).stat().st_mode & 0o077 == 0
        here = running.of_up(Settings(data_dir=tmp_path, timezone="UTC", clickhouse_user="mine"))
        assert here is not None
        assert (here.clickhouse_database, here.partitions, here.kafka) == ("ours", 7, "127.0.0.1:1")
        assert here.timezone == "UTC"
        assert here.clickhouse_user == ran.clickhouse_user, "the servers are those of up"
        assert running.differences(Settings(data_dir=tmp_path, timezone="UTC", partitions=7), ran) == [
            "LEADTRACE_TIMEZONE"
        ]
        running.withdraw(tmp_path)
    assert environment(ran)["LEADTRACE_TIMEZONE"] == "Europe/Berlin"


def test_what_a_killed_owner_told_is_forgotten_by_the_next(tmp_path: Path) -> None:
    ran = Settings(data_dir=tmp_path, kafka="127.0.0.1:1", clickhouse="127.0.0.1:2")
    with folder.owned(tmp_path):
        addresses.publish(tmp_path, GIVEN)
        running.publish(ran)
    with folder.owned(tmp_path), pytest.raises(SettingsError, match="is still starting"):
        running.of_up(Settings(data_dir=tmp_path))
    assert {addresses.run_file(tmp_path).name, running.settings_file(tmp_path).name} < set(folder.TOLD)


@pytest.mark.parametrize("name", folder.TOLD)
def test_what_can_t_be_forgotten_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(StackError, match=rf"{name} can't be removed \(.*\): remove it"):
        folder.owned(tmp_path).__enter__()
    assert not folder.in_use(tmp_path)
