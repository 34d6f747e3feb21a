"""Attribution on published paths: do the views divide them as the definitions of the models say, exactly?

`python -m bench.published_paths PathData.rda` takes the 10,000 paths of the R package ChannelAttribution (in
its folder data/, from CRAN), makes a won deal of each, whose one person had these touchpoints, and compares
what each channel earns by `attribution` with exact fractions. It prints the largest difference of each model.
"""

import argparse
import json
import sys
from collections import defaultdict
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Final

from bench.r_data import data_frame
from bench.site import fresh, say, servers
from market.credits import MODELS, Conversion, Step, credits, divided
from schemas.journey import Journey, Opportunity, Touchpoint
from schemas.terms import Stage, TouchKind
from sinks.clickhouse import ClickHouse, connect_server
from sinks.migrations import migrate
from sinks.rows import COLUMNS, snapshot_row

START: Final = 1_767_225_600_000
HOUR: Final = 3_600_000
COMPARED: Final = ("first", "last", "linear", "position_40_20_40")


def main() -> int:
    """Measure, and return 1 if anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="PathData.rda of the R package ChannelAttribution")
    frame = data_frame(parser.parse_args().file)
    paths = [path.split(" > ") for path in frame["path"]]
    amounts = [round(value * 1000) for value in frame["total_conversion_value"]]
    with servers() as site:
        mine = fresh(site)
        with closing(connect_server(mine, timeout=300)) as client:
            migrate(client, mine)
            store(client, paths, amounts)
            say(f"{len(paths):,} paths are stored")
            return max(compare(client, model, paths, amounts, frame) for model in COMPARED)


def store(client: ClickHouse, paths: list[list[str]], amounts: list[int]) -> None:
    """A person and a won deal for each path; the touchpoints an hour apart."""
    people = [person(number, path) for number, path in enumerate(paths)]
    client.insert("journeys", COLUMNS["journeys"], [snapshot_row(each) for each in people])
    deals = [deal(number, len(path), amounts[number]) for number, path in enumerate(paths)]
    client.insert("opportunities", COLUMNS["opportunities"], [snapshot_row(each) for each in deals])


def person(number: int, path: list[str]) -> Journey:
    """Whoever had these touchpoints."""
    name = f"anon:{number}"
    touchpoints = tuple(
        Touchpoint(
            id=f"{number}-{place}",
            kind=TouchKind.VISIT,
            at=START + place * HOUR,
            ended_at=START + place * HOUR,
            identifier=name,
            channel=channel,
        )
        for place, channel in enumerate(path)
    )
    return Journey(
        person=name,
        version=1,
        policy_version="",
        known_at=1,
        facts=1,
        identifiers=(name,),
        touchpoints=touchpoints,
    )


def deal(number: int, touchpoints: int, amount: int) -> Opportunity:
    """A deal that was opened and won after the last of them."""
    at = START + touchpoints * HOUR
    return Opportunity(
        deal=f"deal:x:{number}",
        version=1,
        policy_version="",
        known_at=1,
        people=(f"anon:{number}",),
        stage=Stage.WON,
        amount_minor=amount,
        currency="EUR",
        opened_at=at,
        closed_at=at,
    )


def compare(
    client: ClickHouse, model: str, paths: list[list[str]], amounts: list[int], frame: dict[str, list[int]]
) -> int:
    """Print how far the shares of channels, and their money, are from exact fractions; 1 if at all."""
    answer = client.query(
        "SELECT toUInt32(splitByChar(':', deal)[3]), channel, weight, toInt64(revenue * 100)"
        f" FROM attribution_{model} WHERE milestone = 'won'"
    )
    shares: dict[str, Fraction] = defaultdict(Fraction)
    money: dict[str, int] = defaultdict(int)
    for number, channel, weight, earned in answer.rows:
        shares[channel] += Fraction(weight) * frame["total_conversions"][number]
        money[channel] += earned
    wanted: dict[str, Fraction] = defaultdict(Fraction)
    wanted_money: dict[str, int] = defaultdict(int)
    for path, amount, count in zip(paths, amounts, frame["total_conversions"], strict=True):
        steps = [Step(place, "", "", channel) for place, channel in enumerate(path)]
        earned_by = credits(steps, Conversion("won", len(path), len(path)), MODELS[model])
        for channel, share, cents in zip(path, earned_by, divided(amount, earned_by), strict=True):
            wanted[channel] += share * count
            wanted_money[channel] += cents
    furthest = max(abs(shares[channel] - wanted[channel]) for channel in wanted)
    differs = dict(money) != dict(wanted_money) or furthest > Fraction(1, 10**9)
    print(
        json.dumps(
            {
                "model": model,
                "channels": len(wanted),
                "conversions": float(sum(shares.values())),
                "largest_difference": float(furthest),
                "money_is_exact": dict(money) == dict(wanted_money),
            }
        )
    )
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())
