"""Credits that follow from the journeys themselves, with the interval in which they would vary."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import numpy

from attribution.conversion_chain import Chain, ChainError, Counts, Floats, PathCount
from attribution.removal import removal_effects
from attribution.shapley import (
    EXACT_UP_TO,
    Sampled,
    equal_shares,
    exact,
    sampled,
    worths_in_chain,
    worths_of_paths,
)

# Below, shares move with a handful of conversions: platforms advise 300 a month for models like these, and a
# share can't be told from its neighbour's by less than some ten conversions for each value.
ADVISED_CONVERSIONS: Final = 300
ADVISED_BY_VALUE: Final = 10
_COVERED: Final = (5.0, 95.0)


class Method(StrEnum):
    """How credits follow from journeys."""

    MARKOV = "markov"
    SHAPLEY = "shapley"


class Worth(StrEnum):
    """What a coalition is worth to Shapley: its probability of converting, or conversions of its paths."""

    CHAIN = "chain"
    PATHS = "paths"


@dataclass(frozen=True, slots=True)
class DataDrivenModel:
    """A method with all that its credits depend on, beside the journeys.

    `order` counts for Markov, `worth` and `pairs` (of sampled orders) for Shapley; `draws` is how often the
    journeys are drawn anew for the intervals.
    """

    method: Method
    order: int = 1
    worth: Worth = Worth.CHAIN
    pairs: int = 500
    draws: int = 200
    seed: int = 1

    @property
    def name(self) -> str:
        """markov_1, markov_2, shapley_chain or shapley_paths."""
        return f"{self.method}_{self.order if self.method is Method.MARKOV else self.worth}"

    def version(self, *data: str) -> str:
        """16 hexadecimal digits over the method, its parameters, and the range of data in words."""
        content = json.dumps([asdict(self), data], sort_keys=True, separators=(",", ":"))
        return blake2b(content.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Credit:
    """What one value gets: shares sum to one.

    `effect` is what the method measured, before it was made a share: the removal effect, the probability of
    converting that the value adds, or its conversions. `low` and `high` hold 90 of 100 shares of journeys
    drawn anew; `sampling_error` is the standard error of a share that was sampled, 0 if it is exact.
    """

    value: str
    effect: float
    share: float
    low: float
    high: float
    sampling_error: float = 0.0


def data_driven_credits(paths: Sequence[PathCount], model: DataDrivenModel) -> tuple[Credit, ...]:
    """The credits of all values that occur in `paths`, by value.

    Raises ChainError if no path converted, or if there are too many values for the method.
    """
    chain = Chain(paths, model.order if model.method is Method.MARKOV else 1)
    if not chain.converted.sum():
        raise ChainError("no journey converted, so there is nothing to credit")
    measure = _measure(chain, model)
    found = measure(chain.converted, chain.lost)
    total = found.means.sum()
    lows, highs = _interval(chain, measure, model)
    return tuple(
        Credit(value, float(effect), float(effect / total), float(low), float(high), float(error / total))
        for value, effect, error, low, high in zip(
            chain.values, found.means, found.errors, lows, highs, strict=True
        )
    )


def warning(conversions: int, values: int) -> str:
    """What a reader must know before taking such credits for certain; empty if there is enough to go by."""
    if values < 2:
        return "There is only one value, so it gets everything: nothing was compared."
    advised = max(ADVISED_CONVERSIONS, ADVISED_BY_VALUE * values)
    if conversions >= advised:
        return ""
    return (
        f"Only {conversions:,} conversions over {values:,} values, and at least {advised:,} are advisable: "
        "read the intervals rather than the shares, or take an earlier milestone or a coarser dimension."
    )


def _measure(chain: Chain, model: DataDrivenModel) -> Callable[[Counts, Counts], Sampled]:
    """What the method says of the same paths if they went so often."""
    size = len(chain.values)

    def effects(converted: Counts, lost: Counts) -> Sampled:
        if model.method is Method.SHAPLEY and model.worth is Worth.PATHS:
            return _exactly(
                exact(worths_of_paths(chain, converted))
                if size <= EXACT_UP_TO
                else equal_shares(chain, converted)
            )
        known = chain.probabilities(converted, lost)
        if model.method is Method.MARKOV:
            return _exactly(removal_effects(chain, known))
        if size <= EXACT_UP_TO:
            return _exactly(exact(worths_in_chain(known)))
        return sampled(known, model.pairs, model.seed)

    return effects


def _exactly(values: Floats) -> Sampled:
    return Sampled(values, numpy.zeros(len(values)))


def _interval(
    chain: Chain, measure: Callable[[Counts, Counts], Sampled], model: DataDrivenModel
) -> tuple[Floats, Floats]:
    """The shares between which 90 of 100 lie if as many journeys of both kinds are drawn anew.

    Those that converted and those that did not are drawn apart, so that a draw never has no conversion.
    """
    if model.draws < 1:
        raise ValueError("an interval needs at least one draw")
    generator = numpy.random.default_rng(model.seed)
    shares = numpy.empty((model.draws, len(chain.values)))
    for draw in range(model.draws):
        found = measure(_drawn(generator, chain.converted), _drawn(generator, chain.lost)).means
        shares[draw] = found / found.sum()
    low, high = numpy.percentile(shares, _COVERED, axis=0)
    return low, high


def _drawn(generator: numpy.random.Generator, counts: Counts) -> Counts:
    total = int(counts.sum())
    if not total:
        return counts
    drawn: Counts = generator.multinomial(total, counts / total)
    return drawn
