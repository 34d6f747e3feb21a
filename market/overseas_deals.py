"""The overseas team's deals: each goes another way, and much of what is entered is taken back again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from market.model import DealChange, Lead, TakenBack
from market.sales import at_work
from market.times import DAY_MS, HOUR_MS

OPENED, QUALIFIED, OFFERED, WON, LOST = (
    *("appointmentscheduled", "qualifiedtobuy", "contractsent"),
    *("closedwon", "closedlost"),
)
CURRENCIES = ("EUR", "USD")
# Its deals are numbered from here on; what two of them become when they are merged, from there.
_FIRST_ID, _FIRST_MERGED = 70_000_001, 79_000_001
LONGEST_MS = 50 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class OverseasDeals:
    """The deals, and what was taken back of them and of their contacts."""

    changes: tuple[DealChange, ...]
    taken_back: tuple[TakenBack, ...]


def deal_overseas(leads: Sequence[Lead], visitors: int, rng: random.Random) -> OverseasDeals:
    """Play deals with these contacts, each in the next of the ways that there are; without contacts, none."""
    changes: list[DealChange] = []
    words: list[TakenBack] = []
    for number in range(max(len(_WAYS), visitors // 30) if leads else 0):
        way = _WAYS[number % len(_WAYS)]
        first = leads[2 * number % len(leads)]
        second = leads[(2 * number + 1) % len(leads)]
        at = at_work(max(first.created_at, second.created_at) + rng.randint(DAY_MS, 4 * DAY_MS))
        played = _Play(_FIRST_ID + 2 * number, at, (first, second), rng)
        words += way(played)
        changes += played.changes
    return OverseasDeals(changes=tuple(changes), taken_back=tuple(words))


class _Play:
    """One deal in the making, and the clock of those who work on it."""

    def __init__(self, number: int, at: int, leads: tuple[Lead, Lead], rng: random.Random) -> None:
        self.at, self.leads, self.rng = at, leads, rng
        self.id, self.changes = str(number), list[DealChange]()

    def later(self) -> int:
        """Let some days pass; return the moment."""
        self.at = at_work(self.at + self.rng.randint(8 * HOUR_MS, 6 * DAY_MS))
        return self.at

    def open(self, people: Sequence[Lead], deal: str = "") -> None:
        """Enter a deal with these contacts on it."""
        self.changes.append(
            DealChange(
                deal=deal or self.id,
                at=self.later(),
                stage=OPENED,
                name=f"Platform {deal or self.id}",
                account="",
                owner=f"30{self.rng.randint(1, 3)}",
                amount=self.rng.randint(40, 900) * 10_050,
                people=tuple(lead.id for lead in people),
                currency=CURRENCIES[int(self.id) // 2 % len(CURRENCIES)],
            )
        )

    def move(self, *stages: str) -> None:
        """Bring the deal that was opened last into each of these stages."""
        for stage in stages:
            amount = self.changes[-1].amount
            amount -= amount * self.rng.randint(0, 9) // 100 if stage == OFFERED else 0
            reason = "Price" if stage == LOST else ""
            self.changes.append(
                replace(self.changes[-1], at=self.later(), stage=stage, amount=amount, reason=reason)
            )

    def word(self, kind: str, other: str = "", record: str = "") -> TakenBack:
        """Say what becomes of the deal."""
        return TakenBack(at=self.later(), kind=kind, record=record or self.id, other=other)


def _won(play: _Play) -> Iterator[TakenBack]:
    play.open(play.leads)
    play.move(QUALIFIED, OFFERED, WON)
    return iter(())


def _won_by_mistake(play: _Play) -> Iterator[TakenBack]:
    """Delete a deal that was entered as won: its revenue never was."""
    play.open(play.leads[:1])
    play.move(WON)
    yield play.word("deleted")


def _deleted_by_mistake(play: _Play) -> Iterator[TakenBack]:
    play.open(play.leads)
    play.move(OFFERED)
    yield play.word("deleted")
    yield play.word("restored")
    play.move(WON)


def _entered_twice(play: _Play) -> Iterator[TakenBack]:
    """Enter one deal twice, each with one of two colleagues; the first goes on with both."""
    twin = str(int(play.id) + 1)
    play.open(play.leads[1:], twin)
    play.move(OFFERED)
    twins = play.changes[:]
    play.changes.clear()
    play.open(play.leads[:1])
    merged = play.word("merged", other=play.id, record=twin)
    play.move(WON)
    play.changes[:0] = twins
    yield merged


def _merged_anew(play: _Play) -> Iterator[TakenBack]:
    """Merge two deals into one that has a new id, as HubSpot does today."""
    twin = str(int(play.id) + 1)
    play.open(play.leads[1:], twin)
    play.open(play.leads[:1])
    play.move(OFFERED)
    merged = play.word("merged", other=play.id, record=twin)
    anew = str(_FIRST_MERGED + int(play.id) - _FIRST_ID)
    yield merged
    yield TakenBack(at=merged.at, kind="renamed", record=play.id, other=anew)


def _left_by_one(play: _Play) -> Iterator[TakenBack]:
    """Take somebody off the deal who had no part in it, and put somebody on it who had."""
    wrong, right = play.leads
    play.open((wrong,))
    yield play.word("joined", other=right.id)
    yield play.word("left", other=wrong.id)
    play.move(OFFERED, WON)


def _with_somebody_deleted(play: _Play) -> Iterator[TakenBack]:
    """Delete a contact: the deal stays, with whoever else is on it."""
    play.open(play.leads)
    play.move(OFFERED, WON)
    yield replace(play.word("deleted", record=play.leads[1].id), is_deal=False)


def _with_somebody_restored(play: _Play) -> Iterator[TakenBack]:
    play.open(play.leads)
    for kind in ("deleted", "restored"):
        yield replace(play.word(kind, record=play.leads[1].id), is_deal=False)
    play.move(OFFERED)


def _without_people(play: _Play) -> Iterator[TakenBack]:
    play.open(())
    play.move(QUALIFIED, LOST)
    return iter(())


_WAYS = (
    *(_won, _won_by_mistake, _deleted_by_mistake, _entered_twice, _merged_anew),
    *(_left_by_one, _with_somebody_deleted, _with_somebody_restored, _without_people),
)
