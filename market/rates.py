"""What currencies are worth in the simulated market, as banks publish it, and on each day."""

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

from market.model import Market
from market.tables import csv_bytes

OWN, EURO, DOLLAR = "CNY", "EUR", "USD"
# Of one pair, so long after its day a rate counts.
_LONGEST_DAYS = 10
# One euro in other currencies, about.
_OF_A_EURO = {
    "USD": "1.0812", "JPY": "161.35", "CZK": "25.036", "DKK": "7.4591", "GBP": "0.8412", "HUF": "401.12",
    "PLN": "4.2015", "SEK": "11.0230", "CHF": "0.9415", "NOK": "11.7120", "AUD": "1.7093", "CAD": "1.5431",
    "CNY": "7.8125",
}  # fmt: skip
# The dollar isn't told in yuan for three weeks, and nothing at all in the last ones.
_GAP_FROM, _GAP_DAYS, _SILENT_DAYS = 40, 21, 30
_EXACT = Context(prec=60)
_PLACES = Decimal(1).scaleb(-18)

Row = dict[str, Any]
# By pair (one, in another) and day.
Told = dict[tuple[str, str], dict[date, Decimal]]


def rate_files(market: Market) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file; the last days of an older one are restated by a newer one."""
    told, (first, last) = _told(market), _days(market)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    weekdays = [day for day in reversed(days) if day in told[EURO, OWN]]
    header = ["Date", *_OF_A_EURO, "CYP", ""]
    rows = [[day, *(told[EURO, code][day] for code in _OF_A_EURO), "N/A", ""] for day in weekdays]
    yield "eurofxref-hist.csv", csv_bytes([header, *rows], "utf-8", line_end="\n")
    middle = first + timedelta(days=len(days) // 3)
    in_yuan = told[DOLLAR, OWN]
    early = [
        [day, in_yuan[day] + (Decimal("0.05") if (middle - day).days < 5 else 0)]
        for day in reversed(days)
        if day in in_yuan and day <= middle
    ]
    late = [[day, in_yuan[day]] for day in reversed(days) if day in in_yuan and (middle - day).days < 5]
    for number, part in enumerate((early, late), 1):
        content = csv_bytes([["日期", "USD/CNY"], *part], "gbk")
        yield f"rmb_middle_rates_{number}.csv", content


def exchange_rates(market: Market) -> Iterator[Row]:
    """Yield what one unit of each currency is worth in yuan on each day on which anybody can know it."""
    told, (first, last) = _told(market), _days(market)
    for number in range((last - first).days + 1 + _LONGEST_DAYS):
        day = first + timedelta(days=number)
        for code in sorted({EURO, *_OF_A_EURO} - {OWN}):
            if (known := _worth(told, code, day)) is not None:
                rate, rate_day, via = known
                yield {
                    "day": day.isoformat(),
                    "currency": code,
                    "rate": rate,
                    "rate_day": rate_day.isoformat(),
                    "via": via,
                }


def in_yuan(market: Market) -> dict[tuple[str, str], Decimal]:
    """The rates by day (YYYY-MM-DD) and currency."""
    return {(row["day"], row["currency"]): row["rate"] for row in exchange_rates(market)}


def converted(
    amount: Decimal, currency: str, day: str, rates: Mapping[tuple[str, str], Decimal], places: int
) -> Any:
    """Return an amount in yuan, rounded; None if its currency has no rate on the day."""
    if currency == OWN or not amount:
        return amount
    rate = rates.get((day, currency))
    if rate is None:
        return None
    return (amount * rate).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


def _worth(told: Told, code: str, day: date) -> tuple[Decimal, date, str] | None:
    """A pair that is told goes first; else what it is worth in another currency, and that in yuan."""
    if (direct := _direct(told, code, OWN, day)) is not None:
        return (*direct, "")
    found = []
    for via in sorted({EURO, DOLLAR} - {code}):
        leg, rest = _direct(told, code, via, day), _direct(told, via, OWN, day)
        if leg is not None and rest is not None:
            with localcontext(_EXACT):
                rate = (leg[0] * rest[0]).quantize(_PLACES, ROUND_HALF_UP)
            found.append((rate, min(leg[1], rest[1]), via))
    return max(found, key=lambda each: each[1], default=None)


def _direct(told: Told, one: str, other: str, day: date) -> tuple[Decimal, date] | None:
    for age in range(_LONGEST_DAYS + 1):
        then = day - timedelta(days=age)
        if then in told.get((one, other), {}):
            return told[one, other][then], then
        if then in told.get((other, one), {}):
            with localcontext(_EXACT):
                return (1 / told[other, one][then]).quantize(_PLACES, ROUND_DOWN), then
    return None


def _days(market: Market) -> tuple[date, date]:
    return market.start, market.start + timedelta(days=max(1, market.days - _SILENT_DAYS))


def _told(market: Market) -> Told:
    """What banks publish from Mondays to Fridays."""
    rng = random.Random(market.seed * 32_452_843 + 11)
    first, last = _days(market)
    told: Told = {(EURO, code): {} for code in _OF_A_EURO}
    told[DOLLAR, OWN] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        drift = Decimal(10_000 + rng.randint(-150, 150)) / 10_000
        if day.weekday() >= 5:
            continue
        for code, usual in _OF_A_EURO.items():
            told[EURO, code][day] = (Decimal(usual) * drift).quantize(Decimal("0.0001"))
        if not _GAP_FROM <= number < _GAP_FROM + _GAP_DAYS:
            told[DOLLAR, OWN][day] = (Decimal("7.1800") * drift).quantize(Decimal("0.0001"))
    return told
