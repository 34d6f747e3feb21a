"""Divides a whole number of units by weights, so that the parts sum to it exactly."""

from collections.abc import Sequence
from fractions import Fraction


def apportion(units: int, weights: Sequence[float]) -> tuple[int, ...]:
    """By the largest remainder: what is left over goes to the largest fractions; of equal ones, to the first.

    Weights are not negative, and at least one of them is positive; without any, nothing can be divided.
    """
    if not weights:
        return ()
    exact = [Fraction(weight) for weight in weights]
    total = sum(exact)
    parts = [units * weight / total for weight in exact]
    floors = [int(part) for part in parts]
    largest = sorted(range(len(parts)), key=lambda nth: (floors[nth] - parts[nth], nth))
    for nth in largest[: units - sum(floors)]:
        floors[nth] += 1
    return tuple(floors)
