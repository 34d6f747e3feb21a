"""`leadtrace dead-letters`: what is meant is said clearly, and only one sends letters again at a time."""

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from answers.letters_again import alone
from answers.tables import text_table
from cli.dead_letters import measured
from cli.letters_again import report
from cli.main import main
from schemas.redriven import Outcome
from sinks.redrive import GONE, RedriveError
from sinks.redrive import Result as Redriven
from stack.errors import StackError

NOWHERE = {"LEADTRACE_KAFKA": "127.0.0.1:1", "LEADTRACE_CLICKHOUSE": "127.0.0.1:1"}


def run(line: str) -> Result:
    return CliRunner().invoke(main, ["dead-letters", *line.split()], env=NOWHERE, prog_name="leadtrace")


@pytest.mark.parametrize("line", ["", "redrive", "redrive --dry-run", "crm.events/2/17", "--metrics"])
@pytest.mark.enable_socket
def test_each_way_to_ask_needs_the_servers_and_says_so(line: str) -> None:
    done = run(line)
    assert done.exit_code == 1
    assert "ClickHouse at 127.0.0.1:1 can't be reached" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("line", ["--topic crm.event", "redrive --topic crm.event"])
def test_a_topic_that_there_is_not_names_those_that_there_are(line: str) -> None:
    done = run(line)
    assert done.exit_code == 2
    assert "no topic 'crm.event'; the topics are website.events, utm.events" in done.stderr


@pytest.mark.parametrize("line", ["crm.events", "crm.events/1", "crm.events/one/2", "redrve"])
def test_what_is_no_place_is_shown_one(line: str) -> None:
    done = run(line)
    assert done.exit_code == 2
    assert "for example crm.events/2/17" in done.stderr


@pytest.mark.parametrize("command", ["--help", "redrive --help", "show --help"])
def test_help_needs_no_server(command: str) -> None:
    assert run(command).exit_code == 0


def test_how_many_wait_is_written_as_prometheus_reads_it() -> None:
    text = measured([("crm.events", 'a "b"\\', 3), ("sem.events", "empty", 1)])
    assert text.splitlines() == [
        "# HELP leadtrace_dead_letters_waiting Dead letters that wait to be sent again.",
        "# TYPE leadtrace_dead_letters_waiting gauge",
        'leadtrace_dead_letters_waiting{topic="crm.events",reason="a \\"b\\"\\\\"} 3',
        'leadtrace_dead_letters_waiting{topic="sem.events",reason="empty"} 1',
    ]


def test_only_one_sends_letters_again_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(RedriveError, match="another"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=r"redrive\.lock can't be opened .* LEADTRACE_DATA_DIR"):
        alone(tmp_path / "file").__enter__()


def test_it_says_what_became_of_them_and_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    report(Redriven(Counter({Outcome.SENT: 1200, Outcome.LOADED: 3}), Counter({GONE: 2}), 4), as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "1,200 sent to their topics",
        "3 loaded into their tables",
        f"2 left: {GONE}",
        "the loader has yet to store 4 records of dead.letters",
        "what fails again waits again: leadtrace dead-letters --state waiting",
    ]


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert "\x1b" not in text_table(("reason",), [("\x1b]0;pwn\x07",)], "UTC")
