"""A list of attendance becomes one fact for each person who came, keyed by their e-mail address or phone."""

from typing import Any

import pytest

from producers.attendance.lists import AttendanceOptions
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
    plan = imported("姓名,手机,邮箱,公司", "王某,13800138000,wang@example-co.cn,某公司", encoding="gbk")

    (fact,) = attended(plan)
    assert (plan.error, plan.rejects) == ("", ())
    assert fact.subject == TOKENS.email("wang@example-co.cn")
    assert fact.others == (TOKENS.phone("13800138000"),)
    assert (fact.event, fact.city, fact.campaign, fact.company) == (
        "南京数据治理沙龙",
        "南京",
        "2024-salon",
        "某公司",
    )
    assert fact.occurred_at == MARCH_1
    assert "王某" not in plan.records[0].value.decode()


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
    plan = imported("邮箱,手机", "a@example.org,", "A@example.org,13800138000")

    (fact,) = attended(plan)
    assert fact.others == (TOKENS.phone("13800138000"),)


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
