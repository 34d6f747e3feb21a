"""Imports say what they understood and what they left out, and end with the status that tells the truth."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import settings
from cli.main import main
from settings import Settings

REPORT = "日期,账户,推广计划,推广单元,关键词,展现,点击,消费\n2026-03-01,a,计划,单元,词,10,2,3.50\n"
BROKEN_ROW = "2026-03-02,a,计划,单元,词,ten,2,3.50\n"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + name.upper(), raising=False)
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path / "data"))


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, words)], prog_name="leadtrace")


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="gb18030")
    return path


def test_a_dry_run_shows_what_would_be_understood_without_servers(tmp_path: Path) -> None:
    done = run("sem", file(tmp_path, "baidu.csv", REPORT), "--dry-run", "--engine", "baidu")
    assert done.exit_code == 0, done.output
    assert "would import baidu: 1 keyword day, 10 impressions, 2 clicks, cost 3.50" in done.output
    assert "推广计划" in done.output


def test_rows_left_out_are_told_written_down_and_in_the_status(tmp_path: Path) -> None:
    report, rejects = file(tmp_path, "baidu.csv", REPORT + BROKEN_ROW), tmp_path / "rejects.csv"
    done = run("sem", report, "--dry-run", "--engine", "baidu", "--rejects", rejects)
    assert done.exit_code == 3
    assert "left out 1 rows" in done.output
    assert "line 3, column 展现" in done.output
    assert "ten" not in done.output
    assert "ten" in rejects.read_text("utf-8-sig")


def test_a_file_that_is_not_understood_does_not_keep_others_out(tmp_path: Path) -> None:
    good, bad = file(tmp_path, "baidu.csv", REPORT), file(tmp_path, "recipe.csv", "flour,eggs\n1,2\n")
    done = run("sem", bad, good, "--dry-run", "--engine", "baidu", "--json")
    assert done.exit_code == 1
    assert "recipe.csv" in done.stderr
    told = {Path(each["file"]).name: each for each in json.loads(done.stdout)}
    assert told["baidu.csv"]["facts"] == 1
    assert told["recipe.csv"]["facts"] == 0
    assert told["recipe.csv"]["error"]


def test_without_servers_nothing_is_imported(tmp_path: Path) -> None:
    done = run("sem", file(tmp_path, "baidu.csv", REPORT))
    assert done.exit_code == 1
    assert "start `leadtrace up`" in done.stderr


def test_a_mapping_is_a_file_or_comes_with_leadtrace(tmp_path: Path) -> None:
    contacts = file(tmp_path, "contacts.csv", "id,email\n1,a@site.example\n")
    done = run("crm", contacts, "--mapping", "salesfarce", "--dry-run")
    assert done.exit_code == 2
    assert "hubspot-export" in done.stderr
    done = run("crm", contacts, "--mapping", file(tmp_path, "m.toml", "x ="), "--dry-run")
    assert done.exit_code == 1
    assert "the mapping can't be used" in done.stderr


def test_rejects_go_with_one_file(tmp_path: Path) -> None:
    one, two = file(tmp_path, "a.csv", REPORT), file(tmp_path, "b.csv", REPORT)
    done = run("sem", one, two, "--rejects", tmp_path / "r.csv", "--dry-run")
    assert done.exit_code == 2


def test_a_file_that_is_not_there_is_a_mistake_of_usage(tmp_path: Path) -> None:
    assert run("attendance", tmp_path / "nowhere.csv").exit_code == 2


def test_rejects_may_be_a_workbook_which_is_imported_again(tmp_path: Path) -> None:
    report, rejects = file(tmp_path, "baidu.csv", REPORT + BROKEN_ROW), tmp_path / "rejects.xlsx"
    run("sem", report, "--dry-run", "--engine", "baidu", "--rejects", rejects)
    done = run("sem", rejects, "--dry-run", "--engine", "baidu")

    assert "rejects.xlsx, line 2, column 展现: is not a number" in done.output  # what was wrong still is
    assert "ten" not in done.output.replace("written", "")
