"""The views against journeys and deals made by hand: every expected number was computed on paper."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from snapshots import ad_visit, at, deal, entry, journey, publish, put, report, rows_of, visit

from schemas.journey import FollowUp
from schemas.terms import Stage
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.rows import COLUMNS

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Store = Callable[..., None]
Show = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def store(client: ClickHouse) -> Store:
    return partial(put, client)


@pytest.fixture
def show(client: ClickHouse) -> Show:
    return lambda text, **parameters: rows_of(client.query(text, parameters))


@pytest.fixture
def keywords(client: ClickHouse) -> Show:
    """The report of keywords, by the model that is asked for, in the order of the keywords."""
    return lambda model: sorted(
        rows_of(run_report(client, "keywords", {"model": model})),
        key=lambda row: (row["keyword"], row["currency"]),
    )


def test_a_keyword_gets_the_leads_whose_first_or_last_touch_it_was(
    store: Store, show: Show, keywords: Show
) -> None:
    # Came by "crm software", came back by "crm price", became a lead; what comes later earns nothing.
    store(
        journey(
            "crm:hub:1",
            ad_visit("t1", "2026-03-01 10:00", "crm software"),
            ad_visit("t2", "2026-03-05 10:00", "crm price"),
            ad_visit("t3", "2026-03-09 10:00", "crm demo"),
            stages=(
                entry(Stage.VISITOR, "2026-03-01 10:00"),
                entry(Stage.LEAD, "2026-03-05 11:00"),
                entry(Stage.MARKETING_QUALIFIED, "2026-03-06 09:00"),
                entry(Stage.LEAD, "2026-03-20 11:00", occurrence=2),
            ),
        ),
        report("2026-03-01", "crm software", 300.0),
        report("2026-03-02", "crm software", 200.5),
    )
    totals = (
        "SELECT keyword, sum(impressions), sum(clicks), sum(cost), sum(leads_first), sum(mql_first),"
        " sum(leads_last), sum(mql_last) FROM keyword_performance GROUP BY keyword ORDER BY keyword"
    )
    assert [tuple(row.values()) for row in show(totals)] == [
        ("crm price", 0, 0, Decimal(0), 0, 0, 1, 1),
        ("crm software", 2000, 20, Decimal("500.5"), 1, 1, 0, 0),
    ]
    # Cost stands on its day, a lead on the day on which it became one.
    assert [
        tuple(row.values())
        for row in show(
            "SELECT day, currency, cost, leads_first, mql_first FROM keyword_performance"
            " WHERE keyword = 'crm software' ORDER BY day"
        )
    ] == [
        (date(2026, 3, 1), "CNY", Decimal(300), 0, 0),
        (date(2026, 3, 2), "CNY", Decimal("200.5"), 0, 0),
        (date(2026, 3, 5), "", Decimal(0), 1, 0),
        (date(2026, 3, 6), "", Decimal(0), 0, 1),
    ]
    _, row = keywords("first")
    assert (row["keyword"], row["currency"], row["leads"], row["cac"], row["roi"]) == (
        *("crm software", "CNY", 1, None, -1.0),
    )


def test_a_deal_counts_once_however_many_people_are_on_it(store: Store, show: Show, keywords: Show) -> None:
    # The first to come stands on the deal by one identifier, the last to come by two.
    store(
        journey("crm:hub:1", ad_visit("t1", "2026-03-01 10:00", "crm software")),
        journey(
            "crm:hub:2",
            ad_visit("t2", "2026-03-03 10:00", "crm price"),
            ad_visit("t3", "2026-05-03 10:00", "crm demo"),
            identifiers=("crm:hub:2", "email:ab"),
        ),
        deal(
            "deal:hub:9",
            "2026-03-10 09:00",
            *("crm:hub:1", "crm:hub:2", "email:ab", "crm:hub:unknown"),
            poc="2026-03-20 09:00",
            won="2026-04-01 09:00",
        ),
        report("2026-03-01", "crm software", 20_000.0),
    )
    counts = ("keyword", "opportunities", "pocs", "won", "revenue", "cac", "roi")
    assert [tuple(row[name] for name in counts) for row in keywords("first")] == [
        ("crm price", 0, 0, 0, Decimal(0), None, None),
        ("crm software", 1, 1, 1, Decimal(100_000), 20_000.0, 4.0),
    ]
    assert [tuple(row[name] for name in counts) for row in keywords("last")] == [
        ("crm price", 1, 1, 1, Decimal(100_000), None, None),
        ("crm software", 0, 0, 0, Decimal(0), None, -1.0),
    ]
    total = show("SELECT sum(won) AS won, sum(revenue) AS revenue FROM funnel_by_period")
    assert total == [{"won": 1, "revenue": Decimal(100_000)}]


def test_of_touchpoints_at_one_time_the_smaller_id_is_first(store: Store, show: Show) -> None:
    store(
        journey("crm:hub:1", ad_visit("b", "2026-03-01 10:00", "second")),
        journey("crm:hub:2", ad_visit("a", "2026-03-01 10:00", "first")),
        deal("deal:hub:9", "2026-03-01 10:00", "crm:hub:1", "crm:hub:2"),
    )
    rows = show("SELECT first_keyword, last_keyword FROM conversions WHERE conversion = 'opportunity'")
    assert rows == [{"first_keyword": "first", "last_keyword": "second"}]


def test_a_deal_whose_people_touched_nothing_counts_without_a_channel(store: Store, show: Show) -> None:
    # The only visit came after the deal had been won; the other deal's person isn't known at all.
    store(
        journey("crm:hub:1", ad_visit("t1", "2026-05-01 10:00", "late")),
        deal("deal:hub:8", "2026-03-10 09:00", "crm:hub:1", won="2026-04-01 09:00"),
        deal("deal:hub:9", "2026-03-11 09:00", "crm:hub:nobody"),
    )
    rows = show(
        "SELECT day, channel, keyword, opportunities, won, revenue FROM funnel_by_period"
        " WHERE opportunities + won > 0 ORDER BY day"
    )
    none = {"channel": "(none)", "keyword": ""}
    assert rows == [
        {"day": date(2026, 3, 10), **none, "opportunities": 1, "won": 0, "revenue": Decimal(0)},
        {"day": date(2026, 3, 11), **none, "opportunities": 1, "won": 0, "revenue": Decimal(0)},
        {"day": date(2026, 4, 1), **none, "opportunities": 0, "won": 1, "revenue": Decimal(100_000)},
    ]
    assert show("SELECT keyword FROM keyword_performance") == []
    assert {
        "area": "opportunities",
        "issue": "no_touchpoint_before",
        "rows": 2,
        "example": "deal:hub:8",
    } in show("SELECT * FROM data_quality")


def test_a_deal_that_was_lost_after_all_is_not_won(store: Store, show: Show) -> None:
    lost = replace(
        deal("deal:hub:9", "2026-03-10 09:00", "crm:hub:1", won="2026-04-01 09:00"),
        stage=Stage.LOST,
        closed_at=at("2026-04-02 09:00"),
    )
    store(lost)
    assert show("SELECT sum(opportunities) AS o, sum(won) AS w, sum(revenue) AS r FROM funnel_by_cohort") == [
        {"o": 1, "w": 0, "r": Decimal(0)}
    ]


def test_a_merged_person_is_there_once(store: Store, show: Show) -> None:
    touchpoint = ad_visit("t1", "2026-03-01 10:00", "crm software")
    lead = (entry(Stage.LEAD, "2026-03-05 11:00"),)
    store(
        journey("anon:1", touchpoint, version=7, stages=lead),
        journey("crm:hub:1", touchpoint, version=3, identifiers=("anon:1", "crm:hub:1"), stages=lead),
        replace(journey("anon:1", version=9), is_deleted=True),
        journey("anon:1", touchpoint, version=7, stages=lead),  # replayed by a stale writer
    )
    assert show("SELECT person, crm, identifiers, stage FROM persons") == [
        {"person": "crm:hub:1", "crm": "crm:hub:1", "identifiers": "anon:1, crm:hub:1", "stage": "lead"}
    ]
    assert show("SELECT sum(leads) AS leads, sum(visits) AS visits FROM funnel_by_period") == [
        {"leads": 1, "visits": 1}
    ]


def test_no_cost_is_lost_and_none_counts_twice(store: Store, show: Show) -> None:
    monday = report("2026-03-02", "crm software", 100.0, keyword_id="7")
    store(
        monday,
        monday.model_copy(
            update={"event_id": str(uuid.uuid4()), "reported_at": 9, "cost_micros": 120_000_001}
        ),
        report(
            "2026-03-02", "crm software", 80.0, keyword_id="7", reported_at=3
        ),  # an older report comes late
        report("2026-03-02", "crm software", 10.0, keyword_id="7", device="mobile"),
        report("2026-03-02", "crm software", 5.0, keyword_id="8"),
        report("2026-03-02", "", 30.25),
        report("2026-03-03", "", 0.75, campaign="feed", ad_group=""),
        journey(
            "crm:hub:1",
            visit(
                "t1",
                "2026-03-01 10:00",
                channel="paid_search",
                platform="baidu",
                campaign="brand",
                ad_group="core",
            ),
            stages=(entry(Stage.LEAD, "2026-03-01 11:00"),),
        ),
    )
    assert show(
        "SELECT campaign, keyword, sum(cost) AS cost, sum(leads_first) AS leads FROM keyword_performance"
        " GROUP BY ALL ORDER BY ALL"
    ) == [
        {"campaign": "brand", "keyword": "(unallocated)", "cost": Decimal("30.25"), "leads": 0},
        {"campaign": "brand", "keyword": "crm software", "cost": Decimal("135.000001"), "leads": 0},
        {"campaign": "feed", "keyword": "(unallocated)", "cost": Decimal("0.75"), "leads": 0},
    ]
    totals = show(
        "SELECT (SELECT sum(cost) FROM keyword_performance) AS by_keyword,"
        " (SELECT sum(cost_micros) FROM ad_performance FINAL) AS reported,"
        " (SELECT sum(cost) FROM funnel_by_cohort) AS cohort,"
        " (SELECT sum(cost) FROM funnel_by_period) AS period"
    )
    spent = Decimal("166.000001")
    assert totals == [{"by_keyword": spent, "reported": 166_000_001, "cohort": spent, "period": spent}]


def test_campaigns_of_platforms_without_keywords_have_cost_and_leads_side_by_side(
    store: Store, show: Show
) -> None:
    came = visit("t1", "2026-03-01 10:00", channel="paid_social", platform="linkedin", campaign="Managers")
    other = visit("t2", "2026-03-01 10:00", channel="paid_social", platform="linkedin", campaign="of nobody")
    store(
        report("2026-03-01", "", 410.5, platform="linkedin", campaign="Managers", ad_group=""),
        journey("crm:hub:1", came, stages=(entry(Stage.LEAD, "2026-03-01 11:00"),)),
        journey("crm:hub:2", other, stages=(entry(Stage.LEAD, "2026-03-01 11:00"),)),
    )

    assert show(
        "SELECT platform, campaign, keyword, sum(cost) AS cost, sum(leads_first) AS leads"
        " FROM keyword_performance GROUP BY ALL"
    ) == [
        {
            "platform": "linkedin",
            "campaign": "Managers",
            "keyword": "(unallocated)",
            "cost": Decimal("410.5"),
            "leads": 1,
        }
    ]


def test_mixed_currencies_stand_in_rows_of_their_own_and_are_not_divided(
    store: Store, show: Show, keywords: Show
) -> None:
    store(
        report("2026-03-02", "both", 10.0),
        report("2026-03-03", "both", 10.0, currency="USD"),
        report("2026-03-02", "abroad", 10.0),
        report("2026-03-02", "at home", 10.0),
        journey("crm:hub:1", ad_visit("t1", "2026-03-01 10:00", "abroad"), account="account:hub:acc-1"),
        journey("crm:hub:2", ad_visit("t2", "2026-03-01 10:00", "at home")),
        deal(
            "deal:hub:1",
            "2026-03-10 09:00",
            "crm:hub:1",
            won="2026-04-01 09:00",
            currency="USD",
            account="account:hub:acc-1",
        ),
        deal(
            "deal:hub:2", "2026-03-10 09:00", "crm:hub:2", won="2026-04-01 09:00", account="account:hub:acc-1"
        ),
    )
    counts = ("keyword", "currency", "cost", "won", "revenue", "cac", "roi")
    assert [tuple(row[name] for name in counts) for row in keywords("first")] == [
        ("abroad", "CNY", Decimal(10), 0, Decimal(0), None, None),
        ("abroad", "USD", Decimal(0), 1, Decimal(100_000), None, None),
        ("at home", "CNY", Decimal(10), 1, Decimal(100_000), 10.0, 9999.0),
        ("both", "CNY", Decimal(10), 0, Decimal(0), None, None),
        ("both", "USD", Decimal(10), 0, Decimal(0), None, None),
    ]
    issues = {(row["area"], row["issue"]): row["rows"] for row in show("SELECT * FROM data_quality")}
    assert issues == {
        ("ad_performance", "currency:CNY"): 3,
        ("ad_performance", "currency:USD"): 1,
        ("opportunities", "currency:CNY"): 1,
        ("opportunities", "currency:USD"): 1,
    }


def test_days_are_those_of_the_time_zone(store: Store, show: Show) -> None:
    # 23:59 and 00:00 in Shanghai are one day in UTC.
    store(
        journey(
            "crm:hub:1",
            ad_visit("t1", "2026-02-28 23:59", "crm software"),
            visit("t2", "2026-03-01 00:00"),
            stages=(entry(Stage.LEAD, "2026-03-02 00:00"), entry(Stage.SALES_QUALIFIED, "2026-03-02 23:59")),
        )
    )
    wanted = "SELECT day, channel, visits, leads, sales_qualified FROM {} ORDER BY day, channel DESC"
    feb, march_1, march_2 = date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)
    assert [tuple(row.values()) for row in show(wanted.format("funnel_by_cohort"))] == [
        (feb, "paid_search", 1, 1, 1),
        (feb, "direct", 1, 0, 0),
    ]
    assert [tuple(row.values()) for row in show(wanted.format("funnel_by_period"))] == [
        (feb, "paid_search", 1, 0, 0),
        (march_1, "direct", 1, 0, 0),
        (march_2, "paid_search", 0, 1, 1),
    ]


def test_the_journey_of_a_lead_shows_touchpoints_and_follow_ups_in_order(store: Store, show: Show) -> None:
    called = FollowUp(
        id="f1", at=at("2026-03-04 10:00"), category="call", grade="A", tags=(), owner="sales-7"
    )
    early = FollowUp(id="f0", at=at("2026-02-01 10:00"), category="mail", grade="", tags=(), owner="")
    store(
        journey(
            "crm:hub:1",
            ad_visit("t1", "2026-03-01 10:00", "crm software"),
            visit(
                "t2", "2026-03-03 10:00", channel="organic_search", source="baidu", rule="engines", pages=3
            ),
            visit("t3", "2026-03-05 10:00"),
            stages=(entry(Stage.VISITOR, "2026-03-01 10:00"), entry(Stage.LEAD, "2026-03-03 10:00")),
            follow_ups=(early, called),
        ),
        journey("anon:2", visit("t9", "2026-03-01 10:00")),
    )
    rows = show(
        "SELECT crm, position, kind, channel, keyword, content, author, pages, is_first, is_last_before_lead,"
        " rule FROM lead_touchpoints ORDER BY person, position"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("crm:hub:1", 1, "follow_up", "sales", "", "mail", "", 0, False, False, ""),
        ("crm:hub:1", 2, "visit", "paid_search", "crm software", "", "", 0, True, False, ""),
        ("crm:hub:1", 3, "visit", "organic_search", "", "", "", 3, False, True, "engines"),
        ("crm:hub:1", 4, "follow_up", "sales", "", "call", "sales-7", 0, False, False, ""),
        ("crm:hub:1", 5, "visit", "direct", "", "", "", 0, False, False, ""),
    ]


def test_content_gets_the_leads_and_deals_that_it_brought(
    client: ClickHouse, store: Store, show: Show
) -> None:
    article = {
        "content": "guide",
        "author": "editor",
        "published": "2026-02-01",
        "source": "zhihu",
        "campaign": "know",
    }
    store(
        journey(
            "crm:hub:1",
            visit("t1", "2026-03-01 10:00", **article),
            visit("t2", "2026-03-02 10:00", **(article | {"content": "case"})),
            stages=(entry(Stage.LEAD, "2026-03-02 11:00"),),
        ),
        deal("deal:hub:9", "2026-03-10 09:00", "crm:hub:1", won="2026-04-01 09:00"),
    )
    rows = show("SELECT * FROM content_performance ORDER BY content, day")
    told, nothing = ("editor", "2026-02-01", "zhihu", "know"), (Decimal(0), Decimal(0))
    amount = Decimal(100_000)
    # Touches and readers; then leads, opportunities and won deals, each by first and by last touch.
    assert [tuple(row.values()) for row in rows] == [
        (date(2026, 3, 2), "case", *told, "", 1, 1, 0, 1, 0, 0, 0, 0, *nothing),
        (date(2026, 3, 10), "case", *told, "CNY", 0, 0, 0, 0, 0, 1, 0, 0, *nothing),
        (date(2026, 4, 1), "case", *told, "CNY", 0, 0, 0, 0, 0, 0, 0, 1, Decimal(0), amount),
        (date(2026, 3, 1), "guide", *told, "", 1, 1, 0, 0, 0, 0, 0, 0, *nothing),
        (date(2026, 3, 2), "guide", *told, "", 0, 0, 1, 0, 0, 0, 0, 0, *nothing),
        (date(2026, 3, 10), "guide", *told, "CNY", 0, 0, 0, 0, 1, 0, 0, 0, *nothing),
        (date(2026, 4, 1), "guide", *told, "CNY", 0, 0, 0, 0, 0, 0, 1, 0, amount, Decimal(0)),
    ]
    linear = rows_of(run_report(client, "content", {"model": "linear"}))
    counts = ("content", "touches", "readers", "leads", "opportunities", "won", "revenue")
    half = Decimal("0.5")
    assert [tuple(row[name] for name in counts) for row in linear] == [
        ("case", 1, 1, half, half, half, amount / 2),
        ("guide", 1, 1, half, half, half, amount / 2),
    ]
    first = rows_of(run_report(client, "content", {}))
    assert [(row["content"], row["leads"], row["first_lead"], row["days_to_lead"]) for row in first] == [
        ("guide", 1, date(2026, 3, 2), 29),
        ("case", 0, None, None),
    ]


def test_journeys_as_of_shows_what_could_be_reported_then(client: ClickHouse, show: Show) -> None:
    before = journey("anon:1", visit("t1", "2026-03-01 10:00"), version=7)
    grown = journey("anon:1", visit("t1", "2026-03-01 10:00"), visit("t2", "2026-03-02 10:00"), version=8)
    gone = replace(journey("anon:1", version=9, known_at=0), is_deleted=True)
    merged = journey("crm:hub:1", *grown.touchpoints, version=3, identifiers=("anon:1", "crm:hub:1"))
    published = [
        (before, "2026-03-01 10:01"),
        (grown, "2026-03-02 10:01"),
        (gone, "2026-03-05 09:00"),
        (merged, "2026-03-05 09:00"),
        (before, "2026-03-09 10:01"),  # a replay
        (gone, "2026-03-09 10:02"),
    ]
    for snapshot, when in published:
        publish(client, at(when), snapshot)

    def known(as_of: str) -> list[tuple[str, int]]:
        rows = show(
            "SELECT person, length(touchpoints.id) AS n"
            f" FROM journeys_as_of(as_of = '{as_of}') ORDER BY person"
        )
        return [(row["person"], row["n"]) for row in rows]

    assert known("2026-03-01 10:00:59") == []
    assert known("2026-03-02 00:00:00") == [("anon:1", 1)]
    assert known("2026-03-04 00:00:00") == [("anon:1", 2)]
    assert known("2026-03-05 09:00:00") == [("crm:hub:1", 2)]
    assert known("2026-04-01 00:00:00") == [("crm:hub:1", 2)]


def test_data_quality_counts_what_was_not_understood(client: ClickHouse, store: Store, show: Show) -> None:
    store(
        journey("crm:hub:1", issues=("unmapped_stage:hub:Nurture",), truncated=True),
        journey("crm:hub:2", issues=("unmapped_stage:hub:Nurture", "other")),
        replace(journey("crm:hub:3", issues=("other",)), is_deleted=True),
        report("2026-03-02", "", 1.0),
    )
    letter = ("crm.events", 2, 17, "schema_invalid", "stage: too long", b"\xff", b"\xfe{", {})
    letter += ([], [], [], 2, "", 1, 2, "1.0")
    client.insert("dead_letters", COLUMNS["dead_letters"], [letter, letter])
    assert show("SELECT * FROM data_quality ORDER BY area, issue") == [
        {
            "area": "ad_performance",
            "issue": "cost_without_keyword",
            "rows": 1,
            "example": "baidu/brand/2026-03-02",
        },
        {
            "area": "dead_letters",
            "issue": "crm.events: schema_invalid",
            "rows": 1,
            "example": "crm.events/2/17",
        },
        {"area": "journeys", "issue": "other", "rows": 1, "example": "crm:hub:2"},
        {"area": "journeys", "issue": "truncated", "rows": 1, "example": "crm:hub:1"},
        {"area": "journeys", "issue": "unmapped_stage:hub:Nurture", "rows": 2, "example": "crm:hub:1"},
    ]
