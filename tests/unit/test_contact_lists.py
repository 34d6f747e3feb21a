"""Lists of calls, downloads and business cards become contacts of the people in them, with their sources."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tokens import TOKENISER

from attribution.journey import Known, derive
from attribution.policy import parse_policy
from cli.main import main
from producers.attendance.contact_rows import ContactOptions
from producers.attendance.rows import AttendanceOptions
from producers.imports import Plan, plan_attendance, plan_contacts, reject_file
from schemas.utm import EventAttended, OfflineContact
from settings import Settings, policy_text

NOW = 1_795_300_000_000
POLICY = parse_policy(policy_text(Settings()))
MARCH_1 = 1_709_222_400_000  # 2024-03-01 00:00 in Shanghai
HOUR = 3_600_000


def imported(kind: Any, *lines: str, encoding: str = "utf-8", **options: Any) -> Plan:
    said = ContactOptions(kind=kind, received_at=NOW, **options)
    return plan_contacts("\n".join(lines).encode(encoding), "list.csv", said, TOKENISER)


def contacts(plan: Plan) -> list[OfflineContact]:
    assert plan.error == ""
    return [fact for fact in plan.facts if isinstance(fact, OfflineContact)]


def test_a_call_of_a_400_number_is_its_caller_s_with_plan_and_keyword() -> None:
    plan = imported(
        "calls",
        "通话ID,主叫号码,归属地,呼叫类型,呼叫时间,通话时长,接听状态,来源渠道,推广计划,推广单元,关键词",
        "c1,13800138001,江苏南京,呼入,2024-03-01 09:00:00,95,已接听,百度竞价,数据治理,元数据,元数据管理",
        "c2,13800138002,江苏苏州,呼入,2024-03-01 10:00:00,0,未接听,,,,",
        "c3,13800138003,江苏苏州,呼出,2024-03-01 11:00:00,30,已接听,,,,",
        encoding="gb18030",
    )
    answered, missed = contacts(plan)
    assert answered.subject == TOKENISER.phone("13800138001")
    assert (answered.occurred_at, answered.answered, answered.city) == (MARCH_1 + 9 * HOUR, True, "江苏南京")
    assert answered.tags == {
        "utm_source": "百度竞价",
        "utm_campaign": "数据治理",
        "utm_adgroup": "元数据",
        "utm_term": "元数据管理",
    }
    assert (missed.answered, missed.tags) == (False, {})
    assert any(note.startswith("1 row of calls that you made are left out") for note in plan.notes)
    assert "1 call that nobody answered" in plan.notes
    assert not any("1380013800" in record.value.decode() for record in plan.records(TOKENISER))


def test_call_tracking_in_english_tells_answers_by_seconds_where_no_word_does() -> None:
    header = "Call SID,Caller Number,Tracking Number,Direction,Start Time,Duration,Landing Page"
    page = "https://www.site.example/demo?utm_source=google&utm_medium=cpc&gclid=g1"
    first, second = contacts(
        imported(
            "calls",
            header,
            f"s1,+1 650 253 0000,+1 650 253 0199,inbound,2024-03-01T01:00:00Z,1:35,{page}",
            f"s2,+1 650 253 0001,+1 650 253 0199,inbound,2024-03-01T02:00:00Z,0:00,{page}",
            about="hotline",
        )
    )
    assert (first.answered, second.answered, first.about) == (True, False, "hotline")
    assert first.url == page
    assert first.occurred_at == MARCH_1 + 9 * HOUR


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("匿名,呼入,2024-03-01 09:00,9,已接听", "主叫号码", "no number of a caller who could be known"),
        ("8001,呼入,2024-03-01 09:00,9,已接听", "主叫号码", "no number of a caller who could be known"),
        (",呼入,2024-03-01 09:00,9,已接听", "主叫号码", "is empty: who called"),
        ("13800138001,转接,2024-03-01 09:00,9,已接听", "呼叫类型", "came in or went out"),
        ("13800138001,呼入,2024-13-01 09:00,9,已接听", "呼叫时间", "is not a date"),
        ("13800138001,呼入,,9,已接听", "呼叫时间", "is empty: when it was"),
        ("13800138001,呼入,2024-03-01 09:00,,转IVR", "接听状态", "whether the call was answered"),
        ("13800138001,呼入,2024-03-01 09:00,lang,", "通话时长", "not a number of seconds"),
        ("13800138001,呼入,2036-03-01 09:00,9,已接听", "呼叫时间", "in the future"),
    ],
)
def test_a_call_that_can_t_be_used_says_why_and_comes_back_repaired(
    row: str, column: str, reason: str
) -> None:
    header = "主叫号码,呼叫类型,呼叫时间,通话时长,接听状态"
    good = "13800138009,呼入,2024-03-01 12:00,9,已接听"
    plan = imported("calls", header, row, good)
    (rejected,) = plan.rejects
    assert (rejected.at, rejected.column) == (2, column)
    assert reason in rejected.reason
    assert len(contacts(plan)) == 1
    again = reject_file(plan).decode("utf-8-sig").replace(row, "13800138001,呼入,2024-03-01 09:00,9,已接听")
    repaired = plan_contacts(
        again.encode(), "rejects.csv", ContactOptions(kind="calls", received_at=NOW), TOKENISER
    )
    (fact,) = contacts(repaired)
    assert fact.subject == TOKENISER.phone("13800138001")
    assert repaired.rejects == ()


def test_a_download_is_known_by_address_and_number_and_what_was_fetched() -> None:
    plan = imported(
        "downloads",
        "姓名,邮箱,手机号,公司,白皮书名称,下载时间,来源",
        "甲,a@data-co.cn,13800138001,数据公司,数据治理白皮书,2024-03-01 09:00,知乎",
        "甲,a@data-co.cn,13800138001,数据公司,数据治理白皮书,2024-03-01 09:00,知乎",
        "乙,,,钢铁公司,数据治理白皮书,2024-03-01 09:00,知乎",
    )
    (fact,) = contacts(plan)
    assert (fact.subject, fact.others) == (TOKENISER.email("a@data-co.cn"), (TOKENISER.phone("13800138001"),))
    assert (fact.kind, fact.about, fact.company) == ("download", "数据治理白皮书", "数据公司")
    assert "1 row of what another row tells already" in plan.notes
    assert [(each.at, each.column) for each in plan.rejects] == [(4, "手机号")]
    english = imported(
        "downloads", "Email,Company,Submitted at", "a@data-co.cn,Data,2024-03-01", about="Guide"
    )
    assert contacts(english)[0].about == "Guide"


def test_a_card_is_somebody_who_was_at_the_fair_once_though_the_list_names_them_too() -> None:
    plan = imported(
        "cards",
        "姓名,公司,职位,手机1,公司电话,邮箱1,创建时间",
        "甲,数据公司,总监,138 0013 8001,010-62345678,,2024-03-01 15:00",
        event="工业展",
        city="上海",
    )
    (card,) = (fact for fact in plan.facts if isinstance(fact, EventAttended))
    assert (card.subject, card.others) == (TOKENISER.phone("13800138001"), ())
    assert (card.event, card.city, card.company) == ("工业展", "上海", "数据公司")
    (later,) = imported(
        "cards", "手机,创建时间", "13800138001,2024-03-09", event="工业展", day="2024-03-01"
    ).facts
    assert later.event_id == card.event_id
    listed = plan_attendance(
        "手机,展会,扫码时间\n13800138001,工业展,2024-03-01 10:00\n".encode(),
        "list.csv",
        AttendanceOptions(received_at=NOW),
        TOKENISER,
    )
    assert [fact.event_id for fact in listed.facts] == [card.event_id]


@pytest.mark.parametrize(
    ("kind", "header", "sentence"),
    [
        ("calls", "通话时长,呼叫时间", "there is no column of callers' numbers"),
        ("calls", "主叫号码,通话时长", "say the day with --day"),
        ("downloads", "邮箱,下载时间", "say it with --title"),
        ("cards", "手机,创建时间", "say it with --event"),
        ("cards", "公司,创建时间", "there is no column of e-mail addresses"),
    ],
)
def test_a_list_that_lacks_what_is_needed_is_refused(kind: str, header: str, sentence: str) -> None:
    plan = imported(kind, header, ",".join("1" for _ in header.split(",")))
    assert sentence in plan.error
    assert plan.facts == ()


def test_calls_and_downloads_stand_in_the_journey_by_their_source_or_by_their_own_channel() -> None:
    phone = TOKENISER.phone("13800138001")
    plan = imported(
        "calls",
        "主叫号码,呼叫时间,来源,媒介,推广计划,关键词",
        "13800138001,2024-03-01 09:00,baidu,cpc,数据治理,元数据管理",
        "13800138001,2024-03-02 09:00,,,,",
    )
    journey = derive(phone, Known({phone: tuple(contacts(plan))}), 1, POLICY)
    bought, bare = journey.touchpoints
    assert (bought.kind, bought.channel, bought.platform) == ("call", "paid_search", "baidu")
    assert (bought.campaign, bought.keyword) == ("数据治理", "元数据管理")
    assert (bare.kind, bare.channel) == ("call", "phone_call")
    assert [entry.stage for entry in journey.stages] == ["visitor", "lead"]


def test_the_commands_say_what_they_would_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "calls.csv"
    path.write_text("主叫号码,呼叫时间\n13800138001,2024-03-01 09:00\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "calls", str(path), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "would import 1 call of 1 person" in done.output
    assert "13800138001" not in done.output
