"""The ways that journeys took through the values of a dimension, as an absorbing Markov chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy
from numpy.typing import NDArray

Floats = NDArray[numpy.float64]
Counts = NDArray[numpy.int64]

# One matrix of so many states takes 72 MB, and its inverse some seconds.
MOST_STATES: Final = 3000


class ChainError(ValueError):
    """Nothing can be computed of these paths; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class PathCount:
    """How many journeys went one way: the values of a dimension, by time, up to the conversion or to the end.

    `converted` of them reached the milestone after the last value, `lost` did not.
    """

    values: tuple[str, ...]
    converted: int
    lost: int


@dataclass(frozen=True, slots=True)
class Probabilities:
    """From the start to a state, from state to state, from a state to the conversion; the rest is lost."""

    first: Floats
    inner: Floats
    ends: Floats

    def conversion(self) -> float:
        """The probability that a journey converts."""
        return float(self.first @ numpy.linalg.solve(numpy.eye(len(self.ends)) - self.inner, self.ends))


class Chain:
    """The states and transitions of some paths, found once; how often each went gives their probabilities.

    A state of order 1 is a value; of order 2 it is a value with the one before it, so that the next step may
    depend on both. The first value of a path has none before it.
    """

    def __init__(self, paths: Sequence[PathCount], order: int = 1) -> None:
        """Raises ChainError if there are too many states, or a path has no value."""
        self.paths = tuple(paths)
        self.values = tuple(sorted({value for path in paths for value in path.values}))
        ways = [_states(path.values, order) for path in paths]
        if not all(ways):
            raise ChainError("a path without any value has no place in a chain: leave it out")
        states = sorted({state for way in ways for state in way})
        if len(states) > MOST_STATES:
            raise ChainError(
                f"order {order} makes {len(states):,} states of {len(self.values):,} values, and more than "
                f"{MOST_STATES:,} are too many: take order 1, or a dimension with fewer values"
            )
        number = {state: index for index, state in enumerate(states)}
        position = {value: index for index, value in enumerate(self.values)}
        self.value_of = numpy.array([position[state[-1]] for state in states], dtype=numpy.int64)
        self._size = len(states)
        self._starts = numpy.array([number[way[0]] for way in ways], dtype=numpy.int64)
        self._stops = numpy.array([number[way[-1]] for way in ways], dtype=numpy.int64)
        steps = [
            (nth, number[before] * self._size + number[after])
            for nth, way in enumerate(ways)
            for before, after in pairwise(way)
        ]
        self._of_path = numpy.array([nth for nth, _ in steps], dtype=numpy.int64)
        self._step = numpy.array([step for _, step in steps], dtype=numpy.int64)
        self.converted = numpy.array([path.converted for path in paths], dtype=numpy.int64)
        self.lost = numpy.array([path.lost for path in paths], dtype=numpy.int64)

    def probabilities(self, converted: Counts, lost: Counts) -> Probabilities:
        """What follows of each state if the paths went so often; states that no journey saw lead nowhere."""
        size, went = self._size, (converted + lost).astype(numpy.float64)
        inner = numpy.bincount(self._step, went[self._of_path], size * size).reshape(size, size)
        ended = numpy.bincount(self._stops, went, size)
        out = inner.sum(axis=1) + ended
        out[out == 0] = 1
        ends = numpy.bincount(self._stops, converted.astype(numpy.float64), size) / out
        first = numpy.bincount(self._starts, went, size) / max(went.sum(), 1)
        return Probabilities(first, inner / out[:, None], ends)


def _states(values: tuple[str, ...], order: int) -> list[tuple[str, ...]]:
    return [values[max(0, end - order) : end] for end in range(1, len(values) + 1)]
