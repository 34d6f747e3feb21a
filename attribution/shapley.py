"""Shapley values: what each value of a dimension adds, on average over all orders in which they may come."""

from dataclasses import dataclass
from math import comb
from typing import Final

import numpy

from attribution.conversion_chain import Chain, ChainError, Counts, Floats, Probabilities

# 2 ** 12 coalitions are computed at once; with more values the orders are sampled.
EXACT_UP_TO: Final = 12
MOST_VALUES: Final = 200
_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Sampled:
    """The means over sampled orders, and their standard errors; both are of the same unit."""

    means: Floats
    errors: Floats


def worths_in_chain(known: Probabilities) -> Floats:
    """Of each coalition the probability of converting if only its values are there, in a chain of order 1.

    The bits of the place in the answer are the values; what is not there leads nowhere, as when removed.
    """
    kept = _members(len(known.ends)).astype(numpy.float64)
    system = numpy.eye(len(known.ends)) - known.inner[None] * kept[:, None, :]
    goals = numpy.broadcast_to(known.ends[:, None], (len(kept), len(known.ends), 1))
    solved = numpy.linalg.solve(system, goals)[..., 0]
    answer: Floats = ((known.first * kept) * solved).sum(axis=1)
    return answer


def worths_of_paths(chain: Chain, converted: Counts) -> Floats:
    """Of each coalition the conversions of the paths that have no value but those of the coalition."""
    position = {value: index for index, value in enumerate(chain.values)}
    sets = numpy.array([sum(1 << position[value] for value in set(path.values)) for path in chain.paths])
    worths: Floats = numpy.zeros(1 << len(position))
    numpy.add.at(worths, sets, converted)
    for bit in range(len(position)):
        # What a coalition without the value is worth, the one with it is worth, too.
        halves = worths.reshape(-1, 2, 1 << bit)
        halves[:, 1] += halves[:, 0]
    return worths


def exact(worths: Floats) -> Floats:
    """The Shapley values of a game, by the worth of each coalition; they sum to that of all together."""
    size = len(worths).bit_length() - 1
    everyone = numpy.arange(len(worths))
    members = _members(size).sum(axis=1)
    shares = numpy.array([1 / (size * comb(size - 1, before)) for before in range(size)])
    values = numpy.zeros(size)
    for value in range(size):
        without = everyone[everyone >> value & 1 == 0]
        added = worths[without | 1 << value] - worths[without]
        values[value] = shares[members[without]] @ added
    return values


def equal_shares(chain: Chain, converted: Counts) -> Floats:
    """The Shapley values of the game of `worths_of_paths`, for any number of values.

    Each path adds the same to every coalition that has all its values, so they share its conversions.
    """
    position = {value: index for index, value in enumerate(chain.values)}
    values = numpy.zeros(len(position))
    for path, times in zip(chain.paths, converted, strict=True):
        seen = set(path.values)
        for value in seen:
            values[position[value]] += times / len(seen)
    return values


def sampled(known: Probabilities, pairs: int, seed: int) -> Sampled:
    """Estimate the values of the game of `worths_in_chain` from random orders, each with its reverse.

    An order and its reverse err against each other, so their mean errs less. Raises ChainError for too many
    values, ValueError for less than two pairs, of which no error could be stated.
    """
    size = len(known.ends)
    if size > MOST_VALUES:
        raise ChainError(
            f"Shapley values of {size:,} values take too long: take a dimension with at most {MOST_VALUES}, "
            "or removal effects (markov)"
        )
    if pairs < 2:
        raise ValueError("an error can be stated of two pairs or more")
    generator = numpy.random.default_rng(seed)
    orders = generator.permuted(numpy.tile(numpy.arange(size), (pairs, 1)), axis=1)
    together = max(1, _AT_ONCE // (size + 1) ** 2)
    means = numpy.concatenate(
        [
            (_added(known, part) + _added(known, part[:, ::-1])) / 2
            for part in numpy.array_split(orders, -(-pairs // together))
        ]
    )
    return Sampled(means.mean(axis=0), means.std(axis=0, ddof=1) / numpy.sqrt(pairs))


def _added(known: Probabilities, orders: Counts) -> Floats:
    """What each value adds to those before it, in each of the orders.

    Eliminating the values one by one from the equations of the chain leaves in the corner, after each, the
    probability of converting by those eliminated.
    """
    size = len(known.ends)
    system = numpy.zeros((len(orders), size + 1, size + 1))
    system[:, :size, :size] = (numpy.eye(size) - known.inner)[orders[:, :, None], orders[:, None, :]]
    system[:, :size, size] = known.ends[orders]
    system[:, size, :size] = -known.first[orders]
    added = numpy.zeros((len(orders), size))
    for place in range(size):
        factors = system[:, place + 1 :, place] / system[:, place, place, None]
        changes = factors[:, :, None] * system[:, place, None, place + 1 :]
        system[:, place + 1 :, place + 1 :] -= changes
        added[numpy.arange(len(orders)), orders[:, place]] = -changes[:, -1, -1]
    return added


def _members(size: int) -> Counts:
    """Of each coalition, in the order of its bits, which values are in it: 1 or 0."""
    coalitions: Counts = numpy.arange(1 << size)[:, None] >> numpy.arange(size) & 1
    return coalitions
