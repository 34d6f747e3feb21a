"""What a notice says: what is so, since when, what to do and where to look; nothing that a chat obeys."""

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
from told_notices import BEGAN, letters, waiting

from notices.cases import (
    Case,
    data_quality,
    dead_letters,
    missing_costs,
    silent_sources,
    unanswered,
    week_of,
)
from notices.digest import digest_message, funnel_figure
from notices.texts import Reader, hello, message
from notices.wishes import DataQuality, DeadLetters, Digest, MissingCosts, SilentSources
from sinks.headings import heading
from sinks.reports import Result

EN = Reader("en", "Asia/Shanghai", "https://leads.example")
ZH = Reader("zh", "Asia/Shanghai")
TO = ("x",)
NOW = BEGAN


def fresh(what: str, newest: datetime, learnt: datetime | None = None) -> dict[str, Any]:
    return {"area": "freshness", "what": what, "newest_at": newest, "learnt_at": learnt or newest}


def test_both_languages_have_the_same_words_with_the_same_places_in_them() -> None:
    def places(told: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: places(text) if isinstance(text, dict) else sorted(re.findall(r"\{\w+\}", text))
            for name, text in told.items()
        }

    files = resources.files("notices").joinpath("words")
    en, zh = (tomllib.loads(files.joinpath(f"{name}.toml").read_text("utf-8")) for name in ("en", "zh"))
    assert places(en) == places(zh)


def test_who_waits_is_named_with_company_owner_and_days() -> None:
    row = {
        "person": "crm:sales:L1",
        "qualified_at": datetime(2026, 2, 20, 1, tzinfo=UTC),
        "company": "南京示例公司",
        "owner": "销售一组",
        "waited_days": 12.4,
    }
    told = message("unanswered", unanswered([row]), EN, limit=5)
    assert told.title == "Leadtrace: 1 MQL has waited for sales for more than 5 days"
    assert told.body.splitlines()[0] == "南京示例公司 · 销售一组 · 12.4 days · crm:sales:L1"
    assert told.body.endswith("See: https://leads.example/reports/unanswered?state=waiting")
    told = message("unanswered", unanswered([{**row, "owner": "", "company": ""}]), ZH, limit=5)
    assert told.title == "Leadtrace：1 条 MQL 超过 5 天未跟进"
    assert told.body.splitlines()[0] == "crm:sales:L1 · 无负责人 · 已等待 12.4 天 · crm:sales:L1"
    assert "http" not in told.body, "nobody said where the cockpit is"
    (token,) = unanswered([{**row, "person": f"email:{'a0ce' * 16}"}])
    assert (token.about, token.told["person"]) == (f"email:{'a0ce' * 16}", "email:a0cea0ce…")


def test_of_many_the_first_are_named_and_the_rest_counted() -> None:
    told = message("unanswered", waiting(*(f"crm:{n}" for n in range(1_500))), EN, limit=5)
    assert "1,500 MQLs" in told.title
    assert told.body.splitlines()[10] == "… and 1,490 more"


@pytest.mark.parametrize("reader", [EN, ZH], ids=["en", "zh"])
def test_long_names_make_fewer_lines_so_that_every_chat_takes_the_notice(reader: Reader) -> None:
    long = {"person": "crm:1", "company": "公司" * 50, "owner": "负责人" * 50, "days": 1.0}
    told = message("unanswered", [Case(str(n), told=long) for n in range(20)], reader, 5, is_doubtful=True)
    assert 1_300 < len(f"{told.title}\n{told.body}".encode()) < 2_048, "WeCom refuses more"
    lines = told.body.splitlines()
    named = [line for line in lines if line.startswith("公司")]
    assert f" {20 - len(named)} " in lines[len(named)]


