"""The whole market: visitors, salons, sales, deals and ads, from a seed and a size."""

import random
from datetime import date

from market.ads import ad_days_of
from market.bids import keywords, unkeyed
from market.catalog import build_catalog
from market.deals import deals_of
from market.golden import (
    KEYWORD,
    SHORTEST_DAYS,
    STORIES,
    story_deal,
    story_follow_ups,
    story_leads,
    story_stages,
    story_visits,
)
from market.habits import take_habits
from market.machines import machines
from market.mistakes import make_mistakes
from market.model import Market, Touch
from market.offices import share_laptops, write_as_groups
from market.overseas import work_overseas
from market.people import Moments, Person, Setting, live
from market.sales import candidates, work_on
from market.sales_deletions import delete_records
from market.salons import attend
from market.social_ads import social_ad_days
from market.times import HOUR_MS, midnight

STORIES_START = date(2026, 3, 2)


def simulate(seed: int, visitors: int, start: date, days: int) -> Market:
    """Play a market of so many visitors over `days` days from `start` on; the same again for the same seed.

    The two stories are always in it. Raises ValueError for fewer days than they take, or no visitors.
    """
    _check(days, visitors)
    catalog = build_catalog(start, days)
    told = stories(start, days, seed)
    setting = Setting(seed, catalog, told.start_ms, told.end_ms, Moments({visit.at for visit in told.visits}))
    people = [live(number, setting) for number in range(visitors)]
    rng = random.Random(seed * 122_949_823 + 1)
    people += share_laptops(people, setting, visitors, rng)
    groups, blocked = write_as_groups(setting, visitors, rng)
    attendances = attend(catalog, people, visitors, told.end_ms, rng)
    found = candidates(people, attendances, visitors, (told.start_ms, told.end_ms), rng)
    worked = [work_on(one, number, told.end_ms, seed) for number, one in enumerate(found, start=1)]
    mistaken = make_mistakes(worked, visitors, told.end_ms, seed, rng)
    overseas = work_overseas(people, visitors, told.end_ms, rng)
    changes = (change for one in mistaken.worked for change in one.stages)
    deals = deals_of(mistaken.worked, told.end_ms, seed)
    bids = keywords(start, days)
    made = machines(catalog, (told.start_ms, told.end_ms - HOUR_MS), visitors, setting.moments, rng)
    lived = (visit for person in (*people, *groups) for visit in person.visits)
    plain = sorted((*lived, *made, *told.visits), key=lambda visit: visit.at)
    touches = _touches(people)
    visits = tuple(take_habits(plain, touches, attendances, told.end_ms, seed))
    ad_days = ad_days_of((*bids, unkeyed(start, days)), visits, start, days, seed, visitors)
    return Market(
        seed=seed,
        start=start,
        days=days,
        visits=visits,
        touches=touches,
        attendances=attendances,
        leads=(*(one.lead for one in mistaken.worked), *overseas.leads, *told.leads),
        stages=(*changes, *overseas.stages, *told.stages),
        follow_ups=(*(call for one in mistaken.worked for call in one.follow_ups), *told.follow_ups),
        deals=(*deals, *overseas.deals, *told.deals),
        merges=(*mistaken.merges, *overseas.merges),
        taken_back=(
            *delete_records(mistaken.worked, mistaken.merges, deals, told.end_ms, seed),
            *overseas.taken_back,
        ),
        corrections=(*mistaken.corrections, *blocked),
        keywords=bids,
        ad_days=(*ad_days, *social_ad_days(start, days, seed)),
        stories=STORIES,
    )


def stories(start: date = STORIES_START, days: int = SHORTEST_DAYS, seed: int = 0) -> Market:
    """Return the two stories alone: the company in Nanjing, and the reader of an article."""
    begin = midnight(start)
    catalog = build_catalog(start, days)
    visits = story_visits(catalog, begin)
    leads = story_leads(visits, seed)
    bids = tuple(keyword for keyword in keywords(start, days) if keyword.text == KEYWORD)
    return Market(
        seed=seed,
        start=start,
        days=days,
        visits=visits,
        leads=leads,
        stages=story_stages(leads, begin),
        follow_ups=story_follow_ups(begin),
        deals=story_deal(begin),
        keywords=bids,
        ad_days=ad_days_of(bids, visits, start, days, seed, 1),
        stories=STORIES,
    )


def _check(days: int, visitors: int) -> None:
    if days < SHORTEST_DAYS:
        raise ValueError(f"A market needs at least {SHORTEST_DAYS} days for its stories, not {days}.")
    if visitors < 1:
        raise ValueError(f"A market needs at least one visitor, not {visitors}.")


def _touches(people: list[Person]) -> tuple[Touch, ...]:
    return tuple(sorted((touch for person in people for touch in person.touches), key=lambda one: one.at))
