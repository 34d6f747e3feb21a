"""The views against journeys and deals made by hand: every expected number was computed on paper."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.envelope import record_version
from schemas.journey import FollowUp, Journey, Opportunity, StageEntry, Touchpoint
from schemas.sem import AdPerformanceReported
from schemas.terms import Stage, TouchKind
from sinks.clickhouse import ClickHouse
from sinks.rows import COLUMNS, ad_performance_row, snapshot_row

pytestmark = pytest.mark.servers

SHANGHAI = ZoneInfo("Asia/Shanghai")
Show = Callable[..., list[dict[str, Any]]]


def at(text: str) -> int:
    """A time in Shanghai, '2026-03-01 10:00', as Millis."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def visit(name: str, when: str, **origin: Any) -> Touchpoint:
    given: dict[str, Any] = {"channel": "direct", "kind": TouchKind.VISIT, "identifier": "anon:1"} | origin
    return Touchpoint(id=name, at=at(when), ended_at=at(when), **given)


def ad_visit(name: str, when: str, keyword: str) -> Touchpoint:
    paid = {"channel": "paid_search", "platform": "baidu", "campaign": "brand", "ad_group": "core"}
    return visit(name, when, keyword=keyword, **paid)


def entry(stage: Stage, when: str, deal: str = "", occurrence: int = 1) -> StageEntry:
    return StageEntry(stage=stage, at=at(when), occurrence=occurrence, id=f"{stage}-{when}", deal=deal)


def journey(person: str, *touchpoints: Touchpoint, **more: Any) -> Journey:
    given: dict[str, Any] = {"version": 1, "facts": 1, "identifiers": (person,), "known_at": 1} | more
    stages = given.pop("stages", ())
    return Journey(
        person=person,
        policy_version="p",
        is_lead=any(stage.stage is Stage.LEAD for stage in stages),
        touchpoints=touchpoints,
        stages=stages,
        **given,
    )


def deal(name: str, opened: str, *people: str, won: str = "", poc: str = "", **more: Any) -> Opportunity:
    stages = [entry(Stage.OPPORTUNITY, opened, name)]
    stages += [entry(Stage.POC, poc, name)] if poc else []
    stages += [entry(Stage.WON, won, name)] if won else []
    given: dict[str, Any] = {"version": 1, "currency": "CNY", "amount_minor": 100_000_00} | more
    return Opportunity(
        deal=name,
        policy_version="p",
        known_at=1,
        people=people,
        opened_at=at(opened),
        closed_at=at(won) if won else None,
        stage=stages[-1].stage,
        poc_started_at=at(poc) if poc else None,
        stages=tuple(stages),
        **given,
    )


def report(day: str, keyword: str, cost: float, **more: Any) -> AdPerformanceReported:
    given: dict[str, Any] = {
        "platform": "baidu",
        "campaign": "brand",
        "ad_group": "core",
        "currency": "CNY",
        "impressions": 1000,
        "clicks": 10,
        "reported_at": 5,
    }
    return AdPerformanceReported(
        event_id=str(uuid.uuid4()),
        occurred_at=1,
        received_at=1,
        source="sem",
        subject="keyword:x",
        day=day,
        keyword=keyword,
        cost_micros=round(cost * 1_000_000),
        **given | more,
    )


@pytest.fixture
def store(client: ClickHouse) -> Callable[..., None]:
    def put(*things: Journey | Opportunity | AdPerformanceReported) -> None:
        for thing in things:
            match thing:
                case Journey():
                    client.insert("journeys", COLUMNS["journeys"], [snapshot_row(thing)])
                case Opportunity():
                    client.insert("opportunities", COLUMNS["opportunities"], [snapshot_row(thing)])
                case AdPerformanceReported():
                    row = ad_performance_row(thing, record_version(thing))
                    client.insert("ad_performance", COLUMNS["ad_performance"], [row])

    return put


@pytest.fixture
def show(client: ClickHouse) -> Show:
    def select(text: str, **parameters: str) -> list[dict[str, Any]]:
        answer = client.query(text, parameters)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    return select


