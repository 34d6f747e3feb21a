"""What an address asks for: the filters of a page, which all stand in its URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from sinks.periods import EXAMPLES, days_of
from sinks.report_values import FIRST_DAY, LAST_DAY, ReportError, meant

# Filters that any page may have in its address, so that they stay while somebody goes from page to page.
COMMON: Final = ("during", "from", "to", "compare", "mode", "model", "currency", "as_of", "lang")
COMPARED: Final = ("previous", "year", "none")
MODES: Final = ("period", "cohort")
ALL: Final = "all"
RECENT: Final = "90"


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day of a period, both in it."""

    first: date
    last: date

    @property
    def is_all(self) -> bool:
        """Whether all time is meant."""
        return f"{self.first:%Y-%m-%d}" == FIRST_DAY

    @property
    def parameters(self) -> dict[str, str]:
        """`from` and `to` as reports take them."""
        return {"from": f"{self.first:%Y-%m-%d}", "to": f"{self.last:%Y-%m-%d}"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked for; periods are counted from `newest`, the last day of which much is known.

    `usual`: the period of a page of which the address says none.
    """

    path: str
    values: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    newest: date = date(2026, 1, 1)
    timezone: str = "UTC"
    usual: str = RECENT

    def get(self, name: str, default: str = "") -> str:
        """What stands in the address for a name, or else the default."""
        return self.values.get(name, default)

    @property
    def during(self) -> str:
        """The period by its name, also if it is the usual one; empty where a first or last day is given."""
        return "" if self.get("from") or self.get("to") else self.get("during", self.usual)

    @property
    def days(self) -> Days:
        """The days that are asked for; without any those of the usual period. Raises ReportError."""
        during = self.during
        if during == ALL:
            return Days(date.fromisoformat(FIRST_DAY), date.fromisoformat(LAST_DAY))
        if during.isdecimal() and len(during) < 4 and int(during):
            return Days(self.newest - timedelta(int(during) - 1), self.newest)
        if during:
            return Days(*self._days_of("during", during))
        first = self._days_of("from", self.get("from", FIRST_DAY))[0]
        last = self._days_of("to", self.get("to", LAST_DAY))[1]
        if first > last:
            raise ReportError(f"the first day, {first}, lies after the last, {last}")
        return Days(first, last)

    @property
    def days_before(self) -> Days | None:
        """The days to compare with: as many before, the same a year before, or none of all time."""
        days, compare = self.days, self.get("compare", COMPARED[0])
        if days.is_all or compare == "none":
            return None
        # Days that are still to come have none before: those up to now are compared with as many.
        last = min(days.last, max(self.newest, days.first))
        # A year before by weekdays: 52 weeks.
        back = timedelta(364) if compare == "year" else last - days.first + timedelta(1)
        if days.first - date.fromisoformat(FIRST_DAY) < back:
            return None
        return Days(days.first - back, last - back)

    def url(self, path: str | None = None, **changes: str | None) -> str:
        """The address of a page with these filters and changes; None or "" takes one away.

        Only common filters go along to another page.
        """
        target = self.path if path is None else path
        kept = self.values if target == self.path else {n: v for n, v in self.values.items() if n in COMMON}
        if {"from", "to"} & changes.keys():
            kept = {name: value for name, value in kept.items() if name != "during"}
        if "during" in changes:
            kept = {name: value for name, value in kept.items() if name not in ("from", "to")}
        told = {name: value for name, value in {**kept, **changes}.items() if value}
        return quote(target, safe="/") + (f"?{urlencode(told)}" if told else "")

    def _days_of(self, name: str, text: str) -> tuple[date, date]:
        try:
            return days_of(text, self.newest)
        except ValueError:
            wanted = f"{EXAMPLES}, a number of days, or all" if name == "during" else EXAMPLES
            raise ReportError(f"the parameter '{name}' must be {wanted}, not '{text[:60]}'") from None


def checked(values: Mapping[str, str], takes: tuple[str, ...]) -> dict[str, str]:
    """The filters of an address, which a page takes beside the common ones. Raises ReportError for others."""
    known = (*COMMON, *takes)
    for name in values:
        if name not in known:
            raise ReportError(f"this page has no parameter '{name[:60]}'{meant(name, known)}")
    for name, choices in (("compare", COMPARED), ("mode", MODES)):
        if values.get(name) and values[name] not in choices:
            raise ReportError(
                f"the parameter '{name}' must be {' or '.join(choices)}, not '{values[name][:60]}'"
            )
    return {name: value for name, value in values.items() if value}
