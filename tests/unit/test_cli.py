"""Each command explains itself at once, and says in one sentence what is wrong and what to do."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import settings
from cli import doctor
from cli.doctor import Finding
from cli.main import COMMANDS, main
from settings import Settings

NOWHERE = {"LEADTRACE_KAFKA": "127.0.0.1:1", "LEADTRACE_CLICKHOUSE": "127.0.0.1:1"}
ONE_SHOT = ("topics", "migrate", "journey anon:a", "dead-letters", "report funnel", "identity show anon:a")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + name.upper(), raising=False)
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path))


def run(line: str, **env: str) -> Result:
    return CliRunner().invoke(main, line.split(), env=env, prog_name="leadtrace")


def all_commands() -> Iterator[tuple[str, click.Command]]:
    for name, entry in COMMANDS.items():
        command = importlib.import_module(entry.module).command
        yield name, command
        if isinstance(command, click.Group):
            for inner, each in command.commands.items():
                yield f"{name} {inner}", each


@pytest.mark.parametrize(("line", "command"), list(all_commands()), ids=lambda each: str(each)[:30])
def test_each_command_has_help_and_so_have_its_options(line: str, command: click.Command) -> None:
    done = run(f"{line} --help")
    assert done.exit_code == 0
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{line} {option.opts[0]}"


def test_the_list_of_commands_says_what_each_command_says() -> None:
    for name, entry in COMMANDS.items():
        command = importlib.import_module(entry.module).command
        first = " ".join((command.help or "").split("\n\n")[0].split())
        assert first.startswith(entry.summary.removesuffix(".")), name
        assert name in run("--help").output


def test_help_is_answered_without_loading_what_the_commands_need() -> None:
    code = (
        "import sys, cli.main\n"
        "try: cli.main.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'faust', 'kafka', 'clickhouse_driver', 'aiohttp', 'pydantic', 'market'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "simulate" in done.stdout


def test_a_command_that_does_not_exist_names_those_that_do() -> None:
    done = run("jorney crm:a:1")
    assert done.exit_code == 2
    assert "no command 'jorney'" in done.stderr
    assert "dead-letters" in done.stderr


@pytest.mark.parametrize("line", ONE_SHOT)
def test_without_servers_it_says_how_to_get_some(line: str) -> None:
    done = run(line)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: no servers are known: start `leadtrace up`, or set LEADTRACE_")
    assert done.stderr.count("\n") == 1


@pytest.mark.enable_socket
@pytest.mark.parametrize("line", [each for each in ONE_SHOT if each != "topics"])
def test_a_server_that_does_not_answer_is_one_sentence(line: str) -> None:
    done = run(line, **NOWHERE)
    assert done.exit_code == 1
    assert "ClickHouse at 127.0.0.1:1 can't be reached" in done.stderr
    assert done.stderr.count("\n") == 1


def test_one_server_alone_is_a_mistake() -> None:
    done = run("load", LEADTRACE_KAFKA="127.0.0.1:1")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: LEADTRACE_CLICKHOUSE is not set: set it as well, or unset the other server's address\n"
    )


@pytest.mark.parametrize("line", ["up", "demo", "worker", "topics", "report"])
def test_a_setting_that_cannot_be_used_is_named(line: str) -> None:
    done = run(line, LEADTRACE_PARTITIONS="many")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: LEADTRACE_PARTITIONS: ")
    assert done.stderr.count("\n") == 1


def test_a_policy_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = run("topics", **NOWHERE, LEADTRACE_POLICY=str(tmp_path / "mine.toml"))
    assert done.exit_code == 1
    assert "LEADTRACE_POLICY: " in done.stderr
    (tmp_path / "mine.toml").write_text("epoch = ", encoding="utf-8")
    done = run("topics", **NOWHERE, LEADTRACE_POLICY=str(tmp_path / "mine.toml"))
    assert "The policy is not valid TOML" in done.stderr


def test_personal_data_needs_a_token_key(tmp_path: Path) -> None:
    done = run("journey someone@site.example", **NOWHERE)
    assert done.exit_code == 1
    assert "LEADTRACE_TOKEN_KEY is not set" in done.stderr
    done = run("journey someone@site.example", **NOWHERE, LEADTRACE_TOKEN_KEY="short")
    assert "at least 16" in done.stderr


def test_what_names_nobody_is_no_lead() -> None:
    done = run("journey hello", **NOWHERE, LEADTRACE_TOKEN_KEY="a secret of tests only")
    assert done.exit_code == 2
    assert "neither an identifier" in done.stderr


def test_an_unknown_report_names_the_others() -> None:
    done = run("report")
    assert done.exit_code == 0
    assert "keywords " in done.output
    assert "leadtrace report NAME --help" in done.output
    told = json.loads(run("report --json").output)
    assert {"funnel", "keywords", "stages"} <= {report["name"] for report in told}


def test_a_parameter_is_a_name_and_a_value() -> None:
    done = run("report funnel --param limit")
    assert done.exit_code == 2
    assert "NAME=VALUE" in done.stderr


def test_a_place_of_a_dead_letter_is_topic_partition_and_offset() -> None:
    done = run("dead-letters crm.events/one/2", **NOWHERE)
    assert done.exit_code == 2
    assert "TOPIC/PARTITION/OFFSET" in done.stderr


def test_nobody_is_split_from_himself() -> None:
    done = run("identity split anon:a anon:a", **NOWHERE)
    assert done.exit_code == 2
    assert "same identifier" in done.stderr


def test_the_doctor_says_what_is_missing_and_exits_1() -> None:
    done = run("doctor --json")
    assert done.exit_code == 1
    found = {each["check"]: each["problems"] for each in json.loads(done.output)}
    assert found["settings"] == found["policy"] == []
    assert "leadtrace up" in found["servers"][0]


def test_what_could_be_better_is_told_by_the_doctor_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Finding("bi", "41 views are kept", hints=("refreshes take long",))
    monkeypatch.setattr(doctor, "examine", lambda _folder: iter([found]))
    done = run("doctor")
    assert (done.exit_code, done.output) == (0, "✓ bi         41 views are kept\n    refreshes take long\n")


def test_the_doctor_names_mappings_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/our.toml").write_text('system = "our"\n', encoding="utf-8")
    done = run(f"doctor --json --data-dir {tmp_path}")
    found = {each["check"]: each["problems"] for each in json.loads(done.output)}
    assert found["mappings"] == [f"{tmp_path}/mappings/our.toml: object: Field required"]


def test_a_market_is_written_where_it_was_wanted(tmp_path: Path) -> None:
    done = run(f"simulate {tmp_path / 'market'} --visitors 5 --days 60 --json")
    assert done.exit_code == 0, done.output
    files = json.loads(done.output)["files"]
    assert "requests.jsonl" in files
    assert all((tmp_path / "market" / name).is_file() for name in files)
    done = run(f"simulate {tmp_path / 'market'} --days 3")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: A market needs at least")


def test_a_command_of_an_extra_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named 'mcp' ({name})", name="mcp")

    monkeypatch.setattr("importlib.import_module", missing)
    done = CliRunner().invoke(main, ["mcp", "--http"], prog_name="leadtrace")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: `leadtrace mcp` needs more packages, mcp is missing: pip install 'leadtrace[mcp]'\n"
    )
