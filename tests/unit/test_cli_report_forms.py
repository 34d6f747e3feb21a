"""An answer in each of its forms: what cells hold is shown, and never obeyed."""

import csv
import io
import json
from collections.abc import Generator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import click
import pytest
from click.testing import CliRunner
from made_answers import HOSTILE, KNOWN, result, trust
from python_calamine import CalamineWorkbook

from answers.answer import Answer, is_of_one
from answers.forms import as_json, as_markdown, as_workbook
from answers.tables import csv_table
from cli.report_forms import as_text, print_csv
from sinks.report_files import list_reports, parse

REPORT = parse(
    "channels",
    "-- How many leads?\n-- from = 1970-01-01: first day\n-- limit = 50: rows\n"
    "SELECT {from:Date}, {limit:UInt8}",
)


def told(*rows: tuple[Any, ...], **values: str) -> Answer:
    found = result(("channel", "mqls", "cac"), *rows, **values)
    trusted = replace(trust(), values=(("from", "2026-10-01"), ("to", "2099-12-31")))
    return Answer(REPORT, found, "Asia/Shanghai", True, KNOWN, "abc123", trusted)


STANDS_ON = """\
known until 2026-10-05 09:30 (Asia/Shanghai), policy abc123
of 12 leads: 3 (25%) direct; 6 (50%) known for less time than half of the won deals took
deals are in 2 currencies, which are never added up: CNY 4, EUR 1
last heard of: website 2026-10-05
ad costs are known up to: baidu, google 2026-10-05
2 dead letters wait: see `leadtrace report dead_letters_waiting`
no CRM: leadtrace import crm FILE"""
BRIEFLY = """\
known until 2026-10-05 09:30 (Asia/Shanghai), policy abc123
of 12 leads 3 (25%) direct, 6 (50%) too young
last heard of: website 2026-10-05
2 dead letters wait: see `leadtrace report dead_letters_waiting`
no CRM: leadtrace import crm FILE
more on that: `leadtrace report trust --from 2026-10-01`"""


def test_a_table_says_below_it_what_it_stands_on_as_far_as_it_concerns_the_question() -> None:
    text = as_text(told(("元数据", 1234, None), ("email", 5, Decimal("2.5"))))
    assert text == (
        f"Channel    MQL   CAC\n───────  ─────  ────\n元数据   1,234     –\nemail        5  2.50\n\n{BRIEFLY}"
    )


def test_all_that_a_table_stands_on_is_told_where_it_is_asked_for() -> None:
    assert as_text(replace(told(("email", 5, None)), in_full=True)).endswith(f"\n\n{STANDS_ON}")


def test_only_a_table_with_costs_says_until_when_these_are_known() -> None:
    answer = told(("email", 5, None))
    assert "ad costs" not in as_text(answer)
    with_costs = replace(answer, result=result(("channel", "cost"), ("email", None)))
    assert "\nad costs are known up to: baidu, google 2026-10-05\n" in as_text(with_costs)
    assert "of 12 leads" not in as_text(with_costs)


def test_nothing_found_is_said() -> None:
    assert as_text(Answer(REPORT, result(("channel",)), "UTC")).splitlines()[2:] == ["(no rows)"]
    assert as_markdown(Answer(REPORT, result(("channel",)), "UTC")).endswith("(no rows)")
    assert json.loads(as_json(Answer(REPORT, result(("channel",)), "UTC"))) == []


def test_a_limit_that_cut_rows_off_is_said() -> None:
    rows = [(str(n), n, None) for n in range(2)]
    assert "cut at limit 2: a larger one may show more" in as_text(told(*rows, limit="2"))
    assert "larger" not in as_text(told(*rows, limit="3"))


