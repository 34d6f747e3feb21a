"""The columns of the keyword P&L: what each says, how it is reckoned, and when it says little."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answers.words import marked

Row = dict[str, Any]

# Of fewer, a rate is chance: it is grey, and nothing is ranked by it.
FEW: Final = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kind says how it is written; `formula` stands below the heading.

    `needs`: the count of which there must be enough for a rate to say anything.
    """

    name: str
    heading: str
    kind: str
    formula: str = ""
    needs: str = ""


# The order of the ad platforms' own pages comes first, then the way of a lead, then money.
COLUMNS: Final = (
    Column("impressions", marked("Impressions"), "count"),
    Column("clicks", marked("Clicks"), "count"),
    Column("ctr", marked("CTR"), "share", marked("clicks ÷ impressions")),
    Column("cost", marked("Cost"), "bar"),
    Column("cpc", marked("Average CPC"), "money", marked("cost ÷ clicks")),
    Column("visits", marked("Visits"), "count"),
    Column("leads", marked("Leads"), "count"),
    Column("cost_per_lead", marked("Cost per lead"), "money", marked("cost ÷ leads"), needs="leads"),
    Column("mqls", marked("MQL"), "count"),
    Column("sales_qualified", marked("SQL"), "count"),
    Column("opportunities", marked("Opportunities"), "count"),
    Column("pocs", marked("POC"), "count"),
    Column("won", marked("Won"), "count"),
    Column("revenue", marked("Revenue"), "bar"),
    Column("cac", marked("CAC"), "money", marked("cost ÷ won"), needs="won"),
    Column("roas", marked("ROAS"), "ratio", marked("revenue ÷ cost"), needs="won"),
    Column("roi", marked("ROI"), "share", marked("(revenue − cost) ÷ cost"), needs="won"),
    Column("expected_won", marked("Expected won"), "decimal", marked("won + open ones by their chance")),
    Column(
        "expected_revenue",
        marked("Expected revenue"),
        "money",
        marked("revenue + open deals by their chance"),
    ),
)
SUMMED: Final = (
    *("impressions", "clicks", "cost", "visits", "leads", "mqls", "sales_qualified", "opportunities", "pocs"),
    *("won", "revenue", "expected_won", "expected_revenue"),
)
# Of people, who have no currency: the row of the main one has them.
PEOPLE: Final = ("visits", "leads", "mqls", "sales_qualified")


def totals(rows: Sequence[Row]) -> list[Row]:
    """What rows sum to, a row for each currency, that with the most cost first; rates as in reports."""
    if not rows:
        return []
    names = [name for name in SUMMED if name in rows[0]]
    sums: list[Row] = []
    for currency in {row["currency"] for row in rows}:
        of_currency = [row for row in rows if row["currency"] == currency]
        sums.append({"currency": currency} | {name: _sum(of_currency, name) for name in names})
    sums.sort(key=lambda row: (row["currency"] == "", -row["cost"], -row["revenue"], row["currency"]))
    # People stand in one row, also those of places whose main currency is another.
    for name in set(PEOPLE) & set(names):
        sums[0][name] = sum(row[name] for row in sums)
        for row in sums[1:]:
            row[name] = 0
    told = [row for row in sums if row is sums[0] or any(row[name] for name in names)]
    paid = sum(row["cost"] > 0 for row in told)
    several = sum(row["cost"] > 0 or row["won"] > 0 for row in told)
    return [row | rates(row, paid, several) for row in told]


def rates(row: Mapping[str, Any], paid: int, several: int) -> dict[str, float | None]:
    """The rates of a row; `paid`: in how many currencies the whole has cost, `several`: cost or won deals."""
    cost = row["cost"] if several == 1 else 0
    return {
        "ctr": _divided(row["clicks"], row["impressions"]),
        "cpc": _divided(row["cost"], row["clicks"]),
        "cost_per_lead": _divided(row["cost"], row.get("leads", 0)) if row["cost"] and paid == 1 else None,
        "cac": _divided(cost, row["won"]) if cost else None,
        "roas": _divided(row["revenue"], cost),
        "roi": _divided(float(row["revenue"]) - float(cost), cost),
    }


def is_small(row: Mapping[str, Any], column: Column) -> bool:
    """Whether a rate stands on too few cases to say anything."""
    return bool(column.needs) and float(row.get(column.needs) or 0) < FEW


def _sum(rows: Sequence[Row], name: str) -> Any:
    # What a model divides is no whole number: it is summed as it is divided.
    values = [row[name] or 0 for row in rows]
    return sum(values, type(values[0])(0))


def _divided(some: Any, whole: Any) -> float | None:
    return float(some) / float(whole) if whole else None
