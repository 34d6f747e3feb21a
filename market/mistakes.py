"""What goes wrong in a CRM and is put right: people entered twice, an address in a colleague's record."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from market.contacts import other_contact
from market.model import Correction, Lead, Merge
from market.sales import Candidate, Worked, at_work, work_on
from market.times import DAY_MS

# Records of people who stand in the CRM already are numbered from here on.
_FIRST_SECOND = 800_000
_REASONS = "同事的邮箱填错了线索"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistaken:
    """The work of sales with its mistakes, and how they were put right."""

    worked: tuple[Worked, ...]
    merges: tuple[Merge, ...]
    corrections: tuple[Correction, ...]


def make_mistakes(
    worked: Sequence[Worked], visitors: int, end_ms: int, seed: int, rng: random.Random
) -> Mistaken:
    """Enter some people twice, and put the address of a colleague into some records; both come out later."""
    seconds, merges = _enter_twice(worked, visitors, end_ms, seed, rng)
    wrong, corrections = _mix_up(worked, visitors, end_ms, rng)
    right = tuple(wrong.get(one.lead.id, one) for one in worked)
    return Mistaken(worked=(*right, *seconds), merges=tuple(merges), corrections=tuple(corrections))


def _enter_twice(
    worked: Sequence[Worked], visitors: int, end_ms: int, seed: int, rng: random.Random
) -> tuple[list[Worked], list[Merge]]:
    """Let sales work on a second record of somebody, with another address and number, until it is noticed."""
    early = [one.lead for one in worked if one.lead.created_at < end_ms - 40 * DAY_MS]
    seconds: list[Worked] = []
    merges: list[Merge] = []
    for first in rng.sample(early, min(len(early), max(1, visitors // 250))):
        number = _FIRST_SECOND + len(seconds) + 1
        again = Candidate(
            at=at_work(first.created_at + rng.randint(2 * DAY_MS, 9 * DAY_MS)),
            person=first.person,
            contact=other_contact(number, first.contact.company),
            said_source="电话开发",
        )
        seconds.append(work_on(again, number, end_ms, seed))
        at = at_work(again.at + rng.randint(10 * DAY_MS, 25 * DAY_MS))
        merges.append(Merge(at=at, into=first.id, gone=(seconds[-1].lead.id,)))
    return seconds, merges


def _mix_up(
    worked: Sequence[Worked], visitors: int, end_ms: int, rng: random.Random
) -> tuple[dict[str, Worked], list[Correction]]:
    """Put into a record the address of a colleague, too; days later somebody says that it isn't theirs."""
    pairs = list(_colleagues(one.lead for one in worked if one.lead.created_at < end_ms - 20 * DAY_MS))
    changed: dict[str, Worked] = {}
    corrections: list[Correction] = []
    for number in rng.sample(range(len(pairs)), min(len(pairs), max(1, visitors // 250))):
        lead, other = pairs[number]
        if lead.id in changed:
            continue
        one = next(one for one in worked if one.lead is lead)
        changed[lead.id] = replace(one, lead=replace(lead, wrong_email=other.contact.email))
        at = at_work(max(lead.created_at, other.created_at) + rng.randint(3 * DAY_MS, 12 * DAY_MS))
        names = (f"crm:sales:{lead.id}", f"email:{other.contact.email}")
        corrections.append(Correction(at=at, names=names, reason=_REASONS))
    return changed, corrections


def _colleagues(leads: Iterable[Lead]) -> Iterable[tuple[Lead, Lead]]:
    """Yield the pairs of leads who are two people of one company, and can both be written to."""
    by_account: dict[str, list[Lead]] = {}
    for lead in leads:
        if lead.contact.email and lead.account:
            by_account.setdefault(lead.account, []).append(lead)
    for of_account in by_account.values():
        yield from (pair for pair in combinations(of_account, 2) if pair[0].person != pair[1].person)
