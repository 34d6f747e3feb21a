"""The machines among the visitors: crawlers that say what they are, and one that reads faster than people."""

import random

from market.catalog import PAGES, Catalog
from market.manners import WRONG_CLOCK
from market.model import Source, Visit
from market.people import Moments, new_cookie
from market.times import SECOND_MS

# Machines are numbered from here on, and so are their visits.
FIRST_MACHINE = 8_000_000
_FIRST_VISIT = 8_000_000
# As the makers of these crawlers publish them; then browsers without a screen, a service that shows pages to
# crawlers, a mail filter that follows links, and the preview of a link.
_CRAWLERS = (
    "Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1;"
    " +http://www.google.com/bot.html) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0;"
    " +http://www.bing.com/bingbot.htm) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0"
    " Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
    " Safari/537.36 HeadlessEdg/141.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
    " Prerender (+https://github.com/prerender/prerender)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
    " Safari/537.36 Cypress/13.6.4",
    "BarracudaCentral/1.0 (Barracuda Link Protection)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
)
_PAGES_IN_A_MINUTE = 300


def machines(
    catalog: Catalog, span: tuple[int, int], visitors: int, moments: Moments, rng: random.Random
) -> list[Visit]:
    """Return the visits of machines between two moments (UTC ms); none keeps a cookie or tells who it is."""
    visits: list[Visit] = []
    paths = [path for path, _ in PAGES]
    for number in range(len(_CRAWLERS) * (1 + visitors // 400)):
        crawler = number % len(_CRAWLERS)
        plan = rng.sample(paths, rng.randint(3, 6))
        source = rng.choice((catalog.direct, *catalog.organic))
        at = moments.take(rng.randrange(*span))
        visits.append(_visit(len(visits), crawler, at, source, plan, rng, _CRAWLERS[crawler], 20 * SECOND_MS))
    plan = [paths[number % len(paths)] for number in range(_PAGES_IN_A_MINUTE)]
    pace = 58 * SECOND_MS // _PAGES_IN_A_MINUTE
    at = moments.take(rng.randrange(*span))
    visits.append(_visit(len(visits), len(_CRAWLERS), at, catalog.referral, plan, rng, "", pace))
    return visits


def _visit(
    number: int,
    machine: int,
    at: int,
    source: Source,
    plan: list[str],
    rng: random.Random,
    agent: str,
    pace: int,
) -> Visit:
    return Visit(
        number=_FIRST_VISIT + number,
        person=FIRST_MACHINE + machine,
        anon=new_cookie(rng),
        at=at,
        source=source,
        shape="",
        origin=source.cause,
        pages=len(plan),
        sdk="segment",
        plan=tuple((path, 0) for path in plan),
        agent=agent,
        pace=pace,
        # Nobody sets the clocks of machines. What is told by a wrong one stands where it was received.
        manner=WRONG_CLOCK if number % 4 == 1 and agent else "",
    )
