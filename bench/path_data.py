"""Removal effects on the public PathData of the R package ChannelAttribution, against whole fractions.

`python -m bench.path_data PathData.rda`, with the file from the package's folder `data`.
"""

import sys
import time
from fractions import Fraction
from pathlib import Path

from attribution.conversion_chain import Chain, PathCount
from attribution.removal import removal_effects
from bench.r_data import data_frame

State = tuple[str, ...]


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
    table = data_frame(Path(sys.argv[1]))
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
