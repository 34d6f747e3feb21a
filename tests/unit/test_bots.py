"""Machines are told from readers by their user agent and by their pace; nothing of theirs is dropped."""

import facts as f
import pytest

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.envelope import Fact
from schemas.journey import Journey

SPIDER = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0"


def journey_of(policy: Policy, *facts: Fact) -> Journey:
    replay = Replay(policy)
    replay.feed(f.records(*facts))
    replay.drain()
    (journey,) = replay.living().values()
    return journey


def test_a_spider_is_flagged_and_kept(policy: Policy) -> None:
    journey = journey_of(policy, f.page("anon:s", 0, user_agent=SPIDER))
    assert journey.is_bot
    assert [touch.is_bot for touch in journey.touchpoints] == [True]


@pytest.mark.parametrize("agent", [BROWSER, "", "analytics-python/2.4.0"])
def test_a_browser_or_an_sdk_is_no_spider(policy: Policy, agent: str) -> None:
    assert not journey_of(policy, f.page("anon:r", 0, user_agent=agent)).is_bot


def test_nobody_reads_a_page_each_second(policy: Policy) -> None:
    limit = policy.bots.pages_per_minute
    hurried = [f.page("anon:h", 500 * each) for each in range(limit + 1)]
    assert journey_of(policy, *hurried).is_bot
    patient = [f.page("anon:p", 2000 * each) for each in range(limit + 1)]
    assert not journey_of(policy, *patient).is_bot


def test_a_lead_is_nobodys_bot_even_if_one_visit_looks_so(policy: Policy) -> None:
    """A mail scanner follows the link before the reader does."""
    scanned = f.page("anon:m", 0, user_agent=SPIDER)
    read = f.page("anon:m", f.DAY, user_agent=BROWSER)
    journey = journey_of(policy, scanned, read, f.form("anon:m", f.DAY + f.MINUTE, "email:e"))
    assert not journey.is_bot
    assert [touch.is_bot for touch in journey.touchpoints] == [True, False]


def test_a_broken_template_is_told(policy: Policy) -> None:
    url = "https://www.site.example/?utm_source=baidu&utm_medium=cpc&keyword={keyword}"
    journey = journey_of(policy, f.page("anon:t", 0, url))
    assert journey.touchpoints[0].keyword == ""
    assert "unexpanded_macro:keyword" in journey.issues
