"""What an address asks for: days, comparisons, and the addresses that lead on."""

from datetime import date

import pytest

from cockpit.asked import Asked, Days, checked
from sinks.report_values import ReportError

NEWEST = date(2026, 10, 5)


def asked(**values: str) -> Asked:
    return Asked("/funnel", {name.rstrip("_"): value for name, value in values.items()}, newest=NEWEST)


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [
        ({}, "2026-07-08", "2026-10-05"),
        ({"during": "30"}, "2026-09-06", "2026-10-05"),
        ({"during": "2026-Q3"}, "2026-07-01", "2026-09-30"),
        ({"during": "last-month"}, "2026-09-01", "2026-09-30"),
        ({"during": "2026"}, "2026-01-01", "2026-12-31"),
        ({"from_": "2026-03", "to": "2026-03"}, "2026-03-01", "2026-03-31"),
        ({"from_": "2026-03-02"}, "2026-03-02", "2099-12-31"),
    ],
)
def test_days_are_counted_from_the_last_that_is_known(values: dict[str, str], first: str, last: str) -> None:
    assert asked(**values).days == Days(date.fromisoformat(first), date.fromisoformat(last))


def test_a_page_may_have_another_usual_period_and_days_win_over_one() -> None:
    lists = Asked("/leads", {}, newest=NEWEST, usual="all")
    assert lists.days.is_all
    assert lists.during == "all"
    told = Asked("/leads", {"during": "all", "from": "2026-10-01"}, newest=NEWEST, usual="all")
    assert (told.days.first, told.during) == (date(2026, 10, 1), "")


def test_a_period_is_compared_with_as_many_days_before_or_the_same_weekdays_a_year_before() -> None:
    assert asked(during="30").days_before == Days(date(2026, 8, 7), date(2026, 9, 5))
    assert asked(during="30", compare="year").days_before == Days(date(2025, 9, 7), date(2025, 10, 6))
    assert asked(during="all").days_before is None
    assert asked(compare="none").days_before is None


def test_without_a_last_day_the_days_up_to_now_are_compared_and_before_1970_there_are_none() -> None:
    assert asked(from_="2026-09-06").days_before == Days(date(2026, 8, 7), date(2026, 9, 5))
    assert asked(from_="2026-11-01", to="2026-11-30").days_before == Days(
        date(2026, 10, 31), date(2026, 10, 31)
    )
    assert asked(from_="1971-01-01", to="2026-01-01").days_before is None
    assert asked(from_="1970-06-01", to="1970-06-30", compare="year").days_before is None
    assert asked(from_="1970-01-02", to="1970-01-02").days_before == Days(date(1970, 1, 1), date(1970, 1, 1))


@pytest.mark.parametrize(
    "values", [{"during": "soon"}, {"during": "0"}, {"from_": "5"}, {"from_": "2026-03", "to": "2026-02"}]
)
def test_days_that_make_no_sense_are_refused_in_a_sentence(values: dict[str, str]) -> None:
    with pytest.raises(ReportError, match=r"must be a day|lies after"):
        _ = asked(**values).days


def test_an_address_keeps_what_is_asked_and_only_common_filters_go_along_to_another_page() -> None:
    here = asked(during="90", model="last", by="channel")
    assert here.url(by="region") == "/funnel?during=90&model=last&by=region"
    assert here.url(model=None) == "/funnel?during=90&by=channel"
    assert here.url("/leads/crm:hub:1") == "/leads/crm%3Ahub%3A1?during=90&model=last"
    assert here.url(**{"from": "2026-01-01"}) == "/funnel?model=last&by=channel&from=2026-01-01"
    assert Asked("/a", {"from": "2026-01-01"}, newest=NEWEST).url(during="30") == "/a?during=30"


def test_a_hostile_value_stays_a_value() -> None:
    assert asked(channel="a&b=<script>").url() == "/funnel?channel=a%26b%3D%3Cscript%3E"


def test_what_a_page_does_not_take_is_refused_with_what_may_be_meant() -> None:
    assert checked({"model": "last", "by": "region", "to": ""}, ("by",)) == {"model": "last", "by": "region"}
    with pytest.raises(ReportError, match=r"no parameter 'modl'.*did you mean 'model'"):
        checked({"modl": "last"}, ())
    with pytest.raises(ReportError, match="'mode' must be period or cohort, not 'both'"):
        checked({"mode": "both"}, ())
