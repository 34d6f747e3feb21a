"""What websites and the ways to them do otherwise than one expects: the truth tells it, the core finds it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from understood import Understood, as_written, understand

import market
from market import manners
from market.byways import KIND, TOLD_APART, byway_of, byways
from market.expected import conversions
from market.landing import landing_of
from market.model import Visit
from market.quality import data_quality
from market.reading import happenings_of
from schemas.journey import Touchpoint
from schemas.terms import Stage

SEED = 4
PAUSE_MS = 30 * 60_000
EACH = (
    *(manners.SINGLE_PAGE, manners.BANNER, manners.SUBDOMAIN, manners.SIGN_IN, manners.PAYMENT),
    *(manners.NO_OVERRIDE, manners.LATE, manners.NIGHTLY, manners.SYNCED, manners.BY_SERVER),
    *(manners.UNTRACKED, manners.MANAGED, manners.RECOMMENDED),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("market")


@pytest.fixture(scope="module")
def told(folder: Path) -> Understood:
    return understand(market.simulate(SEED, 250, date(2026, 3, 2), 90), folder)


@pytest.fixture(scope="module")
def touchpoints(told: Understood) -> dict[int, Touchpoint]:
    return {touch.at: touch for journey in told.journeys.values() for touch in journey.touchpoints}


def of_manner(told: Understood, *several: str) -> list[Visit]:
    found = [visit for visit in told.market.visits if visit.manner in several]
    assert {visit.manner for visit in found} == set(several)
    return found


def agrees(touch: Touchpoint, visit: Visit) -> bool:
    """Whether a touchpoint says where a visit came from and what was read in it."""
    views = [one.url for one in happenings_of(visit, SEED) if one.kind == "page"]
    said = (touch.channel, touch.platform, touch.campaign, touch.keyword, touch.pages)
    origin = visit.origin
    return said == (origin.channel, origin.platform, origin.campaign, origin.keyword, len(views))


def test_the_demo_s_market_has_each_manner_and_each_byway_several_times() -> None:
    simulated = market.simulate(7, 800, date(2025, 3, 3), 150)
    had = Counter(visit.manner for visit in simulated.visits)
    came = Counter(visit.source.name for visit in simulated.visits if visit.source.kind == KIND)

    assert min(had[manner] for manner in EACH) > 2, had
    assert min(came[way.name] for way in byways()) > 2, came


def test_neither_stories_nor_machines_nor_shared_browsers_have_manners(told: Understood) -> None:
    users: dict[str, set[int]] = defaultdict(set)
    for visit in told.market.visits:
        users[visit.anon].add(visit.person)

    for visit in told.market.visits:
        if visit.plan or len(users[visit.anon]) > 1:
            assert visit.manner == "" or (visit.manner == manners.WRONG_CLOCK and visit.pace)
            assert visit.source.kind != KIND


def test_every_byway_leads_where_the_truth_says(told: Understood, touchpoints: dict[int, Touchpoint]) -> None:
    landed = [visit for visit in told.market.visits if visit.source.kind == KIND]
    tracked = [visit for visit in landed if visit.manner != manners.UNTRACKED]

    assert {visit.source.name for visit in tracked} == {way.name for way in byways()}
    for visit in tracked:
        assert agrees(touchpoints[visit.at], visit), visit.source.name


def test_what_is_wrong_with_a_byway_s_tags_is_counted(told: Understood) -> None:
    counted: Counter[str] = Counter()
    for person in told.known.people:
        ways = [touch.visit.source for touch in person.touches if touch.visit]
        counted.update({issue for way in ways if way.kind == KIND for issue in byway_of(way).issues})
    said = {row["issue"]: row["rows"] for row in data_quality(told.market, told.known)}

    assert set(counted) == {"unexpanded_macro:utm_campaign", "unexpanded_macro:utm_content"}
    assert {issue: said[issue] for issue in counted} == counted


def test_pages_of_one_application_bring_no_source_though_all_name_the_referrer(
    told: Understood, touchpoints: dict[int, Touchpoint]
) -> None:
    visits = of_manner(told, manners.SINGLE_PAGE)

    assert any(visit.source.keyword for visit in visits)
    for visit in visits:
        _, referrer = landing_of(visit, SEED)
        assert {one.referrer for one in happenings_of(visit, SEED)} == {referrer} != {""}
        assert agrees(touchpoints[visit.at], visit)


def test_one_s_own_links_bring_no_source_whatever_their_tags(
    told: Understood, touchpoints: dict[int, Touchpoint]
) -> None:
    for visit in of_manner(told, manners.BANNER, manners.SUBDOMAIN):
        second = [one for one in happenings_of(visit, SEED) if one.kind == "page"][1]
        assert "utm_medium=" in second.url
        assert agrees(touchpoints[visit.at], visit)


def test_a_sign_in_or_a_payment_in_a_visit_ends_it_not(
    told: Understood, touchpoints: dict[int, Touchpoint]
) -> None:
    visits = of_manner(told, manners.SIGN_IN, manners.PAYMENT, manners.NO_OVERRIDE)
    hosts = set()
    for visit in visits:
        last = [one for one in happenings_of(visit, SEED) if one.kind == "page"][-1]
        hosts.add(last.referrer.split("/")[2])
        assert agrees(touchpoints[visit.at], visit)

    assert len(hosts) > 7
    assert not any("metagraph.example" in host for host in hosts)


def test_time_that_is_told_after_the_pause_counts(
    told: Understood, touchpoints: dict[int, Touchpoint]
) -> None:
    for visit in of_manner(told, manners.LATE):
        *_, last = happenings_of(visit, SEED)
        assert last.kind == "engaged"
        assert last.dwell > PAUSE_MS
        assert touchpoints[visit.at].dwell_ms >= last.dwell
        assert agrees(touchpoints[visit.at], visit)


def test_what_a_back_end_tells_at_night_is_no_visit(
    told: Understood, touchpoints: dict[int, Touchpoint]
) -> None:
    for visit in of_manner(told, manners.NIGHTLY, manners.SYNCED):
        echo = manners.echo_of(visit, SEED)
        assert echo is not None
        assert 3 * 3_600_000 <= (echo.at + 8 * 3_600_000) % 86_400_000 < 4 * 3_600_000
        assert echo.at > visit.at + PAUSE_MS
        assert echo.at not in touchpoints


def test_a_form_that_a_server_sends_belongs_to_the_visit_it_was_sent_in(
    told: Understood, touchpoints: dict[int, Touchpoint]
) -> None:
    for visit in of_manner(told, manners.BY_SERVER):
        form = happenings_of(visit, SEED)[-1]
        assert (form.kind, form.url) == ("form", "")
        assert touchpoints[visit.at].forms == 1
        assert agrees(touchpoints[visit.at], visit)


def test_of_whom_only_a_form_is_known_is_a_lead_that_nothing_brought(told: Understood) -> None:
    leads = [conversion for conversion in conversions(told.known) if conversion.measure == "leads"]
    for visit in of_manner(told, manners.UNTRACKED):
        person = told.person(f"anon:{visit.anon}")
        journey = told.journey(f"anon:{visit.anon}")
        (form,) = happenings_of(visit, SEED)
        assert (person.touches, journey.touchpoints) == ([], ())
        assert person.entered(Stage.LEAD) == form.at
        assert journey.is_lead
        (lead,) = (one for one in leads if one.at == form.at)
        assert lead.first.channel == "(none)"


def bodies(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "requests.jsonl").read_text(encoding="utf-8").splitlines():
        body = json.loads(json.loads(line)["body"])
        yield from body.get("batch", [body]) if isinstance(body, dict) else body


def test_people_whom_a_form_only_mentions_are_not_who_sent_it(told: Understood, folder: Path) -> None:
    mentioned = {
        field["email"]
        for call in bodies(folder)
        for where in ("traits", "properties", "attributes")
        for name in ("account_manager", "referred_by")
        if (field := call.get(where, {}).get(name))
    }

    assert len(mentioned) > 2
    assert all(address.endswith("@metagraph.example") for address in mentioned)
    known = {name for journey in told.journeys.values() for name in journey.identifiers}
    for address in mentioned:
        assert as_written(f"email:{address}") not in known
    for visit in of_manner(told, manners.MANAGED, manners.RECOMMENDED):
        assert len(told.person(f"anon:{visit.anon}").numbers) == 1


def test_an_sdk_tells_the_campaign_beside_the_url(told: Understood, folder: Path) -> None:
    apart = [call for call in bodies(folder) if call.get("context", {}).get("campaign")]
    cookies = {visit.anon for visit in told.market.visits if visit.source.name == TOLD_APART}

    assert {call["anonymousId"] for call in apart} == cookies
    assert not any("utm_source" in call["context"]["page"]["search"] for call in apart[:1])
