"""Numbers, money, days and times as the reader's language writes them: the filters of templates."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

from answers.words import LOCALES

Number = float | Decimal
NOTHING: Final = "–"
_COMPACT_FROM: Final = 100_000
_SMALL: Final = 0.01


class Formats:
    """What templates write values with, in one language and one time zone. What is not known is a dash."""

    def __init__(self, language: str, timezone: str) -> None:
        self._locale, self._zone = LOCALES[language], ZoneInfo(timezone)

    def number(self, value: Number | None, digits: int = 0) -> str:
        """A number with separators, to so many digits; a whole one without any."""
        if value is None:
            return NOTHING
        if digits and float(value) != 0 and abs(float(value)) < _SMALL:
            return str(format_decimal(float(f"{float(value):.2g}"), "#,##0.######", self._locale))
        shape = "#,##0" + (("." + "0" * digits) if digits and float(value) % 1 else "")
        return str(format_decimal(value, shape, self._locale))

    def short(self, value: Number | None) -> str:
        """A number in few characters: 74万, 1.2M."""
        if value is None:
            return NOTHING
        if abs(float(value)) < _COMPACT_FROM:
            return self.number(value)
        return str(format_compact_decimal(float(value), locale=self._locale, fraction_digits=1))

    def money(self, value: Number | None, currency: str, short: bool = False) -> str:
        """An amount with the sign of its currency; without one if that is not known."""
        if value is None:
            return NOTHING
        if short and abs(float(value)) >= _COMPACT_FROM:
            sign = format_currency(0, currency, "¤", self._locale, currency_digits=False) if currency else ""
            return f"{sign.replace('0', '')}{self.short(value)}"
        digits = 2 if abs(float(value)) < 1000 and float(value) % 1 else 0
        shape = "#,##0" + ("." + "0" * digits if digits else "")
        if not currency:
            return str(format_decimal(value, shape, self._locale))
        return str(
            format_currency(value, currency, f"¤{shape};-¤{shape}", self._locale, currency_digits=False)
        )

    def percent(self, share: Number | None, digits: int = 1) -> str:
        """A share as per cent; 0.00012 keeps a digit that tells it from nothing."""
        if share is None:
            return NOTHING
        if share and abs(float(share)) * 100 < 10**-digits / 2:
            return f"{float(share) * 100:.1g}%"
        shape = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        return str(format_percent(share, shape, self._locale))

    def change(self, now: Number | None, before: Number | None) -> str:
        """By how much a number is another than before: +12%; a dash if there is nothing to compare with."""
        if now is None or not before:
            return NOTHING
        share = (float(now) - float(before)) / abs(float(before))
        return ("+" if share > 0 else "") + self.percent(share, 0)

    def day(self, value: date | datetime | None) -> str:
        """A day, in the time zone of reports."""
        if value is None:
            return NOTHING
        at = self._local(value) if isinstance(value, datetime) else value
        return str(format_date(at, "yyyy-MM-dd", self._locale))

    def moment(self, value: datetime | None) -> str:
        """A time to the minute, in the time zone of reports."""
        if value is None:
            return NOTHING
        return str(format_datetime(self._local(value), "yyyy-MM-dd HH:mm", locale=self._locale))

    def clock(self, value: datetime | None) -> str:
        """The time of a day, to the minute, in the time zone of reports."""
        return NOTHING if value is None else f"{self._local(value):%H:%M}"

    def duration(self, days: Number | None) -> str:
        """How long so many days are: 3 days, 5 hours."""
        if days is None:
            return NOTHING
        return str(format_timedelta(timedelta(float(days)), threshold=1.5, locale=self._locale))

    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters by their names in templates."""
        names = ("number", "short", "money", "percent", "change", "day", "moment", "clock", "duration")
        return {name: getattr(self, name) for name in names} | {"value": self.value}

    def value(self, value: Any) -> str:
        """A value of any kind, where nothing is known of what it is."""
        match value:
            case None | "":
                return NOTHING
            case bool():
                return str(value).lower()
            case int():
                return self.number(value)
            case float() | Decimal():
                return self.number(value, 2)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case _:
                return str(value)

    def _local(self, at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(self._zone)
