"""What the CRMs still stand by: which records they took back, and who is on the deals that are left."""

from collections.abc import Iterator
from dataclasses import dataclass

from market.model import CRM, DealChange, Market, TakenBack, system_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingDeal:
    """A deal that counts: what the CRM said of it in the order of time, and the leads on it in the end.

    `id` is the one that it has in the end, which is another one where two deals were merged under a new id.
    """

    id: str
    changes: tuple[DealChange, ...]
    people: tuple[str, ...]


def deleted_leads(market: Market) -> frozenset[str]:
    """Return the leads that are deleted in the end; what is restored is there again."""
    newest = {word.record: word for word in sorted(market.taken_back, key=_at) if not word.is_deal}
    return frozenset(record for record, word in newest.items() if word.kind == "deleted")


def standing_deals(market: Market) -> Iterator[StandingDeal]:
    """Yield the deals that were neither deleted for good nor merged into another one."""
    words = sorted((word for word in market.taken_back if word.is_deal), key=_at)
    newest = {word.record: word for word in words if word.kind in ("deleted", "restored", "merged")}
    called = {word.record: word.other for word in words if word.kind == "renamed"}
    gone = deleted_leads(market)
    changes: dict[str, list[DealChange]] = {}
    for change in sorted(market.deals, key=lambda change: change.at):
        changes.setdefault(change.deal, []).append(change)
    for deal in sorted(changes):
        if deal in newest and newest[deal].kind != "restored":
            continue
        on = [lead for lead in _people(deal, changes, words) if lead not in gone]
        yield StandingDeal(id=called.get(deal, deal), changes=tuple(changes[deal]), people=tuple(on))


def _at(word: TakenBack) -> int:
    return word.at


def _people(deal: str, changes: dict[str, list[DealChange]], words: list[TakenBack]) -> list[str]:
    """Return who is on a deal: one CRM lists everybody at each change, the other who came and who went."""
    told: list[tuple[int, str, tuple[str, ...]]] = [
        (change.at, "listed", change.people)
        for number, change in enumerate(changes[deal])
        if system_of(deal) == CRM or number == 0
    ]
    for word in words:
        if word.record == deal and word.kind in ("joined", "left"):
            told.append((word.at, word.kind, (word.other,)))
        elif word.other == deal and word.kind == "merged":
            told.append((word.at, "joined", tuple(_people(word.record, changes, words))))
    on: dict[str, None] = {}
    for _, kind, people in sorted(told, key=lambda one: one[0]):
        if kind == "listed":
            on.clear()
        for lead in people:
            if kind == "left":
                on.pop(lead, None)
            else:
                on[lead] = None
    return list(on)
