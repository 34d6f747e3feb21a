"""What happens within one visit: pages shown, time on them, films, forms and sign-ins, moment by moment."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from market.catalog import ACCOUNT_PAGE, FORM_PAGES, PAGES, article_titles, title_of
from market.happening import Happening, PageRead
from market.landing import landing_of
from market.manners import bent
from market.model import SITE, Visit

_ARTICLE_TITLES = article_titles()


@dataclass(frozen=True, slots=True)
class _Page:
    url: str
    referrer: str
    title: str

    def saw(self, kind: str, at: int, dwell: int = 0) -> Happening:
        return Happening(
            kind=kind, at=at, url=self.url, referrer=self.referrer, title=self.title, dwell=dwell
        )


def happenings_of(visit: Visit, seed: int) -> tuple[Happening, ...]:
    """Return what happens in a visit, in the order of time; always the same for one visit and seed."""
    if visit.pace:
        return tuple(_machine_s_pages(visit, seed))
    rng = random.Random(seed * 7_368_787 + visit.number)
    url, referrer = landing_of(visit, seed)
    told: list[Happening] = []
    at = visit.at
    for number, (path, dwell) in enumerate(visit.plan or _plan(visit, rng)):
        if number:
            url, referrer = f"{SITE}{path}", url
        title = title_of(path, _ARTICLE_TITLES)
        here = _Page(url, referrer, title)
        told.append(here.saw("page", at))
        if number == 0 and visit.login:
            told.append(here.saw("identified", at + rng.randint(1_000, 3_000)))
        reading = dwell or rng.randint(6_000, 150_000)
        if not visit.plan and rng.random() < 0.06:
            told.append(here.saw("watched", at + rng.randint(3_100, 5_500)))
        if dwell or rng.random() < 0.8:
            spent = dwell or reading - rng.randint(150, 900)
            told.append(here.saw("engaged", at + reading - 40, dwell=spent))
        at += reading
    if visit.form:
        told.append(here.saw("form", at + rng.randint(50, 900)))
    return bent(visit, told)


def pages_in(happenings: Iterable[Happening]) -> tuple[PageRead, ...]:
    """Return the pages shown, with the time on each: as measured, else until the next page, else 0."""
    told = tuple(happenings)
    views = [happening for happening in told if happening.kind == "page"]
    measured = {happening.url: happening.dwell for happening in told if happening.kind == "engaged"}
    ends = [*(view.at for view in views[1:]), None]
    return tuple(
        PageRead(
            at=view.at,
            url=view.url,
            title=view.title,
            dwell=measured.get(view.url, end - view.at if end is not None else 0),
        )
        for view, end in zip(views, ends, strict=False)
    )


def told_at(visit: Visit, seed: int) -> int:
    """Return when the visitor says in this visit who they are: by a form, or by signing in."""
    return next(one.at for one in happenings_of(visit, seed) if one.kind in ("form", "identified"))


def _machine_s_pages(visit: Visit, seed: int) -> Iterator[Happening]:
    url, referrer = landing_of(visit, seed)
    for number, (path, _) in enumerate(visit.plan):
        if number:
            url, referrer = f"{SITE}{path}", url
        page = _Page(url, referrer, title_of(path, _ARTICLE_TITLES))
        yield page.saw("page", visit.at + number * visit.pace)


def _plan(visit: Visit, rng: random.Random) -> list[tuple[str, int]]:
    landing = visit.source.path
    others = [path for path, _ in PAGES if path != landing]
    last = [FORM_PAGES[visit.form][0]] if visit.form else [ACCOUNT_PAGE[0]] if visit.login else []
    between = rng.sample(others, max(0, visit.pages - 1 - len(last)))
    return [(path, 0) for path in (landing, *between, *last)]