@pytest.mark.parametrize("reader", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize(
    "name",
    [
        '<at user_id="all">', "<!channel>", "@all", "[win](https://evil.example)", "https://evil.example",
        "a\nLeadtrace: all is well", "\u202eabc", "{person}", "x" * 500, "`rm`", "**b**", "\ud800",
    ],
    ids=ascii,
)  # fmt: skip
def test_no_chat_takes_a_name_for_a_mention_a_link_or_a_line(name: str, reader: Reader) -> None:
    case = Case("p", told={"person": "crm:1", "company": name, "owner": name, "days": 1.0})
    line = message("unanswered", [case], reader).body.splitlines()
    assert len(line) == len(message("unanswered", waiting("p"), reader).body.splitlines())
    assert not re.search(r"[<>@`*\u202e\ud800]|\]\(|\w://", line[0])
    assert len(line[0]) < 200


def test_a_source_is_silent_from_the_moment_on_that_it_was_heard_last() -> None:
    rule = SilentSources(kind="silent_sources", targets=TO, hours=24)
    rows = [
        fresh("website: collector", NOW - timedelta(hours=25)),
        fresh("crm: crm:sales", NOW - timedelta(hours=23)),
        fresh("rates: import:rates", NOW - timedelta(days=9)),
        fresh("ad_costs: baidu/a", NOW - timedelta(days=9)),
    ]
    (case,) = silent_sources(rule, rows, NOW, None)
    assert (case.about, case.episode) == ("website: collector", "2026-03-03T09:00:00+00:00")
    told = message("silent_sources", [case], EN)
    assert told.body.splitlines()[0] == "collector: last heard of 2026-03-03 17:00, 1.0 days ago"
    only = rule.model_copy(update={"sources": ("crm", "import:rates"), "but": ()})
    assert [each.about for each in silent_sources(only, rows, NOW, None)] == ["rates: import:rates"]


def test_of_tables_that_are_not_kept_up_that_is_told_and_not_that_all_sources_are_silent() -> None:
    rule = SilentSources(kind="silent_sources", targets=TO, hours=24)
    kept = NOW - timedelta(days=3)
    rows = [fresh("website: collector", kept - timedelta(hours=1))]
    (case,) = silent_sources(rule, rows, NOW, kept)
    assert message("silent_sources", [case], EN).body.startswith("The tables of reports: last refreshed ")
    assert message("silent_sources", [case], ZH).body.startswith("报表数据：最后刷新 ")


def test_costs_are_missing_by_account_from_the_last_day_that_has_any() -> None:
    rule = MissingCosts(kind="missing_costs", targets=TO, days=2)
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)  # of 1 March in Shanghai
    rows = [
        fresh("ad_costs: baidu/元图", midnight),
        fresh("ad_costs: google", midnight + timedelta(days=1)),
        fresh("website: collector", midnight - timedelta(days=99)),
    ]
    (case,) = missing_costs(rule, rows, date(2026, 3, 4), "Asia/Shanghai")
    assert (case.about, case.episode) == ("baidu/元图", "2026-03-01")
    assert "baidu/元图：消费数据截至 2026-03-01，已 3 天" in message("missing_costs", [case], ZH).body
    assert (
        missing_costs(rule.model_copy(update={"but": ("baidu",)}), rows, date(2026, 3, 4), "Asia/Shanghai")
        == []
    )


def test_that_there_are_no_costs_at_all_is_told_as_well() -> None:
    rule = MissingCosts(kind="missing_costs", targets=TO)
    rows = [{"area": "missing", "what": "ad costs"}, {"area": "missing", "what": "CRM"}]
    cases = missing_costs(rule, rows, date(2026, 3, 4), "UTC")
    assert message("missing_costs", cases, EN).body.startswith("No ad costs at all")
    assert message("missing_costs", cases, ZH).body.startswith("没有任何广告消费数据")


def test_dead_letters_and_issues_count_from_a_number_on() -> None:
    rows = [
        {"topic": "crm.events", "reason": "bad_json", "waiting": count, "oldest": NOW} for count in (2, 3)
    ]
    found = dead_letters(DeadLetters(kind="dead_letters", targets=TO, at_least=3), rows)
    assert [each.size for each in found] == [3]
    assert "crm.events, bad_json: 3 waiting since 2026-03-04 18:00" in message("dead_letters", found, EN).body
    issues = [
        {"area": "journeys", "issue": "unmapped_stage:sales:已加微信", "rows": 18},
        {"area": "journeys", "issue": "bot_visits", "rows": 28},
    ]
    (issue,) = data_quality(DataQuality(kind="data_quality", targets=TO), issues)
    told = message("data_quality", [issue], ZH)
    assert told.body.startswith("unmapped_stage:sales:已加微信（journeys）：18")


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-03-02 08:59", "2026-02-16"),
        ("2026-03-02 09:00", "2026-02-23"),
        ("2026-03-08 23:59", "2026-02-23"),
        ("2026-03-09 08:59", "2026-02-23"),
        ("2026-03-09 09:00", "2026-03-02"),
    ],
)
def test_the_digest_of_a_week_is_due_from_its_day_and_hour_on_until_the_next(now: str, first: str) -> None:
    rule = Digest(kind="digest", targets=TO)
    assert week_of(rule, datetime.fromisoformat(now))[0].isoformat() == first


