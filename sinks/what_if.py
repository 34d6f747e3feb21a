"""The report what_if: what was counted, or the numbers that were given instead, and the sum of it."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from attribution.what_if import (
    Chain,
    WhatIfError,
    chain_of_counts,
    changed,
    changes_of,
    lines_of,
    number_of,
    rates_of,
)

NAME: Final = "what_if"
COLUMNS: Final = (
    *("number", "steps", "step", "count", "changed_count", "rate", "changed_rate", "cost_per"),
    *("changed_cost_per", "currency", "won_if_doubled", "cost_per_won_if_doubled", "note"),
)


def reckoned(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    """The rows of the report from what its SQL says: counts by step, costs by currency, and what was asked.

    Raises WhatIfError.
    """
    (row,) = (dict(zip(columns, row, strict=True)) for row in rows)
    chain, currency, missing = _given(row) if row["rates"] else _counted(row)
    return tuple(_rows(chain, changed(chain, changes_of(row["change"])), currency, missing))


def _given(row: Mapping[str, Any]) -> tuple[Chain, str, str]:
    rates = rates_of(row["rates"])
    if not row["impressions"]:
        raise WhatIfError("rates need a number to begin with: --impressions 10000000")
    count = number_of(row["impressions"], "impressions")
    cost = _cost(row, count)
    if cost is None:
        raise WhatIfError("rates need what they cost: --cost 50000, or --cost-per-impression 0.005")
    return Chain("impression", count, cost, rates), "", ""


def _counted(row: Mapping[str, Any]) -> tuple[Chain, str, str]:
    if row["impressions"]:
        raise WhatIfError("impressions are counted, unless rates are given: --rates 0.03,0.1")
    cost = _cost(row, Fraction(row["counts"][0]))
    costs = [(currency, spent) for currency, spent in row["costs"] if spent]
    if cost is not None:
        return chain_of_counts(row["counts"], cost), "", ""
    if len(costs) == 1:
        return chain_of_counts(row["counts"], Fraction(costs[0][1])), costs[0][0], ""
    missing = ""
    if costs:
        told = ", ".join(f"{spent:,.2f} {currency}".rstrip() for currency, spent in costs)
        missing = f"cost in several currencies is no number: {told}; give one: --cost 50000"
    return chain_of_counts(row["counts"], None), "(mixed)" if costs else "", missing


def _cost(row: Mapping[str, Any], impressions: Fraction) -> Fraction | None:
    """The cost that was given; None if none was. Raises WhatIfError if it was given twice."""
    if row["cost"] and row["cost_per_impression"]:
        raise WhatIfError("give either cost or cost_per_impression")
    if row["cost_per_impression"]:
        return number_of(row["cost_per_impression"], "cost_per_impression") * impressions
    return number_of(row["cost"], "cost") if row["cost"] else None


def _rows(chain: Chain, after: Chain, currency: str, missing: str) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(lines_of(chain, after)):
        yield (
            *(number, len(chain.rates), line.step, _plain(line.count), _plain(line.changed_count)),
            *(_plain(line.rate), _plain(line.changed_rate), _plain(line.cost_per)),
            *(_plain(line.changed_cost_per), currency, _plain(line.won_if_doubled)),
            *(_plain(line.cost_per_won_if_doubled), line.note if number else missing),
        )


def _plain(value: Fraction | None) -> float | int | None:
    """A whole number as such, any other one to double precision."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)
