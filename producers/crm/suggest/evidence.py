"""What the cells of an export's columns look like: addresses, numbers, dates, sums, words that repeat."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import Final

from producers.cells.dates import DateRules, date_order_of, moment_of
from producers.cells.headers import column_key
from producers.cells.money import in_cell
from producers.cells.numbers import NOTHING
from producers.cells.tabular import Row, clean, shape_problem
from producers.crm.source_layouts import columns_of_layouts
from producers.crm.told_sources import meaning_of
from producers.outcomes.left_out import CellError
from producers.privacy.phones import numbers_in

SAMPLED: Final = 2000  # rows
_LOOKED_AT: Final = 200  # different cells of a column
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}")
_FEW: Final = 60  # different words that a column of stages may have
_EPOCH = re.compile(r"1\d{12}|1\d{9}")
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its cells in the sampled rows, and which share of those that say anything is
    an address, a phone number, a date or a sum.

    `epoch` is "epoch_ms" or "epoch_s" if its dates are numbers of milliseconds or seconds. One that
    `tells_source` is read by its name, whatever the mapping.
    """

    name: str
    key: str
    cells: tuple[str, ...]
    emails: float = 0.0
    phones: float = 0.0
    dates: float = 0.0
    sums: float = 0.0
    epoch: str = ""
    tells_source: bool = False

    @property
    def filled(self) -> tuple[str, ...]:
        """The cells that say anything."""
        return tuple(cell for cell in self.cells if cell)

    @property
    def words(self) -> tuple[str, ...]:
        """The different cells, if they are few enough to be the words of a list; else none."""
        found = dict.fromkeys(self.filled)
        return tuple(found) if len(found) <= _FEW else ()

    @property
    def is_unique(self) -> bool:
        """Whether each row has a cell of its own here, as an id does."""
        return bool(self.cells) and len({*self.cells}) == len(self.cells) == len(self.filled)

    @property
    def holds_emails(self) -> bool:
        """Whether most cells are e-mail addresses."""
        return self.emails >= _MOST

    @property
    def holds_phones(self) -> bool:
        """Whether most cells are phone numbers."""
        return self.phones >= _MOST and not self.holds_dates

    @property
    def holds_dates(self) -> bool:
        """Whether most cells are dates."""
        return self.dates >= _MOST

    @property
    def holds_sums(self) -> bool:
        """Whether most cells are numbers that may be sums of money."""
        return self.sums >= _MOST and not self.holds_dates

    @property
    def repeats(self) -> bool:
        """Whether its cells stand in several rows each, as those of an owner do."""
        return len(self.filled) >= 4 and len({*self.filled}) * 2 <= len(self.filled)


def columns_in(header: Sequence[str], rows: Iterable[Row], region: str) -> list[Column]:
    """Look through the first rows below a header; columns without a name are left out.

    `region` is the country of phone numbers that name none.
    """
    whole = [row.cells for row in islice(rows, SAMPLED) if not shape_problem(row, len(header))]
    found: dict[str, Column] = {}
    layout = columns_of_layouts({column_key(name) for name in header})
    for place, name in enumerate(header):
        key = column_key(name)
        if not name or key in found:
            continue
        cells = tuple("" if (cell := clean(row[place])) in NOTHING else cell for row in whole)
        found[key] = _looked_at(name, key, cells, region, bool(meaning_of(name)[0]) or key in layout)
    return list(found.values())


def conflicts(first: Column, second: Column) -> bool:
    """Whether two columns say different things in one row: then they don't stand for each other."""
    return any(a and b and a != b for a, b in zip(first.cells, second.cells, strict=True))


def _looked_at(name: str, key: str, cells: tuple[str, ...], region: str, tells_source: bool) -> Column:
    filled = [*islice(dict.fromkeys(cell for cell in cells if cell), _LOOKED_AT)]
    phones = _share(filled, lambda cell: "@" not in cell and bool(numbers_in(cell[:512], region)))
    epoch = ""
    if filled and phones < _MOST and all(map(_EPOCH.fullmatch, filled)):
        epoch = "epoch_ms" if len(filled[0]) == 13 else "epoch_s"
    order = date_order_of(filled)
    rules = DateRules(UTC, order="" if order in ("mixed", "serial") else order or "dmy")
    return Column(
        name,
        key,
        cells,
        emails=_share(filled, lambda cell: _ADDRESS.match(cell) is not None),
        phones=phones,
        dates=1.0 if epoch else _share(filled, lambda cell: _is_date(cell, rules)),
        sums=_share(filled, lambda cell: in_cell(cell) is not None),
        epoch=epoch,
        tells_source=tells_source,
    )


def _is_date(cell: str, rules: DateRules) -> bool:
    try:
        moment_of(cell, rules)
    except CellError:
        return False
    return True


def _share(cells: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, cells)) / len(cells) if cells else 0.0
