"""Whatever strikes a pipeline, in whatever order: in the end its tables are what the pure core makes.

FAULT_SEED=7 repeats the schedule of seed 7. A failure prints the seed, and what was done when.
"""

import os
import time
from collections.abc import Callable
from random import Random

import pytest
from faults import pipeline
from faults.kafka_nodes import Nodes
from faults.lags import Lags
from faults.load import Load
from faults.oracle import judge, recoveries
from faults.proxy import Network
from faults.report import Report
from faults.schedule import schedule
from faults.strikes import Strikes
from running import settle

from attribution.policy import Policy
from schemas.codec import Encoded
from settings import Settings
from stack.embedded import Stack

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.faults]

SEED = int(os.environ.get("FAULT_SEED", "1"))
SEEDS = range(SEED, SEED + int(os.environ.get("FAULT_SEEDS", "1")))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_schedule_of_faults_ends_like_the_pure_core(
    seed: int,
    disturbed: Settings,
    stack: Stack,
    nodes: Nodes,
    network: Network,
    market_of_leads: list[Encoded],
    policy: Policy,
    report: Report,
    dose: Callable[[int, int], int],
) -> None:
    seconds = dose(30, 60)
    faults = schedule(seed, seconds)
    report.add(seed=seed, dose=f"{len(faults)} faults in {seconds} s")
    dice = Random(seed)
    records = [*market_of_leads, *dice.choices(market_of_leads, k=len(market_of_leads) // 3)]
    dice.shuffle(records)
    with pipeline.running(disturbed, nodes, network) as running:
        load = Load(disturbed, running.collector)
        strikes = Strikes(running, stack)
        with load.flowing(records, seconds), Lags(disturbed) as lags:
            strikes.strike(faults)
        strikes.make_fair()
        over = time.monotonic()
        try:
            settle(disturbed, 240)
            verdict = judge(disturbed, load.sent, load.confirmed, policy)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{strikes.told(seed)}") from failure
        report.add(settled=round(time.monotonic() - over, 1), max_lag=lags.most)
        report.judged(verdict)
        report.kept(running.keeper)
        report.recovered(recoveries(disturbed, strikes.killed))
        report.tell()
    assert (verdict.lost, verdict.phantom, verdict.unequal) == (0, 0, ()), strikes.told(seed, verdict)
    assert verdict.dead_letters == 0
    assert not load.failures
