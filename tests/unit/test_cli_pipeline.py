"""`leadtrace up` takes nobody else's collector for its own, and doctor looks at what it runs with."""

import json
import os
import shlex
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from cli import doctor, pipeline, running
from cli.main import main
from cli.next_steps import in_folder
from cli.processes import collector_answers, collector_url, is_port_taken
from cli.webhook import lines
from settings import Settings, SettingsError
from stack import folder
from stack.errors import StackError

pytestmark = pytest.mark.enable_socket


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LEADTRACE_")]:
        monkeypatch.delenv(name)


@contextmanager
def collector_saying(status: int, body: bytes) -> Iterator[int]:
    """A program that answers each GET so; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_only_the_collector_with_our_own_id_is_ours() -> None:
    ours = Settings(installation="ours")
    for status, said, is_ours in (
        (200, {"status": "ok", "installation": "ours"}, True),
        (200, {"status": "ok", "installation": "theirs"}, False),
        (200, {"status": "ok"}, False),
        (503, {"installation": "ours"}, False),
        (200, ["ours"], False),
    ):
        with collector_saying(status, json.dumps(said).encode()) as port:
            assert collector_answers(ours.model_copy(update={"collector_port": port})) is is_ours
    for body in (b"", b"ok", b"\xff", b"[" * 100_000, b"x" * 1_000_000):
        with collector_saying(200, body) as port:
            assert not collector_answers(ours.model_copy(update={"collector_port": port}))


def test_up_stops_at_once_when_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "0.0.0.0"):
            given = Settings(
                data_dir=tmp_path / "data",
                collector_host=host,
                collector_port=port,
                collector_write_keys=(SecretStr("k"),),
            )
            assert is_port_taken(given)
            with (
                pytest.raises(
                    StackError, match=f"port {port} is taken by another program: stop that one, or"
                ),
                pipeline.servers(given, print),
            ):
                pass
    assert not (tmp_path / "data").exists(), "nothing was begun"
    assert not is_port_taken(Settings(collector_port=0))


@pytest.mark.parametrize(
    ("name", "text"),
    [("notices.toml", "rules = 7"), ("outbox.toml", "since = 'once'"), ("outbox.toml", "no TOML")],
)
def test_up_begins_nothing_if_one_of_its_files_can_t_be_used(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    said = CliRunner().invoke(main, ["up", "--data-dir", str(tmp_path)])
    assert said.exit_code == 1
    assert said.output.startswith(f"Error: {tmp_path / name}"), said.output
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_up_lets_other_machines_in_only_with_a_key(tmp_path: Path) -> None:
    given = Settings(data_dir=tmp_path / "data", collector_host="0.0.0.0", collector_port=0)
    with pytest.raises(SettingsError, match="lets other machines in"), pipeline.servers(given, print):
        pass
    assert not (tmp_path / "data").exists()


def test_a_collector_that_others_reach_does_not_start_without_a_key(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    env = {
        "LEADTRACE_KAFKA": "127.0.0.1:1",
        "LEADTRACE_TOKEN_KEY": "k" * 32,
        "LEADTRACE_DATA_DIR": str(tmp_path),
    }
    done = CliRunner().invoke(main, ["collect"], env={**env, "LEADTRACE_COLLECTOR_HOST": "0.0.0.0"})
    assert done.exit_code == 1
    said = [line for line in (done.output + capfd.readouterr().err).splitlines() if line]
    assert [line.partition(" lets other")[0] for line in said] == [
        "the collector can't run: LEADTRACE_COLLECTOR_HOST=0.0.0.0"
    ]


def test_each_up_has_a_name_and_a_port_of_its_own() -> None:
    one, two = (pipeline.with_port(Settings(collector_port=0)) for _ in range(2))
    assert one.installation
    assert one.installation != two.installation
    assert one.collector_port in folder.RANGE


def test_the_url_of_a_collector_is_one_that_a_browser_takes() -> None:
    for host, url in (("0.0.0.0", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080")):
        assert collector_url(Settings(collector_host=host)) == url


@pytest.mark.parametrize(("name", "separator"), [("data_dir", ","), ("cache_dir", ":")])
def test_a_folder_that_kafka_would_take_for_two_is_refused(tmp_path: Path, name: str, separator: str) -> None:
    given = Settings.model_validate({"collector_port": 0, name: tmp_path / f"a{separator}b"})
    with (
        pytest.raises(SettingsError, match=f"^LEADTRACE_{name.upper()}: the embedded Kafka can't use"),
        pipeline.servers(given, print),
    ):
        pass


@pytest.mark.parametrize("name", ["~nobody-of-this-name/x", "/tmp/a\nb", "/tmp/\udcff"])
def test_a_folder_whose_name_is_none_ends_in_a_sentence(name: str) -> None:
    done = CliRunner().invoke(main, ["topics"], env={"LEADTRACE_DATA_DIR": name})
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.output.startswith("Error: LEADTRACE_DATA_DIR: the folder")
    assert done.output.count("\n") == 1


BAD = [
    ("TOPIC_PREFIX", "a b"),
    ("TOPIC_PREFIX", "x" * 41),
    ("TOPIC_PREFIX", "ä"),
    ("TOPIC_PREFIX", "../x"),
    ("PHONE_REGION", "ZZ"),
    ("PHONE_REGION", "cn"),
    ("PHONE_REGION", "ＣＮ"),
    ("TIMEZONE", "Mars/Olympus"),
    ("TIMEZONE", "Asia"),
    ("TIMEZONE", "../../etc/passwd"),
    ("TIMEZONE", "UTC+8"),
    ("TIMEZONE", "A/" * 500 + "B"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
@pytest.mark.parametrize("command", ["doctor", "migrate", "report funnel", "up", "collect", "topics"])
def test_whatever_a_setting_says_the_outcome_is_a_sentence(name: str, value: str, command: str) -> None:
    done = CliRunner().invoke(main, command.split(), env={f"LEADTRACE_{name}": value})
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert f"LEADTRACE_{name}: it may be" in done.output
    assert value not in done.output


@contextmanager
def up_over(data_dir: Path, **more: Any) -> Iterator[Settings]:
    """What `leadtrace up` writes down, without any server."""
    ran = Settings(
        data_dir=data_dir,
        kafka="127.0.0.1:1",
        clickhouse="127.0.0.1:1",
        installation="ours",
        token_key=SecretStr("a token key of the stack's own"),
        webhook_key=SecretStr("a key of the stack's own"),
        **more,
    )
    with folder.owned(data_dir), pipeline.told(ran):
        yield ran


def examined(data_dir: Path, monkeypatch: pytest.MonkeyPatch, **env: str) -> tuple[Result, dict[str, Any]]:
    """What doctor finds, without asking a server."""
    monkeypatch.setattr(doctor, "topics", lambda given: (f"{given.partitions} partitions", []))
    monkeypatch.setattr(doctor, "letters", lambda _: ("none", []))
    monkeypatch.setattr(doctor, "kept", lambda _: doctor.Finding("bi", "fresh"))
    monkeypatch.setattr(doctor, "tables", lambda given: (f"database {given.clickhouse_database}", []))
    done = CliRunner().invoke(main, ["doctor", "--json", "--data-dir", str(data_dir)], env=env)
    return done, {each["check"]: each for each in json.loads(done.output)}


def test_doctor_uses_what_up_runs_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        collector_saying(200, b'{"installation": "ours"}') as port,
        up_over(tmp_path, partitions=7, clickhouse_database="theirs", collector_port=port),
    ):
        done, found = examined(tmp_path, monkeypatch)
    assert done.exit_code == 0, done.output
    assert found["topics"]["found"] == "7 partitions"
    assert found["tables"]["found"] == "database theirs"
    assert found["collector"]["found"] == f"http://127.0.0.1:{port}"
    assert "those that `leadtrace up` runs with" in found["settings"]["found"]


def test_doctor_says_where_this_terminal_says_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        collector_saying(200, b'{"installation": "another"}') as port,
        up_over(tmp_path, collector_port=port),
    ):
        done, found = examined(tmp_path, monkeypatch, LEADTRACE_TIMEZONE="UTC", LEADTRACE_PHONE_REGION="CN")
    assert done.exit_code == 1
    (problem,) = found["settings"]["problems"]
    assert problem.startswith("LEADTRACE_TIMEZONE says something else in this terminal")
    (problem,) = found["collector"]["problems"]
    assert problem.startswith(f"the collector does not answer at http://127.0.0.1:{port}")


def test_doctor_finds_an_open_door_and_signatures_that_never_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"LEADTRACE_KAFKA": "127.0.0.1:1", "LEADTRACE_CLICKHOUSE": "127.0.0.1:1"}
    own["LEADTRACE_TOKEN_KEY"] = "k" * 32
    _, found = examined(tmp_path, monkeypatch, **own)
    assert found["webhooks"]["found"] == "closed: no system has a secret"
    secret = "hubspot=" + "s" * 32
    _, found = examined(
        tmp_path,
        monkeypatch,
        **own,
        LEADTRACE_COLLECTOR_HOST="0.0.0.0",
        LEADTRACE_WEBHOOK_SECRETS=secret,
    )
    open_door, never_fits = found["settings"]["problems"]
    assert open_door.startswith("LEADTRACE_COLLECTOR_HOST=0.0.0.0 lets other machines in")
    assert never_fits.startswith("LEADTRACE_COLLECTOR_PUBLIC_URL is not set: HubSpot signs the URL")
    assert found["webhooks"]["found"] == "hubspot"
    assert "ssss" not in json.dumps(found)


def test_commands_that_are_shown_can_be_given_also_where_a_folder_has_blanks_in_its_name() -> None:
    """The data folder of macOS has."""
    given = Settings(data_dir=Path("/Library/Application Support/it's"))
    assert shlex.split(in_folder(given)) == ["--data-dir", str(given.data_dir)]
    assert any(in_folder(given) in line for line in lines(given, "hubspot", "http://127.0.0.1:1", "s"))


def test_the_secret_of_a_system_is_said_to_whoever_asks_for_it(tmp_path: Path) -> None:
    def asked(*words: str, **env: str) -> Result:
        return CliRunner().invoke(main, ["webhook", *words, "--data-dir", str(tmp_path)], env=env)

    assert "no secret of hubspot is known: start `leadtrace up`, or set" in asked("hubspot").output
    with up_over(tmp_path, collector_port=8123):
        one, two = asked("hubspot", "--secret").output, asked("salesforce", "--secret").output
        assert one != two
        told = json.loads(asked("hubspot", "--json").output)
        assert told["url"] == "http://127.0.0.1:8123/webhooks/crm/hubspot"
        assert told["secret"] == one.strip()
        assert one.strip() in asked("hubspot").output
    chosen = {"LEADTRACE_WEBHOOK_SECRETS": "hubspot=" + "c" * 20}
    assert asked("hubspot", "--secret", **chosen).output == "c" * 20 + "\n"
    assert asked("hub/spot", **chosen).exit_code == 2
    assert running.of_up(Settings(data_dir=tmp_path)) is None
