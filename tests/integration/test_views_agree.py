"""Views that name the same thing give the same number: on people and deals made at random."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from people_at_random import load

from attribution.policy import Policy
from schemas.journey import Journey, Opportunity, Touchpoint
from schemas.terms import Stage
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Show = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=[1, 2])
def known(request: pytest.FixtureRequest, client: ClickHouse, policy: Policy) -> Any:
    """What the core derives of it all, and ClickHouse holds."""
    return load(client, policy, request.param)


@pytest.fixture
def show(client: ClickHouse) -> Show:
    return lambda text: sorted(client.query(text).rows, key=str)


def counted(journey: Journey) -> list[Touchpoint]:
    return [] if journey.is_internal else [touch for touch in journey.touchpoints if not touch.is_bot]


def own_entries(journey: Journey) -> list[tuple[Stage, int]]:
    return [(entry.stage, entry.at) for entry in journey.stages if not entry.deal]


def first_entry(journey: Journey, stage: Stage) -> int | None:
    return None if journey.is_internal else dict(reversed(own_entries(journey))).get(stage)


def channel_of_first(touches: list[Touchpoint], until: int) -> str:
    return next((touch.channel for touch in touches if touch.at <= until), "(none)")


def people_on(deal: Opportunity, journeys: list[Journey]) -> list[Journey]:
    named = set(deal.people)
    return [each for each in journeys if not each.is_internal and not named.isdisjoint(each.identifiers)]


def since(journey: Journey) -> int:
    became = [at for stage, at in own_entries(journey) if stage is not Stage.VISITOR]
    moments = [*(touch.at for touch in counted(journey)), *became]
    return min(moments if journey.touchpoints else [*moments, journey.first_at])


def deal_since(deal: Opportunity, journeys: list[Journey]) -> int:
    return min([deal.opened_at, *map(since, people_on(deal, journeys))])


def tally(*columns: Any) -> list[tuple[Any, ...]]:
    """Rows of each combination and how often it is there, as a query with GROUP BY ALL returns them."""
    return sorted(((*key, times) for key, times in Counter(columns).items()), key=str)


def test_a_touchpoint_that_counts_is_one_everywhere(known: Any, show: Show) -> None:
    journeys, _ = known
    touches = [(touch.kind.value, touch.channel) for journey in journeys for touch in counted(journey)]
    assert any(touch.is_bot for journey in journeys for touch in journey.touchpoints)
    assert any(journey.is_internal and journey.touchpoints for journey in journeys)
    assert show("SELECT kind, channel, count() FROM touchpoints GROUP BY ALL") == tally(*touches)
    visits = tally(*((channel,) for kind, channel in touches if kind == "visit"))
    for view in ("funnel_by_period", "funnel_by_cohort"):
        assert show(f"SELECT channel, sum(visits) FROM {view} GROUP BY ALL HAVING sum(visits) > 0") == visits
    assert show("SELECT sum(touchpoints) FROM persons") == [(len(touches),)]
    of_leads = (
        "SELECT person, channel, at, {} FROM {} WHERE person IN (SELECT person FROM persons WHERE is_lead)"
    )
    assert show(of_leads.format("touchpoint != ''", "touchpoints")) == show(
        of_leads.format("is_counted", "lead_touchpoints") + " AND is_counted"
    )


def test_the_first_touch_of_a_lead_is_one_everywhere(known: Any, show: Show, client: ClickHouse) -> None:
    journeys, _ = known
    became = [(each, first_entry(each, Stage.LEAD)) for each in journeys]
    leads = tally(*((channel_of_first(counted(each), at),) for each, at in became if at is not None))
    assert dict(leads).keys() >= {"(none)", "paid_search", "direct"}
    for view in ("funnel_by_period", "funnel_by_cohort"):
        assert show(f"SELECT channel, sum(leads) FROM {view} GROUP BY ALL HAVING sum(leads) > 0") == leads
    assert (
        show("SELECT first_channel, count() FROM conversions WHERE conversion = 'lead' GROUP BY ALL") == leads
    )
    restated = run_report(client, "restated", {"as_of": "2030-01-01 00:00:00"}).rows
    assert sorted((channel, now) for channel, _, now in restated) == leads
    assert sorted((channel, then) for channel, then, _ in restated) == leads
    touched = show("SELECT channel, count() FROM lead_touchpoints WHERE is_first GROUP BY ALL")
    assert touched == [row for row in leads if row[0] != "(none)"]
    last = "SELECT last_channel, count() FROM conversions WHERE conversion = 'lead' AND last_touchpoint != ''"
    assert show(
        "SELECT channel, count() FROM lead_touchpoints WHERE is_last_before_lead GROUP BY ALL"
    ) == show(f"{last} GROUP BY ALL")


def test_a_qualified_lead_has_one_source(known: Any, show: Show) -> None:
    journeys, _ = known
    became = [(each, first_entry(each, Stage.MARKETING_QUALIFIED)) for each in journeys]
    mqls = tally(*((channel_of_first(counted(each), at),) for each, at in became if at is not None))
    assert show("SELECT channel, count() FROM mql_feedback GROUP BY ALL") == mqls
    for view in ("funnel_by_period", "funnel_by_cohort"):
        assert show(f"SELECT channel, sum(mqls) FROM {view} GROUP BY ALL HAVING sum(mqls) > 0") == mqls
    by_keyword = "SELECT keyword, sum({}) AS n FROM {} WHERE keyword != '' GROUP BY keyword HAVING n > 0"
    for view, mine, theirs in (
        ("keyword_performance", "mql_first", "mqls"),
        ("keyword_performance", "leads_first", "leads"),
    ):
        assert show(by_keyword.format(mine, view)) == show(by_keyword.format(theirs, "funnel_by_period"))
    assert show("SELECT sum(leads_first) FROM content_performance") == show(
        "SELECT count() FROM conversions WHERE conversion = 'lead' AND first_content != ''"
    )


def test_a_cohort_holds_all_that_its_people_and_deals_came_to(known: Any, show: Show, site: Settings) -> None:
    """Every step of somebody is on one day: since when the person, or somebody on the deal, is known."""
    journeys, deals = known
    zone = ZoneInfo(site.timezone)

    def day(at: int) -> Any:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()

    leads = [day(since(each)) for each in journeys if first_entry(each, Stage.LEAD) is not None]
    assert show("SELECT day, sum(leads) FROM funnel_by_cohort GROUP BY ALL HAVING sum(leads) > 0") == tally(
        *((each,) for each in leads)
    )
    opened = tally(*((day(deal_since(deal, journeys)),) for deal in deals))
    assert (
        show(
            "SELECT day, sum(opportunities) FROM funnel_by_cohort GROUP BY ALL HAVING sum(opportunities) > 0"
        )
        == opened
    )
    won = tally(*((day(deal_since(deal, journeys)),) for deal in deals if deal.stage == "won"))
    assert show("SELECT day, sum(won) FROM funnel_by_cohort GROUP BY ALL HAVING sum(won) > 0") == won
    assert show("SELECT count() FROM conversions WHERE cohort_at > at") == [(0,)]


def test_the_people_of_a_deal_and_the_account_are_the_same_everywhere(known: Any, show: Show) -> None:
    journeys, deals = known
    on_deals = [(deal.deal, each.person) for deal in deals for each in people_on(deal, journeys)]
    assert any(not people_on(deal, journeys) for deal in deals)
    assert show("SELECT deal, person FROM deal_people") == sorted(on_deals, key=str)
    assert show("SELECT sum(people) FROM deals") == [(len(on_deals),)]
    assert show("SELECT person, deals FROM persons WHERE deals > 0") == tally(
        *((who,) for _, who in on_deals)
    )
    members = "SELECT person, account FROM {} WHERE {}"
    accounts = show(members.format("persons", "account != '' AND NOT is_internal"))
    assert accounts == show(members.format("account_people", "is_member"))
    assert accounts == show(members.format("person_accounts", "NOT is_internal"))
    for view in ("mql_feedback", "stage_history"):
        differing = f"SELECT v.person FROM {view} AS v INNER JOIN persons AS p ON v.person = p.person"
        assert show(f"{differing} WHERE v.account != p.account") == []
    assert show("SELECT account, count() FROM account_people GROUP BY ALL") == show(
        "SELECT account, people FROM accounts WHERE people > 0"
    )


def steps_of(
    journey: Journey, deals: list[Opportunity], journeys: list[Journey]
) -> Iterator[tuple[Any, ...]]:
    """The steps of the funnel that somebody reached, whether entered, how it ended, and by which touch."""
    touches, ours = counted(journey), [deal for deal in deals if journey in people_on(deal, journeys)]
    seen = next((touch.at for touch in touches if touch.kind.value == "visit"), None)
    own = [
        first_entry(journey, stage)
        for stage in (Stage.LEAD, Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED)
    ]
    later = [at for stage, at in own_entries(journey) if stage in (Stage.OPPORTUNITY, Stage.POC, Stage.WON)]
    later += [max(deal.opened_at, since(journey)) for deal in ours]
    last = own_entries(journey)[-1:]
    names = ("visitor", "lead", "marketing_qualified", "sales_qualified")
    for step, at, after in reached(names, [seen, *own, min(later, default=None)]):
        left = [stage.value for stage, _ in last if stage in (Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED)]
        ended = "went_on" if after else (left or ["waiting"])[0]
        yield step[0], journey.person, "", step[1], ended, channel_of_first(touches, at)


def steps_of_deal(deal: Opportunity, journeys: list[Journey]) -> Iterator[tuple[Any, ...]]:
    touches = [touch for each in people_on(deal, journeys) for touch in counted(each)]
    touches.sort(key=lambda touch: (touch.at, touch.id))
    tried = next((entry.at for entry in deal.stages if entry.stage is Stage.POC), None)
    won = deal.closed_at if deal.stage == "won" else None
    for step, at, after in reached(("opportunity", "poc", "won"), [deal.opened_at, tried, won]):
        ended = {"won": "won", "lost": "lost"}.get(deal.stage, "waiting")
        ended = "went_on" if after else ended
        yield step[0], "", deal.deal, step[1], ended, channel_of_first(touches, at)


def reached(
    names: tuple[str, ...], moments: list[int | None]
) -> Iterator[tuple[tuple[str, bool], int, bool]]:
    """Of each step that was reached: whether it was entered, when, and whether a later one was reached."""
    for number, name in enumerate(names):
        later = [at for at in moments[number + 1 :] if at is not None]
        own = moments[number]
        if own is not None or later:
            yield (name, own is not None), min(later) if own is None else own, bool(later)


def test_a_step_of_the_funnel_is_reached_once_and_the_same_in_all_sums(known: Any, show: Show) -> None:
    journeys, deals = known
    people = [each for each in journeys if not each.is_internal]
    true = [step for each in people for step in steps_of(each, deals, journeys)]
    true += [step for deal in deals for step in steps_of_deal(deal, journeys)]
    assert {(step[0], step[3]) for step in true} >= {
        ("visitor", False),
        ("sales_qualified", False),
        ("poc", False),
    }
    assert show("SELECT step, person, deal, is_entered, outcome, channel FROM steps_reached") == sorted(
        true, key=str
    )
    sums = ("impressions", "clicks", "visits", "visitors", "leads", "mqls", "sales_qualified")
    sums += ("opportunities", "pocs", "won", "revenue", "cost")
    asked = "SELECT {} FROM {} GROUP BY channel, campaign, keyword, currency ORDER BY ALL"
    columns = ", ".join(f"sum({name}) AS all_{name}" for name in sums)
    by_period = show(asked.format(f"channel, {columns}", "funnel_by_period"))
    assert show(asked.format(f"channel, {columns}", "funnel_by_cohort")) == by_period
    filled = [row for row in show(asked.format(f"channel, {columns}", "funnel_counts")) if any(row[1:])]
    assert filled == by_period
    # Nobody is in a step who is not in all steps before.
    ranks = "SELECT max(rank) - min(rank) + 1 = count() AND min(rank) IN (1, 5) FROM steps_reached GROUP BY "
    assert set(show(f"{ranks} person, deal")) == {(1,)}


def test_money_is_the_same_in_each_currency_and_no_sum_doubles_it(known: Any, show: Show) -> None:
    _, deals = known
    revenue: dict[str, Decimal] = {}
    for deal in deals:
        if deal.stage == "won" and deal.amount_minor:
            revenue[deal.currency] = revenue.get(deal.currency, Decimal(0)) + Decimal(deal.amount_minor) / 100
    true = sorted(revenue.items())
    assert len(true) == 4
    views = ("deals", "conversions", "funnel_by_period", "funnel_by_cohort")
    for view in views:
        text = f"SELECT currency, sum(revenue) AS r FROM {view} GROUP BY currency HAVING r > 0"
        assert show(text) == true, view
    of_accounts = "SELECT currency, sum(revenue) AS r FROM {} GROUP BY currency HAVING r > 0"
    assert show(of_accounts.format("account_journeys")) == show(
        of_accounts.format("deals WHERE account != ''")
    )
    for account, told in show(
        "SELECT account, revenue_by_currency FROM accounts WHERE revenue_by_currency != ''"
    ):
        sums = show(
            "SELECT trimRight(concat(toDecimalString(sum(revenue), 2), ' ', currency)) FROM deals"
            f" WHERE account = '{account}' GROUP BY currency HAVING sum(revenue) > 0"
        )
        assert sorted(told.split(", ")) == sorted(each for (each,) in sums)
    mixed = show(
        "SELECT revenue, position(revenue_by_currency, ',') > 0 FROM accounts WHERE currency = '(mixed)'"
    )
    assert set(mixed) == {(None, 1)}
    cost = [("CNY", Decimal(10)), ("JPY", Decimal(7)), ("USD", Decimal(5))]
    for view in ("funnel_by_period", "funnel_by_cohort", "keyword_performance", "ad_costs"):
        assert show(f"SELECT currency, sum(cost) AS c FROM {view} GROUP BY currency HAVING c > 0") == cost, (
            view
        )


def test_reports_add_no_currencies_up(known: Any, show: Show, client: ClickHouse) -> None:
    true = show("SELECT currency, sum(revenue) AS r FROM deals GROUP BY currency HAVING r > 0")
    for mode in ("period", "cohort"):
        answer = run_report(client, "funnel", {"mode": mode})
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        sums: Counter[str] = Counter()
        for row in rows:
            sums[row["currency"]] += row["revenue"]
        assert sorted((currency, total) for currency, total in sums.items() if total) == true
        assert sum(row["leads"] for row in rows) == show("SELECT sum(leads) FROM funnel_by_period")[0][0]
        assert len({(row["channel"], row["currency"]) for row in rows}) == len(rows)


def test_every_entry_into_a_stage_is_there_once_and_nobody_on_a_deal_waits_before_it(
    known: Any, show: Show
) -> None:
    journeys, deals = known
    people = [each for each in journeys if not each.is_internal and not each.is_bot]
    entries = [(stage.value, each.person, "") for each in people for stage, _ in own_entries(each)]
    entries += [(entry.stage.value, "", deal.deal) for deal in deals for entry in deal.stages]
    for view in ("stage_durations", "stage_history", "stage_entries"):
        assert show(f"SELECT stage, person, deal FROM {view}") == sorted(entries, key=str), view
    waiting = show(
        "SELECT person FROM stage_durations WHERE stage = 'marketing_qualified' AND isNull(left_at)"
    )
    now_open = {each.person for deal in deals if deal.closed_at is None for each in people_on(deal, journeys)}
    assert waiting
    assert now_open.isdisjoint(person for (person,) in waiting)
    assert show("SELECT count() FROM stage_durations WHERE days < 0") == [(0,)]