def test_a_digest_on_another_day_is_of_the_whole_week_before_that_day() -> None:
    friday = Digest(kind="digest", targets=TO, weekday="fri")
    assert week_of(friday, datetime(2026, 3, 6, 9)) == (date(2026, 2, 23), date(2026, 3, 1))
    assert week_of(friday, datetime(2026, 3, 6, 8)) == (date(2026, 2, 16), date(2026, 2, 22))


def answer(columns: str, *rows: tuple[Any, ...]) -> Result:
    names = tuple(columns.split())
    return Result(names, tuple(map(heading, names)), rows)


def asked(name: str, parameters: Mapping[str, str]) -> Result:
    week = parameters.get("from")
    match name:
        case "funnel_steps":
            counts = (31_198, 12, 8) if week == "2026-02-23" else (20_000, 9, 9)
            steps = ("impression", "lead", "marketing_qualified")
            return answer(
                "part number step count",
                *(("(all)", at, *each) for at, each in enumerate(zip(steps, counts, strict=True))),
            )
        case "money":
            rows = [("CNY", 20_412.94, 0), ("USD", 0, 500)] if week == "2026-02-23" else [("CNY", 18_000, 0)]
            return answer("currency cost revenue", *rows)
        case "unanswered":
            return answer("person", ("a",), ("b",))
    return answer("topic waiting", ("crm.events", 3))


WEEK = Case("week", "2026-02-23", told={"first": date(2026, 2, 23), "last": date(2026, 3, 1)})


def test_a_digest_has_the_funnel_and_the_money_beside_the_week_before() -> None:
    told = digest_message(WEEK, Digest(kind="digest", targets=TO), asked, EN)
    assert told.title == "Leadtrace: the week from 2026-02-23 to 2026-03-01"
    assert told.body.splitlines() == [
        "Impressions: 31,198 (week before: 20,000)",
        "Leads: 12 (week before: 9)",
        "MQL: 8 (week before: 9)",
        "Cost: 20,412.94 CNY (week before: 18,000.00)",
        "Revenue: 500.00 USD (week before: 0.00)",
        "MQLs that have waited for sales for too long: 2",
        "Records that could not be understood: 3",
        "",
        "See: https://leads.example/reports/funnel_steps?mode=period&from=2026-02-23&to=2026-03-01",
    ]


def test_the_picture_of_a_digest_speaks_the_language_of_who_reads_it() -> None:
    figure = funnel_figure(asked("funnel_steps", {"from": "2026-02-23"}), WEEK, ZH)
    assert figure is not None
    assert figure.title == "漏斗：2026-02-23 至 2026-03-01"
    assert [bar.label for bar in figure.bars] == ["展现", "线索", "MQL"]


def test_a_digest_of_a_week_without_anything_says_so_and_has_no_picture() -> None:
    def nothing(name: str, parameters: Mapping[str, str]) -> Result:
        return answer(
            {"funnel_steps": "part step count", "money": "currency cost revenue"}.get(name, "waiting")
        )

    told = digest_message(WEEK, Digest(kind="digest", targets=TO), nothing, ZH)
    assert told.picture is None
    assert told.body.splitlines() == ["本周没有访问，也没有成交。", "超时未跟进的 MQL：0"]


def test_hello_says_that_nothing_has_to_be_done() -> None:
    assert "sales" in hello("sales", EN).body
    assert "sales" in hello("sales", ZH).body
    assert letters(1).size == 1
