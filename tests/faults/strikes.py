"""Lets the faults of a schedule happen to a pipeline, and end."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from faults.pipeline import CLICKHOUSE, Pipeline
from faults.schedule import BROKERS, Fault

from stack.embedded import Stack

CHANGELOG = b"journey-states-changelog"
STORM_EVERY = 4.0
Action = Callable[[], object]
# Seconds after the beginning, what it is, and how it is done.
Step = tuple[float, str, Action]


@dataclass
class Strikes:
    """What was done to a pipeline, and when: (seconds since 1970, words)."""

    pipeline: Pipeline
    stack: Stack
    done: list[tuple[float, str]] = field(default_factory=list)
    killed: list[float] = field(default_factory=list)

    def strike(self, faults: Iterable[Fault], besides: Iterable[Step] = ()) -> None:
        """Let all of them happen, each at its time; return when the last one has ended."""
        actions = [*besides, *(action for fault in faults for action in self._actions(fault))]
        began = time.monotonic()
        for at, words, do in sorted(actions, key=lambda action: action[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            self.done.append((time.time(), words))
            do()

    def make_fair(self) -> None:
        """Undo whatever has not ended yet, and wait until the servers answer."""
        for way in self.pipeline.network.ways.values():
            way.clear()
        for kept in self.pipeline.keeper:
            self.pipeline.keeper.signal(kept.program.name, signal.SIGCONT)
            self.pipeline.keeper.join(kept.program.name)
        for number in range(1, self.pipeline.nodes.count + 1):
            thaw(self.pipeline.nodes.pid(number))
        thaw(self.stack.pid(CLICKHOUSE))
        self.pipeline.nodes.wait_ready()
        self.stack.wait_ready(CLICKHOUSE)

    def told(self, seed: int) -> str:
        """What happened, for whoever has to find out why it ended wrongly."""
        lines = [
            f"FAULT_SEED={seed}",
            *(f"{time.strftime('%T', time.gmtime(at))} {what}" for at, what in self.done),
        ]
        for kept in self.pipeline.keeper:
            said = [line for line in kept.said().splitlines() if "stopping with" in line or " ERROR " in line]
            lines += [f"{kept.program.name} ended {dict(kept.exits)}; {kept.log}", *said[-5:]]
        return "\n".join(lines)

    def _actions(self, fault: Fault) -> list[Step]:
        if fault.target in BROKERS:
            steps = self._of_broker(fault)
        elif fault.target == CLICKHOUSE and fault.kind in ("kill", "freeze"):
            steps = self._of_clickhouse(fault)
        elif fault.kind in ("kill", "terminate", "freeze", "come and go"):
            steps = self._of_program(fault)
        else:
            steps = self._of_way(fault)
        return [
            (fault.at + after, f"{fault}" if not after else f"{fault}, on or over", do) for after, do in steps
        ]

    def _of_program(self, fault: Fault) -> list[tuple[float, Action]]:
        keeper, name = self.pipeline.keeper, fault.target
        match fault.kind:
            case "kill":
                return [(0.0, lambda: self.kill(name))]
            case "terminate":
                return [(0.0, lambda: keeper.signal(name, signal.SIGTERM))]
            case "freeze":
                return [
                    (0.0, lambda: keeper.signal(name, signal.SIGSTOP)),
                    (fault.seconds, lambda: keeper.signal(name, signal.SIGCONT)),
                ]
        turns = range(int(fault.seconds / STORM_EVERY) + 1)
        storm: list[tuple[float, Action]] = [
            (turn * STORM_EVERY, lambda turn=turn: (keeper.join if turn % 2 else keeper.leave)(name))  # type: ignore[misc]  # the turn is bound
            for turn in turns
        ]
        return [*storm, (fault.seconds, lambda: keeper.join(name))]

    def kill(self, name: str) -> None:
        """Kill a program with SIGKILL."""
        if name.startswith("worker"):
            self.killed.append(time.time())
        self.pipeline.keeper.signal(name, signal.SIGKILL)

    def _of_way(self, fault: Fault) -> list[tuple[float, Action]]:
        way = self.pipeline.way(fault.target)
        end = (fault.seconds, way.clear)
        match fault.kind:
            case "stall":
                return [(0.0, lambda: way.change(held=True)), end]
            case "late write":
                return [(0.0, lambda: self._hold_a_write(fault)), end]
            case "latency":
                return [(0.0, lambda: way.change(latency=0.05 + 0.95 * fault.strength)), end]
            case "narrow":
                return [(0.0, lambda: way.change(bandwidth=round(20_000 * 10**fault.strength))), end]
            case "reset":
                return [(0.0, way.reset)]
            case "black hole":
                return [(0.0, lambda: way.change(black_hole=True)), end]
            case "deaf":
                return [(0.0, lambda: way.change(deaf=True)), end]
        raise AssertionError(fault.kind)

    def _hold_a_write(self, fault: Fault) -> None:
        """Hold back everything from the next write to the changelog on, and kill who wrote it, or not."""
        seen = self.pipeline.way(fault.target).when_said(CHANGELOG, held=True)
        if fault.strength < 0.5:
            threading.Thread(target=lambda: seen.wait(10) and self.kill(fault.target), daemon=True).start()

    def _of_broker(self, fault: Fault) -> list[tuple[float, Action]]:
        nodes = self.pipeline.nodes
        number = 1 + int(fault.strength * nodes.count)
        if fault.kind == "kill":
            return [
                (0.0, nodes.wait_whole),
                (0.0, lambda: nodes.kill(number, restart_after=fault.seconds)),
            ]
        return [
            (0.0, lambda: freeze(nodes.pid(number))),
            (fault.seconds, lambda: thaw(nodes.pid(number))),
        ]

    def _of_clickhouse(self, fault: Fault) -> list[tuple[float, Action]]:
        if fault.kind == "kill":
            return [(0.0, lambda: self.stack.kill(CLICKHOUSE, restart_after=fault.seconds))]
        return [
            (0.0, lambda: freeze(self.stack.pid(CLICKHOUSE))),
            (fault.seconds, lambda: thaw(self.stack.pid(CLICKHOUSE))),
        ]


def freeze(pid: int | None) -> None:
    """Stop a process where it stands; it may have ended."""
    _send(pid, signal.SIGSTOP)


def thaw(pid: int | None) -> None:
    """Let a process go on."""
    _send(pid, signal.SIGCONT)


def _send(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
