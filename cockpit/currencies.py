"""Which currency amounts are shown in: the one that is asked for, or that of most deals and ads."""

from cockpit.asked import Asked
from cockpit.asking import Ask, records
from cockpit.headline import main_currency


async def shown_currency(ask: Ask, asked: Asked) -> str:
    """The currency of a page; empty if none is known. Raises ReportError and ClickHouseError."""
    if asked.get("currency"):
        return asked.get("currency")
    return main_currency(records(await ask.result("money", {"by": "total"})))
