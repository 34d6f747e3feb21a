"""Platforms known here from second hand: they are told nothing before somebody says that he knows it."""

from typing import Final

from outbox.destination import Account, Option

UNVERIFIED: Final = Option(
    name="unverified",
    words="tell it although its interface is known here from other people's notes and clients alone",
    is_required=False,
)


def unless_allowed(account: Account, title: str) -> list[str]:
    """What is wrong with an account whose owner did not say so."""
    if UNVERIFIED.name in account.switches:
        return []
    return [
        f"what {title} takes is known here from second hand alone: begin with dry_run = true and one real "
        f'order, and say switches = ["{UNVERIFIED.name}"]'
    ]
