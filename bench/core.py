"""What the pure core costs: origins read, and facts made journeys, per CPU second.

`python -m bench.core` measures this checkout; with `--against DIR` it takes turns with DIR, another checkout,
and prints the ratios: two runs an hour apart measure the machine.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import settings
from attribution.origin import origin_of
from attribution.policy import parse_policy
from attribution.replay import Replay
from bench.traffic import traffic

HOSTS = (
    "https://www.baidu.com/link?url=x", "https://www.google.com/", "https://cn.bing.com/search?q=data",
    "https://www.sogou.com/web?query=k", "https://www.so.com/s?q=k", "https://zhihu.example.org/question/{}",
    "https://t.co/abc", "https://mp.weixin.qq.com/s/{}", "https://www.site.example/a", "https://partner{}.example/x",
    "https://chatgpt.com/", "",
)  # fmt: skip
QUERIES = (
    "", "?utm_source=baidu&utm_medium=cpc&utm_campaign=plan{}&utm_term=kw{}&bd_vid={}",
    "?gclid=Cj0K{}&utm_source=google&utm_medium=cpc", "?utm_source=edm&utm_medium=email&utm_campaign=c{}",
    "?qhclickid={}&utm_source=360&unit=u{}&plan=p", "?from=wechat", "?page={}",
)  # fmt: skip
LANDINGS = 20_000
VISITORS = 400
ROUNDS = 3

Figures = dict[str, float]


def landings(seed: int) -> list[tuple[str, str]]:
    """Landing URLs with their referrers, hardly one twice: nothing is remembered of an earlier round."""
    chance = Random(seed)

    def filled(text: str) -> str:
        return text.replace("{}", str(chance.randrange(10**9)))

    return [
        (
            f"https://www.site.example/p{seed}-{number}{filled(chance.choice(QUERIES))}",
            filled(chance.choice(HOSTS)),
        )
        for number in range(LANDINGS)
    ]


def measured(seed: int) -> Figures:
    """Measure the checkout that this process imports from."""
    policy = parse_policy(settings.policy_text(settings.Settings()))
    gc.freeze()
    gc.set_threshold(20_000, 25, 25)  # as the worker does
    for url, referrer in landings(seed + 1000)[:2000]:
        origin_of(url, referrer, policy)  # the tables of the policy are made at the first use
    pairs = landings(seed)
    began = time.process_time()
    for url, referrer in pairs:
        origin_of(url, referrer, policy)
    read = time.process_time() - began
    records = [*traffic(VISITORS, 15, seed=seed)]
    replay = Replay(policy)
    began = time.process_time()
    replay.feed(records)
    replay.drain()
    return {
        "origins never seen, per CPU second": LANDINGS / read,
        "facts into journeys, one by one, per CPU second": len(records) / (time.process_time() - began),
    }


def measured_in(folder: Path, seed: int) -> Figures:
    """Measure another checkout, in a process of its own."""
    # -P and PYTHONPATH: everything but this file comes from the checkout that is measured.
    done = subprocess.run(
        [sys.executable, "-P", __file__, "--seed", str(seed)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def main() -> None:
    """Print the figures of this checkout, and their ratios to those of another."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="another checkout of Leadtrace")
    parser.add_argument("--seed", type=int, help="measure once, and print JSON")
    asked = parser.parse_args()
    if asked.seed is not None:
        print(json.dumps(measured(asked.seed)))
        return
    mine, theirs = [], []
    for seed in range(1, ROUNDS + 1):
        mine.append(measured_in(Path(__file__).parents[1], seed))
        theirs += [measured_in(asked.against.absolute(), seed)] if asked.against else []
    for name in mine[0]:
        here = statistics.median(each[name] for each in mine)
        there = statistics.median(each[name] for each in theirs) if theirs else 0
        print(f"{name}: {here:,.0f}" + (f", against {there:,.0f}: ratio {here / there:.2f}" if there else ""))


if __name__ == "__main__":
    main()
