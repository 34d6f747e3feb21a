"""What colleagues do to those who trace them: they share a laptop, or leave the address of their group."""

import random
from collections.abc import Sequence
from dataclasses import replace

from market.contacts import contact_of, group_contact
from market.model import Contact, Correction, Visit
from market.people import Person, Setting, begin_visit, first_source, new_cookie, tell, waking
from market.times import DAY_MS, HOUR_MS

# Colleagues who come into view only by what they share are numbered from here on.
FIRST_COLLEAGUE = 7_000_000
GROUP_SIZE = 3
# What happens on a laptop takes so long, once its owner has read enough.
_SHARING_MS = 18 * DAY_MS


def share_laptops(
    people: Sequence[Person], setting: Setting, visitors: int, rng: random.Random
) -> list[Person]:
    """Let some who told their address lend their laptop to a colleague; return those colleagues.

    The colleague registers on it, the owner comes back and says who it is, the colleague reads on.
    """
    end = setting.end_ms - _SHARING_MS
    owners = [one for one in people if one.told.email and one.visits[-1].at < end]
    lent = rng.sample(owners, min(len(owners), max(1, visitors // 200)))
    return [_lend(owner, FIRST_COLLEAGUE + number, setting, rng) for number, owner in enumerate(lent)]


def _lend(owner: Person, number: int, setting: Setting, rng: random.Random) -> Person:
    colleague = Person(number, owner.company, contact_of(number, owner.company, rng))
    forms = (("register", colleague), ("whitepaper", owner), ("", colleague))
    at = owner.visits[-1].at
    for form, person in forms:
        at = setting.moments.take(waking(at + rng.randint(20 * HOUR_MS, 4 * DAY_MS), rng))
        visit = _visit_on(owner.told_on, owner.visits[-1].sdk, at, person, setting, rng)
        if form:
            # The owner leaves the same address as before, so that everybody sees who it is.
            contact = owner.told if person is owner else colleague.contact
            user = f"user-{number}" if form == "register" else ""
            visit = replace(visit, form=form, contact=contact, user=user, pages=max(3, visit.pages))
        person.visits.append(visit)
        if person is colleague and form:
            tell(colleague, visit, setting.seed)
    return colleague


def write_as_groups(
    setting: Setting, visitors: int, rng: random.Random
) -> tuple[list[Person], list[Correction]]:
    """Let colleagues leave one address that all of them read; in the end somebody blocks it.

    Return them, each with a laptop, and what was blocked.
    """
    colleagues: list[Person] = []
    corrections: list[Correction] = []
    for number in range(max(1, visitors // 500)):
        company = rng.randrange(max(1, visitors // GROUP_SIZE))
        contact = group_contact(company)
        at = setting.start_ms + rng.randint(5 * DAY_MS, (setting.end_ms - setting.start_ms) // 2)
        for _ in range(GROUP_SIZE):
            person = Person(FIRST_COLLEAGUE + 1_000 + len(colleagues), company, contact)
            at = setting.moments.take(waking(at + rng.randint(HOUR_MS, 2 * DAY_MS), rng))
            person.visits.append(_ask_as_group(at, contact, person, setting, rng))
            colleagues.append(person)
        blocked = f"email:{contact.email}"
        if all(blocked not in correction.names for correction in corrections):
            reason = f"一组人共用的邮箱（第{number + 1}例）"
            corrections.append(Correction(at=at + 3 * DAY_MS, names=(blocked,), reason=reason))
    return colleagues, corrections


def _ask_as_group(at: int, contact: Contact, person: Person, setting: Setting, rng: random.Random) -> Visit:
    visit = _visit_on(new_cookie(rng), "segment", at, person, setting, rng)
    return replace(visit, form="whitepaper", contact=contact, pages=max(2, visit.pages))


def _visit_on(anon: str, sdk: str, at: int, person: Person, setting: Setting, rng: random.Random) -> Visit:
    return begin_visit(at, first_source(at, setting, rng), anon, sdk, person, setting, rng)
