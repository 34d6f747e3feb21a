"""Credits that are computed of all journeys together: their ways out of ClickHouse, the credits into it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from attribution.apportion import apportion
from attribution.conversion_chain import PathCount
from attribution.data_driven import Credit, DataDrivenModel, data_driven_credits, warning
from schemas.terms import Millis
from sinks.clickhouse import ClickHouse
from sinks.lookups import ask

TABLE: Final = "computed_credits"
COLUMNS: Final = (
    "model_version", "computed_at", "model", "milestone", "by", "first_day", "last_day", "lookback_days",
    "kinds", "seed", "draws", "journeys", "converted", "warning", "value", "currency", "effect",
    "share", "share_low", "share_high", "sampling_error", "conversions", "revenue",
)  # fmt: skip
MILESTONES: Final = ("lead", "marketing_qualified", "sales_qualified", "opportunity", "poc", "won")
DIMENSIONS: Final = (
    "channel", "platform", "source", "campaign", "ad_group", "keyword", "content", "author", "landing_page",
)  # fmt: skip
NO_TOUCHPOINT: Final = "(none)"
_MILLIONTHS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """Whose conversions are credited, to the values of which dimension, by which touchpoints."""

    milestone: str
    by: str
    first: date
    last: date
    lookback_days: int = 0
    kinds: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What the version of a model says of the data that it saw."""
        days = (self.first.isoformat(), self.last.isoformat(), str(self.lookback_days))
        return (self.milestone, self.by, *days, ",".join(sorted(self.kinds)))


@dataclass(frozen=True, slots=True)
class Way:
    """What journeys of one way came to; `revenue_minor` in hundredths of the currency unit."""

    values: tuple[str, ...]
    currency: str
    converted: int
    lost: int
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class CreditRow:
    """What a value earns of the conversions in one currency: millionths of them, hundredths of revenue.

    The shares of `credit` are of all these conversions, also of those without any touchpoint.
    """

    credit: Credit
    currency: str
    conversions: int
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class Computed:
    """The outcome of one run."""

    version: str
    rows: tuple[CreditRow, ...]
    journeys: int
    converted: int
    warning: str


def read_ways(client: ClickHouse, question: Question, timezone: str) -> list[Way]:
    """The ways of all journeys that are asked about. Raises ClickHouseError."""
    found = ask(
        client,
        "conversion_ways",
        {
            "milestone": question.milestone,
            "touches": f"touch_{question.by}",
            "first": question.first,
            "last": question.last,
            "lookback_days": question.lookback_days,
            "kinds": ",".join(sorted(question.kinds)),
            "timezone": timezone,
        },
    )
    return [
        Way(tuple(values), currency, converted, lost, revenue_minor)
        for values, currency, converted, lost, revenue_minor in found.rows
    ]


def compute(ways: Sequence[Way], question: Question, model: DataDrivenModel) -> Computed:
    """Credit the conversions of all ways; raises ChainError where that can't be done.

    Of conversions without any touchpoint the value (none) gets all. All others are shared by the model, in
    each currency alike, so that conversions and revenue sum to what there was.
    """
    paths = _paths(ways)
    credits = data_driven_credits(paths, model)
    converted = sum(path.converted for path in paths)
    rows: list[CreditRow] = []
    for currency in sorted({way.currency for way in ways if way.converted}):
        of_currency = [way for way in ways if way.currency == currency]
        rows += _rows(currency, of_currency, credits)
    return Computed(
        version=model.version(*question.words),
        rows=tuple(rows),
        journeys=converted + sum(path.lost for path in paths),
        converted=converted,
        warning=warning(converted, len(credits)),
    )


def write(
    client: ClickHouse, computed: Computed, question: Question, model: DataDrivenModel, at: Millis
) -> None:
    """Store one run; ones before stay, and the view shows the newest. Raises ClickHouseError."""
    head = (
        computed.version, at, model.name, question.milestone, question.by, question.first, question.last,
        question.lookback_days, ",".join(sorted(question.kinds)), model.seed, model.draws, computed.journeys,
        computed.converted, computed.warning,
    )  # fmt: skip
    client.insert(TABLE, COLUMNS, [(*head, *_cells(row)) for row in computed.rows])


def _paths(ways: Sequence[Way]) -> list[PathCount]:
    """The ways of all currencies together; those without any touchpoint tell a model nothing."""
    counts: dict[tuple[str, ...], tuple[int, int]] = {}
    for way in ways:
        converted, lost = counts.get(way.values, (0, 0))
        counts[way.values] = (converted + way.converted, lost + way.lost)
    return [PathCount(values, *count) for values, count in sorted(counts.items()) if values]


def _rows(currency: str, ways: Sequence[Way], credits: Sequence[Credit]) -> list[CreditRow]:
    touched = [way for way in ways if way.values]
    bare = [way for way in ways if not way.values]
    weights = [credit.share for credit in credits]
    conversions = apportion(_MILLIONTHS * sum(way.converted for way in touched), weights)
    revenue = apportion(sum(way.revenue_minor for way in touched), weights)
    part = sum(way.converted for way in touched) / sum(way.converted for way in ways)
    rows = [
        CreditRow(_scaled(credit, part), currency, credited, earned)
        for credit, credited, earned in zip(credits, conversions, revenue, strict=True)
    ]
    if not bare:
        return rows
    none = _scaled(Credit(NO_TOUCHPOINT, 0.0, 1.0, 1.0, 1.0), 1 - part)
    without = sum(way.converted for way in bare)
    return [*rows, CreditRow(none, currency, _MILLIONTHS * without, sum(way.revenue_minor for way in bare))]


def _scaled(credit: Credit, part: float) -> Credit:
    """The same credit, as a share of more than what it is of."""
    return replace(
        credit,
        share=credit.share * part,
        low=credit.low * part,
        high=credit.high * part,
        sampling_error=credit.sampling_error * part,
    )


def _cells(row: CreditRow) -> tuple[Any, ...]:
    credit = row.credit
    return (
        credit.value, row.currency, credit.effect, credit.share, credit.low, credit.high,
        credit.sampling_error, Decimal(row.conversions) / _MILLIONTHS, Decimal(row.revenue_minor) / 100,
    )  # fmt: skip
