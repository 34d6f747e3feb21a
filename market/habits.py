"""Gives some visits a manner of their own, and lets some come by a byway: each of them several times."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from market import manners
from market.byways import TOLD_APART, byways
from market.landing import landing_of
from market.model import Attendance, Touch, Visit
from market.reading import happenings_of
from market.times import DAY_MS

_ON_BYWAYS, _WITH_MANNERS = 0.3, 0.4


@dataclass(frozen=True, slots=True)
class _Company:
    """Who is seen where: how many people use a browser, and how often somebody is seen at all."""

    users: dict[str, set[int]]
    seen: dict[int, int]


def take_habits(
    visits: Iterable[Visit],
    touches: Iterable[Touch],
    attendances: Iterable[Attendance],
    end_ms: int,
    seed: int,
) -> Iterator[Visit]:
    """Yield the visits again, some of them by a byway or with a manner.

    Left as they are: the stories, machines, and browsers that several people use.
    """
    told = tuple(visits)
    company = _company(told, touches, attendances)
    rng = random.Random(seed * 141_650_939 + 3)
    ways, waiting = deque(byways()), deque(_FITS)
    for visit in told:
        if visit.plan or len(company.users[visit.anon]) > 1:
            yield visit
            continue
        done = visit
        if visit.source.path == "/" and visit.source.keyword is None and rng.random() < _ON_BYWAYS:
            if ways[0].name == TOLD_APART and visit.sdk != "segment":
                ways.rotate(-1)
            done = replace(visit, source=ways[0], origin=ways[0].cause)
            ways.rotate(-1)
        if rng.random() < _WITH_MANNERS:
            done = _with_manner(done, waiting, company, end_ms, seed)
        yield done


def _company(visits: Iterable[Visit], touches: Iterable[Touch], attended: Iterable[Attendance]) -> _Company:
    company = _Company({}, {})
    for visit in visits:
        company.users.setdefault(visit.anon, set()).add(visit.person)
    for part in (visits, touches, attended):
        for one in part:
            company.seen[one.person] = company.seen.get(one.person, 0) + 1
    return company


def _with_manner(visit: Visit, waiting: deque[str], company: _Company, end_ms: int, seed: int) -> Visit:
    """Give a visit the manner that waits longest of those that fit; it then waits again."""
    for manner in tuple(waiting):
        if _FITS[manner](visit, company, end_ms, seed):
            waiting.remove(manner)
            waiting.append(manner)
            return replace(visit, manner=manner)
    return visit


def _pages(visit: Visit, seed: int) -> int:
    return sum(one.kind == "page" for one in happenings_of(visit, seed))


def _is_led_and_reads_on(visit: Visit, _: _Company, __: int, seed: int) -> bool:
    return bool(landing_of(visit, seed)[1]) and _pages(visit, seed) > 1


def _reads_on(visit: Visit, _: _Company, __: int, seed: int) -> bool:
    return _pages(visit, seed) > 1


def _reads_three(visit: Visit, _: _Company, __: int, seed: int) -> bool:
    return _pages(visit, seed) > 2


def _only_reads(visit: Visit, _: _Company, __: int, ___: int) -> bool:
    return not visit.form and not visit.login


def _has_a_night_after_it(visit: Visit, _: _Company, end_ms: int, __: int) -> bool:
    return visit.at < end_ms - 2 * DAY_MS


def _tells(visit: Visit, _: _Company, __: int, ___: int) -> bool:
    return visit.contact is not None and visit.contact.real


def _tells_and_sleeps(visit: Visit, company: _Company, end_ms: int, seed: int) -> bool:
    return _tells(visit, company, end_ms, seed) and _has_a_night_after_it(visit, company, end_ms, seed)


def _sends_a_form(visit: Visit, _: _Company, __: int, ___: int) -> bool:
    return bool(visit.form)


def _is_all_that_is_seen(visit: Visit, company: _Company, _: int, __: int) -> bool:
    """Say whether the form of this visit is all that is ever known of somebody, but for what the CRM says."""
    contact = visit.contact
    alone = company.seen[visit.person] == 1 and bool(visit.form)
    # What landed with a click that a report lists must be seen to land.
    return alone and visit.shape != "listed" and contact is not None and contact.real


_FITS: dict[str, Callable[[Visit, _Company, int, int], bool]] = {
    manners.UNTRACKED: _is_all_that_is_seen,
    manners.MANAGED: _tells,
    manners.RECOMMENDED: _sends_a_form,
    manners.BY_SERVER: _sends_a_form,
    manners.SYNCED: _tells_and_sleeps,
    manners.SUBDOMAIN: _reads_three,
    manners.SINGLE_PAGE: _is_led_and_reads_on,
    manners.BANNER: _reads_on,
    manners.SIGN_IN: _reads_on,
    manners.PAYMENT: _reads_on,
    manners.NO_OVERRIDE: _reads_on,
    manners.LATE: _only_reads,
    manners.NIGHTLY: _has_a_night_after_it,
}
