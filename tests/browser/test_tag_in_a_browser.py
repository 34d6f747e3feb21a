"""Our tag in a real Chromium: what people do on a page becomes facts, once, and only where they allow it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from browser.chromium import Tab, browser
from browser.tag_pages import OPTIONS, Pages, pages

pytestmark = [pytest.mark.enable_socket, pytest.mark.browser]

PLAIN = "<title>Prices</title>TAG data-key=k></script><a href=/more>more</a><div style='height:5000px'></div>"
Story = Callable[[Tab, Pages], Awaitable[None]]


def use(chromium: str, bodies: dict[str, str], story: Story, **settings: Any) -> None:
    async def told() -> None:
        async with pages(bodies, **settings) as site, browser(chromium, more=OPTIONS) as tab:
            await tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
            await story(tab, site)

    asyncio.run(told())


async def before_scripts(tab: Tab, script: str) -> None:
    """Let a script run in each page before its own do."""
    await tab.ask("Page.addScriptToEvaluateOnNewDocument", source=script)


def test_pages_their_time_and_how_far_they_were_read_are_told_once(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        landing = site.at("www.shop", "/prices?utm_source=baidu&utm_term=%B9%FA#top")
        await tab.go(landing)
        (view,) = await site.told("page_viewed")
        assert (view.url, view.title, view.referrer) == (landing, "Prices", "")
        await tab.evaluate("scrollTo(0, 2700)")
        await asyncio.sleep(0.4)
        await tab.go(site.at("www.shop", "/more"))
        (spent,) = await site.told("page_engaged")
        (depth,) = await site.told("custom_tracked")
        assert spent.url == landing
        assert 300 < spent.dwell_ms < 5000
        assert (depth.name, depth.attributes, depth.url) == ("scroll", {"value": "50"}, landing)
        assert {fact.subject for fact in site.facts()} == {view.subject}
        assert len({fact.event_id for fact in site.facts()}) == 3
        assert tab.complaints == []

    use(chromium, {"/prices": PLAIN}, story)


def test_the_pages_of_an_application_are_views_and_a_tidied_address_is_none(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        start = site.at("www.shop", "/prices?utm_source=baidu")
        await tab.go(start)
        await site.told("page_viewed")
        await tab.evaluate("history.replaceState({}, '', '/prices'); document.title = 'All'")
        await tab.evaluate("history.pushState({}, '', '/prices/pro')")
        await site.told("page_viewed", 2)
        await tab.evaluate("history.pushState({}, '', '/prices/pro#faq')")
        await tab.evaluate("history.replaceState({}, '', '/login')")
        await site.told("page_viewed", 3)
        await tab.evaluate("history.go(-2)")
        views = await site.told("page_viewed", 4)
        at = [view.url.removeprefix(site.at("www.shop", "")) for view in views]
        assert at == ["/prices?utm_source=baidu", "/prices/pro", "/login", "/prices"]
        assert views[1].referrer == start
        assert views[1].title == "All"
        assert tab.complaints == []

    use(chromium, {"/prices": PLAIN}, story)


def test_a_landing_address_that_an_application_has_rewritten_already_is_told_as_it_was(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        landing = site.at("www.shop", "/?utm_source=so&bd_vid=12345#/start")
        await tab.go(landing)
        (view,) = await site.told("page_viewed")
        assert view.url == landing

    use(chromium, {"/": f"<script>history.replaceState({{}}, '', '/#/start')</script>{PLAIN}"}, story)


def test_routes_behind_a_hash_are_pages_where_the_site_says_so(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await tab.go(site.at("www.shop", "/#/start"))
        await tab.evaluate("location.hash = '/prices'")
        views = await site.told("page_viewed", 2)
        assert [view.url.partition("#")[2] for view in views] == ["/start", "/prices"]

    use(chromium, {"/": "TAG data-hash></script>"}, story)


FORM = """TAG></script><form data-leadtrace=demo action=/thanks>
<input type=email value=wang@acme.cn><input type=tel value="138 1234 5678"><input name=boss value=li@b.cn>
<input autocomplete=organization value=Acme><input data-leadtrace=city value=上海>
<input type=password data-leadtrace=city value=secret><input type=radio data-leadtrace=budget value=low>
<input type=radio data-leadtrace=budget value=high checked><input type=hidden name=email value=x@y.cn>
<button>go</button></form>
<form id=search action=/thanks><input type=email value=other@acme.cn><button>go</button></form>"""


def test_of_a_form_that_asks_for_it_the_visitors_own_fields_are_told(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await tab.go(site.at("www.shop"))
        await tab.click("#search button")
        await tab.go(site.at("www.shop"))
        await tab.click("form[data-leadtrace] button")
        (sent,) = await site.told("form_submitted")
        assert sent.form == "demo"
        assert sent.attributes == {
            "email_domain": "acme.cn", "company": "Acme", "city": "上海", "budget": "high",
        }  # fmt: skip
        assert sorted(each.partition(":")[0] for each in sent.others) == ["email", "phone"]

    use(chromium, {"/": FORM}, story)


def test_clicks_on_files_and_on_other_sites_are_told(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await tab.go(site.at("www.shop"))
        await tab.click("#file")
        await tab.go(site.at("www.shop"))
        await tab.click("#inside")
        await tab.go(site.at("www.shop"))
        await tab.click("#outside")
        told = [(fact.name, fact.attributes) for fact in await site.told("custom_tracked", 2)]
        assert told == [
            ("download", {"file": "price-list.PDF"}),
            ("outbound", {"label": site.at("www.other", "/there")}),
        ]

    links = (
        "<a id=file href='/f/price-list.PDF?x=1'>a</a> <a id=inside href=http://help.shop.test:PORT/>b</a>"
        "<a id=outside href='http://www.other.test:PORT/there?mail=a@b.cn'>c</a>"
    )
    use(chromium, {"/": f"TAG></script>{links}"}, story)


def test_what_a_site_says_itself_waits_for_the_tag(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await tab.go(site.at("www.shop"))
        await tab.evaluate("leadtrace('identify', {user_id: 'u1', email: 'wang@acme.cn', company: 'Acme'})")
        (played,) = await site.told("custom_tracked")
        (known,) = await site.told("visitor_identified")
        assert (played.name, played.attributes) == ("Video Played", {"video": "tour"})
        assert "user:u1" in known.others
        assert known.attributes["company"] == "Acme"

    stub = "<script>function leadtrace() { (leadtrace.q = leadtrace.q || []).push(arguments) }"
    early = f"{stub} leadtrace('track', 'Video Played', {{video: 'tour'}})</script>"
    use(chromium, {"/": f"{early}TAG async></script>"}, story)


def test_without_consent_nothing_is_told_or_stored_and_what_was_refused_is_forgotten(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        stored = "document.cookie + Object.keys(localStorage)"
        await tab.go(site.at("www.shop", "/?first"))
        await tab.evaluate("leadtrace('track', 'early')")
        await asyncio.sleep(0.3)
        assert (site.facts(), await tab.evaluate(stored)) == ([], "")
        await tab.evaluate("leadtrace('consent', false); leadtrace('track', 'late')")
        await tab.go(site.at("www.shop", "/?second"))
        await tab.evaluate("leadtrace('track', 'early')")
        assert (site.facts(), await tab.evaluate(stored)) == ([], "")
        await tab.evaluate("leadtrace('consent', true)")
        (view,) = await site.told("page_viewed")
        (early,) = await site.told("custom_tracked")
        assert view.url.endswith("/?second")
        assert view.occurred_at <= early.occurred_at
        assert "_leadtrace=" in await tab.evaluate("document.cookie")
        await tab.evaluate("leadtrace('consent', false)")
        assert "_leadtrace=" not in await tab.evaluate("document.cookie")
        assert await tab.evaluate("Object.keys(localStorage).length") == 0

    use(chromium, {"/": "TAG data-consent></script>"}, story)


@pytest.mark.parametrize("signal", ["globalPrivacyControl: {value: true}", "doNotTrack: {value: '1'}"])
def test_who_does_not_want_to_be_followed_is_not(chromium: str, signal: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await before_scripts(tab, f"Object.defineProperties(navigator, {{{signal}}})")
        await tab.go(site.at("www.shop", "/prices"))
        await tab.evaluate("leadtrace('track', 'x')")
        await asyncio.sleep(0.3)
        assert site.facts() == []
        assert await tab.evaluate("document.cookie + Object.keys(localStorage)") == ""
        assert tab.complaints == []

    use(chromium, {"/prices": PLAIN}, story)


def test_what_the_collector_could_not_take_comes_later_and_once(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        site.publisher.away = True
        await tab.go(site.at("www.shop", "/prices"))
        await tab.evaluate("leadtrace('track', 'first')")
        await asyncio.sleep(0.5)
        assert site.facts() == []
        site.publisher.away = False
        await tab.go(site.at("www.shop", "/prices?again"))
        await site.told("page_viewed", 2)
        await asyncio.sleep(0.3)
        told = [(fact.type, fact.event_id) for fact in site.facts() if fact.type != "page_engaged"]
        assert len({event_id for _, event_id in told}) == 3
        assert await tab.evaluate("localStorage._leadtrace_queue") == "[]"

    use(chromium, {"/prices": PLAIN}, story)


def test_the_same_browser_keeps_its_id_across_the_hosts_of_a_site(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        for host in ("www.shop", "help.shop", "www.shop"):
            await tab.go(site.at(host, "/prices"))
        views = await site.told("page_viewed", 3)
        assert len({view.subject for view in views}) == 1
        cookies = {each["name"]: each for each in (await tab.ask("Network.getCookies"))["cookies"]}
        kept = cookies["_leadtrace"]
        assert kept["domain"] == ".shop.test"
        assert f"anon:{kept['value']}" == views[0].subject
        assert 399 < (kept["expires"] - time.time()) / 86_400 < 401

    use(chromium, {"/prices": PLAIN}, story)


LINKED = "TAG data-domains=shop.test,brand.test></script><a href='http://www.brand.test:PORT/?q=%B9%FA#x'>brand</a>"


def test_a_link_between_own_sites_takes_the_visitor_along(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await tab.go(site.at("www.shop"))
        await tab.click("a")
        first, second = await site.told("page_viewed", 2)
        assert second.subject == first.subject
        assert second.url == site.at("www.brand", "/?q=%B9%FA#x")
        assert await tab.evaluate("location.href") == second.url

    use(chromium, {"/": LINKED}, story)


def test_who_was_known_on_both_own_sites_is_told_to_be_the_same(chromium: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        await tab.go(site.at("www.brand"))
        await tab.go(site.at("www.shop"))
        await tab.click("a")
        on_brand, on_shop, again = await site.told("page_viewed", 3)
        assert again.subject == on_brand.subject
        assert again.others == (on_shop.subject,)

    use(chromium, {"/": LINKED}, story)


@pytest.mark.parametrize("case", ["too old", "sent by somebody", "from a site that is not listed"])
def test_a_link_that_was_passed_on_ties_nobody(chromium: str, case: str) -> None:
    async def story(tab: Tab, site: Pages) -> None:
        age = 400_000 if case == "too old" else 1000
        at = await tab.evaluate(f"(Date.now() - {age}).toString(36)")
        address = site.at("www.brand", f"/?lt_id=0123456789abcdef.{at}")
        if case != "sent by somebody":
            await tab.go(site.at("www.shop" if case == "too old" else "www.stranger", "/empty"))
            await tab.evaluate(f"document.body.innerHTML = `<a href='{address}'>x</a>`")
            await tab.click("a")
        else:
            await tab.go(address)
        (view,) = await site.told("page_viewed")
        assert (view.url, view.others) == (site.at("www.brand", "/"), ())
        assert view.subject != "anon:0123456789abcdef"

    use(chromium, {"/": LINKED}, story)
