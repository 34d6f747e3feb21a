"""The demo's cockpit as people use it: from the overview down to a deal, in a real Chromium."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from browser.chromium import PHONE, Tab, browser

from cockpit.menu import PAGES

pytestmark = [pytest.mark.enable_socket, pytest.mark.browser]

SCREENS = (((1360, 900), False), ((1360, 900), True), (PHONE, False), ((2560, 1440), True))
PLAIN = [page.path for page in PAGES if "{" not in page.path]
AXE = os.environ.get("AXE", "")
_AXE = (
    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']}).then(told => told.violations.map("
    "each => each.id + ': ' + each.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ')))"
)


def use(chromium: str, story: Callable[[Tab], Awaitable[None]], language: str = "en-US") -> None:
    async def told() -> None:
        async with browser(chromium, language) as tab:
            await story(tab)

    asyncio.run(told())


def test_from_the_overview_to_a_keyword_a_lead_and_its_deal(chromium: str, site: str) -> None:
    async def story(tab: Tab) -> None:
        await tab.go(f"{site}/")
        assert await tab.text("h1") == "Overview"
        await tab.click('nav a[href^="/funnel"]')
        assert await tab.text("h1") == "Funnel"
        await tab.click('nav a[href^="/channels"]')
        assert await tab.text("h1")
        await tab.click('main a[href*="level=keyword"]')
        await tab.click('tbody a[href^="/leads?"][href*="keyword="]')
        assert await tab.text("h1") == "Leads"
        await tab.click('tbody a[href^="/leads/"]')
        assert await tab.evaluate("location.pathname.startsWith('/leads/')")
        await tab.go(f"{site}/leads/crm:sales:L900001")
        await tab.click('main a[href^="/deals/"]')
        assert "D90001" in await tab.evaluate("location.pathname")
        # Each state is an address: back is back.
        await tab.evaluate("history.back()")
        await asyncio.sleep(1)
        assert await tab.evaluate("location.pathname.startsWith('/leads/')")
        assert (tab.complaints, tab.strangers(site)) == ([], [])

    use(chromium, story)


def test_somebody_who_knows_nothing_finds_what_brought_a_deal(chromium: str, site: str) -> None:
    async def story(tab: Tab) -> None:
        await tab.go(f"{site}/")
        await tab.press("/", "/")
        await tab.type("D90001", and_enter=True)
        assert "/deals/" in await tab.evaluate("location.pathname")
        assert "90001" in await tab.text("main")
        assert tab.complaints == []

    use(chromium, story)


def test_an_address_of_somebody_never_stands_in_the_browsers_history(chromium: str, site: str) -> None:
    async def story(tab: Tab) -> None:
        await tab.go(f"{site}/")
        await tab.press("/", "/")
        await tab.type("u9000001@corp-9000001.example", and_enter=True)
        where = await tab.evaluate("location.href")
        assert "/leads/" in where
        assert "u9000001" not in where
        assert not [url for url in tab.requests if "u9000001" in url or "u9000001%40" in url]

    use(chromium, story)


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_is_whole_on_every_screen(chromium: str, site: str, path: str) -> None:
    """No error in the console, nothing from elsewhere, nothing wider than a phone, and axe finds no fault."""

    async def story(tab: Tab) -> None:
        for size, is_dark in (
            ((1360, 900), False),
            ((1360, 900), True),
            (PHONE, False),
            ((2560, 1440), True),
        ):
            await tab.size(*size, is_dark=is_dark)
            await tab.go(f"{site}{path}{'&' if '?' in path else '?'}during=all")
            assert tab.status == 200
            assert await tab.evaluate("document.documentElement.scrollWidth") <= size[0]
            if AXE:
                await tab.evaluate(Path(AXE).read_text("utf-8") + ";0")
                assert await tab.evaluate(_AXE) == []
        assert (tab.complaints, tab.strangers(site)) == ([], [])

    use(chromium, story)


def test_pages_are_in_the_language_of_the_browser_and_of_whoever_chooses(chromium: str, site: str) -> None:
    async def story(tab: Tab) -> None:
        await tab.go(f"{site}/")
        assert await tab.evaluate("document.documentElement.lang") == "zh"
        assert await tab.text("h1") == "总览"
        await tab.click('.tools a[hreflang="en"]')
        assert await tab.text("h1") == "Overview"
        await tab.click('nav a[href^="/health"]')
        assert await tab.text("h1") == "Data health"

    use(chromium, story, language="zh-CN,zh")
