"""How a file of an ad platform begins and ends: what stands above its table, its header, its footer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from itertools import chain
from typing import Final

from producers.cells.dates import date_order_of, day_of, zone_of
from producers.cells.tabular import Row, Table
from producers.outcomes.left_out import CellError, NotUnderstoodError
from producers.sem.columns import Layout, Vocabulary, find_header
from producers.sem.engines import engine_of
from producers.sem.labels import Summing, summing_of
from producers.sem.options import SemOptions
from producers.sem.preamble import NUMERIC_DATE, Period, Preamble, read_preamble
from producers.sem.values import device_of, name_of

FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
DAY_MS: Final = 86_400_000
_FOOTER: Final = re.compile(r"(?i)©|\(c\)|copyright|@\d{4} microsoft|all rights reserved")


@dataclass(frozen=True, slots=True)
class Headed:
    """A file whose header is found; `at` is the header's index among its rows."""

    table: Table
    at: int
    layout: Layout
    file_name: str
    options: SemOptions

    @property
    def above(self) -> list[str]:
        """The lines above the header."""
        return [", ".join(row.cells) for row in self.table.rows[: self.at]]

    @property
    def below(self) -> Sequence[Row]:
        """Everything below the header."""
        return self.table.rows[self.at + 1 :]


@dataclass(frozen=True)  # without slots, so that its sums are looked for once
class Opening:
    """What is known of a file before its first row is read.

    `rows` are those below the header without the account's own line and the footer; `account` is what that
    line or the user says. `order` is that of the dates in the first of the columns `dated`.
    """

    headed: Headed
    preamble: Preamble
    engine: str
    zone: tzinfo
    order: str
    account: str
    rows: Sequence[Row]

    @property
    def table(self) -> Table:
        """All rows of the file."""
        return self.headed.table

    @property
    def layout(self) -> Layout:
        """The header, and the column of each field."""
        return self.headed.layout

    @property
    def options(self) -> SemOptions:
        """What the user says."""
        return self.headed.options

    @property
    def made_at(self) -> int:
        """When the file was made, as UTC milliseconds. Raises NotUnderstoodError if nothing tells."""
        made_at = self.preamble.made_at or self.options.as_of
        if not made_at:
            raise NotUnderstoodError(
                "it does not say when it was made, and only the newest report of a day counts: say it with "
                "--as-of, for example --as-of 2026-03-01T09:00"
            )
        return made_at

    @cached_property
    def summing(self) -> dict[int, Summing]:
        """The rows that add others up, or look so, by their line."""
        found = ((row.line, summing_of(row, self.layout)) for row in self.rows)
        return {line: summing for line, summing in found if summing is not None}

    @property
    def device(self) -> str:
        """The device that all rows are of, if something else than a column of devices says it."""
        if self.preamble.device or "device" in self.layout.columns:
            return self.preamble.device
        return device_of(self.layout.ranked_device)

    def cell(self, row: Row, field: str) -> str:
        """Return a row's cell of a field, "" if the file has no such column."""
        return self.layout.cell(row, field)

    def understood(self) -> list[str]:
        """Say in lines for people what was taken for what."""
        layout, separator = self.layout, self.table.separator
        named = {"\t": "Tab", ",": "comma"}.get(separator, separator)
        return [
            f"engine: {self.engine}",
            f"encoding: {self.table.encoding}, separator: {named}, header on line {layout.line}",
            *(
                f"{field.replace('_', ' ')}: column “{layout.header[at]}”"
                for field, at in layout.columns.items()
            ),
        ]


def headed(
    table: Table, fields: Vocabulary, is_header: Callable[[Layout], bool], file_name: str, options: SemOptions
) -> Headed | None:
    """Find the header of a file; None if no row is one."""
    found = find_header(table.rows, fields, is_header)
    return Headed(table, *found, file_name, options) if found else None


def opened(file: Headed, dated: str, engine: str = "") -> Opening:
    """Read what stands above the table, and leave out what is no row of it.

    `dated` is the field of the column with dates; `engine` is known already, or told by the layout. Raises
    NotUnderstoodError if it can't be told.
    """
    options, layout = file.options, file.layout
    zone = zone_of(options.timezone)
    account, rows = _account_and_rows(file)
    texts = [cell for row in rows if (cell := layout.cell(row, dated))]
    order = options.date_order or _order(texts, file.above)
    preamble = read_preamble(file.above, zone, order)
    if not order and preamble.period:
        order = _order_within(texts, preamble.period)
    engine = engine or engine_of(layout, preamble.text, file.file_name, options.engine)
    return Opening(file, preamble, engine, zone, order, account, rows)


def remark(row: Row) -> str:
    """Return the only cell of a row that has no other, else ""."""
    alone = not row.problem and len(row.cells) - row.cells.count("") == 1
    return next(filter(None, row.cells)) if alone else ""


def _account_and_rows(file: Headed) -> tuple[str, list[Row]]:
    account, kept, width = file.options.account, [], len(file.layout.header)
    for index, row in enumerate(file.below):
        only = remark(row)
        if only and index == 0 and "account" in file.layout.columns and len(file.layout.columns) > 1:
            account = name_of(only)  # Baidu's export of an account has its name on a line of its own
        elif not _FOOTER.search(only) and row.cells[:width] != file.layout.header:
            kept.append(row)
    return account[:512], kept


def _order(texts: Sequence[str], above: Sequence[str]) -> str:
    """Return the order of dates that are numbers; those above the table tell as well as those in it."""
    if order := date_order_of(texts):
        return order
    order = date_order_of(chain(texts, *(NUMERIC_DATE.findall(line) for line in above)))
    return "" if order == "mixed" else order


def _order_within(texts: Sequence[str], period: Period) -> str:
    """Return the only order in which all dates lie within the days that the file says it covers."""
    fitting = [order for order in ("mdy", "dmy") if _all_within(texts, order, period.first, period.last)]
    return fitting[0] if len(fitting) == 1 else ""


def _all_within(texts: Sequence[str], order: str, first: date, last: date) -> bool:
    try:
        return all(first <= day_of(text, order) <= last for text in set(texts) if text[:1].isdigit())
    except CellError:
        return False
