"""`leadtrace notify` at the terminal: what can't be done is a sentence, and shows no address."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main

RULES = '[rules.unanswered]\ntargets = ["sales"]'
SECRET = "T0k3nT0k3n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "CLICKHOUSE": "127.0.0.1:9",
        "NOTICE_TARGETS": f"sales=feishu://{SECRET} boss=nothing://{SECRET}",
    }.items():
        monkeypatch.setenv(f"LEADTRACE_{name}", value)
    monkeypatch.setattr("cli.surroundings.demand_trust", lambda *_: None)
    (tmp_path / "notices.toml").write_text(RULES)
    return tmp_path


def notify(*arguments: str) -> Result:
    done = CliRunner().invoke(main, ["notify", *arguments])
    assert SECRET not in done.output
    assert "Traceback" not in done.output
    return done


def test_only_one_thing_is_done_at_a_time(home: Path) -> None:
    done = notify("--once", "--dry-run")
    assert done.exit_code == 2
    assert "ask for one of them" in done.output


def test_without_a_file_it_says_where_one_is_looked_for(home: Path) -> None:
    (home / "notices.toml").unlink()
    done = notify("--once")
    assert done.exit_code == 1
    assert f"no notices are configured: write {home}/notices.toml" in done.output


def test_a_file_that_can_not_be_meant_is_refused_before_anything_is_asked(home: Path) -> None:
    (home / "notices.toml").write_text(f"{RULES}\nday = 3")
    assert "rules.unanswered.day" in notify().output


def test_an_unknown_target_is_told_with_those_that_there_are(home: Path) -> None:
    assert "there is no target bos; those with an address are sales, boss" in notify("--test", "bos").output


def test_an_address_that_apprise_does_not_know_is_named_by_its_target(home: Path) -> None:
    assert "the address of the target boss in LEADTRACE_NOTICE_TARGETS" in notify("--test", "boss").output


def test_without_apprise_it_says_how_to_install_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert "pip install 'leadtrace[notify]'" in notify("--once").output


@pytest.mark.enable_socket
@pytest.mark.parametrize("option", ["--once", "--dry-run"])
def test_while_clickhouse_is_away_a_sentence_says_so(home: Path, option: str) -> None:
    done = notify(option)
    assert done.exit_code == 1
    assert "ClickHouse at 127.0.0.1:9 can't be reached" in done.output
