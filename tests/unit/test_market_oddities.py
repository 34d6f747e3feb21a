"""What happens in the market beyond the plain case: the truth tells it, and the core understands it so."""

import csv
import io
from collections import defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from understood import RECEIVED_AT, Understood, understand

import market
from market.bids import FORMER_NAME, RECREATED, RENAMED_UNIT
from market.expected import funnel, stage_durations, stage_history
from market.knowable import MEANINGS, lead_name
from market.manners import WRONG_CLOCK, off_by
from market.model import Visit
from market.quality import data_quality
from market.reading import happenings_of
from market.sales import UNEXPLAINED
from market.standing import deleted_leads
from market.times import midnight
from schemas.journey import Touchpoint
from schemas.terms import FUNNEL, Stage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("market")


@pytest.fixture(scope="module")
def told(folder: Path) -> Understood:
    return understand(market.simulate(4, 250, date(2026, 3, 2), 90), folder)


def keyword_list(folder: Path, platform: str) -> list[dict[str, str]]:
    text = (folder / "sem" / f"keyword_list_{platform}.csv").read_bytes().decode("gbk")
    return list(csv.DictReader(io.StringIO(text)))


def landed(told: Understood, shape: str, platform: str) -> list[tuple[Visit, Touchpoint]]:
    """Return the visits that landed with such a URL of a platform, each as the core understood it."""
    touchpoints = {touch.at: touch for journey in told.journeys.values() for touch in journey.touchpoints}
    found = [
        (visit, touchpoints[visit.at])
        for visit in told.market.visits
        if visit.shape == shape and visit.source.name == platform
    ]
    assert found
    return found


def test_several_stages_of_one_second_come_out_in_the_order_of_the_funnel(told: Understood) -> None:
    at_once: dict[str, dict[int, list[Stage]]] = defaultdict(lambda: defaultdict(list))
    for change in told.market.stages:
        if change.stage in MEANINGS:
            at_once[lead_name(change.lead)][change.at].append(MEANINGS[change.stage])
    for deal in told.market.deals:
        at_once[f"deal:sales:{deal.deal}"][deal.at].append(MEANINGS[deal.stage])
    several = {
        (name, at): set(stages)
        for name, moments in at_once.items()
        for at, stages in moments.items()
        if len(set(stages)) > 1
    }

    assert {name.partition(":")[0] for name, _ in several} == {"crm", "deal"}
    for (name, at), stages in several.items():
        entries = told.deals[name].stages if name.startswith("deal:") else told.journey(name).stages
        own = [entry.stage for entry in entries if entry.at == at and (entry.deal == name or not entry.deal)]
        assert own == sorted(own, key=FUNNEL.index)
        assert set(own) == stages


def test_a_stage_that_nobody_explained_is_no_entry_and_is_told_of(told: Understood) -> None:
    leads = {lead_name(change.lead) for change in told.market.stages if change.stage == UNEXPLAINED}
    issue = f"unmapped_stage:sales:{UNEXPLAINED}"
    people = {told.person(lead).id for lead in leads}

    assert people
    assert UNEXPLAINED not in MEANINGS
    assert {"area": "journeys", "issue": issue, "rows": len(people)} in data_quality(told.market, told.known)
    assert all(issue in told.journey(lead).issues for lead in leads)
    assert not any(entry.raw == UNEXPLAINED for lead in leads for entry in told.journey(lead).stages)


def test_a_deal_that_was_lost_and_opened_again_is_open(told: Understood) -> None:
    reopened = [
        deal
        for deal in told.known.deals
        if any(
            (before.stage, after.stage) == (Stage.LOST, Stage.OPPORTUNITY)
            for before, after in pairwise(deal.entries)
        )
    ]

    assert reopened
    for deal in reopened:
        assert deal.entries[-1].occurrence > 1
        assert told.deals[deal.id].closed_at is None
        assert told.deals[deal.id].reason == ""
        assert told.deals[deal.id].stage == Stage.OPPORTUNITY


def test_machines_are_visitors_of_whom_no_report_counts_a_visit(told: Understood) -> None:
    machines = [visit for visit in told.market.visits if visit.pace]
    fast = [visit for visit in machines if not visit.agent]
    period = funnel(told.market, told.known, by_cohort=False)
    counted = sum(touch.kind == "visit" for person in told.known.people for touch in person.touches) - len(
        machines
    )

    entered = {row["person"] for row in (*stage_history(told.known), *stage_durations(told.known))}

    assert len(machines) > len(fast) == 1
    assert entered.isdisjoint(f"anon:{visit.anon}" for visit in machines)
    assert len(happenings_of(fast[0], told.market.seed)) == 300
    assert sum(row["visits"] for row in period) == counted
    for visit in machines:
        journey = told.journey(f"anon:{visit.anon}")
        assert journey.is_bot
        assert not journey.is_lead
        assert {touch.is_bot for touch in journey.touchpoints} == {True}
        # Of whom the clock is wrong it isn't known in which order they read.
        assert len(journey.touchpoints) == 1 or visit.manner == WRONG_CLOCK


