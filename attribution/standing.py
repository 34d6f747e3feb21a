"""What the CRM still stands by: the records that it has not taken back, and who is on which deal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attribution.facts import by_time
from schemas.crm import DealPeopleChanged, DealRecorded, DeletionRecorded, LeadConverted, PocRecorded
from schemas.handover import AnyFact

DEAL_FACTS = (DealRecorded, PocRecorded, DealPeopleChanged)
# What a lead's own key knows of its deals, and their keys have to know, too.
TIES_OF_LEADS = (DeletionRecorded, LeadConverted)


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal that stands: all that is told of it, in the order of (time, id), and who is on it."""

    facts: tuple[AnyFact, ...]
    people: tuple[str, ...]

    @property
    def is_recorded(self) -> bool:
        """Whether anything says what it is, and not only who is on it."""
        return any(isinstance(fact, DealRecorded) for fact in self.facts)


def deletions(facts: Iterable[AnyFact]) -> dict[str, DeletionRecorded]:
    """Return the word that counts on each record that is deleted.

    Of one moment, deleting counts: an export of each may bear the time of the last change before.
    """
    newest: dict[str, DeletionRecorded] = {}
    for fact in facts:
        if isinstance(fact, DeletionRecorded):
            held = newest.get(fact.subject)
            if held is None or _deletion_order(held) < _deletion_order(fact):
                newest[fact.subject] = fact
    return {subject: fact for subject, fact in newest.items() if fact.deleted}


def standing_deals(facts: Iterable[AnyFact]) -> dict[str, Deal]:
    """Return the deals that these facts tell of, without those that were deleted or merged into another."""
    return _Book.of(facts).deals()


def ever_on(facts: Iterable[AnyFact]) -> tuple[str, ...]:
    """Return everybody whom any of a deal's facts names, and each lead that says it became one."""
    named: set[str] = set()
    for fact in facts:
        match fact:
            case DealRecorded():
                named.update(fact.people or ())
            case DealPeopleChanged():
                named.update((*fact.joined, *fact.left))
            case LeadConverted():
                named.add(fact.subject)
            case _:
                pass
    return tuple(sorted(named))


def deals_named(facts: Iterable[AnyFact]) -> set[str]:
    """Return each deal that any of a lead's facts is about or names."""
    named: set[str] = set()
    for fact in facts:
        if isinstance(fact, DEAL_FACTS):
            named.add(fact.subject)
        elif isinstance(fact, LeadConverted) and fact.deal:
            named.add(fact.deal)
    return named


def _deletion_order(fact: DeletionRecorded) -> tuple[int, bool, str]:
    return fact.occurred_at, fact.deleted, fact.event_id


@dataclass(frozen=True, slots=True)
class _Book:
    """The facts of deals by the deal that they are about, and what of it was taken back."""

    told: Mapping[str, list[AnyFact]]
    gone: Mapping[str, DeletionRecorded]
    converted: Mapping[str, LeadConverted]

    @classmethod
    def of(cls, facts: Iterable[AnyFact]) -> "_Book":
        ordered = sorted(facts, key=by_time)
        gone = deletions(ordered)
        told: dict[str, list[AnyFact]] = {}
        for fact in ordered:
            if isinstance(fact, DEAL_FACTS):
                told.setdefault(_continued_as(fact.subject, gone), []).append(fact)
        converted = {fact.subject: fact for fact in ordered if isinstance(fact, LeadConverted)}
        return cls(told, gone, converted)

    def deals(self) -> dict[str, Deal]:
        people = {deal: self._people(deal, frozenset()) for deal in self.told if deal not in self.gone}
        return {deal: Deal(tuple(self.told[deal]), tuple(sorted(on))) for deal, on in people.items()}

    def _people(self, deal: str, seen: frozenset[str]) -> set[str]:
        """Who is on a deal: by the newest list, and by who came and went since."""
        if deal in seen:
            return set()
        changes = [(by_time(fact), fact) for fact in self.told.get(deal, ())]
        on: set[str] = set()
        for _, change in sorted(
            [*changes, *self._from_elsewhere(deal, seen | {deal})], key=lambda each: each[0]
        ):
            match change:
                case DealRecorded():
                    on = on if change.people is None else set(change.people)
                case DealPeopleChanged():
                    on = (on | set(change.joined)) - set(change.left)
                case frozenset():
                    on |= change
                case _:
                    pass
        return on - self.gone.keys()

    def _from_elsewhere(
        self, deal: str, seen: frozenset[str]
    ) -> Iterable[tuple[tuple[int, str], frozenset[str]]]:
        """Yield who came to a deal with another one that was merged into it, or as a lead that became it."""
        for other, fact in self.gone.items():
            if not fact.continued and fact.merged_into and _continued_as(fact.merged_into, self.gone) == deal:
                yield by_time(fact), frozenset(self._people(other, seen))
        for lead, conversion in self.converted.items():
            if conversion.deal and _continued_as(conversion.deal, self.gone) == deal:
                yield by_time(conversion), frozenset((lead,))


def _continued_as(deal: str, gone: Mapping[str, DeletionRecorded]) -> str:
    """Return the id that a deal goes on under, which is its own unless the CRM gave it another."""
    seen = {deal}
    while (fact := gone.get(deal)) is not None and fact.continued and fact.merged_into not in seen:
        deal = fact.merged_into
        seen.add(deal)
    return deal
