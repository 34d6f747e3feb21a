"""How often the intervals of keyword_estimates hold the truth, and how well they rank keywords.

`python -m bench.keyword_intervals [--markets N]` simulates markets whose true rates are known and lets the
product's own views estimate them from what is known on the last day. It prints for each level and rate the
share of nodes whose true value lies in the interval of 90 %; of all pairs of keywords, how many the estimate
and the raw rate put into the wrong order; and how many deals are expected and won in the end.
"""

import argparse
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import combinations
from random import Random
from typing import Any, Final

from bench.keyword_market import LEVELS, Keyword, Row, Simulated, simulate, true_values
from bench.site import servers
from settings import Settings
from sinks.clickhouse import ClickHouse, connect_server
from sinks.migrations import migrate

RATES: Final = ("lead_rate", "won_rate", "won_per_click", "revenue_per_cost")
# What the views below read; all of it is simulated.
TABLES: Final = ("ad_costs", "conversions", "stage_durations", "deals", "deal_people", "touchpoints")
VIEWS: Final = (
    *("ad_campaigns", "stage_maturation", "open_pipeline", "keyword_pnl_by", "keyword_estimates_by"),
)
EVERYTHING: Final = "model = 'first', mode = 'cohort', from = '1970-01-01', to = '2099-12-31'"
# Only first touch is asked for, which the views read in conversions.
NO_OTHER_MODEL: Final = """
SELECT
    conversion AS milestone, person, deal, day, cohort_day, currency, first_channel AS channel,
    first_platform AS platform, first_campaign AS campaign, first_ad_group AS ad_group,
    first_keyword AS keyword, first_search_term AS search_term, 1 AS weight, revenue
FROM conversions
WHERE {model:String} IN ({milestone:String}, {grain:String}, {kinds:String}, {half_life_days:String})
    AND {lookback_days:Int32} = 0
"""
PAIRS: Final = 100_000


@contextmanager
def laboratory(client: ClickHouse, live: str) -> Iterator[None]:
    """A database in which the product's own views read tables that can be filled with anything."""
    name = f"{live}_{secrets.token_hex(4)}"
    client.command(f"CREATE DATABASE `{name}`")
    try:
        for table in TABLES:
            client.command(
                f"CREATE TABLE `{name}`.`{table}` ENGINE = Memory EMPTY AS SELECT * FROM `{live}`.`{table}`"
            )
        texts = {
            str(view): str(text)
            for view, text in client.query(
                "SELECT name, as_select FROM system.tables WHERE database = {live:String}", {"live": live}
            ).rows
        }
        client.command(f"CREATE VIEW `{name}`.attribution AS {NO_OTHER_MODEL}")
        for view in VIEWS:
            # The server names the database of each view that it remembers.
            client.command(f"CREATE VIEW `{name}`.`{view}` AS {texts[view].replace(f'{live}.', f'{name}.')}")
        client.use(name)
        yield
    finally:
        client.use(live)
        client.command(f"DROP DATABASE `{name}` SYNC")


def fill(client: ClickHouse, made: Simulated) -> None:
    """Put a market into the tables, instead of what was there."""
    for table in TABLES:
        client.command(f"TRUNCATE TABLE `{table}`")
        rows: Sequence[Row] = getattr(made, table, ())
        if rows:
            columns = sorted({name for row in rows for name in row})
            filled = [tuple(row.get(name, _NOTHING.get(name, "")) for name in columns) for row in rows]
            client.insert(table, columns, filled)


_NOTHING: Final[dict[str, Any]] = {"revenue": 0, "left_at": None}


def estimates(client: ClickHouse, level: str) -> dict[tuple[str, ...], Row]:
    """What the product says of each node of a level."""
    answer = client.query(f"SELECT * FROM keyword_estimates_by(level = '{level}', {EVERYTHING})")
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    depth = LEVELS.index(level) + 1
    return {tuple(row[name] for name in LEVELS[:depth]): row for row in rows}


def nodes(keywords: Sequence[Keyword], level: str) -> dict[tuple[str, ...], list[Keyword]]:
    """The keywords of each node of a level."""
    depth = LEVELS.index(level) + 1
    found: dict[tuple[str, ...], list[Keyword]] = {}
    for keyword in keywords:
        found.setdefault(keyword.place[:depth], []).append(keyword)
    return found


