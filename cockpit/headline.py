"""The numbers at the top of the overview, each with what it was before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from answers.words import marked
from cockpit.shares import is_clear

Row = Mapping[str, Any]
Number = float | Decimal | None
# Neither a part of a report by which people are named nor a keyword: cost and revenue that belong to none.
UNNAMED: Final = ("(none)", "(unallocated)", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A number, what it was in the period before, and whether that is better: 1, -1, or 0 if nobody can tell.

    `kind`: money, number or factor. `count`: of how many deals an amount is. `parts`: amounts in their own
    currencies, where there are several.
    """

    title: str
    kind: str
    now: Number
    before: Number = None
    currency: str = ""
    means: str = ""
    count: float | None = None
    tone: int = 0
    url: str = ""
    parts: tuple[tuple[Number, str], ...] = ()
    points: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """Cost and revenue of a period in one currency; what has no rate into it is left over."""

    currency: str
    cost: Decimal
    revenue: Decimal
    won: float
    cac: float | None
    roas: float | None
    left_over: tuple[Row, ...]


def main_currency(rows: Sequence[Row]) -> str:
    """The currency of most won deals and ads; empty if none is known."""
    known = [row for row in rows if row["currency"]]
    best = max(known, key=lambda row: (row["won"], row["impressions"], row["currency"]), default=None)
    return best["currency"] if best else ""


def money_of(rows: Sequence[Row], currency: str) -> Money:
    """The sum of all rows of the report money in one currency, whatever they are by, and what is left over.

    Its rows sum to the invoice and to the won deals. As there, nothing is divided where there are several
    currencies.
    """
    own = [row for row in rows if row["currency"] == currency]
    others = tuple(row for row in rows if row["currency"] != currency and (row["cost"] or row["revenue"]))
    cost, revenue, won = (sum((row[name] for row in own), Decimal(0)) for name in ("cost", "revenue", "won"))
    roas = float(revenue) / float(cost) if cost and not others else None
    cac = float(cost) / float(won) if cost and won and not others else None
    return Money(currency, cost, revenue, float(won), cac, roas, others)


def parts_of(rows: Sequence[Row], column: str, main: str) -> tuple[tuple[Number, str], ...]:
    """The sums of a column in each currency, the main one first; none if there is only one."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        if row[column]:
            sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row[column]
    told = [(amount, currency) for currency, amount in sums.items()]
    told.sort(key=lambda each: (each[1] != main, each[1]))
    return tuple(told) if len(told) > 1 else ()


def tone(now: Number, before: Number, counts: tuple[float, float], better: int) -> int:
    """Whether a change is for better or worse; 0 if the counts behind it may differ by chance."""
    if now is None or before is None or now == before or not is_clear(*counts):
        return 0
    return better if now > before else -better


def cards_of_money(
    now: Money, before: Money | None, own: Sequence[Row], points: Mapping[str, tuple[float, ...]]
) -> list[Card]:
    """Revenue, cost, cost of a deal, and revenue for each unit of cost."""
    then = before or Money(now.currency, Decimal(0), Decimal(0), 0, None, None, ())
    has_before = before is not None
    counts = (now.won, then.won)
    return [
        Card(
            title=marked("Won revenue"),
            kind="money",
            now=now.revenue,
            before=then.revenue if has_before else None,
            currency=now.currency,
            means=marked("amount of the deals won in these days"),
            count=now.won,
            tone=tone(now.revenue, then.revenue, counts, 1) if has_before else 0,
            parts=parts_of(own, "revenue", now.currency),
            points=points.get("revenue", ()),
        ),
        Card(
            title=marked("Ad cost"),
            kind="money",
            now=now.cost,
            before=then.cost if has_before else None,
            currency=now.currency,
            means=marked("what the ads of these days cost"),
            parts=parts_of(own, "cost", now.currency),
            points=points.get("cost", ()),
        ),
        Card(
            title=marked("CAC"),
            kind="money",
            now=now.cac,
            before=then.cac,
            currency=now.currency,
            means=marked("ad cost ÷ won deals"),
            tone=tone(now.cac, then.cac, counts, -1),
        ),
        Card(
            title=marked("Return on ad cost"),
            kind="factor",
            now=now.roas,
            before=then.roas,
            means=marked("revenue ÷ cost; ROI, (revenue − cost) ÷ cost, is one less"),
            tone=tone(now.roas, then.roas, counts, 1),
        ),
    ]


def card_of_worth(now: Sequence[Row], before: Sequence[Row], currency: str) -> Card:
    """What a customer is worth for what it cost to win it."""
    own, then = (next((row for row in each if row["currency"] == currency), None) for each in (now, before))
    # Customers of long ago have brought more by now, so that a change tells nothing about better or worse.
    return Card(
        title=marked("LTV : CAC"),
        kind="factor",
        now=own["ltv_to_cac"] if own else None,
        before=then["ltv_to_cac"] if then else None,
        means=marked("worth of a customer ÷ cost to win one; from 3 on it is healthy, so goes the rule"),
    )


def card_of_pipeline(rows: Sequence[Row], main: str) -> Card:
    """What is open at this moment, from the report win_loss over all time."""
    some = sorted(
        (row for row in rows if row["open"]), key=lambda row: (row["currency"] != main, row["currency"])
    )
    first = some[0] if some else None
    return Card(
        title=marked("Open pipeline"),
        kind="money",
        now=first["open_amount"] if first else Decimal(0),
        currency=first["currency"] if first else main,
        means=marked("amount of all deals that are open now, not weighted"),
        count=float(sum(row["open"] for row in some)),
        parts=tuple((row["open_amount"], row["currency"]) for row in some[1:]),
    )


def card_of_counts(
    title: str, column: str, now: Sequence[Row], before: Sequence[Row] | None, means: str
) -> Card:
    """How many there were, summed over all rows of the report funnel."""
    count = sum(row[column] for row in now)
    earlier = None if before is None else sum(row[column] for row in before)
    better = 0 if earlier is None else tone(count, earlier, (float(count), float(earlier)), 1)
    return Card(title=title, kind="number", now=count, before=earlier, means=means, tone=better)
