"""Removal effects on the public PathData of the R package ChannelAttribution, against whole fractions.

`python -m bench.path_data PathData.rda`, with the file from the package's folder `data`.
"""

import gzip
import struct
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from attribution.conversion_chain import Chain, PathCount
from attribution.removal import removal_effects

State = tuple[str, ...]
HEADER = len(b"RDX2\nX\n") + 12
_NIL, _REFERENCE, _SYMBOL, _PAIRS, _TEXT, _POINTER = 254, 255, 1, 2, 9, 22
_WHOLE, _FLOATS, _LISTS = (10, 13), 14, (16, 19)


class RData:
    """Reads what R saved in its binary format: lists, names, numbers and texts."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, HEADER
        self.seen: list[Any] = []

    def take(self, form: str, count: int = 1) -> tuple[Any, ...]:
        found = struct.unpack_from(f">{count}{form}", self.content, self.place)
        self.place += struct.calcsize(f">{count}{form}")
        return found

    def item(self) -> Any:
        (flags,) = self.take("i")
        kind = flags & 255
        if kind == _NIL:
            return None
        if kind == _REFERENCE:
            return self.seen[(flags >> 8) - 1]
        if kind in (_SYMBOL, _POINTER):
            self.seen.append(None)
            place = len(self.seen) - 1
            self.seen[place] = self.item() if kind == _SYMBOL else (self.item(), self.item())
            return self.seen[place]
        if kind == _PAIRS:
            return self.pairs(flags)
        (count,) = self.take("i")
        if kind == _TEXT:
            return b"".join(self.take("c", max(count, 0))).decode()
        if kind in _WHOLE:
            values: Any = list(self.take("i", count))
        elif kind == _FLOATS:
            values = list(self.take("d", count))
        elif kind in _LISTS:
            values = [self.item() for _ in range(count)]
        else:
            raise ValueError(f"the file holds what isn't read here: type {kind}")
        about = self.item() if flags & 0x200 else {}
        if "levels" in about:
            values = [about["levels"][value - 1] for value in values]
        return dict(zip(about["names"], values, strict=True)) if "names" in about else values

    def pairs(self, flags: int) -> dict[Any, Any]:
        found = {}
        while flags & 255 == _PAIRS:
            if flags & 0x200:
                self.item()
            name = self.item() if flags & 0x400 else None
            found[name] = self.item()
            (flags,) = self.take("i")
        return found


def probability(paths: list[PathCount], order: int, without: str = "") -> Fraction:
    """Of converting, by putting the equations of the states into one another; `without` leads nowhere."""
    leads: dict[State, dict[State, int]] = {}
    won: dict[State, int] = {}
    for path in paths:
        ends = range(1, len(path.values) + 1)
        states: list[State] = [(), *(path.values[max(0, end - order) : end] for end in ends)]
        times = path.converted + path.lost
        for nth, before in enumerate(states):
            after = states[nth + 1] if nth + 1 < len(states) else ("", "end")
            row = leads.setdefault(before, {})
            row[after] = row.get(after, 0) + times
        won[states[-1]] = won.get(states[-1], 0) + path.converted
    equations = {}
    for state, row in leads.items():
        total = sum(row.values())
        onward = {to: Fraction(n, total) for to, n in row.items() if to[-1] not in (without, "end")}
        equations[state] = (Fraction(won.get(state, 0), total), onward)
    for state in [state for state in equations if state]:
        constant, factors = equations.pop(state)
        loop = 1 - factors.pop(state, Fraction(0))
        for other, (own, rest) in equations.items():
            if state in rest:
                by = rest.pop(state) / loop
                equations[other] = (own + by * constant, rest)
                for to, factor in factors.items():
                    rest[to] = rest.get(to, Fraction(0)) + by * factor
    return equations[()][0]


def main() -> None:
    """Print for both orders how far the effects are from the exact ones, and how long they took."""
    content = gzip.decompress(Path(sys.argv[1]).read_bytes())
    table = RData(content).item()["Data"]
    columns = (table["path"], table["total_conversions"], table["total_null"])
    paths = [PathCount(tuple(p.split(" > ")), int(c), int(n)) for p, c, n in zip(*columns, strict=True)]
    print(f"{len(paths):,} paths, {sum(path.converted for path in paths):,} conversions")
    for order in (1, 2):
        began = time.perf_counter()
        chain = Chain(paths, order)
        effects = removal_effects(chain, chain.probabilities(chain.converted, chain.lost))
        took = time.perf_counter() - began
        total = probability(paths, order)
        checked = list(zip(chain.values, effects, strict=True))[: None if order == 1 else 2]
        worst = max(abs(float(1 - probability(paths, order, value) / total) - one) for value, one in checked)
        print(f"order {order}: {took:.2f} s, at most {worst:.1e} off in {len(checked)} values")


if __name__ == "__main__":
    main()
