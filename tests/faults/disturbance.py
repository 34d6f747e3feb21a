"""A pipeline under load, struck by faults, and what is left of it when they are over."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from faults import pipeline
from faults.kafka_nodes import Nodes
from faults.kept import Kept
from faults.lags import Lags
from faults.load import Load
from faults.oracle import Verdict, judge, recoveries
from faults.pipeline import Pipeline
from faults.proxy import Network
from faults.report import Report
from faults.schedule import Fault
from faults.strikes import Strikes
from running import settle

from attribution.policy import Policy
from schemas.codec import Encoded
from settings import Settings
from stack.embedded import Stack

PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that a disturbed pipeline stands on."""

    site: Settings
    stack: Stack
    nodes: Nodes
    network: Network
    records: Sequence[Encoded]
    policy: Policy


class Disturbance:
    """One run: a load flows while faults strike. `told` explains what happened, if it ended wrongly."""

    def __init__(self, around: Surroundings, running: Pipeline, seed: int) -> None:
        self._around = around
        self._running = running
        self._seed = seed
        self.load = Load(around.site, running.collector)
        self.strikes = Strikes(running, around.stack)

    def go_through(self, faults: tuple[Fault, ...], seconds: float, report: Report) -> Verdict:
        """Let everything happen, wait until all is done, compare with the pure core, and tell the figures."""
        site = self._around.site
        try:
            flow = self.load.flowing(twice_and_shuffled(self._around.records, self._seed), seconds)
            with flow, Lags(site) as lags:
                self.strikes.strike(faults)
            self.strikes.make_fair()
            over = time.monotonic()
            settle(site, PATIENCE)
            report.add(seconds=round(seconds), settled=round(time.monotonic() - over, 1), max_lag=lags.most)
            verdict = judge(site, self.load.sent, self.load.confirmed, self._around.policy)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.told()}") from failure
        report.judged(verdict)
        report.kept(self._running.keeper)
        report.recovered(recoveries(site, self.strikes.killed))
        report.tell()
        return verdict

    def told(self) -> str:
        return self.strikes.told(self._seed)

    def programs(self, kind: str) -> list[Kept]:
        return [each for each in self._running.keeper if each.program.name.startswith(kind)]


def twice_and_shuffled(records: Sequence[Encoded], seed: int) -> list[Encoded]:
    """The records, a third of them twice, in an order of no meaning."""
    dice = Random(seed)
    all_of_them = [*records, *dice.choices(records, k=len(records) // 3)]
    dice.shuffle(all_of_them)
    return all_of_them


def disturb(
    around: Surroundings, faults: tuple[Fault, ...], seconds: float, report: Report, seed: int = 1
) -> Disturbance:
    """Run a pipeline through faults, and hold that nothing was lost, doubled or invented."""
    with pipeline.running(around.site, around.nodes, around.network) as running:
        run = Disturbance(around, running, seed)
        verdict = run.go_through(faults, seconds, report)
        assert (verdict.lost, verdict.phantom, verdict.unequal) == (0, 0, ()), f"{verdict}\n{run.told()}"
        assert verdict.dead_letters == 0, run.told()
        assert not run.load.failures
        return run
