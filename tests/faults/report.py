"""The figures of a fault test, for people and, one JSON object a line, for docs/reliability.md."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.dosage import STORE
from faults.kept import Keeper
from faults.oracle import Verdict

MEGABYTE = 1 << 20


@dataclass
class Report:
    """What one test found out; `tell` prints it and appends it to `file`, if there is one."""

    test: str
    say: Callable[[str], None]
    file: str
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, **figures: Any) -> None:
        self.figures |= figures

    def judged(self, verdict: Verdict) -> None:
        self.add(
            events=verdict.events,
            lost=verdict.lost,
            phantom=verdict.phantom,
            absorbed=verdict.absorbed,
            hash_equal=not verdict.unequal,
            dead_letters=verdict.dead_letters,
        )

    def kept(self, keeper: Keeper) -> None:
        """How large the programs became, and how they ended."""
        largest: dict[str, int] = {}
        exits: dict[str, dict[str, int]] = {}
        for each in keeper:
            kind = each.program.name.split("-")[0]
            largest[kind] = max(largest.get(kind, 0), each.largest() // MEGABYTE)
            for status, times in each.exits.items():
                some = exits.setdefault(kind, {})
                some[str(status)] = some.get(str(status), 0) + times
        self.add(max_rss_mb=largest, exits=exits)

    def recovered(self, seconds: Sequence[float]) -> None:
        if seconds:
            self.add(recovery=summary(seconds))

    def tell(self) -> None:
        told = {"test": self.test} | ({} if STORE == "memory" else {"store": STORE}) | self.figures
        self.say(f"  {self.test}: " + ", ".join(f"{name} {value}" for name, value in self.figures.items()))
        if self.file:
            with Path(self.file).open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(told, ensure_ascii=False) + "\n")


def summary(seconds: Sequence[float]) -> Mapping[str, float]:
    """How many there are, their median, the one below which 95 of 100 lie, and the longest."""
    ordered = sorted(seconds)
    return {
        "times": len(ordered),
        "p50": round(ordered[(len(ordered) - 1) // 2], 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "longest": round(ordered[-1], 1),
    }