def test_markdown_is_a_table_with_what_was_asked() -> None:
    text = as_markdown(told(("paid_search", 7, None), **{"from": "2026-10-01", "to": "2099-12-31"}))
    assert text.splitlines()[:7] == [
        "## How many leads?",
        "",
        "from: 2026-10-01",
        "",
        "| Channel | MQL | CAC |",
        "| --- | ---: | ---: |",
        "| paid_search | 7 | – |",
    ]
    assert text.splitlines()[8] == f"- {STANDS_ON.splitlines()[0]}"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_cell_holds_is_no_markup_in_markdown(text: str) -> None:
    line = as_markdown(told((text, 1, None))).splitlines()[4]
    assert len(as_markdown(told((text, 1, None))).splitlines()) == len(
        as_markdown(told(("a", 1, None))).splitlines()
    )
    assert line.replace("\\|", "").count("|") == 4
    assert "\\<script\\>" in line if "<" in text else "<" not in line.replace("\\<", "")
    assert "\u202e" not in line
    assert len(line) < 600


def test_json_with_trust_says_what_was_asked() -> None:
    told_of = json.loads(as_json(told(("email", 5, Decimal("2.5")), limit="50")))
    assert told_of["rows"] == [{"channel": "email", "mqls": 5, "cac": 2.5}]
    assert (told_of["report"], told_of["asked"]) == ("channels", {"limit": "50"})
    assert told_of["known_until"].startswith("2026-10-05T01:30:00")
    assert told_of["trust"][3]["what"] == "leads_direct"


def test_a_workbook_has_a_second_sheet_that_tells_of_the_first() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook(told(("=1+1", 5, None), limit="50"))))
    assert book.get_sheet_by_index(0).to_python()[1][0] == "=1+1"
    about = dict(row[:2] for row in book.get_sheet_by_name("About").to_python())
    assert (about["Question"], about["limit"]) == ("How many leads?", "50")


SEMICOLONS = [
    ("a;=1+1", "a;'=1+1"),
    ('a; "=1+1', "a; \"'=1+1"),
    ("a\n=1+1", "a\n'=1+1"),
    ("\r=1", "'\r'=1"),
    ("\t=1", "'\t'=1"),
    ("a;b", "a;b"),
    ("a;1", "a;1"),
    ("=1;=2", "'=1;'=2"),
]


@pytest.mark.parametrize(("text", "safe"), SEMICOLONS)
def test_a_cell_is_no_formula_for_a_reader_that_divides_by_semicolons_either(text: str, safe: str) -> None:
    written = csv_table(("x", "y"), [("a", text)])
    assert next(iter(list(csv.reader(io.StringIO(written, newline="")))[1:]))[1] == safe
    # Excel goes by semicolons in half of Europe; what is quoted after a comma is no quoted cell to it.
    for line in written.splitlines():
        assert not any(part.lstrip(" \"'").startswith("=") and "'" not in part for part in line.split(";"))


@click.command()
def many() -> None:
    """Print a hundred thousand rows."""
    print_csv(("n", "text"), rows())


def rows() -> Generator[tuple[Any, ...], None, None]:
    for n in range(100_000):
        yield n, "元数据" * 20


def test_csv_begins_with_a_bom_and_holds_few_of_many_rows_in_memory() -> None:
    done = CliRunner().invoke(many)
    assert done.exit_code == 0
    assert done.stdout_bytes.startswith(b"\xef\xbb\xbfn,text\r\n0,")
    assert done.stdout_bytes.count(b"\r\n") == 100_001


@click.command()
def broken() -> None:
    """Print rows of which the third fails."""

    def rows() -> Generator[tuple[Any, ...], None, None]:
        yield (1,)
        raise click.ClickException("the server went away")

    print_csv(("n",), rows())


def test_csv_that_breaks_off_prints_nothing() -> None:
    done = CliRunner().invoke(broken)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the server went away" in done.stderr


def test_reports_of_one_lead_or_account_are_told_by_what_they_need() -> None:
    of_one = {report.name for report in list_reports() if is_of_one(report)}
    assert {"journey", "identities", "stage_history", "account_journey"} <= of_one
    assert not of_one & {"funnel", "keywords", "restated", "trust"}
