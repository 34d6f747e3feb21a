"""What is asked wrongly of `leadtrace report` is one sentence, before anything is asked of a server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from made_answers import Stored

from cli.main import main
from sinks.report_files import list_reports
from sinks.report_source import LIVE


def run(line: str) -> Result:
    return CliRunner().invoke(main, ["report", *line.split()], prog_name="leadtrace")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("funel", "there is no report 'funel' (did you mean 'funnel'?); the reports are "),
        ("keyword_pln --limit 3", "there is no report 'keyword_pln' (did you mean 'keyword_pnl'?)"),
        ("keywords --model frist", "must be first or last, not 'frist' (did you mean 'first'?)"),
        ("keywords -p modle=first", "has no parameter 'modle' (did you mean 'model'?)"),
        ("keywords --limit many", "the parameter 'limit' must be a number, not 'many'"),
        ("keywords --limit -1", "the parameter 'limit' must be a number from 0 to 4294967295, not '-1'"),
        ("funnel --from 2026-02 --to 2026-01", "the first day, 2026-02-01, lies after the last, 2026-01-31"),
        ("funnel --from 30.2.2026", "the parameter 'from' must be a day like 2026-10-05"),
        ("funnel --during next-year", "--during must be a day like 2026-10-05"),
        ("cycle_times --as-of 2026-01-01", "shows what is known now; of what was known then tell "),
        ("restated", "the report 'restated' needs the parameter 'as_of': "),
        ("restated --as-of noon", "must be a time like 2026-10-05 09:00:00, not 'noon'"),
        ("data_quality --during 2026", "the report 'data_quality' has no parameter 'from'; it has none"),
    ],
)
def test_a_wrong_question_is_one_sentence(line: str, sentence: str) -> None:
    done = run(line)
    assert (done.exit_code, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("keywords --limt 3", "No such option: --limt"),
        ("--all", "say a folder with --html"),
        ("funnel --all --html out", "leave out NAME"),
        ("funnel --during 2026 --from 2026-02", "leave out --from and --to"),
        ("funnel --param limit", "--param is NAME=VALUE"),
        ("funnel --csv --xlsx funnel.xlsx", "--csv prints, --xlsx and --html write files: ask for one"),
        ("--all --html out --xlsx funnel.xlsx", "--all writes all reports: "),
        ("--html out", "say the NAME of the report that is to be written, or --all"),
        ("funnel --csv --trust", "CSV is rows alone: --trust goes with a table"),
    ],
)
def test_a_line_that_is_not_understood_says_why(line: str, sentence: str) -> None:
    done = run(line)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_each_parameter_of_a_report_is_an_option_with_its_meaning() -> None:
    told = run("keywords --help").output
    assert "--model first|last" in told
    assert "Which keyword brought the leads" in told
    assert "--stage" not in told
    assert "--model" not in run("--help").output, "without a report, only what all have"


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.report.located", lambda given, _: given)
    monkeypatch.setattr("cli.report.connect", lambda _: Stored())
    monkeypatch.setattr("cli.report.chosen", lambda *_: LIVE)


@pytest.mark.usefixtures("stored")
def test_programs_get_rows_alone_and_people_what_they_stand_on() -> None:
    assert run("feedback --csv").stdout_bytes == b"\xef\xbb\xbfchannel,won\r\nemail,2\r\n"
    assert json.loads(run("feedback --json").stdout) == [{"channel": "email", "won": 2}]
    assert json.loads(run("feedback --json --trust").stdout)["policy_version"] == "abc123"
    assert "policy abc123\nlast heard of: website" in run("feedback").stdout
    assert "deals are in 2 currencies" in run("feedback --trust").stdout
    assert "policy" not in run("feedback --no-trust").stdout
    assert "| email | 2 |" in run("feedback --markdown").stdout


@pytest.mark.usefixtures("stored")
def test_files_are_written_and_named(tmp_path: Path) -> None:
    book, page = tmp_path / "a.xlsx", tmp_path / "a.html"
    done = run(f"identities -p person=x --xlsx {book} --html {page}")
    assert done.stdout.splitlines() == [f"{book}: 1 rows", f"{page}: 1 rows"]
    assert book.read_bytes().startswith(b"PK")
    assert b"<!DOCTYPE html>" in page.read_bytes()


def test_the_list_of_reports_is_a_line_for_each_with_its_question() -> None:
    lines = run("").output.splitlines()
    assert "trust                 How far can the numbers be trusted: how fresh is each source" in "".join(
        lines
    )
    assert len(lines) == len(list_reports()) + 2
    assert lines[-1] == "leadtrace report NAME --help says what it can be asked."
