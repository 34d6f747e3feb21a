"""Orders as JSON, as they stand in the log of the way back."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from outbox.orders import Order

_ADAPTER: Final = TypeAdapter(Order)


def to_json(order: Order) -> str:
    """An order as text: the same text for the same order."""
    return _ADAPTER.dump_json(order, exclude_defaults=True).decode()


def from_json(told: str) -> Order:
    """The order that a text is. Raises ValueError."""
    try:
        return _ADAPTER.validate_json(told)
    except ValidationError:
        raise ValueError("it is no order of this version") from None
