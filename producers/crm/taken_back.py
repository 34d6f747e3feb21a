"""Facts of what a CRM takes back or changes in who is on a deal; equal words give equal facts."""

from collections.abc import Iterable

from producers.crm.stated import stated
from schemas.crm import DealPeopleChanged, DeletionRecorded
from schemas.terms import Identifier, system_of


def deletion(
    record: Identifier,
    at: int,
    received_at: int,
    deleted: bool = True,
    merged_into: Identifier = "",
    continued: bool = False,
) -> DeletionRecorded:
    """Say that a record is deleted, or that it is there; `at` is UTC milliseconds."""
    said = {"deleted": deleted, "merged_into": merged_into, **({"continued": True} if continued else {})}
    return stated(DeletionRecorded, system_of(record), record, at, received_at, said)


def moved_on_deal(
    deal: Identifier,
    at: int,
    received_at: int,
    joined: Iterable[Identifier] = (),
    left: Iterable[Identifier] = (),
) -> DealPeopleChanged:
    """Say who was put on a deal, and who was taken off it."""
    said = {"joined": tuple(sorted(joined)), "left": tuple(sorted(left))}
    return stated(DealPeopleChanged, system_of(deal), deal, at, received_at, said)
