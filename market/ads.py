"""What the ads cost: each keyword's impressions, clicks and cost by day, the simulated clicks among them."""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from market.model import AdDay, Keyword, Visit
from market.times import day_of, midnight


def ad_days_of(
    keywords: Iterable[Keyword], visits: Iterable[Visit], start: date, days: int, seed: int, visitors: int
) -> tuple[AdDay, ...]:
    """Report every keyword's days. Most clicks are of people who left at once: no visit is known of them."""
    clicked = Counter(
        (_place(visit.source.keyword), day_of(visit.at)) for visit in visits if visit.source.keyword
    )
    scale = max(1.0, visitors / 400)
    reported = []
    for keyword in keywords:
        rng = random.Random(seed * 67_867_967 + keyword.id)
        for number in range(days):
            date_of = start + timedelta(days=number)
            if not keyword.since <= midnight(date_of) < keyword.until:
                continue
            day = date_of.isoformat()
            clicks = clicked[_place(keyword), day] + int(rng.expovariate(1 / (keyword.weight * 2.2 * scale)))
            # The first day always has a click, so that every keyword has cost.
            reported.append(_ad_day(keyword, day, clicks + (midnight(date_of) == keyword.since), rng))
    return tuple(reported)


def _place(keyword: Keyword) -> tuple[int, int]:
    """Tell a keyword from all others, also where its id is that of a word."""
    return keyword.group_id, keyword.id


def _ad_day(keyword: Keyword, day: str, clicks: int, rng: random.Random) -> AdDay:
    uncounted = min(clicks, rng.randint(0, 2))
    costs = [keyword.click_fen * rng.randint(70, 130) // 100 for _ in range(min(clicks, 50))]
    cost = sum(costs) * clicks // len(costs) if costs else 0
    return AdDay(
        platform=keyword.platform,
        campaign=keyword.campaign,
        ad_group=keyword.ad_group,
        keyword=keyword.text,
        keyword_id=keyword.id,
        day=day,
        impressions=clicks * rng.randint(14, 40) + rng.randint(3, 60),
        clicks=clicks,
        cost=cost,
        early_clicks=clicks - uncounted,
        early_cost=cost * (clicks - uncounted) // clicks if clicks else 0,
    )
