"""Whatever strikes a pipeline, in whatever order: in the end its tables are what the pure core makes.

FAULT_SEED=7 repeats the schedule of seed 7, and FAULT_SEEDS=10 tries ten of them. A failure prints the
seed, and what was done when.
"""

import os
from collections.abc import Callable

import pytest
from faults.disturbance import Surroundings, disturb
from faults.report import Report
from faults.schedule import schedule

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.faults]

SEED = int(os.environ.get("FAULT_SEED", "1"))
SEEDS = range(SEED, SEED + int(os.environ.get("FAULT_SEEDS", "1")))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_schedule_of_faults_ends_like_the_pure_core(
    seed: int, around: Surroundings, report: Report, dose: Callable[[int, int], int]
) -> None:
    seconds = dose(25, 60)
    faults = schedule(seed, seconds)
    report.add(seed=seed, dose=f"{len(faults)} faults in {seconds} s")
    disturb(around, faults, seconds, report, seed)
