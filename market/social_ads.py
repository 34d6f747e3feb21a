"""Ads on social networks for the overseas team, billed in euros and dollars, as their managers export them.

They are bought without keywords. Each manager has its own numbers, dates and encoding.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from market.model import AdDay, Market
from market.tables import count, csv_bytes, european, money

META, LINKEDIN = "meta", "linkedin"
# Campaign and ad set of Meta's ads, which the team in Germany writes.
_AD_SETS = (
    ("Formular – Führungskräfte", "Mittlere Betriebe"),
    ("Formular – Führungskräfte", "Größere Betriebe"),
)
_AGES = ("18-24", "25-34", "35-44")
_CAMPAIGNS = ("Data leaders EMEA", "Data engineers DACH")
_META = "Tag;Kampagnenname;Anzeigengruppenname;Alter;Impressionen;Klicks (alle);Ausgegebener Betrag (EUR)"
_LINKEDIN = "Start Date (in UTC),Account Name,Currency,Campaign Name,Impressions,Clicks,Total Spent"
_RUNS_DAYS = 28


def social_ad_days(start: date, days: int, seed: int) -> tuple[AdDay, ...]:
    """Return the days of all social ads; they run for four weeks in the middle of the simulated time."""
    rng = random.Random(seed * 160_481_183 + 5)
    first = start + timedelta(days=days // 2 - _RUNS_DAYS // 2)
    places = [(META, campaign, ad_set, "EUR") for campaign, ad_set in _AD_SETS]
    places += [(LINKEDIN, campaign, "", "USD") for campaign in _CAMPAIGNS]
    return tuple(
        _ad_day(*place, (first + timedelta(days=number)).isoformat(), rng)
        for place in places
        for number in range(_RUNS_DAYS)
    )


def social_files(market: Market) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each manager's export."""
    days = {name: [day for day in market.ad_days if day.platform == name] for name in (META, LINKEDIN)}
    if days[META]:
        yield "meta_anzeigengruppen.csv", _meta(days[META], market.seed)
    if days[LINKEDIN]:
        yield "linkedin_campaigns.csv", _linkedin(days[LINKEDIN])


def _ad_day(
    platform: str, campaign: str, ad_group: str, currency: str, day: str, rng: random.Random
) -> AdDay:
    clicks = rng.randint(3, 40)
    cost = clicks * rng.randint(210, 990)
    return AdDay(
        platform=platform,
        campaign=campaign,
        ad_group=ad_group,
        keyword="",
        keyword_id=0,
        day=day,
        impressions=clicks * rng.randint(40, 90) + rng.randint(1, 50),
        clicks=clicks,
        cost=cost,
        early_clicks=clicks,
        early_cost=cost,
        currency=currency,
    )


def parts_of(day: AdDay, parts: int, rng: random.Random) -> Iterator[AdDay]:
    """Divide a day into parts that add up to it, as a console does where it is asked for more columns."""
    left = day
    for number in range(parts - 1, 0, -1):
        clicks = rng.randint(0, left.clicks)
        cost = rng.randint(0, left.cost) if clicks else 0
        shown = rng.randint(clicks, left.impressions - left.clicks + clicks)
        yield replace(day, impressions=shown, clicks=clicks, cost=cost)
        left = replace(
            left,
            impressions=left.impressions - shown,
            clicks=left.clicks - clicks,
            cost=left.cost - cost,
        )
        if number == 1:
            yield left


def _meta(days: Sequence[AdDay], seed: int) -> bytes:
    """Export in German, as Excel for Windows saves it, each day divided by the ages of those reached."""
    rng = random.Random(seed * 179_424_673)
    rows = [
        [
            f"{date.fromisoformat(part.day):%d.%m.%Y}",
            part.campaign,
            part.ad_group,
            age,
            european(count(part.impressions)),
            european(count(part.clicks)),
            european(money(part.cost)),
        ]
        for day in days
        for age, part in zip(_AGES, parts_of(day, len(_AGES), rng), strict=True)
    ]
    return csv_bytes([_META.split(";"), *rows], "cp1252", separator=";")


def _linkedin(days: Sequence[AdDay]) -> bytes:
    """Export with tabs in UTF-16, dates with the month first, and a dollar sign before the cost."""
    first, last = (date.fromisoformat(day) for day in (min(one.day for one in days), days[-1].day))
    rows = [
        [
            f"{date.fromisoformat(day.day):%m/%d/%Y}",
            "Metagraph",
            day.currency,
            day.campaign,
            f"{day.impressions:,}",
            day.clicks,
            f"${day.cost / 100:,.2f}",
        ]
        for day in days
    ]
    title = (
        "Campaign Performance Report (in UTC)",
        f"Report Start: {first:%B} {first.day}, {first.year}, 12:00 AM",
        f"Report End: {last:%B} {last.day}, {last.year}, 11:59 PM",
        "",
    )
    return csv_bytes([_LINKEDIN.split(","), *rows], "utf-16", title, separator="\t")
