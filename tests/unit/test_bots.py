"""Machines are told from readers by their user agent and by their pace; nothing of theirs is dropped."""

import facts as f
import pytest

from attribution.bots import is_crawler
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


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 11; {}) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


@pytest.mark.parametrize(
    "agent",
    [
        f"{CHROME} Prerender (+https://github.com/prerender/prerender)",
        CHROME.replace("Chrome", "HeadlessChrome"),
        CHROME.replace("Chrome", "HeadlessEdg"),
        f"{CHROME} Cypress/13.6.0",
        f"{CHROME} vercel-screenshot/1.0",
        f"{CHROME} Netlify",
        f"{CHROME} DynatraceSynthetic",
        f"{CHROME} Site24x7",
        f"{CHROME} Freshping",
        "BarracudaCentral/1.0",
        "Mozilla/5.0 (compatible; BarracudaSentinel/1.0)",
        "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/20.0.3",
        "Vercelbot (+https://vercel.com)",
        "Mattermost-Bot/1.1",
        "Lark-LinkPreview/1.0",
        "Mozilla/5.0 (compatible; SomeNewBot/0.1; about@bot.example)",
        "NewEngine-Spider/2.0",
        "python-requests/2.31.0",
        "Apache-HttpClient/4.5.13 (Java/11.0.20)",
    ],
)
def test_machines_are_told_by_the_policys_list_too(policy: Policy, agent: str) -> None:
    assert is_crawler(agent, policy)


@pytest.mark.parametrize(
    "agent",
    [
        PHONE.format("CUBOT_X19"),
        PHONE.format("V2352A Build/AP3A.240617.008"),
        PHONE.format("M bot 54"),
        PHONE.format("B BOT 550"),
        PHONE.format("HTC Butterfly s"),
        f"{PHONE.format('V2352A')} SogouMSE,SogouMobileBrowser/5.8.5",
        PHONE.format("CUBOT NOTE 20 Build/RP1A"),
        PHONE.format("Cubot KingKong 5"),
        PHONE.format("SPIDER X5"),
        f"{PHONE.format('V2188A')} XWEB/5169 MMWEBSDK/20230805 MicroMessenger/8.0.41 WeChat/arm64",
        f"{PHONE.format('HarmonyOS')} T7/13.40 SP-engine/2.78.0 baiduboxapp/13.41.0.10 (Baidu; P1 12)",
        f"{IPHONE} AliApp(DingTalk/7.0.40)",
        f"{IPHONE} GSA/312.0.628 Mobile Safari/604.1",
        f"{IPHONE} [FBAN/FBIOS;FBAV/450.0]",
        f"{CHROME} Edg/129.0.0.0",
        f"{CHROME} Slack/4.35.131 Electron/28.1 Sonic Slack_SSB/4.35",
        f"{CHROME} Teams/1.6",
        f"{CHROME} Lark/7.1 LarkLocale/zh_CN",
        f"{CHROME} MetaSr 1.0",
    ],
)
def test_people_with_odd_phones_and_apps_are_people(policy: Policy, agent: str) -> None:
    assert not is_crawler(agent, policy)


def test_a_crawler_on_such_a_phone_is_one(policy: Policy) -> None:
    assert is_crawler(f"{PHONE.format('CUBOT_X19')} (compatible; Googlebot/2.1)", policy)


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
