"""A list of attendance becomes one fact for each person who came, keyed by their e-mail address or phone."""

from typing import Any

import pytest

from producers.attendance.rows import AttendanceOptions
from producers.imports import Plan, plan_attendance
from producers.privacy.personal_data import Tokeniser
from schemas.utm import EventAttended

TOKENS = Tokeniser("a key for tests only")
NOW = 1717200000000  # 2024-06-01 08:00 in Shanghai
MARCH_1 = 1709222400000  # 2024-03-01 00:00 in Shanghai
SALON = {"event": "南京数据治理沙龙", "day": "2024-03-01", "city": "南京", "campaign": "2024-salon"}


def imported(*lines: str, encoding: str = "utf-8", **options: Any) -> Plan:
    said = AttendanceOptions(**{"received_at": NOW, **SALON, **options})
    return plan_attendance("\n".join(lines).encode(encoding), "list.csv", said, TOKENS)


def attended(plan: Plan) -> list[EventAttended]:
    return [fact for fact in plan.facts if isinstance(fact, EventAttended)]


def test_a_person_is_known_by_address_and_phone() -> None:
    plan = imported("姓名,手机,邮箱,公司", "王某,13800138017,wang@example-co.cn,某公司", encoding="gbk")

    (fact,) = attended(plan)
    assert (plan.error, plan.rejects) == ("", ())
    assert fact.subject == TOKENS.email("wang@example-co.cn")
    assert fact.others == (TOKENS.phone("13800138017"),)
    assert (fact.event, fact.city, fact.campaign, fact.company) == (
        "南京数据治理沙龙",
        "南京",
        "2024-salon",
        "某公司",
    )
    assert fact.occurred_at == MARCH_1
    assert "王某" not in plan.records(TOKENS)[0].value.decode()


def test_columns_say_it_better_than_options() -> None:
    header = "Email,Event name,Event date,City,Campaign"
    (fact,) = attended(imported(header, "a@example.org,Fair,2024-03-02 09:00,苏州,fair-2024"))

    assert (fact.event, fact.city, fact.campaign) == ("Fair", "苏州", "fair-2024")
    assert fact.occurred_at == MARCH_1 + 86_400_000 + 9 * 3_600_000


def test_who_stayed_away_is_left_out_and_what_is_unclear_is_rejected() -> None:
    plan = imported("邮箱,签到", "a@example.org,是", "b@example.org,否", "c@example.org,也许")

    assert [fact.subject for fact in attended(plan)] == [TOKENS.email("a@example.org")]
    assert [(reject.at, reject.column) for reject in plan.rejects] == [(4, "签到")]
    assert plan.notes == ("1 person did not come, and are left out",)


def test_a_person_who_stands_twice_came_once() -> None:
    plan = imported("邮箱,手机", "a@example.org,", "A@example.org,13800138017")

    (fact,) = attended(plan)
    assert fact.others == (TOKENS.phone("13800138017"),)


def test_a_second_import_changes_nothing() -> None:
    first, again = imported("邮箱", "a@example.org"), imported("邮箱", "a@example.org", received_at=NOW + 1)

    assert [fact.event_id for fact in first.facts] == [fact.event_id for fact in again.facts]
    other = imported("邮箱", "a@example.org", day="2024-03-02")
    assert first.facts[0].event_id != other.facts[0].event_id


def test_an_address_in_the_column_of_phones_counts() -> None:
    (fact,) = attended(imported("姓名,联系方式", "王某,wang@example-co.cn"))

    assert fact.subject == TOKENS.email("wang@example-co.cn")


def test_bad_rows_cost_themselves() -> None:
    plan = imported("邮箱,手机,公司", ",,某公司", "not an address,12,x", "a@example.org", "b@example.org,,x")

    assert [reject.at for reject in plan.rejects] == [2, 3, 4]
    assert len(plan.facts) == 1


