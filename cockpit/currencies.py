"""Which currency amounts are shown in: the one that is asked for, or that of most deals and ads."""

from dataclasses import dataclass

from cockpit.asked import Asked
from cockpit.asking import Ask, records
from cockpit.headline import main_currency
from sinks.report_values import ReportError


@dataclass(frozen=True, slots=True)
class Currency:
    """The currency of a page, and which one reports convert into: none if all is in it, or without rates."""

    name: str
    into: str


async def shown_currency(ask: Ask, asked: Asked) -> Currency:
    """The currency of a page; its name is empty if none is known. Raises ReportError and ClickHouseError."""
    if asked.get("currency"):
        return Currency(asked.get("currency"), asked.get("currency"))
    rows = records(await ask.result("money", {"by": "total"}))
    main = main_currency(rows)
    if len({row["currency"] for row in rows if row["cost"] or row["revenue"]}) < 2:
        return Currency(main, "")
    try:
        await ask.result("money", {"by": "total", "currency": main})
    except ReportError:
        # Without rates, each stays in its own.
        return Currency(main, "")
    return Currency(main, main)
