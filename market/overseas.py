"""The overseas team's own CRM: people who told who they are, some of them entered twice and merged later."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from market.contacts import other_contact
from market.model import Contact, DealChange, Lead, Merge, StageChange, TakenBack
from market.overseas_deals import LONGEST_MS, deal_overseas
from market.people import Person
from market.sales import account_of, at_work
from market.times import DAY_MS, HOUR_MS

NEW, QUALIFIED, ACCEPTED = "lead", "marketingqualifiedlead", "salesqualifiedlead"
# Its records are numbered from here on.
_FIRST_ID = 90_000_001
# A record that was merged before anybody told of it.
UNSEEN_ID = "89999999"
_LONGEST_MS = 45 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Overseas:
    """What stands in the overseas team's CRM."""

    leads: tuple[Lead, ...]
    stages: tuple[StageChange, ...]
    merges: tuple[Merge, ...]
    deals: tuple[DealChange, ...]
    taken_back: tuple[TakenBack, ...]


def work_overseas(people: Iterable[Person], visitors: int, end_ms: int, rng: random.Random) -> Overseas:
    """Enter some people by the address that they told, and again from a card with another; then merge both.

    One merge names a third record, of which nothing else is known. Others are entered once, and deals made.
    """
    told = [one for one in people if one.told.email and one.told_at < end_ms - _LONGEST_MS]
    leads: list[Lead] = []
    stages: list[StageChange] = []
    merges: list[Merge] = []
    for person in rng.sample(told, min(len(told), max(1, visitors // 250))):
        at = at_work(person.told_at + rng.randint(2 * HOUR_MS, 3 * DAY_MS))
        first = _lead(_FIRST_ID + len(leads), person, person.told, at)
        at = at_work(at + rng.randint(DAY_MS, 8 * DAY_MS))
        card = other_contact(_FIRST_ID + len(leads), person.contact.company)
        second = _lead(_FIRST_ID + len(leads) + 1, person, card, at)
        leads += [first, second]
        for lead, words in ((first, (NEW, QUALIFIED)), (second, (NEW, QUALIFIED, ACCEPTED))):
            stages += _stages(lead, words, rng)
        gone = (second.id,) if merges else (second.id, UNSEEN_ID)
        at = at_work(second.created_at + rng.randint(12 * DAY_MS, 25 * DAY_MS))
        merges.append(Merge(at=at, into=first.id, gone=gone))
    contacts = _contacts(told, len(leads), visitors, end_ms, rng)
    for lead in contacts:
        stages += _stages(lead, (NEW, QUALIFIED), rng)
    dealt = deal_overseas(contacts, visitors, rng)
    return Overseas(
        leads=(*leads, *contacts),
        stages=tuple(stages),
        merges=tuple(merges),
        deals=dealt.changes,
        taken_back=dealt.taken_back,
    )


def _contacts(
    told: Iterable[Person], taken: int, visitors: int, end_ms: int, rng: random.Random
) -> list[Lead]:
    """Enter people of whose company the address tells, early enough for a deal."""
    early = [one for one in told if "@corp-" in one.told.email and one.told_at < end_ms - LONGEST_MS]
    found = rng.sample(early, min(len(early), max(6, visitors // 40)))
    return [
        _lead(_FIRST_ID + taken + number, one, one.told, at_work(one.told_at + rng.randint(HOUR_MS, DAY_MS)))
        for number, one in enumerate(found)
    ]


def _lead(number: int, person: Person, contact: Contact, at: int) -> Lead:
    return Lead(
        id=str(number),
        person=person.number,
        created_at=at,
        contact=contact,
        account=account_of(contact.company),
        owner="",
        said_source="",
        by_webhook=True,
    )


def _stages(lead: Lead, words: Iterable[str], rng: random.Random) -> Iterable[StageChange]:
    at = lead.created_at
    for word in words:
        yield StageChange(lead=lead.id, at=at, stage=word)
        at = at_work(at + rng.randint(4 * HOUR_MS, 4 * DAY_MS))