def test_a_clock_that_can_t_be_right_is_not_believed_and_told_of(told: Understood) -> None:
    wrong = [visit for visit in told.market.visits if visit.manner == WRONG_CLOCK]
    said = {row["issue"]: row["rows"] for row in data_quality(told.market, told.known)}

    assert {visit.at + off_by(visit) < midnight(date(2000, 1, 1)) for visit in wrong} == {True, False}
    assert said["clock_not_believed"] == len({visit.anon for visit in wrong})
    for visit in wrong:
        journey = told.journey(f"anon:{visit.anon}")
        assert {touch.at for touch in journey.touchpoints} == {RECEIVED_AT}
        assert "clock_not_believed" in journey.issues


def test_how_a_lead_came_is_known_from_the_crm_where_nobody_saw_it(told: Understood, folder: Path) -> None:
    gone = deleted_leads(told.market)
    leads = [lead for lead in told.market.leads if lead.came_by and lead.id not in gone]
    header = (folder / "crm" / "leads.csv").read_text(encoding="utf-8-sig").splitlines()[0]

    assert leads
    assert "UTM Source,UTM Medium,UTM Campaign,UTM Content" in header
    for lead in leads:
        origin = lead.came_by
        assert origin is not None
        journey = told.journey(lead_name(lead.id))
        touch = next(each for each in journey.touchpoints if each.kind == "told_by_crm")
        said = (touch.at, touch.channel, touch.campaign, touch.content)
        assert said == (lead.created_at, origin.channel, origin.campaign, origin.content)
        assert not any(entry.stage is Stage.VISITOR for entry in told.person(lead_name(lead.id)).entries)


def test_machines_say_what_they_are_in_many_ways_and_a_phone_may_look_like_one(folder: Path) -> None:
    text = (folder / "requests.jsonl").read_text(encoding="utf-8")

    for agent in (
        "Googlebot",
        "HeadlessChrome",
        "HeadlessEdg",
        "Prerender",
        "Cypress",
        "Barracuda",
        "Slackbot",
    ):
        assert agent in text
    assert "CUBOT" in text


def test_a_renamed_unit_is_known_by_the_name_that_it_had_when_somebody_clicked(
    told: Understood, folder: Path
) -> None:
    names = defaultdict(set)
    for row in keyword_list(folder, "baidu"):
        names[row["关键词ID"]].add(row["推广单元名称"])
    clicked = [
        (visit, touch)
        for visit, touch in landed(told, "id", "baidu")
        if visit.source.cause.ad_group in (RENAMED_UNIT, FORMER_NAME)
    ]

    assert {FORMER_NAME, RENAMED_UNIT} in names.values()
    assert {touch.ad_group for _, touch in clicked} == {FORMER_NAME, RENAMED_UNIT}
    for visit, touch in clicked:
        assert RENAMED_UNIT not in touch.landing_url
        assert (touch.ad_group, touch.keyword) == (visit.origin.ad_group, visit.origin.keyword)


def test_a_keyword_that_was_entered_again_is_known_by_both_its_ids(told: Understood, folder: Path) -> None:
    ids = {row["关键词ID"] for row in keyword_list(folder, "baidu") if row["关键词名称"] == RECREATED}
    clicked = [touch for _, touch in landed(told, "id", "baidu") if touch.keyword == RECREATED]

    assert len(ids) == 2
    assert {touch.keyword_id for touch in clicked} == ids


def test_the_id_of_a_word_in_two_groups_tells_a_keyword_only_with_the_group(
    told: Understood, folder: Path
) -> None:
    groups = defaultdict(set)
    for row in keyword_list(folder, "360"):
        groups[row["关键词ID"]].add(row["推广组ID"])

    assert max(map(len, groups.values())) == 2
    for visit, touch in landed(told, "id", "360"):
        assert (touch.ad_group, touch.keyword) == (visit.source.cause.ad_group, visit.source.cause.keyword)
    for visit, touch in landed(told, "word", "360"):
        assert (touch.ad_group, touch.keyword, visit.origin.keyword) == ("", "", "")
        assert touch.keyword_id == str(visit.source.keyword and visit.source.keyword.id)
