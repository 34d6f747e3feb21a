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


def run(*words: str | Path, given: bytes | None = None) -> Result:
    """Run an import; `given` is what standard input holds."""
    return CliRunner().invoke(main, ["import", *map(str, words)], input=given, prog_name="leadtrace")


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


LEADS = "id,email,created\n7,wang@acme.cn,2026-03-01T10:00:00Z\n"
MAPPING = 'system = "our"\nobject = "lead"\n[lead]\nid = "id"\ncreated_at = "created"\nemails = "email"\n'
HISTORY = json.dumps(
    {
        "results": [
            {
                "id": "1",
                "propertiesWithHistory": {
                    "lifecyclestage": [{"value": "lead", "timestamp": "2024-03-01T10:00:00Z"}]
                },
            }
        ]
    }
)
VISITORS = "邮箱,活动名称,活动日期\nwang@acme.cn,沙龙,2024-03-20\n"


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (["sem", "--engine", "baidu", "--as-of", "2026-03-02"], REPORT, "1 keyword day"),
        (["crm", "--mapping", "our.toml"], LEADS, "1 row"),
        (["history"], HISTORY, "1 "),
        (["attendance"], VISITORS, "1 "),
    ],
    ids=["sem", "crm", "history", "attendance"],
)
def test_every_import_reads_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], given: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "our.toml").write_text(MAPPING)
    (tmp_path / "same.csv").write_bytes(given.encode("gb18030"))
    options = () if words[0] == "history" else ("--encoding", "gb18030")
    piped = run(*words, "-", "--dry-run", *options, given=given.encode("gb18030"))
    assert piped.exit_code == 0, piped.output
    assert said in piped.output
    filed = run(*words, "same.csv", "--dry-run", *options)
    assert piped.output.replace("standard input", "same.csv") == filed.output


def test_a_report_from_standard_input_has_to_be_told_when_it_was_made() -> None:
    done = run("sem", "-", "--dry-run", "--engine", "baidu", given=REPORT.encode())
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: standard input: it does not say when it was made, and only the newest report of a day "
        "counts: say it with --as-of, for example --as-of 2026-03-01T09:00\n"
    )
    says_so = "数据生成时间：2026-03-02 09:00:00\n" + REPORT
    assert run("sem", "-", "--dry-run", "--engine", "baidu", given=says_so.encode()).exit_code == 0


def test_standard_input_has_the_name_that_is_given_to_it(tmp_path: Path) -> None:
    undated = "账户,推广计划,推广单元,关键词,展现,点击,消费\na,计划,单元,词,10,2,3.50\n".encode()
    words = ("sem", "-", "--dry-run", "--engine", "baidu", "--as-of", "2026-03-02")
    assert run(*words, given=undated).exit_code == 1
    named = run(*words, "--name", "baidu_2026-03-01.csv", given=undated)
    assert named.exit_code == 0, named.output
    assert "day: 2026-03-01, from the file's name" in named.output
    done = run("sem", file(tmp_path, "baidu.csv", REPORT), "--dry-run", "--name", "x.csv")
    assert (done.exit_code, "--name is of what standard input" in done.stderr) == (2, True)


def test_rows_of_standard_input_that_were_left_out_are_written_down(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    words = ("sem", "-", "--engine", "baidu", "--as-of", "2026-03-05", "--dry-run", "--rejects", rejects)
    done = run(*words, given=(REPORT + BROKEN_ROW).encode())
    assert done.exit_code == 3
    assert "line 3, column 展现" in done.output
    assert "ten" in rejects.read_text("utf-8-sig")


def test_standard_input_is_bounded_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.cells.source.LARGEST_PIPE", 1 << 20)
    done = run("sem", "-", "--dry-run", given=b"x" * ((1 << 20) + 1))
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: standard input gives more than 1 MB: save it as a file and import that\n",
    )
    assert "can be read once only" in run("sem", "-", "-", "--dry-run", given=b"").stderr


@pytest.mark.parametrize("given", [b"", b"\x00", b"\xff\xfe", b"\n\n", b"PK\x03\x04", b"{", b"a,b\n1"])
@pytest.mark.parametrize("kind", ["sem", "history", "attendance"])
def test_whatever_standard_input_holds_the_outcome_is_a_sentence(kind: str, given: bytes) -> None:
    done = run(kind, "-", "--dry-run", given=given)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.startswith("Error: standard input")
    assert done.stderr.count("\n") == 1
