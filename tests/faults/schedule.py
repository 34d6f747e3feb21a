"""Schedules of faults: which one strikes whom, when and for how long, as a function of a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from faults.pipeline import CLICKHOUSE, PROGRAMS, WORKERS

BROKERS = ("broker",)
WAYS = (*PROGRAMS, CLICKHOUSE)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: whom it may strike, for how many seconds, and how often it is chosen."""

    name: str
    targets: tuple[str, ...]
    shortest: float
    longest: float
    weight: int = 2


KINDS = (
    Kind("kill", PROGRAMS, 0.0, 0.0, 6),
    Kind("terminate", PROGRAMS, 0.0, 0.0, 3),
    Kind("freeze", WORKERS, 3.0, 20.0, 4),
    Kind("come and go", ("worker-3",), 8.0, 20.0, 3),
    Kind("stall", WAYS, 13.0, 20.0, 8),
    Kind("late write", WORKERS, 13.0, 20.0, 6),
    Kind("latency", WAYS, 5.0, 15.0, 3),
    Kind("narrow", WAYS, 5.0, 15.0, 2),
    Kind("reset", WAYS, 0.0, 0.0, 3),
    Kind("black hole", WAYS, 3.0, 15.0, 4),
    Kind("deaf", WAYS, 3.0, 10.0, 4),
    Kind("kill", BROKERS, 3.0, 6.0, 3),
    Kind("freeze", BROKERS, 3.0, 8.0, 2),
    Kind("kill", (CLICKHOUSE,), 1.0, 6.0, 3),
    Kind("freeze", (CLICKHOUSE,), 3.0, 15.0, 2),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a kind; times are seconds after the beginning. `strength` means what its kind says."""

    at: float
    kind: str
    target: str
    seconds: float
    strength: float

    def __str__(self) -> str:
        return f"{self.at:5.1f} s  {self.kind} {self.target}, {self.seconds:.1f} s ({self.strength:.2f})"


def schedule(seed: int, seconds: float) -> tuple[Fault, ...]:
    """Faults that all have ended after `seconds`; a target has one at a time, and all brokers are one."""
    return tuple(_faults(Random(seed), seconds))


def _faults(dice: Random, seconds: float) -> Iterator[Fault]:
    busy: dict[str, float] = {}
    now = dice.uniform(1.0, 3.0)
    while now < seconds:
        kind = dice.choices(KINDS, [each.weight for each in KINDS])[0]
        target = dice.choice(kind.targets)
        lasting = dice.uniform(kind.shortest, kind.longest)
        strength = dice.random()
        if busy.get(target, 0.0) <= now and now + lasting <= seconds:
            busy[target] = now + lasting + 1.0
            yield Fault(now, kind.name, target, lasting, strength)
            now += dice.uniform(0.5, 4.0)
        else:
            now += 0.2
