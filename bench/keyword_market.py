"""A market of keywords whose true rates are known: what each costs, and what it brings when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import exp
from random import Random
from typing import Any

START, DAYS = date(2026, 1, 1), 180
LEVELS = ("platform", "account", "campaign", "ad_group", "keyword")

Place = tuple[str, ...]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword as it truly is: `lead` for each click, `won` for each lead, `amount` of a deal on average."""

    place: Place
    clicks: int
    click_price: float
    lead: float
    won: float
    amount: float


@dataclass(slots=True)
class Simulated:
    """The keywords, and the rows that the views read: what is known on the last day and no more."""

    keywords: list[Keyword] = field(default_factory=list)
    ad_costs: list[Row] = field(default_factory=list)
    conversions: list[Row] = field(default_factory=list)
    stage_durations: list[Row] = field(default_factory=list)
    deals: list[Row] = field(default_factory=list)
    deal_people: list[Row] = field(default_factory=list)
    # Of each keyword, by its place: deals that are won in the end, and those that are already.
    won_in_the_end: dict[Place, int] = field(default_factory=dict)


def simulate(seed: int, spread: float = 0.5) -> Simulated:
    """Draw keywords from what they have in common, and let people click; the same seed gives the same market.

    `spread` is by how much keywords of one ad group differ, as the standard deviation of logarithms; the
    levels above differ by half of that each.
    """
    random = Random(seed)
    made = Simulated(list(_keywords(random, spread)))
    for keyword in made.keywords:
        _run(random, keyword, made)
    return made


def true_values(keywords: list[Keyword]) -> dict[str, float]:
    """What is true of keywords together: rates, and revenue for each unit of cost."""
    clicks = sum(one.clicks for one in keywords)
    leads = sum(one.clicks * one.lead for one in keywords)
    won = sum(one.clicks * one.lead * one.won for one in keywords)
    revenue = sum(one.clicks * one.lead * one.won * one.amount for one in keywords)
    cost = sum(one.clicks * one.click_price for one in keywords)
    return {
        "lead_rate": leads / clicks,
        "won_rate": won / leads,
        "won_per_click": won / clicks,
        "revenue_per_cost": revenue / cost,
    }


def _keywords(random: Random, spread: float) -> Iterator[Keyword]:
    def factors(center: tuple[float, float, float], by: float) -> tuple[float, float, float]:
        lead, won, amount = (value * exp(random.gauss(0, by)) for value in center)
        return min(lead, 0.3), min(won, 0.6), amount

    for platform in ("baidu", "google", "360"):
        of_platform = factors((0.03, 0.12, 80_000), spread / 2)
        for campaign in range(random.randrange(3, 7)):
            of_campaign = factors(of_platform, spread / 2)
            for group in range(random.randrange(2, 6)):
                of_group = factors(of_campaign, spread / 2)
                for word in range(random.randrange(4, 14)):
                    lead, won, amount = factors(of_group, spread)
                    yield Keyword(
                        place=(platform, f"{platform}-main", f"c{campaign}", f"g{group}", f"k{word}"),
                        clicks=max(1, round(120 * exp(random.gauss(0, 1.2)))),
                        click_price=8 * exp(random.gauss(0, 0.4)),
                        lead=lead,
                        won=won,
                        amount=amount,
                    )


def _run(random: Random, keyword: Keyword, made: Simulated) -> None:
    names = dict(zip(LEVELS, keyword.place, strict=True))
    made.ad_costs.append(
        {
            **names,
            "day": START,
            "channel": "paid_search",
            "impressions": keyword.clicks * 30,
            "clicks": keyword.clicks,
            "cost_micros": round(keyword.clicks * keyword.click_price * 1_000_000),
            "currency": "CNY",
        }
    )
    made.won_in_the_end[keyword.place] = 0
    for _ in range(keyword.clicks):
        if random.random() < keyword.lead:
            _lead(random, keyword, made)


def _lead(random: Random, keyword: Keyword, made: Simulated) -> None:
    """A lead, and the deal that may come of it: half of the deals are won, in two months on average."""
    person = f"crm:hub:{len(made.conversions)}"
    at = random.uniform(0, DAYS)
    _convert(made, keyword, "lead", at, person=person)
    if random.random() >= 2 * keyword.won:
        ended = at + random.gammavariate(2, 8)
        _stay(made, "lead", at, ended, "disqualified", person=person)
        return
    opened = at + random.gammavariate(2, 10)
    deal = f"deal:hub:{len(made.conversions)}"
    _stay(made, "lead", at, opened, "opportunity", person=person)
    is_won = random.random() < 0.5
    made.won_in_the_end[keyword.place] += is_won
    closed = opened + random.gammavariate(2, 20 if is_won else 15)
    amount = Decimal(round(random.gammavariate(1.5, keyword.amount / 1.5) * 100)) / 100
    if opened > DAYS:
        return
    seen = is_won and closed <= DAYS
    _convert(made, keyword, "opportunity", opened, deal=deal)
    _stay(made, "opportunity", opened, closed, "won" if is_won else "lost", deal=deal)
    made.deals.append(
        {"deal": deal, "amount": amount, "currency": "CNY", "revenue": amount if seen else Decimal(0)}
    )
    made.deal_people.append({"deal": deal, "person": person, "is_lead": True})
    if seen:
        _convert(made, keyword, "won", closed, deal=deal, revenue=amount)


def _convert(made: Simulated, keyword: Keyword, conversion: str, at: float, **more: Any) -> None:
    names = dict(zip(LEVELS, keyword.place, strict=True))
    day = START + timedelta(days=int(at))
    told = [name for name in LEVELS if name != "account"]
    touch = {f"{which}_{name}": names[name] for which in ("first", "last") for name in told}
    touch |= {"first_channel": "paid_search", "last_channel": "paid_search"}
    currency = "CNY" if "deal" in more else ""
    made.conversions.append(
        {"conversion": conversion, "day": day, "cohort_day": day, "currency": currency, **touch, **more}
    )


def _stay(made: Simulated, stage: str, at: float, left: float, following: str, **who: str) -> None:
    """An entry into a stage, as far as it is known on the last day."""
    if at <= DAYS:
        has_left = left <= DAYS
        made.stage_durations.append(
            {
                "stage": stage,
                "entered_at": _moment(at),
                "next_stage": following if has_left else "",
                "left_at": _moment(left) if has_left else None,
                **who,
            }
        )


def _moment(at: float) -> datetime:
    return datetime(START.year, START.month, START.day, tzinfo=UTC) + timedelta(days=at)
