"""Attribution against exact fractions, on people and deals made at random, by any model, as of any time."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import facts as f
import pytest
from databases import drop_database
from people_at_random import load
from snapshots import ad_visit, at, deal, entry, journey, publish, put, visit

from attribution.policy import Policy
from attribution.policy_reports import MODELS
from market.credits import DAY, SHARES, TIME_DECAY, Conversion, Step, credits, decayed, divided
from market.credits import MODELS as BY_ROLES
from schemas.journey import DealOnJourney, Journey, Opportunity
from schemas.terms import Stage
from settings import Settings, policy_text
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.migrations import migrate
from sinks.reports import ReportError, run_report

pytestmark = [pytest.mark.servers, pytest.mark.answers]

PEOPLE = (Stage.LEAD, Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED)
Known = tuple[ClickHouse, list[Journey], list[Opportunity]]
Key = tuple[str, str, str]
Paths = dict[Key, tuple[Conversion, list[Step], int]]


@pytest.fixture(scope="module")
def known(servers: Settings, policy: Policy) -> Iterator[Known]:
    """A database with everybody in it, and what the core derives of them."""
    mine = servers.model_copy(update={"clickhouse_database": f"leadtrace_{secrets.token_hex(4)}"})
    client = connect_server(mine, timeout=120)
    migrate(client, mine)
    journeys, deals = load(client, policy, 3)
    yield client, journeys, deals
    client.close()
    drop_database(mine)


def asked(client: ClickHouse, model: str, view: str = "attribution", **more: Any) -> list[dict[str, Any]]:
    given = {"milestone": "", "grain": "", "kinds": "", "lookback_days": -1, "half_life_days": ""} | more
    told = ", ".join(f"{name} = {value!r}" for name, value in {"model": model, **given}.items())
    answer = client.query(f"SELECT * EXCEPT attributes FROM {view}({told})")
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def steps_of(person: Journey) -> list[Step]:
    """The touchpoints of a person that count."""
    entries = [stage.at for stage in person.stages if stage.stage is Stage.LEAD and not stage.deal]
    lead_at = min(entries, default=None)
    return [
        Step(touch.at, touch.id, person.person, touch.channel, lead_at)
        for touch in person.touchpoints
        if not touch.is_bot and not person.is_internal
    ]


def paths_of(journeys: list[Journey], deals: list[Opportunity]) -> Paths:
    """Each conversion of a person or a deal, with the touchpoints up to it and the amount, in hundredths."""
    found: Paths = {}
    for person in journeys:
        for stage in PEOPLE:
            reached = [each.at for each in person.stages if each.stage is stage and not each.deal]
            if reached and not person.is_internal:
                steps = [step for step in steps_of(person) if step.at <= reached[0]]
                found[stage.value, person.person, ""] = (Conversion(stage.value, reached[0]), steps, 0)
    for sold in deals:
        named = set(sold.people)
        on_it = [each for each in journeys if not named.isdisjoint(each.identifiers)]
        steps = sorted((s for each in on_it for s in steps_of(each)), key=lambda s: (s.at, s.id, s.person))
        moments = {"opportunity": sold.opened_at}
        moments |= {
            stage.stage.value: stage.at for stage in reversed(sold.stages) if stage.stage is Stage.POC
        }
        if sold.stage == "won" and sold.closed_at is not None:
            moments["won"] = sold.closed_at
        for milestone, moment in moments.items():
            until = [step for step in steps if step.at <= moment]
            amount = sold.amount_minor if milestone == "won" else 0
            found[milestone, "", sold.deal] = (Conversion(milestone, moment, sold.opened_at), until, amount)
    return found


def expected(paths: Paths, model: str, lookback_days: int = 0) -> dict[Key, list[tuple[str, int, int]]]:
    """Of each conversion what each touchpoint earns: shares, and hundredths of the currency unit."""
    found = {}
    for key, (conversion, steps, amount) in paths.items():
        since = conversion.at - lookback_days * DAY if lookback_days else 0
        within = [step for step in steps if step.at >= since]
        if not within:
            found[key] = [("", SHARES, amount)]
            continue
        decays = model == TIME_DECAY
        earned = decayed(within, Fraction(7)) if decays else credits(within, conversion, BY_ROLES[model])
        names = [step.id for step in within]
        found[key] = list(zip(names, divided(SHARES, earned), divided(amount, earned), strict=True))
    return found


def shown(rows: list[dict[str, Any]]) -> dict[Key, list[tuple[str, int, int]]]:
    found: dict[Key, list[tuple[str, int, int]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["position"]):
        one = (row["touchpoint"], int(row["weight"] * SHARES), int(row["revenue"] * 100))
        found[row["milestone"], row["person"], row["deal"]].append(one)
    return dict(found)


@pytest.mark.parametrize("model", MODELS)
def test_every_share_and_every_cent_is_as_exact_fractions_say(known: Known, model: str) -> None:
    client, journeys, deals = known
    paths = paths_of(journeys, deals)
    assert any(len(steps) > 3 for _, steps, _ in paths.values())
    for days in (0, 20):
        assert shown(asked(client, model, lookback_days=days)) == expected(paths, model, days)


def test_the_plain_view_of_a_model_is_the_one_with_parameters(known: Known) -> None:
    client, _, _ = known
    rows = client.query("SELECT * EXCEPT attributes FROM attribution_full_path")
    plain = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    assert sorted(plain, key=str) == sorted(asked(client, "full_path"), key=str)


@pytest.mark.parametrize("grain", ["lead", "account"])
def test_deals_and_revenue_sum_to_the_same_by_lead_deal_and_account(known: Known, grain: str) -> None:
    client, journeys, _ = known
    sums = "SELECT milestone, currency, sum(weight), sum(revenue), uniqExact(deal) FROM attribution({})"
    deals_only = sums + " WHERE deal != '' GROUP BY milestone, currency ORDER BY milestone, currency"
    ask = "model = 'w_shaped', milestone = '', kinds = '', lookback_days = -1, half_life_days = '', grain = "
    by_deal = client.query(deals_only.format(f"{ask}'deal'")).rows
    assert client.query(deals_only.format(f"{ask}'{grain}'")).rows == by_deal
    assert sum(row[2] for row in by_deal) == sum(row[4] for row in by_deal)
    if grain == "lead":
        # By lead, a deal has the touchpoints of one person: the first of its people to become a lead.
        leads = {
            each.person: min(s.at for s in each.stages if s.stage is Stage.LEAD)
            for each in journeys
            if each.is_lead
        }
        rows = asked(client, "linear", grain="lead", milestone="opportunity")
        assert all(row["touch_person"] in ("", row["person"]) for row in rows)
        whose = {row["deal"]: row["person"] for row in rows}
        people = client.query("SELECT deal, person FROM deal_people").rows
        for sold, person in people:
            assert (leads.get(whose[sold], 2**62), whose[sold]) <= (
                leads.get(person, 2**62),
                person,
            ) or not leads.get(person)


def test_first_and_last_touch_are_the_same_wherever_they_are_shown(known: Known) -> None:
    client, _, _ = known
    for side in ("first", "last"):
        told = client.query(
            f"SELECT conversion, person, deal, {side}_touchpoint, {side}_channel FROM conversions"
        )
        rows = [
            (row["milestone"], row["person"], row["deal"], row["touchpoint"], row["channel"])
            for row in asked(client, side)
            if row["weight"] == 1
        ]
        assert sorted(rows) == sorted(told.rows)


def test_what_is_known_now_is_what_was_known_up_to_now(known: Known) -> None:
    client, _, _ = known
    now = f"{datetime.fromtimestamp(f.START / 1000, UTC).replace(year=2100):%Y-%m-%d %H:%M:%S}"
    for grain in ("", "account"):
        rows = asked(client, "full_path", grain=grain)
        then = asked(client, "full_path", "attribution_as_of", grain=grain, as_of=now)
        assert sorted(then, key=str) == sorted(rows, key=str)
    assert asked(client, "linear", "attribution_as_of", as_of="2000-01-01 00:00:00") == []


def test_the_rows_of_the_report_sum_to_all_conversions_and_all_revenue(known: Known) -> None:
    client, _, _ = known
    totals = client.query(
        "SELECT currency, count(), sum(revenue) FROM conversions WHERE conversion = 'won' GROUP BY currency"
    ).rows
    for asked_for in (
        {"by": "channel", "model": "position_40_20_40"},
        {"by": "landing_page", "model": "linear", "limit": "2"},
        {"by": "account", "mode": "cohort"},
    ):
        answer = run_report(client, "attribution", {"milestone": "won", **asked_for})
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        for currency, conversions, revenue in totals:
            mine = [row for row in rows if row["currency"] == currency]
            assert sum(row["conversions"] for row in mine) == conversions
            assert sum(row["revenue"] for row in mine) == revenue


def test_of_conversions_that_earned_nothing_no_part_is_told(known: Known) -> None:
    client, _, _ = known
    channels = client.query("SELECT DISTINCT channel FROM touchpoints").rows
    answers = [
        run_report(client, "attribution", {"milestone": "won", "model": "first", "channel": channel})
        for (channel,) in channels
    ]
    rows = [dict(zip(each.columns, row, strict=True)) for each in answers for row in each.rows]
    assert {row["conversions"] == 0 for row in rows} == {True, False}
    assert {row["share"] for row in rows} == {1, None}
    assert all((row["share"] is None) == (row["conversions"] == 0) for row in rows)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"model": "w_shape"},
            r"no model 'w_shape' \(did you mean 'w_shaped'\?\); the models are first, last",
        ),
        ({"milestone": "lead", "grain": "deal"}, "a deal has no milestone 'lead': ask by lead or by account"),
        ({"grain": "person"}, "the grain must be lead, deal or account, or empty, not 'person'"),
        (
            {"model": "time_decay", "half_life_days": "0"},
            "the half-life must be a number of days greater than 0, not '0'",
        ),
        ({"half_life_days": "soon"}, "the half-life must be a number of days greater than 0, not 'soon'"),
        ({"kinds": "visit, clicks"}, "no kind of touchpoint 'clicks'; the kinds are visit, link_click"),
        ({"by": "chanel"}, "did you mean 'channel'"),
        ({"milestone": "leads"}, "did you mean 'lead'"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "lies after the last"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_a_sentence(
    known: Known, wrong: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ReportError, match=sentence):
        run_report(known[0], "attribution", wrong)
    if "model" in wrong:
        with pytest.raises(ClickHouseError, match=sentence):
            asked(known[0], **wrong)


def test_a_story_by_hand(client: ClickHouse) -> None:
    # Four touchpoints: the first, then before the first lead, before the opportunity, and before it was won.
    on_deal = DealOnJourney(
        deal="deal:hub:1",
        name="",
        stage="won",
        opened_at=at("2026-03-10 09:00"),
        closed_at=at("2026-04-01 09:00"),
        amount_minor=100_001,
        currency="CNY",
    )
    engineer = journey(
        "crm:hub:1",
        ad_visit("t1", "2026-03-01 10:00", "lineage"),
        visit("t2", "2026-03-05 10:00", channel="organic_search"),
        visit("t4", "2026-03-30 10:00", channel="direct"),
        stages=(entry(Stage.LEAD, "2026-03-05 11:00"),),
        deals=(on_deal,),
    )
    boss = journey(
        "crm:hub:2",
        visit("t3", "2026-03-09 10:00", channel="organic_social"),
        stages=(entry(Stage.LEAD, "2026-03-09 11:00"),),
        deals=(on_deal,),
    )
    sold = deal(
        "deal:hub:1",
        "2026-03-10 09:00",
        "crm:hub:1",
        "crm:hub:2",
        won="2026-04-01 09:00",
        amount_minor=100_001,
    )
    put(client, engineer, boss, sold)

    def earned(model: str, **more: Any) -> dict[str, tuple[Decimal, Decimal]]:
        rows = asked(client, model, **{"milestone": "won", **more})
        return {
            row["touchpoint"]: (row["weight"].normalize(), row["revenue"]) for row in rows if row["weight"]
        }

    quarter = Decimal("0.25")
    # 1,000.01: the cent that is left goes to the first.
    assert earned("full_path") == {
        "t1": (quarter, Decimal("250.01")),
        **{name: (quarter, Decimal("250.00")) for name in ("t2", "t3", "t4")},
    }
    assert earned("w_shaped") == {
        **{name: (Decimal("0.3"), Decimal("300.00")) for name in ("t2", "t3")},
        "t1": (Decimal("0.3"), Decimal("300.01")),
        "t4": (Decimal("0.1"), Decimal("100.00")),
    }
    assert earned("u_50_50") == {
        "t1": (Decimal("0.5"), Decimal("500.01")),
        "t2": (Decimal("0.5"), Decimal("500.00")),
    }
    assert earned("last_non_direct") == {"t3": (Decimal(1), Decimal("1000.01"))}
    # By lead: the engineer became one first, so the boss's visit earns nothing, and opened the deal with t2.
    assert earned("w_shaped", grain="lead") == {
        "t1": (Decimal("0.3"), Decimal("300.00")),
        "t2": (Decimal("0.6"), Decimal("600.01")),
        "t4": (Decimal("0.1"), Decimal("100.00")),
    }
    # Without the engineer's, the boss's is first, creates the lead, and comes before the opportunity.
    assert earned("w_shaped", lookback_days=24) == {
        "t3": (Decimal("0.9"), Decimal("900.01")),
        "t4": (Decimal("0.1"), Decimal("100.00")),
    }
    assert earned("first", kinds="event", milestone="lead") == {"": (Decimal(1), Decimal(0))}


def test_thousands_of_touchpoints_that_weigh_nearly_the_same_sum_to_one(client: ClickHouse) -> None:
    visits = [visit(f"t{number:04}", "2026-03-01 10:00") for number in range(5000)]
    put(client, journey("crm:hub:1", *visits, stages=(entry(Stage.LEAD, "2026-03-05 11:00"),)))
    rows = asked(client, "time_decay")
    assert len(rows) == 5000
    assert {row["weight"] for row in rows} == {Decimal(1) / 5000}


def test_what_came_later_was_not_known_then(client: ClickHouse) -> None:
    def deal_as_of(stage: str, amount: int) -> DealOnJourney:
        return DealOnJourney(
            deal="deal:hub:1",
            name="",
            stage=stage,
            opened_at=at("2026-03-10 09:00"),
            closed_at=at("2026-04-01 09:00") if stage == "won" else None,
            amount_minor=amount,
            currency="CNY",
        )

    lead = entry(Stage.LEAD, "2026-03-05 11:00")
    early = journey(
        "crm:hub:1",
        ad_visit("t1", "2026-03-05 10:00", "a"),
        stages=(lead,),
        deals=(deal_as_of("opportunity", 50_00),),
    )
    late = journey(
        "crm:hub:1",
        ad_visit("t0", "2026-03-01 10:00", "b"),
        ad_visit("t1", "2026-03-05 10:00", "a"),
        stages=(lead,),
        deals=(deal_as_of("won", 70_00),),
        version=2,
    )
    publish(client, at("2026-03-11 09:00"), early)
    publish(client, at("2026-04-02 09:00"), late)
    known_at = at("2026-04-02 08:00")
    sold = deal("deal:hub:1", "2026-03-10 09:00", "crm:hub:1", won="2026-04-01 09:00", amount_minor=70_00)
    put(
        client, Opportunity(**{name: getattr(sold, name) for name in sold.__slots__} | {"known_at": known_at})
    )

    def credited(as_of: str) -> set[tuple[str, str, Decimal]]:
        rows = asked(client, "first", "attribution_as_of", as_of=as_of)
        return {(row["milestone"], row["keyword"], row["revenue"]) for row in rows if row["weight"]}

    assert credited("2026-03-01 00:00:00") == set()
    assert credited("2026-03-31 00:00:00") == {("lead", "a", Decimal(0)), ("opportunity", "a", Decimal(0))}
    assert credited("2026-04-03 00:00:00") == {
        ("lead", "b", Decimal(0)),
        ("opportunity", "b", Decimal(0)),
        ("won", "b", Decimal(70)),
    }


def test_a_visitor_who_never_converts_changes_no_row(client: ClickHouse) -> None:
    became = journey(
        "crm:hub:1", visit("t1", "2026-03-05 10:00"), stages=(entry(Stage.LEAD, "2026-03-05 11:00"),)
    )
    put(client, became)
    before = asked(client, "linear")
    put(client, journey("anon:9", visit("t9", "2026-03-01 10:00", channel="organic_search")))
    assert asked(client, "linear") == before != []


def test_the_first_touch_is_the_one_that_the_policy_lets_count_in_every_view(
    servers: Settings, policy: Policy, tmp_path: Path
) -> None:
    told = policy_text(servers).replace("lookback_days = 0\n", "lookback_days = 15\n")
    file = tmp_path / "policy.toml"
    file.write_text(told, encoding="utf-8")
    name = f"leadtrace_{secrets.token_hex(4)}"
    mine = servers.model_copy(update={"clickhouse_database": name, "policy": file})
    client = connect_server(mine, timeout=120)
    migrate(client, mine)
    journeys, _ = load(client, policy, 3)

    def brought(stage: Stage, within: int) -> dict[str, str]:
        """Who reached the stage, by the channel of the first touchpoint in so many milliseconds before."""
        found = {}
        for person in journeys:
            reached = [each.at for each in person.stages if each.stage is stage and not each.deal]
            if reached and not person.is_internal:
                steps = [s for s in steps_of(person) if reached[0] - within <= s.at <= reached[0]]
                found[person.person] = steps[0].channel if steps else "(none)"
        return found

    leads, qualified = brought(Stage.LEAD, 15 * DAY), brought(Stage.MARKETING_QUALIFIED, 15 * DAY)
    by_channel = sorted(Counter(leads.values()).items())
    assert by_channel != sorted(Counter(brought(Stage.LEAD, 10**13).values()).items())
    assert qualified != brought(Stage.MARKETING_QUALIFIED, 10**13)
    assert dict(client.query("SELECT person, channel FROM mql_feedback").rows) == qualified
    rows = client.query("SELECT * FROM restated(as_of = '2100-01-01 00:00:00')").rows
    assert sorted((channel, now) for channel, _, now in rows) == by_channel
    assert sorted((channel, then) for channel, then, _ in rows) == by_channel
    for text in (
        "SELECT first_channel, count() FROM conversions WHERE conversion = 'lead' GROUP BY ALL",
        "SELECT channel, sum(leads) AS n FROM funnel_by_period GROUP BY ALL HAVING n > 0",
        "SELECT channel, sum(weight) FROM attribution_first WHERE milestone = 'lead' GROUP BY ALL",
    ):
        assert sorted(client.query(text).rows) == by_channel
    client.close()
    drop_database(mine)
