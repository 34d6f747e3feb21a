"""Removal effects: which share of all conversions would be lost if one value led nowhere."""

import numpy

from attribution.conversion_chain import Chain, Floats, Probabilities


def removal_effects(chain: Chain, known: Probabilities) -> Floats:
    """Of each value of the chain, the share of the conversions whose way leads through it, in [0, 1].

    Exact: a journey that is lost by removing a value enters one of its states a first time, and would have
    converted from there. Both follow from the expected visits of each state: one inverse for all values.
    They don't sum to one, as a journey leads through several. Without any conversion all are 0.
    """
    visits = numpy.linalg.inv(numpy.eye(len(known.ends)) - known.inner)
    from_start = known.first @ visits
    converting = visits @ known.ends
    total = float(known.first @ converting)
    effects = numpy.zeros(len(chain.values))
    if total == 0:
        return effects
    for value in range(len(effects)):
        (states,) = numpy.nonzero(chain.value_of == value)
        entered = numpy.linalg.solve(visits[numpy.ix_(states, states)].T, from_start[states])
        effects[value] = entered @ converting[states] / total
    # Rounding may leave one that is none a hair below it, or one that is all a hair above.
    return numpy.clip(effects, 0, 1)
