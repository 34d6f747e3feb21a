"""Website traffic of many visitors as facts, in the order in which it would arrive; seeded."""

import heapq
from collections.abc import Iterator
from random import Random

from schemas.codec import Encoded, record_of
from schemas.envelope import natural_id
from schemas.topics import WEBSITE
from schemas.website import PageEngaged, PageViewed

START = 1_767_225_600_000
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0"
SITE = "https://www.metagraph.example"


def traffic(visitors: int, pages: int, days: int = 30, seed: int = 7) -> Iterator[Encoded]:
    """Records of `visitors` who each see `pages` pages, half of them measured for time, in visits of five."""
    chance = Random(seed)
    waiting = [
        (START + chance.randrange(days * 86_400_000), visitor, 0, landing(chance))
        for visitor in range(visitors)
    ]
    heapq.heapify(waiting)
    while waiting:
        at, visitor, seen, landed = heapq.heappop(waiting)
        url = landed if seen % 5 == 0 else f"{SITE}/page-{chance.randrange(40)}"
        yield _viewed(visitor, seen, at, url, "https://www.baidu.com/s?wd=x" if seen % 5 == 0 else landed)
        if seen % 2:
            yield _engaged(visitor, seen, at + 15_000, url)
        if seen + 1 < pages:
            pause = chance.randrange(20_000, 90_000) if (seen + 1) % 5 else chance.randrange(3 * 86_400_000)
            heapq.heappush(waiting, (at + pause, visitor, seen + 1, landed))


def landing(chance: Random) -> str:
    """A landing URL as Baidu ads have it."""
    return (
        f"{SITE}/demo?utm_source=baidu&utm_medium=cpc&plan=%E5%8A%9F%E8%83%BD-{chance.randrange(40)}"
        f"&unit=G-{chance.randrange(200)}&keyword=%E5%85%83%E6%95%B0%E6%8D%AE{chance.randrange(900)}"
        f"&e_keywordid={chance.randrange(10**11)}&bd_vid={chance.randrange(10**15)}"
    )


def _viewed(visitor: int, number: int, at: int, url: str, referrer: str) -> Encoded:
    fact = PageViewed(
        event_id=natural_id("bench", "view", visitor, number),
        occurred_at=at,
        received_at=at + 200,
        source="bench",
        subject=f"anon:{visitor:08d}",
        url=url,
        referrer=referrer,
        title="A page of the website",
        user_agent=AGENT,
    )
    return record_of(fact, WEBSITE.name)


def _engaged(visitor: int, number: int, at: int, url: str) -> Encoded:
    fact = PageEngaged(
        event_id=natural_id("bench", "dwell", visitor, number),
        occurred_at=at,
        received_at=at + 200,
        source="bench",
        subject=f"anon:{visitor:08d}",
        url=url,
        dwell_ms=14_000,
    )
    return record_of(fact, WEBSITE.name)