@pytest.mark.parametrize(
    ("lines", "options", "sentence"),
    [
        (("姓名,公司", "a,b"), {}, "no column of e-mail addresses"),
        (("邮箱", "a@example.org"), {"event": ""}, "say it with --event"),
        (("邮箱", "a@example.org"), {"day": ""}, "say it with --day"),
        (("邮箱", "a@example.org"), {"day": "soon"}, "--day 'soon' is not a date"),
        (("邮箱",), {}, "a header but no rows"),
    ],
)
def test_a_list_that_lacks_something_imports_nothing(
    lines: tuple[str, ...], options: dict[str, str], sentence: str
) -> None:
    plan = imported(*lines, **options)

    assert plan.facts == ()
    assert plan.error.startswith("list.csv")
    assert sentence in plan.error


WEBINAR = (
    "Attendee Report",
    'Report Generated:,"05/20/2024 09:00:00 AM"',
    "Topic,Webinar ID,Actual Start Time,Actual Duration (minutes)",
    'Data governance webinar,912 3456 7890,"05/12/2024 10:00:00 AM",60',
    "Host Details,",
    "Attended,User Name (Original Name),Email,Join Time,Is Guest",
    'Yes,Host,host@house.example.cn,"05/12/2024 09:50:00 AM",No',
    "Panelist Details,",
    "Attended,User Name (Original Name),Email,Join Time,Is Guest",
    'Yes,Speaker,speaker@house.example.cn,"05/12/2024 09:55:00 AM",No',
    "Attendee Details,",
    "Attended,User Name (Original Name),First Name,Email,Join Time,Is Guest",
    'Yes,A,A,a@customer.example.cn,"05/12/2024 10:01:00 AM",Yes',
    'Yes,A,A,a@customer.example.cn,"05/12/2024 10:25:00 AM",Yes',
    "No,B,B,b@customer.example.cn,--,--",
    'Yes,C,C,c@house.example.cn,"05/12/2024 10:00:00 AM",No',
    "Other Attended,",
    "User Name,Join Time,Leave Time",
    '8613812345678,"05/12/2024 10:01:00 AM","05/12/2024 10:21:00 AM"',
)
UNSAID = {"event": "", "day": "", "city": "", "campaign": ""}


def test_a_webinar_s_report_says_its_event_and_day_and_only_attendees_came() -> None:
    plan = imported(*WEBINAR, **UNSAID)

    (fact,) = attended(plan)
    assert (plan.error, plan.rejects) == ("", ())
    assert (fact.subject, fact.event) == (TOKENS.email("a@customer.example.cn"), "Data governance webinar")
    assert fact.occurred_at == 1715479260000  # 12 May 2024, 10:01 in Shanghai: the line above tells the order
    assert plan.notes == (
        "1 row name a person who is on the list already",
        "1 person did not come, and are left out",
        "1 row of people with an account of your own are left out",
        "section “Host Details” is left out, with 1 row",
        "section “Panelist Details” is left out, with 1 row",
        "section “Other Attended” is left out, with 1 row",
    )


TEAMS = (
    "1. Summary",
    "Meeting title\tWeekly data talk",
    "Start time\t2/17/24, 10:00:00 AM",
    "2. Participants",
    "Name\tFirst Join\tLast Leave\tEmail\tParticipant ID (UPN)\tRole",
    "A\t2/17/24, 10:00:05 AM\t2/17/24, 11:02:00 AM\ta@house.example.cn\ta@house.example.cn\tOrganizer",
    "B\t2/17/24, 10:05:00 AM\t2/17/24, 11:00:00 AM\tb@house.example.cn\tb@house.example.cn\tPresenter",
    "C\t2/17/24, 10:30:00 AM\t2/17/24, 11:02:10 AM\tc@customer.example.cn\t\tAttendee",
    "3. In-Meeting Activities",
    "Name\tJoin Time\tLeave Time\tEmail\tRole",
    "A\t2/17/24, 10:00:05 AM\t2/17/24, 11:02:00 AM\ta@house.example.cn\tOrganizer",
)


