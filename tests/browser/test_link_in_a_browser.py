"""From a tagged link, in a real Chromium, over a page with our tag to the journey of whoever clicked."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from browser.chromium import Tab, browser
from browser.tag_pages import OPTIONS, Pages, pages
from played import people
from tokens import TOKENISER

from attribution.policy import Policy
from schemas.journey import Journey

pytestmark = [pytest.mark.enable_socket, pytest.mark.browser]

WANG = TOKENISER.email("wang@acme.cn")
PAGE = {"/offer": "<title>Offer</title>TAG></script>"}
TAGS = {"utm_source": "edm", "utm_medium": "email", "utm_campaign": "spring"}


def click(
    chromium: str, folder: Path, host: str, story: Callable[[Tab, Pages, str], Awaitable[None]]
) -> None:
    """Play a story with a link at this host of the collector, which leads to a page of www.shop.test."""

    async def told() -> None:
        given = {"data_dir": folder, "link_targets": ("shop.test",)}
        async with pages(PAGE, host, **given) as site, browser(chromium, more=OPTIONS) as tab:
            link = {
                "code": "spring",
                "target": site.at("www.shop", "/offer"),
                "tags": TAGS,
                "kind": "email_click",
            }
            recipient = {"recipient": "abcdefgh12", "who": WANG, "link": "spring"}
            lines = [f"{json.dumps(each)}\n" for each in (link, recipient)]
            (folder / "links.jsonl").write_text("".join(lines))
            await story(tab, site, f"http://{host}.test:{site.collector}/l/spring?r=abcdefgh12")

    asyncio.run(told())


def journey_of(policy: Policy, site: Pages) -> Journey:
    """The one journey that there is."""
    known = {each.person: each for each in people(policy, *site.facts()).values() if not each.is_deleted}
    (journey,) = known.values()
    return journey


@pytest.mark.parametrize("host", ["collect.shop", "t.brand"])
def test_a_click_and_the_page_it_led_to_are_one_contact_of_one_person(
    chromium: str, tmp_path: Path, policy: Policy, host: str
) -> None:
    async def story(tab: Tab, site: Pages, link: str) -> None:
        await tab.go(link)
        (touch,) = await site.told("campaign_touched")
        (view,) = await site.told("page_viewed")
        # The address that others may be sent says nothing of this visitor.
        landing = site.at("www.shop", "/offer?utm_source=edm&utm_medium=email&utm_campaign=spring")
        assert await tab.evaluate("location.href") == landing
        assert (view.subject == touch.subject) == (host == "collect.shop")
        journey = journey_of(policy, site)
        assert WANG in journey.identifiers
        (contact,) = journey.touchpoints
        assert (contact.kind, contact.channel, contact.campaign, contact.pages) == (
            "visit",
            "email",
            "spring",
            1,
        )
        # Later it is the same browser, by the same link or without one.
        await tab.go(link)
        await tab.go(site.at("www.shop", "/offer"))
        await site.told("page_viewed", 3)
        assert len({fact.subject for fact in site.facts("page_viewed")}) == 1
        assert len({fact.subject for fact in site.facts("campaign_touched")}) == 1
        assert [each.kind for each in journey_of(policy, site).touchpoints] == ["visit"]
        assert tab.complaints == []

    click(chromium, tmp_path, host, story)
