"""How an export writes its numbers and dates: by the evidence of all its rows, else as its mapping says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from producers.cells.dates import ORDERS, DateRules, date_orders_of
from producers.cells.headers import column_key
from producers.cells.money import currency_of
from producers.cells.number_evidence import NumberEvidence
from producers.cells.numbers import NUMBER_STYLES, POINT, NumberStyle
from producers.cells.tabular import Row, clean
from producers.crm.mapping import CrmMapping

_DATES: Final = (
    "created_at",
    "touched_at",
    "updated_at",
    "stage_at",
    "closed_at",
    "deleted",
    "at",
    "started_at",
    "ended_at",
)
_TOLD: Final = {"mdy": "month first", "dmy": "day first", "ymd": "year first", "serial": "numbers of days",
                "mixed": "in several orders"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """The style of a file's numbers, and by column key the rules of its dates; other columns have `dates`."""

    dates: DateRules
    numbers: NumberStyle = POINT
    by_column: Mapping[str, DateRules] = field(default_factory=dict)
    understood: tuple[str, ...] = ()

    @classmethod
    def as_mapped(cls, mapping: CrmMapping) -> "Written":
        """Return what holds for a single row, which tells nothing by itself."""
        style = NumberStyle(NUMBER_STYLES[mapping.numbers]) if mapping.numbers else POINT
        return cls(mapping.dates(), style)

    def rules(self, column: str) -> DateRules:
        """Return how the dates of a column are written."""
        return self.by_column.get(column_key(column), self.dates)


def written_in(
    header: Sequence[str], rows: Sequence[Row], mapping: CrmMapping, date_order: str = "", numbers: str = ""
) -> Written:
    """Find how the rows below a header write what the mapping reads; `date_order` and `numbers` are what the
    user says, and hold. Raises NotUnderstoodError if nothing tells what an amount means.
    """
    orders = date_orders_of(
        {header[place]: _cells(rows, place) for place in _places(header, _date_columns(mapping))}, date_order
    )
    rules = mapping.dates()
    by_column = {
        column_key(name): replace(rules, order=order or mapping.date_order) for name, order in orders.items()
    }
    style = _evidence(header, rows, mapping).style(
        numbers, NUMBER_STYLES[mapping.numbers] if mapping.numbers else ""
    )
    told = tuple(_understood(orders, mapping, style, date_order, numbers))
    return Written(replace(rules, order=date_order or mapping.date_order), style, by_column, told)


def _evidence(header: Sequence[str], rows: Sequence[Row], mapping: CrmMapping) -> NumberEvidence:
    evidence = NumberEvidence()
    deal = mapping.deal
    for amounts, currency in ((deal.amount, deal.currency), (deal.home_amount, deal.home_currency)):
        named = _places(header, currency)
        for place in _places(header, amounts):
            for row in rows:
                if place < len(row.cells) and row.cells[place]:
                    said = next((row.cells[at] for at in named if at < len(row.cells) and row.cells[at]), "")
                    evidence.add(
                        clean(row.cells[place]),
                        currency=currency_of(said) or mapping.currency,
                        line=row.line,
                        column=header[place],
                    )
    return evidence


def _date_columns(mapping: CrmMapping) -> Iterator[str]:
    for name, columns in mapping.fields():
        if name.rpartition(".")[2] in _DATES or ".stage_dates." in name:
            yield from columns


def _places(header: Sequence[str], names: Iterable[str]) -> list[int]:
    wanted = {column_key(name) for name in names}
    return [place for place, name in enumerate(header) if column_key(name) in wanted]


def _cells(rows: Sequence[Row], place: int) -> Iterator[str]:
    return (clean(row.cells[place]) for row in rows if place < len(row.cells) and row.cells[place])


def _understood(
    orders: Mapping[str, str], mapping: CrmMapping, style: NumberStyle, date_order: str, numbers: str
) -> Iterator[str]:
    for name, order in orders.items():
        if order in _TOLD:
            by = "as the command says" if order == date_order else "by its cells"
            yield f"dates of column “{name}”: {_TOLD[order]}, {by}"
    if mapping.date_order in ORDERS and any(not order for order in orders.values()):
        yield f"dates like 4/3/2026 of other columns: {_TOLD[mapping.date_order]}, as the mapping says"
    marks = {mark: name for name, mark in NUMBER_STYLES.items()}
    if style.decimal in marks:
        by = "as the command says" if numbers else "by the file's cells" if not mapping.numbers else "as told"
        yield f"numbers: {marks[style.decimal]}, {by}"