def test_a_meeting_s_report_has_participants_of_whom_some_hold_it() -> None:
    plan = imported(*TEAMS, encoding="utf-16", **UNSAID)

    (fact,) = attended(plan)
    assert (fact.subject, fact.event) == (TOKENS.email("c@customer.example.cn"), "Weekly data talk")
    assert "2 rows of hosts and speakers are left out" in plan.notes


def test_a_chinese_meeting_s_list_tells_who_holds_it() -> None:
    plan = imported(
        "会议主题:,数据治理研讨会",
        "会议号:,123 456 789",
        "用户昵称（入会昵称）,手机号,企业名称,首次入会时间,身份",
        "人员1,13812345601,某轴承公司,2024-03-01 10:00:00,普通参会者",
        "主办方,13812345602,我司,2024-03-01 10:00:00,主持人",
        **UNSAID,
    )
    (fact,) = attended(plan)
    assert (fact.subject, fact.event) == (TOKENS.phone("13812345601"), "数据治理研讨会")


def test_a_report_of_hosts_alone_is_refused_with_its_sections() -> None:
    plan = imported(*WEBINAR[:7], **UNSAID)
    assert plan.error == "list.csv, line 6: its sections are “Host Details”, and none lists who came"


def test_a_day_that_is_said_holds_where_the_list_s_own_can_t_be_read() -> None:
    (fact,) = attended(imported("Email,Join Time", "a@customer.example.cn,soon"))
    assert fact.occurred_at == MARCH_1


def test_who_has_no_time_of_arrival_did_not_come_where_others_have_one() -> None:
    plan = imported("姓名,手机,签到时间", "王某,13812340001,2024-03-20 10:00", "李某,13812340002,")
    assert [fact.subject for fact in plan.facts] == [TOKENS.phone("13812340001")]
    assert "1 person did not come, and are left out" in plan.notes


def test_a_column_of_arrivals_that_nobody_filled_in_says_nothing() -> None:
    plan = imported("姓名,手机,签到时间", "王某,13812340001,", "李某,13812340002,", day="2024-03-20")
    assert len(plan.facts) == 2


def test_an_empty_day_of_the_event_is_the_day_of_the_event() -> None:
    plan = imported("Email,Date", "li@firm.cn,2024-03-20", "wu@firm.cn,", day="2024-03-20")
    assert len(plan.facts) == 2


@pytest.mark.parametrize("status", ["Attending", "Not Attending", "Registered", "No Show", "Cancelled"])
def test_a_ticket_that_nobody_checked_in_is_no_attendance(status: str) -> None:
    rows = ("li@firm.cn,Checked In,2024-03-20", f"wu@firm.cn,{status},2024-03-20")
    plan = imported("Email,Attendee Status,Event Date", *rows)
    assert [fact.subject for fact in plan.facts] == [TOKENS.email("li@firm.cn")]


def test_a_list_of_registrations_says_that_it_is_one_and_leaves_out_who_was_declined() -> None:
    rows = ("li@firm.cn,2024-03-01,approved", "wu@firm.cn,2024-03-02,declined")
    plan = imported("Email,Registration Time,Approval Status", *rows, day="2024-03-20")
    assert [fact.subject for fact in plan.facts] == [TOKENS.email("li@firm.cn")]
    assert any("tells who registered, and no column who came" in note for note in plan.notes)


def test_a_number_on_a_list_is_one_of_the_person_s_country() -> None:
    plan = imported("Phone,Country", "(650) 253-0000,United States", day="2024-03-20")
    assert [fact.subject for fact in plan.facts] == [TOKENS.phone("+16502530000")]


def test_a_check_in_may_be_told_by_its_time() -> None:
    plan = imported("Email,Check-in", "li@firm.cn,2024-03-20 10:00", "wu@firm.cn,", day="2024-03-20")
    assert [fact.subject for fact in plan.facts] == [TOKENS.email("li@firm.cn")]
