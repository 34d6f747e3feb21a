"""The truth about a simulated market ties: with itself, and with what happened."""

import json
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

import market
from market.knowable import know, lead_name
from market.known import Known
from market.manners import UNTRACKED
from market.model import Market
from market.sales import UNEXPLAINED
from market.standing import deleted_leads

START = date(2026, 3, 2)
WON = ("赢单", "closedwon")
STEPS = ("leads", "mqls", "sales_qualified", "opportunities", "pocs", "won", "revenue")


@pytest.fixture(scope="module", params=[2, 5])
def simulated(request: pytest.FixtureRequest) -> Market:
    return market.simulate(request.param, 400, START, 90)


@pytest.fixture(scope="module")
def known(simulated: Market) -> Known:
    return know(simulated)


@pytest.fixture(scope="module")
def truth(simulated: Market, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("truth")
    market.write(simulated, folder)
    return {path.stem: json.loads(path.read_text()) for path in (folder / "truth").glob("*.json")}


def total(rows: list[dict[str, Any]], column: str) -> float:
    return round(float(sum(row[column] for row in rows)), 2)


def test_both_funnels_count_the_same_and_money_in_its_currency_alone(truth: dict[str, Any]) -> None:
    for column in ("impressions", "clicks", "cost", "visits", *STEPS):
        assert total(truth["funnel_by_cohort"], column) == total(truth["funnel_by_period"], column)
    for row in (*truth["funnel_by_cohort"], *truth["funnel_by_period"]):
        people = row["visits"] + row["leads"] + row["mqls"] + row["sales_qualified"]
        assert bool(people) == (row["currency"] == "")
        assert row["currency"] or not row["cost"] + row["revenue"]


def test_the_funnel_counts_every_visit_lead_and_deal_once(
    truth: dict[str, Any], simulated: Market, known: Known
) -> None:
    period = truth["funnel_by_period"]
    won = [deal for deal in known.deals if deal.won_at is not None]

    machines = sum(visit.pace > 0 for visit in simulated.visits)
    untracked = sum(visit.manner == UNTRACKED for visit in simulated.visits)
    # On a shared browser a visit in which the other one says who it is may have a part in both journeys.
    divided = Counter(
        touch.visit.number
        for person in known.people
        for touch in person.touches
        if touch.part and touch.visit
    )
    again = divided.total() - len(divided)

    assert machines
    assert divided
    assert total(period, "visits") == len(simulated.visits) - machines - untracked + again
    assert total(period, "leads") == len(truth["leads"])
    assert total(period, "opportunities") == len(known.deals) < len({one.deal for one in simulated.deals})
    assert total(period, "won") == len(won) < len({one.deal for one in simulated.deals if one.stage in WON})
    assert total(period, "revenue") == sum(deal.amount for deal in won) / 100


def test_the_keyword_report_has_the_funnel_s_part_of_the_keywords(truth: dict[str, Any]) -> None:
    of_keywords = [row for row in truth["funnel_by_period"] if row["keyword"]]
    names = dict(zip(STEPS, ("leads", "mql", *STEPS[2:]), strict=True))

    for step, name in names.items():
        assert total(truth["keyword_performance"], f"{name}_first") == total(of_keywords, step)
    assert total(truth["keyword_performance"], "cost") == total(truth["funnel_by_period"], "cost")


def test_the_keyword_p_and_l_ties_to_the_invoice_and_to_the_deals(truth: dict[str, Any]) -> None:
    for column in ("impressions", "clicks", "cost", "visits", *STEPS):
        assert total(truth["keyword_pnl"], column) == total(truth["funnel_by_period"], column)
    waiting = [row for row in truth["stage_durations"] if row["left_at"] is None]
    on_deals = [row for row in waiting if row["deal"] and row["stage"] in ("opportunity", "poc")]
    assert total(truth["keyword_pnl"], "open_deals") == len(on_deals) > 0


def test_every_chain_of_stages_follows_time(truth: dict[str, Any]) -> None:
    chains: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in truth["stage_durations"]:
        chains.setdefault((row["person"], row["deal"]), []).append(row)

    for (_, deal), chain in chains.items():
        for row, following in pairwise(chain):
            assert following["entered_at"] >= row["left_at"] >= row["entered_at"]
            on_deal = row["next_stage"] == "opportunity" and not deal
            assert on_deal or row["left_at"] == following["entered_at"]
            assert on_deal or row["next_stage"] == following["stage"] != row["stage"]
            assert row["days"] == (row["left_at"] - row["entered_at"]) / 86_400_000
        counted = Counter(row["stage"] for row in chain)
        assert all(row["occurrence"] <= counted[row["stage"]] for row in chain)


def test_whoever_is_on_a_deal_waits_in_no_stage_before_it(truth: dict[str, Any]) -> None:
    on_deals = {person for deal in truth["deals"] for person in deal["people"]}
    waiting = [row for row in truth["stage_durations"] if row["left_at"] is None]

    assert on_deals
    assert not [row for row in waiting if row["person"] in on_deals and row["stage"] == "marketing_qualified"]
    assert {row["deal"] for row in truth["stage_durations"]} >= {deal["deal"] for deal in truth["deals"]}


def test_nobody_stands_for_two_people(known: Known, simulated: Market) -> None:
    """Not by a shared laptop or switchboard, nor by a colleague's address that somebody took out again."""
    merged = {lead_name(lead) for merge in simulated.merges for lead in (merge.into, *merge.gone)}

    for person in known.people:
        kinds = Counter(name.partition(":")[0] for name in person.identifiers)
        most = 1 if merged.isdisjoint(person.identifiers) else 3
        assert kinds["email"] <= most
        assert kinds["phone"] <= most
        assert kinds["user"] <= 1
        assert len(person.numbers) == 1


def test_whoever_became_anything_was_seen_before_or_never(known: Known) -> None:
    """Touches that all come after a conversion would leave open on which day its cohort began. Only who
    registered on a browser that others use may have read no page of their own before."""
    for person in known.people:
        for entry in person.entries:
            assert person.shared or not person.touches or person.touches[0].at <= entry.at


def test_what_can_t_be_known_is_counted(truth: dict[str, Any], simulated: Market, known: Known) -> None:
    (told,) = truth["unknowable"]
    true_people = {visit.person for visit in simulated.visits}
    true_people |= {attendance.person for attendance in simulated.attendances}
    gone = deleted_leads(simulated)
    true_people |= {lead.person for lead in simulated.leads if lead.id not in gone}

    assert told["people"] == len(true_people) < told["known_people"] == len(known.people)
    assert told["people_seen_as_several"] > 0
    assert told["visits_of_leads_under_other_cookies"] > 0
    assert told["visits_without_their_keyword"] == sum(
        visit.shape in ("unlisted", "word") for visit in simulated.visits
    )


def test_what_is_on_a_colleague_s_journey_can_t_be_known_either(
    truth: dict[str, Any], simulated: Market, known: Known
) -> None:
    (told,) = truth["unknowable"]
    strangers = {
        touch.visit.number
        for person in known.people
        for touch in person.touches
        if touch.visit and touch.visit.person not in person.numbers
    }

    assert known.who.shared
    # Of each loan three visits: both began on the other's name, and one never said whose it was.
    assert told["visits_on_the_journey_of_a_colleague"] == len(strangers) == 3 * len(known.who.shared)
    assert told["stages_in_words_without_a_meaning"] == sum(
        change.stage == UNEXPLAINED for change in simulated.stages
    )


def test_everybody_is_told_once_with_all_their_names(truth: dict[str, Any], known: Known) -> None:
    names = Counter(name for row in truth["people"] for name in set(row["identifiers"]) - set(row["shared"]))
    shared = {name for row in truth["people"] for name in row["shared"]}

    assert {row["person"] for row in truth["people"]} == {person.id for person in known.people}
    assert sum(row["is_lead"] for row in truth["people"]) == len(truth["leads"])
    assert set(names.values()) == {1}
    assert shared == set(known.who.shared)
    assert shared.isdisjoint(names)


def test_each_entry_into_a_stage_names_the_one_before(truth: dict[str, Any]) -> None:
    before: dict[tuple[str, str], str] = {}
    for row in truth["stage_history"]:
        chain = (row["person"], row["deal"])
        assert row["previous_stage"] == before.get(chain, "")
        before[chain] = row["stage"]

    assert any(row["is_regression"] for row in truth["stage_history"])
    assert not any(
        row["is_regression"] for row in truth["stage_history"] if row["stage"] in ("lost", "recycled")
    )


def test_each_deal_says_what_caused_it(truth: dict[str, Any]) -> None:
    assert truth["deals"]
    for deal in truth["deals"]:
        assert deal["known_first"] is None or deal["true_first"] is not None
    assert any(deal["people"] for deal in truth["deals"])
    assert any(deal["known_first"] and deal["known_first"]["keyword"] for deal in truth["deals"])
