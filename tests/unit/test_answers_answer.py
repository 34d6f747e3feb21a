"""What an answer stands on is what it was made of: of now, or of the time that was asked for."""

from datetime import UTC, datetime
from typing import Any, cast

from made_answers import KNOWN, Stored, trust

from answers.answer import Answer, Answers
from sinks.clickhouse import ClickHouse
from sinks.report_files import list_reports
from sinks.report_values import find

NOON = {"as_of": "2026-09-01 12:00"}


def answer(name: str, **parameters: Any) -> Answer:
    answers = Answers(cast("ClickHouse", Stored()), "Asia/Shanghai", KNOWN.date())
    return answers.of(find(list_reports(), name), parameters, with_trust=True)


def test_an_answer_of_now_says_by_which_policy_and_how_far_it_can_be_trusted() -> None:
    now = answer("attribution")
    assert now.stands_on == "known until 2026-10-05 09:30 (Asia/Shanghai), policy abc123"
    assert now.trust is not None
    assert now.trust.rows == trust().rows


def test_an_answer_of_an_earlier_time_says_nothing_that_holds_of_now_alone() -> None:
    then = answer("attribution", **NOON)
    assert then.known_until == datetime(2026, 9, 1, 4, tzinfo=UTC)
    assert then.notes == ["known until 2026-09-01 12:00 (Asia/Shanghai)"]


def test_a_time_to_come_makes_nothing_known_later() -> None:
    assert answer("attribution", as_of="2099-01-01").known_until == KNOWN


def test_what_sets_then_beside_now_stands_on_now() -> None:
    beside = answer("restated", **NOON)
    assert beside.known_until == KNOWN
    assert beside.trust is not None
    assert beside.trust.rows == trust().rows


def test_shares_of_all_leads_are_not_told_of_one() -> None:
    assert answer("journey", lead="crm:sales:L1").trust is None
