"""A pipeline under load, struck by faults, and what is left of it when they are over."""

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from faults import pipeline
from faults.kafka_nodes import Nodes
from faults.kept import Kept
from faults.lags import Lags
from faults.load import Load
from faults.oracle import Verdict, judge, read, recoveries
from faults.pipeline import Pipeline
from faults.proxy import Network
from faults.reading import Reader, not_whole
from faults.report import Report
from faults.schedule import Fault
from faults.strikes import Step, Strikes
from running import settle

from attribution.policy import Policy
from schemas.codec import Encoded
from schemas.topics import JOURNEYS
from settings import Settings, policy_text
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
    """One run: a load flows while faults strike. `ends` are the exit statuses of each program by the time
    at which they were over, `told` explains what happened, if it ended wrongly."""

    def __init__(self, around: Surroundings, running: Pipeline, seed: int) -> None:
        self._around = around
        self._running = running
        self._seed = seed
        self._policy_changes = False
        self.ends: dict[str, set[int]] = {}
        self.load = Load(around.site, running.collector)
        self.strikes = Strikes(running, around.stack)

    def go_through(
        self, faults: tuple[Fault, ...], seconds: float, report: Report, besides: Sequence[Step] = ()
    ) -> Verdict:
        """Let everything happen, wait until all is done, compare with the pure core, and tell the figures."""
        site = self._around.site
        try:
            records = twice_and_shuffled(self._around.records, self._seed)
            last = len(records) // 10
            with Reader(site) as reader:
                with self.load.flowing(records[last:], seconds), Lags(site) as lags:
                    self.strikes.strike(faults, besides)
                self.strikes.make_fair()
                over = time.monotonic()
                self.ends = {each.program.name: set(each.exits) for each in self._running.keeper}
                # Whoever starts now reads all states back, and what comes now is added to these.
                self.restart_workers(signal.SIGKILL)
                self.load.publish_last(records[:last])
                verdict = self._judged(60.0 if self._policy_changes else 0.0)
            half = not_whole(reader.seen, (logged.record for logged in read(site, JOURNEYS.name)))
            assert not half, f"{len(half)} journeys were not whole when they were read, as {half[0]}"
            report.add(seconds=round(seconds), settled=round(time.monotonic() - over, 1), max_lag=lags.most)
            report.add(journeys_read=len(reader.seen))
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.told()}") from failure
        report.judged(verdict)
        report.kept(self._running.keeper)
        report.recovered(recoveries(site, self.strikes.killed))
        report.tell()
        return verdict

    def new_policy(self, at: float, rules: Path, text: str) -> Step:
        """Another policy from now on; every worker is told to stop, and starts anew under it."""

        def change() -> None:
            rules.write_text(text, "utf-8")
            self.restart_workers(signal.SIGTERM)

        self._policy_changes = True
        return at, "a new policy, and all workers told to stop", change

    def restart_workers(self, by: signal.Signals) -> None:
        """End all workers at once; they start anew, and read all states back."""
        for each in self.programs("worker"):
            self._running.keeper.signal(each.program.name, by)

    def _judged(self, patience: float) -> Verdict:
        """Compare with the pure core once nothing is left to do.

        States that are looked through for a new policy are no records that wait: what follows from them may
        still come for so many seconds.
        """
        until = time.monotonic() + patience
        while True:
            settle(self._around.site, PATIENCE)
            verdict = judge(self._around.site, self.load.sent, self.load.confirmed, self._around.policy)
            if not verdict.unequal or time.monotonic() > until:
                return verdict
            time.sleep(5.0)

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
    around: Surroundings,
    faults: tuple[Fault, ...],
    seconds: float,
    report: Report,
    seed: int = 1,
    before: str = "",
    restarts: Sequence[float] = (),
) -> Disturbance:
    """Run a pipeline through faults, and hold that nothing was lost, doubled or invented.

    `before` is the text of another policy, under which all of it begins; in the middle it changes. At each of
    `restarts`, in seconds after the beginning, all workers are killed at once.
    """
    rules = around.site.data_dir / "policy.toml"
    shipped = policy_text(around.site)
    rules.write_text(before or shipped, "utf-8")
    around = replace(around, site=around.site.model_copy(update={"policy": rules}))
    with pipeline.running(around.site, around.nodes, around.network) as running:
        run = Disturbance(around, running, seed)
        besides: list[Step] = [
            (at, "all workers killed", partial(run.restart_workers, signal.SIGKILL)) for at in restarts
        ]
        if before:
            besides.append(run.new_policy(seconds / 2, rules, shipped))
        verdict = run.go_through(faults, seconds, report, besides)
        assert (verdict.lost, verdict.phantom, verdict.unequal) == (0, 0, ()), f"{verdict}\n{run.told()}"
        assert verdict.dead_letters == 0, run.told()
        assert not run.load.failures
        return run