def test_a_keyword_gets_the_leads_whose_first_or_last_touch_it_was(
    store: Callable[..., None], show: Show
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
    rows = show(
        "SELECT keyword, impressions, clicks, cost, currency, leads_first, mql_first, leads_last, mql_last,"
        " cac_first, roi_first FROM keyword_performance ORDER BY keyword"
    )
    assert rows == [
        {
            **{"keyword": "crm price", "impressions": 0, "clicks": 0, "cost": Decimal(0), "currency": ""},
            **{"leads_first": 0, "mql_first": 0, "leads_last": 1, "mql_last": 1},
            **{"cac_first": None, "roi_first": None},
        },
        {
            **{"keyword": "crm software", "impressions": 2000, "clicks": 20, "cost": Decimal("500.5")},
            **{"currency": "CNY", "leads_first": 1, "mql_first": 1, "leads_last": 0, "mql_last": 0},
            **{"cac_first": None, "roi_first": -1.0},
        },
    ]


def test_a_deal_counts_once_however_many_people_are_on_it(store: Callable[..., None], show: Show) -> None:
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
    rows = show(
        "SELECT keyword, opportunities_first AS of, pocs_first AS pf, won_first AS wf, revenue_first AS rf,"
        " cac_first, roi_first, opportunities_last AS ol, pocs_last AS pl, won_last AS wl, revenue_last"
        " AS rl, cac_last, roi_last FROM keyword_performance ORDER BY keyword"
    )
    assert rows == [
        {
            **{"keyword": "crm price", "of": 0, "pf": 0, "wf": 0, "rf": Decimal(0)},
            **{"cac_first": None, "roi_first": None},
            **{"ol": 1, "pl": 1, "wl": 1, "rl": Decimal(100_000), "cac_last": 0.0, "roi_last": None},
        },
        {
            **{"keyword": "crm software", "of": 1, "pf": 1, "wf": 1, "rf": Decimal(100_000)},
            **{"cac_first": 20_000.0, "roi_first": 4.0},
            **{"ol": 0, "pl": 0, "wl": 0, "rl": Decimal(0), "cac_last": None, "roi_last": -1.0},
        },
    ]
    total = show("SELECT sum(won) AS won, sum(revenue) AS revenue FROM funnel WHERE mode = 'period'")
    assert total == [{"won": 1, "revenue": Decimal(100_000)}]


def test_of_touchpoints_at_one_time_the_smaller_id_is_first(store: Callable[..., None], show: Show) -> None:
    store(
        journey("crm:hub:1", ad_visit("b", "2026-03-01 10:00", "second")),
        journey("crm:hub:2", ad_visit("a", "2026-03-01 10:00", "first")),
        deal("deal:hub:9", "2026-03-01 10:00", "crm:hub:1", "crm:hub:2"),
    )
    rows = show("SELECT model, keyword FROM credits WHERE conversion = 'opportunity' ORDER BY model")
    assert rows == [{"model": "first", "keyword": "first"}, {"model": "last", "keyword": "second"}]


def test_a_deal_whose_people_touched_nothing_counts_without_a_channel(
    store: Callable[..., None], show: Show
) -> None:
    # The only visit came after the deal had been won; the other deal's person isn't known at all.
    store(
        journey("crm:hub:1", ad_visit("t1", "2026-05-01 10:00", "late")),
        deal("deal:hub:8", "2026-03-10 09:00", "crm:hub:1", won="2026-04-01 09:00"),
        deal("deal:hub:9", "2026-03-11 09:00", "crm:hub:nobody"),
    )
    rows = show(
        "SELECT day, channel, keyword, opportunities, won, revenue FROM funnel"
        " WHERE mode = 'period' AND opportunities + won > 0 ORDER BY day"
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


def test_a_deal_that_was_lost_after_all_is_not_won(store: Callable[..., None], show: Show) -> None:
    lost = replace(
        deal("deal:hub:9", "2026-03-10 09:00", "crm:hub:1", won="2026-04-01 09:00"),
        stage=Stage.LOST,
        closed_at=at("2026-04-02 09:00"),
    )
    store(lost)
    assert show(
        "SELECT sum(opportunities) AS o, sum(won) AS w, sum(revenue) AS r FROM funnel WHERE mode='cohort'"
    ) == [{"o": 1, "w": 0, "r": Decimal(0)}]


def test_a_merged_person_is_there_once(store: Callable[..., None], show: Show) -> None:
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
    assert show("SELECT sum(leads) AS leads, sum(visits) AS visits FROM funnel WHERE mode = 'period'") == [
        {"leads": 1, "visits": 1}
    ]


def test_no_cost_is_lost_and_none_counts_twice(store: Callable[..., None], show: Show) -> None:
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
    assert show("SELECT campaign, keyword, cost, leads_first FROM keyword_performance ORDER BY ALL") == [
        {"campaign": "brand", "keyword": "(unallocated)", "cost": Decimal("30.25"), "leads_first": 0},
        {"campaign": "brand", "keyword": "crm software", "cost": Decimal("135.000001"), "leads_first": 0},
        {"campaign": "feed", "keyword": "(unallocated)", "cost": Decimal("0.75"), "leads_first": 0},
    ]
    totals = show(
        "SELECT (SELECT sum(cost) FROM keyword_performance) AS by_keyword,"
        " (SELECT sum(cost_micros) FROM ad_performance FINAL) AS reported,"
        " (SELECT sum(cost) FROM funnel WHERE mode = 'cohort') AS cohort,"
        " (SELECT sum(cost) FROM funnel WHERE mode = 'period') AS period"
    )
    spent = Decimal("166.000001")
    assert totals == [{"by_keyword": spent, "reported": 166_000_001, "cohort": spent, "period": spent}]


def test_mixed_currencies_are_said_and_not_divided(store: Callable[..., None], show: Show) -> None:
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
    rows = show(
        "SELECT keyword, currency, won_first, cac_first, roi_first FROM keyword_performance ORDER BY keyword"
    )
    assert rows == [
        {"keyword": "abroad", "currency": "(mixed)", "won_first": 1, "cac_first": None, "roi_first": None},
        {"keyword": "at home", "currency": "CNY", "won_first": 1, "cac_first": 10.0, "roi_first": 9999.0},
        {"keyword": "both", "currency": "(mixed)", "won_first": 0, "cac_first": None, "roi_first": None},
    ]
    issues = {(row["area"], row["issue"]): row["rows"] for row in show("SELECT * FROM data_quality")}
    assert issues == {
        ("ad_performance", "currency:CNY"): 3,
        ("ad_performance", "currency:USD"): 1,
        ("opportunities", "currency:CNY"): 1,
        ("opportunities", "currency:USD"): 1,
    }


def test_days_are_those_of_the_time_zone(store: Callable[..., None], show: Show) -> None:
    # 23:59 and 00:00 in Shanghai are one day in UTC.
    store(
        journey(
            "crm:hub:1",
            ad_visit("t1", "2026-02-28 23:59", "crm software"),
            visit("t2", "2026-03-01 00:00"),
            stages=(entry(Stage.LEAD, "2026-03-02 00:00"), entry(Stage.SALES_QUALIFIED, "2026-03-02 23:59")),
        )
    )
    rows = show(
        "SELECT mode, day, channel, visits, leads, sales_qualified FROM funnel"
        " ORDER BY mode, day, channel DESC"
    )
    feb, march_1, march_2 = date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)
    assert [tuple(row.values()) for row in rows] == [
        ("cohort", feb, "paid_search", 1, 1, 1),
        ("cohort", feb, "direct", 1, 0, 0),
        ("period", feb, "paid_search", 1, 0, 0),
        ("period", march_1, "direct", 1, 0, 0),
        ("period", march_2, "paid_search", 0, 1, 1),
    ]


def test_a_cohort_is_counted_on_the_day_of_the_first_touch(store: Callable[..., None], show: Show) -> None:
    store(
        journey("crm:hub:1", ad_visit("t1", "2026-01-05 10:00", "crm software")),
        deal("deal:hub:9", "2026-03-10 09:00", "crm:hub:1", poc="2026-03-20 09:00", won="2026-04-01 09:00"),
    )
    wanted = "SELECT day, keyword, opportunities, pocs, won FROM funnel WHERE opportunities + pocs + won > 0"
    assert show(f"{wanted} AND mode = 'cohort'") == [
        {"day": date(2026, 1, 5), "keyword": "crm software", "opportunities": 1, "pocs": 1, "won": 1}
    ]
    assert [row["day"] for row in show(f"{wanted} AND mode = 'period' ORDER BY day")] == [
        date(2026, 3, 10),
        date(2026, 3, 20),
        date(2026, 4, 1),
    ]


def test_the_journey_of_a_lead_shows_touchpoints_and_follow_ups_in_order(
    store: Callable[..., None], show: Show
) -> None:
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


def test_a_stage_lasts_until_the_next_one_of_its_chain(store: Callable[..., None], show: Show) -> None:
    store(
        journey(
            "crm:hub:1",
            stages=(
                entry(Stage.VISITOR, "2026-03-01 00:00"),
                entry(Stage.LEAD, "2026-03-02 12:00"),
                entry(Stage.OPPORTUNITY, "2026-03-03 00:00", "deal:hub:9"),
                entry(Stage.MARKETING_QUALIFIED, "2026-03-02 12:00"),
                entry(Stage.LEAD, "2026-03-12 12:00", occurrence=2),
                entry(Stage.WON, "2026-03-04 06:00", "deal:hub:9"),
            ),
        )
    )
    rows = show(
        "SELECT deal, stage, occurrence, next_stage, days FROM stage_durations"
        " ORDER BY deal, entered_at, stage"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("", "visitor", 1, "lead", 1.5),
        ("", "lead", 1, "marketing_qualified", 0.0),
        ("", "marketing_qualified", 1, "lead", 10.0),
        ("", "lead", 2, "", None),
        ("deal:hub:9", "opportunity", 1, "won", 1.25),
        ("deal:hub:9", "won", 1, "", None),
    ]


def test_content_gets_the_leads_and_deals_that_it_brought(store: Callable[..., None], show: Show) -> None:
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
    rows = show("SELECT * FROM content_performance ORDER BY content")
    assert [tuple(row.values()) for row in rows] == [
        ("case", "editor", "2026-02-01", "zhihu", "know", 0, 1, 0, 0, Decimal(0)),
        ("guide", "editor", "2026-02-01", "zhihu", "know", 1, 0, 1, 1, Decimal(100_000)),
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
        client.insert("journey_versions", COLUMNS["journey_versions"], [(*snapshot_row(snapshot), at(when))])

    def known(as_of: str) -> list[tuple[str, int]]:
        rows = show(
            "SELECT person, length(touchpoints.id) AS n"
            f" FROM journeys_as_of(as_of = '{as_of}') ORDER BY person"
        )
        return [(row["person"], row["n"]) for row in rows]

    assert known("2026-03-01 10:00:59") == []
    assert known("2026-03-01 10:01:00") == [("anon:1", 1)]
    assert known("2026-03-04 00:00:00") == [("anon:1", 2)]
    assert known("2026-03-05 09:00:00") == [("crm:hub:1", 2)]
    assert known("2026-04-01 00:00:00") == [("crm:hub:1", 2)]
    assert show("SELECT count() AS n FROM journey_versions FINAL") == [{"n": 4}]


def test_data_quality_counts_what_was_not_understood(
    client: ClickHouse, store: Callable[..., None], show: Show
) -> None:
    store(
        journey("crm:hub:1", issues=("unmapped_stage:hub:Nurture",), truncated=True),
        journey("crm:hub:2", issues=("unmapped_stage:hub:Nurture", "other")),
        replace(journey("crm:hub:3", issues=("other",)), is_deleted=True),
        report("2026-03-02", "", 1.0),
    )
    letter = ("crm.events", 2, 17, "schema_invalid", "stage: too long", b"\xff", b"\xfe{", {}, 1, 2, "1.0")
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
