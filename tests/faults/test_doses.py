"""One kind of fault after the other, in the doses that docs/reliability.md publishes.

They take long: every day has none of them, and `make faults` has all.
"""

from collections.abc import Sequence
from random import Random

import pytest
from faults.disturbance import Surroundings, disturb
from faults.dosage import FULL
from faults.pipeline import CLICKHOUSE, PROGRAMS, WORKERS
from faults.report import Report
from faults.schedule import Fault

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.skipif(not FULL, reason="takes half an hour: `make faults`"),
]


def in_turn(
    kinds: Sequence[str], targets: Sequence[str], times: int, every: tuple[float, float], seconds: float = 0.0
) -> tuple[tuple[Fault, ...], float]:
    """Faults that strike one after the other, at random distances, and how long all of it takes."""
    dice = Random(len(kinds) * 1000 + times)
    now, faults = 5.0, []
    for number in range(times):
        kind, target = kinds[number % len(kinds)], targets[number % len(targets)]
        faults.append(Fault(now, kind, target, seconds, dice.random()))
        now += seconds + dice.uniform(*every)
    return tuple(faults), now


def test_workers_killed_every_few_seconds(around: Surroundings, report: Report) -> None:
    faults, seconds = in_turn(["kill"], WORKERS, 50, (3.0, 8.0))
    report.add(dose="50 kills of one of three workers, every 3 to 8 s")
    disturb(around, faults, seconds, report)


def test_one_worker_killed_and_the_next_snapshot(around: Surroundings, report: Report) -> None:
    faults, seconds = in_turn(["kill"], WORKERS, 12, (20.0, 25.0))
    report.add(dose="12 kills of one of three workers, every 20 to 25 s")
    disturb(around, faults, seconds, report)
    assert report.figures["recovery"]["p95"] <= 15.0


def test_workers_ended_politely_one_after_the_other(around: Surroundings, report: Report) -> None:
    faults, seconds = in_turn(["terminate"], WORKERS, 20, (4.0, 6.0))
    report.add(dose="20 times SIGTERM to one of three workers, every 4 to 6 s")
    run = disturb(around, faults, seconds, report)
    assert {status for each in WORKERS for status in run.ends[each]} == {0}, run.told()


@pytest.mark.parametrize("kind", ["reset", "black hole", "latency", "narrow"])
def test_a_network_that_is_cut_silent_slow_or_narrow(kind: str, around: Surroundings, report: Report) -> None:
    lengths = (3.0, 15.0, 45.0)
    strength = {"latency": 0.21, "narrow": -0.3}.get(kind, 0.0)  # 500 ms there and back; 10 KB/s
    now, faults = 5.0, []
    for length in lengths:
        for way in (*WORKERS, "loader"):
            faults.append(Fault(now, kind, way, 0.0 if kind == "reset" else length, strength))
        now += length + 10.0
    report.add(dose=f"{kind} on the ways of all workers and the loader to Kafka at once, for 3, 15 and 45 s")
    disturb(around, tuple(faults), now, report)


def test_round_trips_of_two_seconds(around: Surroundings, report: Report) -> None:
    faults = tuple(Fault(5.0, "latency", each, 90.0, 1.0) for each in PROGRAMS)
    report.add(dose="2 s there and back between every program and Kafka, for 90 s")
    run = disturb(around, faults, 100.0, report)
    assert set().union(*run.ends.values()) == set(), run.told()


def test_stalls_and_writes_that_arrive_late(around: Surroundings, report: Report) -> None:
    faults, seconds = in_turn(["late write", "stall"], WORKERS, 8, (14.0, 16.0), 16.5)
    restarts = [each.at + each.seconds + 1.0 for each in faults]
    report.add(
        dose="8 stalls of 16.5 s of a worker's network, 4 of them from a write on, its writer killed or not; "
        "a second after the bytes have arrived all workers are killed"
    )
    disturb(around, faults, seconds, report, restarts=restarts)


def test_brokers_killed_in_turn(around: Surroundings, report: Report) -> None:
    faults, seconds = in_turn(["kill"], ["broker"], 10, (8.0, 10.0), 6.0)
    turns = tuple(
        Fault(each.at, each.kind, each.target, each.seconds, (number % 3) / 3 + 0.1)
        for number, each in enumerate(faults)
    )
    report.add(dose="each of three brokers killed in turn and away for 6 s, 10 times")
    run = disturb(around, turns, seconds, report)
    for each in run.programs("worker"):
        assert len(each.said().splitlines()) < 100 * len(turns), "an outage is no reason for a storm of lines"


def test_clickhouse_killed_stopped_and_unheard(around: Surroundings, report: Report) -> None:
    faults, seconds = in_turn(
        ["kill", "deaf", "freeze", "black hole", "reset"], [CLICKHOUSE], 29, (2.0, 4.0), 4.0
    )
    long = Fault(seconds, "freeze", CLICKHOUSE, 60.0, 0.0)
    report.add(dose="29 times killed, frozen, unheard, silent or cut off for 4 s, then frozen for 60 s")
    disturb(around, (*faults, long), seconds + 65.0, report)


def test_a_storm_of_rebalances(around: Surroundings, report: Report) -> None:
    freezes = tuple(Fault(20.0 + 50.0 * turn, "freeze", WORKERS[turn % 2], 20.0, 0.0) for turn in range(3))
    storm = Fault(5.0, "come and go", WORKERS[2], 180.0, 0.0)
    report.add(
        dose="a worker joins or leaves every 4 s for 3 minutes; meanwhile 3 times SIGSTOP of another for 20 s"
    )
    run = disturb(around, (storm, *freezes), 190.0, report)
    assert {status for each in WORKERS for status in run.ends[each]} <= {0, 70}, run.told()