def covered(made: Simulated, said: dict[tuple[str, ...], Row], level: str) -> dict[str, list[bool]]:
    """Of each rate and node whether its interval holds the truth."""
    hits: dict[str, list[bool]] = {rate: [] for rate in RATES}
    for place, keywords in nodes(made.keywords, level).items():
        truth = true_values(keywords)
        for rate in RATES:
            low, high = said[place][f"{rate}_low"], said[place][f"{rate}_high"]
            if low is not None:
                hits[rate].append(low <= truth[rate] <= high)
    return hits


def disorder(made: Simulated, said: dict[tuple[str, ...], Row]) -> dict[str, tuple[float, float]]:
    """Of each rate, which share of pairs is in the wrong order: by the estimate, and by the raw rate.

    Pairs that the raw rate can't tell apart are half wrong.
    """
    pairs = list(combinations(made.keywords, 2))
    pairs = Random(1).sample(pairs, min(PAIRS, len(pairs)))
    wrong: dict[str, tuple[float, float]] = {}
    for rate in RATES:
        truth = {one.place: true_values([one])[rate] for one in made.keywords}
        told = {place: row[rate] or 0 for place, row in said.items()}
        raw = {place: _raw(row, rate) for place, row in said.items()}
        wrong[rate] = (_wrong(pairs, truth, told), _wrong(pairs, truth, raw))
    return wrong


def _raw(row: Row, rate: str) -> float:
    above, below = {
        "lead_rate": ("leads", "clicks"),
        "won_rate": ("won", "leads"),
        "won_per_click": ("won", "clicks"),
        "revenue_per_cost": ("revenue", "cost"),
    }[rate]
    return float(row[above]) / float(row[below]) if row[below] else 0.0


def _wrong(
    pairs: Sequence[tuple[Keyword, Keyword]],
    truth: dict[tuple[str, ...], float],
    told: dict[tuple[str, ...], float],
) -> float:
    points = 0.0
    for one, other in pairs:
        order = (truth[one.place] - truth[other.place]) * (told[one.place] - told[other.place])
        points += 1 if order < 0 else 0.5 if order == 0 else 0
    return points / len(pairs)


def share(hits: Sequence[bool]) -> float:
    """Which share of them holds."""
    return sum(hits) / len(hits) if hits else float("nan")


def measure(client: ClickHouse, seeds: Sequence[int], spread: float) -> None:
    """Print a line for each level and rate, over all markets."""
    hits: dict[tuple[str, str], list[bool]] = {}
    orders: dict[str, list[tuple[float, float]]] = {}
    expected = true = 0.0
    for seed in seeds:
        made = simulate(seed, spread)
        fill(client, made)
        for level in LEVELS[2:]:
            said = estimates(client, level)
            for rate, held in covered(made, said, level).items():
                hits.setdefault((level, rate), []).extend(held)
        for rate, wrong in disorder(made, said).items():
            orders.setdefault(rate, []).append(wrong)
        expected += sum(row["expected_won"] for row in said.values())
        true += sum(made.won_in_the_end.values())
        leads, won = sum(row["leads"] for row in said.values()), sum(row["won"] for row in said.values())
        print(f"market {seed}: {len(made.keywords)} keywords, {leads:.0f} leads, {won:.0f} deals won so far")
    for (level, rate), held in hits.items():
        print(f"{level:10} {rate:18} {share(held):6.1%} of {len(held)} intervals hold the truth")
    for rate, each in orders.items():
        ours, raw = (sum(side) / len(each) for side in zip(*each, strict=True))
        print(f"{rate:18} pairs in the wrong order: {ours:.1%} by the estimate, {raw:.1%} by the raw rate")
    print(f"deals won in the end: {expected:.0f} expected, {true:.0f} true")


def main() -> None:
    """Measure on markets of their own seeds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markets", type=int, default=6)
    parser.add_argument("--spread", type=float, default=0.5, help="by how much keywords truly differ")
    asked = parser.parse_args()
    with servers() as site:
        mine: Settings = site.model_copy(update={"clickhouse_database": "leadtrace_bench_keywords"})
        with closing(connect_server(mine)) as client:
            migrate(client, mine)
            with laboratory(client, mine.clickhouse_database):
                measure(client, range(1, asked.markets + 1), asked.spread)


if __name__ == "__main__":
    main()
