"""What the readers of a CRM's history have in common: its faults, its times, its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_YEAR_MS: Final = 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class HistoryFault:
    """Why a part of a record can't be used: its place in the record ("" for all of it), and the reason."""

    where: str
    reason: str


def is_plausible(at: int, received_at: int) -> bool:
    """Whether a time, in UTC milliseconds, is one at which a CRM may have been used."""
    return _FIRST_MOMENT <= at <= received_at + _YEAR_MS


def object_of(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; anything else stands for one without fields."""
    return value if isinstance(value, dict) else {}
