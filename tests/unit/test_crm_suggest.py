"""A mapping is suggested for an export: it imports what the shipped one does, and asks what it can't know."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tokens import TOKENISER

from answers.workbook import workbook
from cli.main import main
from producers.crm.export import CrmOptions
from producers.crm.mapping import parse_mapping
from producers.crm.shipped import shipped_mapping, shipped_mappings
from producers.crm.suggest.reading import Suggestion, SuggestOptions
from producers.imports import Plan, plan_crm, suggest_crm
from producers.outcomes.left_out import NotUnderstoodError

NOW = 1_795_300_000_000
SAMPLES = Path(__file__).parents[1] / "samples/crm_exports"


def suggested(data: bytes, system: str = "") -> Suggestion:
    return suggest_crm(data, SuggestOptions(file_name="export.csv", timezone="Asia/Shanghai", system=system))


def of_lines(*lines: str, system: str = "mycrm") -> Suggestion:
    return suggested("\n".join(lines).encode(), system)


def decided(suggestion: Suggestion) -> str:
    """The mapping without its questions, as somebody leaves it who agrees with every guess."""
    return re.sub(r"(?ms)^\[undecided\].*?(?=^\[)", "", suggestion.text)


def imported(data: bytes, mapping: str) -> Plan:
    return plan_crm(data, "export.csv", mapping, CrmOptions(received_at=NOW), TOKENISER)


def facts(plan: Plan) -> set[str]:
    assert plan.error == ""
    assert plan.rejects == ()
    return {fact.model_dump_json(exclude={"received_at"}) for fact in plan.facts}


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_shipped_mapping_has_a_sample_which_it_reads_without_a_doubt(name: str) -> None:
    plan = imported((SAMPLES / f"{name}.csv").read_bytes(), shipped_mapping(name))
    assert len(facts(plan)) >= 2
    assert not [note for note in plan.notes if "left out" in note]


@pytest.mark.parametrize("name", shipped_mappings())
def test_a_suggested_mapping_imports_the_same_facts_as_the_shipped_one(name: str) -> None:
    data = (SAMPLES / f"{name}.csv").read_bytes()
    shipped = shipped_mapping(name)
    suggestion = suggested(data, parse_mapping(shipped).system)
    assert suggestion.undecided == ()
    assert facts(imported(data, suggestion.text)) == facts(imported(data, shipped))


@pytest.mark.parametrize("name", shipped_mappings())
def test_without_the_name_of_the_crm_all_else_is_the_same(name: str) -> None:
    """A CRM is told by columns that it alone has; of any other its name is asked for."""
    data = (SAMPLES / f"{name}.csv").read_bytes()
    shipped = parse_mapping(shipped_mapping(name))
    suggestion = suggested(data)
    mapping = parse_mapping(decided(suggestion))
    assert mapping.object == shipped.object
    assert mapping.system == shipped.system or any(
        each.startswith("system:") for each in suggestion.undecided
    )


def test_a_workbook_is_read_as_its_csv_is() -> None:
    data = (SAMPLES / "fxiaoke-export.csv").read_bytes()
    header, *rows = [line.split(",") for line in data.decode().splitlines()]
    book = workbook(header, [tuple(row) for row in rows])
    assert decided(suggested(book, "fxiaoke")) == decided(suggested(data, "fxiaoke"))


def test_what_is_guessed_by_words_says_so_and_what_would_be_silent_is_asked() -> None:
    suggestion = of_lines(
        "客户编号,联系人,联系邮箱,手机号码,当前状态,建档日期,最近更新,负责销售,销售邮箱,您是怎么得知我们的,POC日期",
        "C1,甲,a@data-co.cn,13800138001,MQL,2024-03-01,2024-03-05,销售甲,x@own.cn,知乎,",
        "C2,乙,b@steel-co.cn,13800138002,POC,2024-03-02,2024-03-06,销售甲,x@own.cn,朋友,2024-03-06",
    )
    mapping = parse_mapping(decided(suggestion))
    assert mapping.lead.emails == ("联系邮箱",)
    assert mapping.lead.phones == ("手机号码",)
    assert mapping.lead.stage_dates == {"POC": ("POC日期",)}
    assert mapping.lead.heard_from == ("您是怎么得知我们的",)
    assert mapping.lead.owner == ("负责销售",)
    assert suggestion.undecided == ("lead.stage: “当前状态” is taken, by nothing but a word in its name",)
    assert "#   销售邮箱 (of whoever works on it)" in suggestion.text
    assert "x@own.cn" not in suggestion.text


def test_a_mapping_imports_nothing_until_its_questions_are_decided() -> None:
    header, row = "ID,Created At,Kontostatus,Email", "7,2024-03-01,MQL,a@data-co.cn"
    suggestion = of_lines(header, row)
    plan = imported(f"{header}\n{row}\n".encode(), suggestion.text)
    assert plan.facts == ()
    assert plan.error == (
        "the mapping can't be used: lead.stage is undecided: “Kontostatus” is taken, by nothing but a word "
        "in its name; decide it, and delete its line below [undecided]"
    )
    assert len(facts(imported(f"{header}\n{row}\n".encode(), decided(suggestion)))) == 2


def test_the_lead_s_own_answer_is_kept_beside_what_sales_typed() -> None:
    suggestion = of_lines(
        "ID,Created At,Email,Lead Source,How did you hear?", "7,2024-03-01,a@x-co.cn,Web,Podcast"
    )
    (lead,) = imported(
        b"ID,Created At,Email,Lead Source,How did you hear?\n7,2024-03-01,a@x-co.cn,Web,Podcast\n",
        suggestion.text,
    ).facts
    assert (lead.lead_source, lead.attributes) == ("Web", {"heard_from": "Podcast"})  # type: ignore[attr-defined] # a LeadRecorded


def test_columns_that_contradict_each_other_are_asked_about_and_those_that_agree_are_not() -> None:
    agreeing = of_lines(
        "ID,Created At,Create Date,Email", "1,2024-03-01,,a@x-co.cn", "2,,2024-03-02,b@x-co.cn"
    )
    assert agreeing.undecided == ()
    assert parse_mapping(agreeing.text).lead.created_at == ("Created At", "Create Date")
    against = of_lines("ID,Created At,Create Date,Email", "1,2024-03-01,2024-03-04,a@x-co.cn")
    assert against.undecided == ("lead.created_at: “Created At” is taken, but “Create Date” may be meant",)


@pytest.mark.parametrize(
    ("header", "row", "asked"),
    [
        ("ID,Created At,Reach", "{n},2024-03-0{n},p{n}@x-co.cn", "lead.emails"),
        ("ID,Created At,Email,Kontakt", "{n},2024-03-0{n},p{n}@x-co.cn,1380013800{n}", "lead.phones"),
        ("Email,Created At,Alias", "p{n}@x-co.cn,2024-03-0{n},a{n}", "lead.id"),
        ("ID,Since,Email", "{n},2024-03-0{n},p{n}@x-co.cn", "lead.created_at"),
        ("Deal ID,Created At,Budget amount", "{n},2024-03-0{n},5000{n}.50", "deal.amount"),
        ("Deal ID,Lead ID,Created At,Amount", "{n},9{n},2024-03-0{n},500.5{n}", "object"),
        ("ID,Mobile,Deal ID,Created At", "{n},1380013800{n},9{n},2024-03-0{n}", "object"),
    ],
)
def test_a_guess_that_cells_alone_or_words_alone_allow_is_asked(header: str, row: str, asked: str) -> None:
    suggestion = of_lines(header, *(row.format(n=n) for n in range(1, 6)))
    assert [each.partition(":")[0] for each in suggestion.undecided] == [asked]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["甲,13800138001", "乙,13800138002"], "an address or a number stands where the names"),
        (["ID,Created At"], "a header but no rows"),
        (["ID,Email", "1,a@x-co.cn"], "no column holds dates"),
        (
            ["Created At,Stage", "2024-03-01,New", "2024-03-01,New"],
            "no column has a value of its own in each row",
        ),
    ],
)
def test_what_can_t_become_a_mapping_is_refused_by_a_sentence(lines: list[str], sentence: str) -> None:
    with pytest.raises(NotUnderstoodError, match=sentence) as caught:
        of_lines(*lines)
    assert "13800138001" not in str(caught.value)


def test_the_command_prints_the_mapping_and_says_what_is_to_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "leads.csv"
    path.write_text("ID,Created At,Email,Kontostatus\n1,2024-03-01,a@x-co.cn,New\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "crm", str(path), "--suggest", "--system", "mycrm"])
    assert done.exit_code == 0, done.output
    assert parse_mapping(decided(Suggestion(done.stdout, ()))).system == "mycrm"
    assert done.stderr.startswith("to decide: lead.stage: ")
    for words, sentence in (
        ([], "give either --mapping"),
        (["--suggest", "--mapping", "generic"], "give either --mapping"),
        (["--system", "x", "--mapping", "generic"], "--system goes with --suggest"),
        (["--suggest", "--system", "My CRM"], "is no name of small letters"),
    ):
        refused = CliRunner().invoke(main, ["import", "crm", str(path), *words])
        assert refused.exit_code == 2
        assert sentence in refused.output
        assert not refused.stdout


def test_a_row_of_a_lead_may_tell_its_deal_s_amount() -> None:
    suggestion = of_lines(
        "线索ID,手机,商机编号,创建时间,成交金额(万元)",
        "1,13800138001,,2024-03-01,",
        "2,13800138002,S9,2024-03-02,12.5",
    )
    assert suggestion.undecided == (
        "deal.amount: “成交金额(万元)” is taken, by nothing but a word in its name",
    )
    assert parse_mapping(decided(suggestion)).deal.amount == ("成交金额(万元)",)
