"""The simulated market: the same for the same seed, of the size that was asked for, and nobody's own."""

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

import market
from market.manners import LATE
from market.model import Market, Visit
from market.reading import happenings_of
from market.times import midnight

START = date(2026, 3, 2)
PAUSE_MS = 30 * 60_000


@pytest.fixture(scope="module")
def simulated() -> Market:
    return market.simulate(7, 400, START, 90)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    market.write(market.simulate(3, 60, START, 90), tmp_path / "one")
    market.write(market.simulate(3, 60, START, 90), tmp_path / "other")

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_another_seed_is_another_market(simulated: Market) -> None:
    other = market.simulate(8, 400, START, 90)

    assert [visit.at for visit in other.visits] != [visit.at for visit in simulated.visits]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_has_the_size_of_a_demo(seed: int) -> None:
    simulated = market.simulate(seed, 400, START, 90)

    assert 2_500 < sum(len(happenings_of(visit, seed)) for visit in simulated.visits) < 6_000
    assert 40 < len(simulated.leads) < 120
    assert 15 < len({change.deal for change in simulated.deals}) < 50
    assert {change.stage for change in simulated.deals} >= {"需求确认", "POC测试", "赢单", "输单"}


def test_everything_ends_before_the_end(simulated: Market) -> None:
    end = midnight(START) + 90 * 86_400_000
    last = [happenings_of(visit, 7)[-1].at for visit in simulated.visits]
    crm = [one.at for part in (simulated.stages, simulated.follow_ups, simulated.deals) for one in part]

    assert max((*last, *crm, *(one.at for one in simulated.attendances))) < end
    assert min((*(visit.at for visit in simulated.visits), *crm)) >= midnight(START)


def test_a_visit_is_one_visit_and_the_next_one_is_another(simulated: Market) -> None:
    by_cookie: dict[str, list[Visit]] = {}
    for visit in simulated.visits:
        by_cookie.setdefault(visit.anon, []).append(visit)

    for visits in by_cookie.values():
        ended = None
        for visit in visits:
            moments = [happening.at for happening in happenings_of(visit, 7)]
            assert moments == sorted(set(moments))
            within = moments[:-1] if visit.manner == LATE else moments
            assert all(after - at < PAUSE_MS for at, after in pairwise(within))
            assert ended is None or moments[0] - ended > PAUSE_MS
            ended = moments[-1]


def test_no_two_touches_fall_on_one_moment(simulated: Market) -> None:
    moments = [visit.at for visit in simulated.visits] + [touch.at for touch in simulated.touches]
    moments += [attendance.at for attendance in simulated.attendances]

    assert Counter(moments).most_common(1)[0][1] == 1


def test_people_have_several_devices_lose_cookies_and_come_back(simulated: Market) -> None:
    cookies: dict[int, set[str]] = {}
    for visit in simulated.visits:
        cookies.setdefault(visit.person, set()).add(visit.anon)

    assert sum(len(of_person) > 1 for of_person in cookies.values()) > 20
    assert len(simulated.visits) > 1.5 * len(cookies)


def test_leads_skip_stages_fall_back_and_wait_for_a_call(simulated: Market) -> None:
    ways: dict[str, list[str]] = {}
    for change in simulated.stages:
        ways.setdefault(change.lead, []).append(change.stage)
    called = {call.lead for call in simulated.follow_ups}
    qualified = {lead for lead, way in ways.items() if "MQL" in way}

    assert any("销售认可线索" in way and "MQL" not in way for way in ways.values())
    assert any("培育" in way for way in ways.values())
    assert any(way.count("MQL") > 1 for way in ways.values())
    assert qualified - called
    assert any(change.reason for change in simulated.deals if change.stage == "输单")


def test_several_people_are_on_some_deals(simulated: Market) -> None:
    assert max(len(change.people) for change in simulated.deals) > 1


def test_nobody_is_named(simulated: Market) -> None:
    contacts = [lead.contact for lead in simulated.leads] + [one.contact for one in simulated.attendances]
    contacts += [visit.contact for visit in simulated.visits if visit.contact]

    for contact in contacts:
        assert not contact.email or re.fullmatch(r"(u\d+|team\d+|test|asdf|info)@[a-z0-9.-]+", contact.email)
        # Gmail gives nobody a name of five letters.
        nobody_s = contact.email.endswith(".example") or re.fullmatch(r"u\d{4}@gmail\.com", contact.email)
        assert not contact.real or not contact.email or nobody_s
        assert not contact.phone or re.fullmatch(r"1990\d{7}(;ext=\d{4})?|0{11}", contact.phone)
        assert not contact.company or re.search("示例|测试|某公司|asdf", contact.company)
    for lead in simulated.leads:
        assert lead.owner.endswith("组") or lead.id.isdigit(), "the overseas team names no owner"
    authors = {visit.source.cause.author for visit in simulated.visits} - {""}
    assert all(author.endswith(("组", "部")) for author in authors)


def test_it_refuses_a_time_too_short_for_its_stories() -> None:
    with pytest.raises(ValueError, match="at least 60 days"):
        market.simulate(1, 10, START, 59)


def test_it_refuses_an_empty_market() -> None:
    with pytest.raises(ValueError, match="at least one visitor"):
        market.simulate(1, 0, START, 90)
