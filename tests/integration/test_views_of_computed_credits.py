"""Ways of journeys out of ClickHouse, and the credits that were computed of them, all on paper first."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from databases import drop_database
from snapshots import at, deal, entry, journey, put, rows_of, visit

import settings
from attribution.data_driven import DataDrivenModel, Method
from schemas.terms import Stage, TouchKind
from sinks.clickhouse import ClickHouse, connect_server
from sinks.computed_credits import Question, Way, compute, read_ways, write
from sinks.migrations import migrate
from sinks.reports import run_report

pytestmark = [pytest.mark.servers, pytest.mark.answers]

SHANGHAI = "Asia/Shanghai"
EVER = Question("won", "channel", date(1970, 1, 1), date(2099, 12, 31))


@pytest.fixture(scope="module")
def stored(servers: settings.Settings) -> Iterator[ClickHouse]:
    """A deal of two that was won, one that was not, a lead without a deal, one without a touchpoint."""
    mine = servers.model_copy(update={"clickhouse_database": f"leadtrace_{secrets.token_hex(4)}"})
    client = connect_server(mine)
    migrate(client, mine)
    lead = (entry(Stage.LEAD, "2026-03-03 10:00"),)
    put(
        client,
        journey("crm:hub:1", visit("a1", "2026-03-01 09:00", channel="ad"), stages=lead),
        journey(
            "crm:hub:2",
            visit("b1", "2026-03-02 09:00", channel="mail"),
            visit("b2", "2026-03-20 09:00", channel="salon", kind=TouchKind.EVENT),
            visit("b3", "2026-05-01 09:00", channel="late"),
            stages=lead,
        ),
        journey("crm:hub:3", visit("c1", "2026-03-02 09:00", channel="ad"), stages=lead),
        journey("crm:hub:4", visit("d1", "2026-04-02 09:00", channel="mail"), stages=lead),
        journey("crm:hub:5", stages=lead),
        deal("deal:hub:1", "2026-03-10 09:00", "crm:hub:1", "crm:hub:2", won="2026-04-01 00:30"),
        deal("deal:hub:2", "2026-03-10 09:00", "crm:hub:3"),
        deal("deal:hub:3", "2026-03-10 09:00", "crm:hub:5", won="2026-04-02 09:00", amount_minor=1_00),
    )
    yield client
    client.close()
    drop_database(mine)


def test_the_way_of_a_deal_is_that_of_everybody_on_it_until_it_was_won(stored: ClickHouse) -> None:
    assert read_ways(stored, EVER, SHANGHAI) == [
        Way((), "CNY", 1, 0, 1_00),
        Way(("ad",), "", 0, 1, 0),
        Way(("ad", "mail", "salon"), "CNY", 1, 0, 100_000_00),
        Way(("mail",), "", 0, 1, 0),
    ]


def test_a_lead_is_credited_to_its_own_touchpoints_before_it(stored: ClickHouse) -> None:
    assert read_ways(stored, replace(EVER, milestone="lead"), SHANGHAI) == [
        Way((), "", 2, 0, 0),
        Way(("ad",), "", 2, 0, 0),
        Way(("mail",), "", 1, 0, 0),
    ]


def test_days_lookback_and_kinds_say_what_goes_into_a_model(stored: ClickHouse) -> None:
    # Won half an hour into 1 April in Shanghai, and so on the day before in UTC.
    april_first = replace(EVER, first=date(2026, 4, 1), last=date(2026, 4, 1))
    assert [way.values for way in read_ways(stored, april_first, SHANGHAI)] == [("ad", "mail", "salon")]
    assert ("mail", "salon") in [
        way.values for way in read_ways(stored, replace(EVER, lookback_days=30), SHANGHAI)
    ]
    events = read_ways(stored, replace(EVER, kinds=("event",)), SHANGHAI)
    assert [(way.values, way.converted, way.lost) for way in events] == [((), 1, 0), (("salon",), 1, 0)]


def test_the_view_shows_the_newest_run_of_each_model_and_the_report_one_of_them(stored: ClickHouse) -> None:
    model = DataDrivenModel(Method.MARKOV, draws=20)
    ways = read_ways(stored, EVER, SHANGHAI)
    computed = compute(ways, EVER, model)
    write(stored, computed, EVER, model, at("2026-06-01 09:00"))
    # Known by then: the deal was worth less. The older run stays in the table, and out of the view.
    again = compute([replace(way, revenue_minor=way.revenue_minor // 2) for way in ways], EVER, model)
    write(stored, again, EVER, model, at("2026-06-02 09:00"))
    other = replace(EVER, by="source", milestone="lead")
    write(
        stored,
        compute(read_ways(stored, other, SHANGHAI), other, model),
        other,
        model,
        at("2026-06-01 09:00"),
    )
    totals = stored.query(
        "SELECT by, sum(conversions), sum(revenue), round(sum(share), 9), uniqExact(model_version)"
        " FROM data_driven_credits GROUP BY by ORDER BY by"
    )
    assert totals.rows == (
        ("channel", Decimal(2), Decimal("50000.5"), 1.0, 1),
        ("source", Decimal(5), Decimal(0), 1.0, 1),
    )
    shown = rows_of(run_report(stored, "data_driven", {}))
    # One of three is won. Without the ad, it were one of six: the effect is 1/2. Without the mail or the
    # salon, it were none: 1 and 1.
    assert [(row["value"], row["conversions"], row["revenue"]) for row in shown] == [
        ("(none)", Decimal(1), Decimal("0.5")),
        ("mail", Decimal("0.4"), Decimal(20000)),
        ("salon", Decimal("0.4"), Decimal(20000)),
        ("ad", Decimal("0.2"), Decimal(10000)),
    ]
    assert {row["model_version"] for row in shown} == {again.version}
    assert rows_of(run_report(stored, "data_driven", {"model": "shapley_paths"})) == []
