"""What a conversion is worth, in the units of a platform."""

from decimal import Decimal
from typing import Final

from outbox.destination import Account, Option
from outbox.orders import Money, Order

WITHOUT_FOREIGN_VALUE: Final = Option(
    name="without_foreign_value",
    words="tell conversions whose value is in another currency than the platform's without their value",
    is_required=False,
)


def in_currency(order: Order, currency: str) -> Money | None:
    """The value if it is in this currency; None: there is none, or it is in another."""
    value = order.value
    return value if value is not None and value.currency == currency else None


def foreign(order: Order, account: Account, currency: str, title: str) -> str | None:
    """Why the value can't be told; None: it can, there is none, or the account may leave it out."""
    value = order.value
    if value is None or value.currency == currency or WITHOUT_FOREIGN_VALUE.name in account.switches:
        return None
    return f"its value is in {value.currency}, and {title} takes {currency} alone"


def decimal_text(money: Money) -> str:
    """An amount in units of its currency, with two digits after the point."""
    return f"{Decimal(money.minor) / 100:.2f}"
