"""Within a visit: which page views bring a source of their own, and which only repeat what is known."""

from itertools import permutations

import facts as f
import pytest
from played import people

from attribution.policy import Policy

SITE = "https://www.firm.example"
AD = f"{SITE}/?gclid=abc&utm_source=google&utm_medium=cpc&utm_campaign=brand"
GOOGLE = "https://www.google.com/"
BANNER = f"{SITE}/webinar?utm_source=homepage&utm_medium=banner&utm_campaign=hero"
ME = "anon:1"

Page = tuple[str, str] | tuple[str, str, int]


def channels(policy: Policy, *pages: Page) -> list[str]:
    """The channels of the touchpoints that come of pages with their referrers, a minute apart."""
    minute, known = 0, []
    for url, referrer, *pause in pages:
        minute += pause[0] if pause else 1
        known.append(f.page(ME, minute * f.MINUTE, url, referrer=referrer))
    return [touch.channel for touch in people(policy, *known)[ME].touchpoints]


def with_own_sites(policy: Policy, *sites: str) -> Policy:
    changed = policy.channels.model_copy(update={"own_sites": frozenset(sites)})
    return policy.model_copy(update={"channels": changed})


@pytest.mark.parametrize(
    ("landing", "referrer", "channel"),
    [
        (AD, GOOGLE, "paid_search"),
        (f"{SITE}/?bd_vid=1", "https://www.baidu.com/baidu.php?url=x", "paid_search"),
        (f"{SITE}/?utm_source=xing&utm_medium=paid_social", "https://www.xing.com/", "paid_social"),
        (f"{SITE}/?utm_source=partner&utm_medium=referral", "https://blog.other.example/post", "referral"),
        (f"{SITE}/?utm_source=letter&utm_medium=email", "https://mail.google.com/", "email"),
    ],
)
def test_an_application_that_keeps_its_referrer_has_one_source(
    policy: Policy, landing: str, referrer: str, channel: str
) -> None:
    pages = [(landing, referrer), *((f"{SITE}/{page}", referrer) for page in ("prices", "demo", "thanks"))]
    assert channels(policy, *pages) == [channel]


@pytest.mark.parametrize(
    "again",
    [
        "https://www.google.com",
        "http://www.google.com/",
        "https://www.google.com/#q",
        " https://www.Google.com/",
    ],
)
def test_spellings_of_one_referrer_are_one(policy: Policy, again: str) -> None:
    assert channels(policy, (AD, GOOGLE), (f"{SITE}/prices", again)) == ["paid_search"]


@pytest.mark.parametrize(
    "route",
    [
        AD + "#/prices",
        AD.replace("/?", "/prices?"),
        f"{SITE}/prices?utm_source=google&utm_campaign=brand",
        f"{SITE}/prices?gclid=abc",
        f"{SITE}/#/prices?gclid=abc",
    ],
)
def test_it_may_keep_the_tags_too_all_or_some_of_them(policy: Policy, route: str) -> None:
    assert channels(policy, (AD, GOOGLE), (route, GOOGLE)) == ["paid_search"]
    assert channels(policy, (AD, ""), (route, "")) == ["paid_search"]


def test_its_own_banners_are_no_source_although_the_referrer_is_kept(policy: Policy) -> None:
    assert channels(policy, (AD, GOOGLE), (BANNER, GOOGLE)) == ["paid_search"]


def test_another_click_on_an_ad_is_another_visit_whatever_the_referrer(policy: Policy) -> None:
    again = AD.replace("abc", "def")
    assert channels(policy, (AD, GOOGLE), (again, GOOGLE)) == ["paid_search", "paid_search"]
    assert channels(policy, (AD, ""), (again, "")) == ["paid_search", "paid_search"]
    assert channels(policy, (AD, GOOGLE), (again, f"{SITE}/landing")) == ["paid_search", "paid_search"]


def test_so_is_one_without_a_click_id_if_its_tags_speak_of_the_referrer(policy: Policy) -> None:
    one, other = (f"{SITE}/?utm_source=360&utm_medium=cpc&plan=p&unit=u&keyword={word}" for word in "ab")
    assert (
        channels(policy, (one, "https://www.so.com/"), (other, "https://www.so.com/")) == ["paid_search"] * 2
    )


def test_coming_back_from_the_same_page_after_the_pause_is_another_visit(policy: Policy) -> None:
    assert channels(policy, (AD, GOOGLE), (f"{SITE}/prices", GOOGLE, 31)) == ["paid_search", "organic_search"]


def test_another_site_within_the_visit_is_another_source(policy: Policy) -> None:
    pages = [
        (AD, GOOGLE),
        (f"{SITE}/prices", "https://www.bing.com/"),
        (f"{SITE}/demo", "https://www.zhihu.com/"),
    ]
    assert channels(policy, *pages) == ["paid_search", "organic_search", "organic_social"]


def test_two_open_tabs_keep_a_referrer_each(policy: Policy) -> None:
    letter = f"{SITE}/offer?utm_source=letter&utm_medium=email"
    pages = [
        (AD, GOOGLE),
        (letter, "https://mail.qq.com/"),
        (f"{SITE}/prices", GOOGLE),
        (f"{SITE}/x", "https://mail.qq.com/"),
    ]
    assert channels(policy, *pages) == ["paid_search", "email"]


@pytest.mark.parametrize(
    "page", [f"{SITE}/", "https://docs.firm.example/start", f"{SITE}/?utm_source=google&gclid=abc"]
)
def test_a_tagged_link_between_ones_own_pages_is_no_source(policy: Policy, page: str) -> None:
    assert channels(policy, (AD, GOOGLE), (BANNER, page)) == ["paid_search"]
    assert channels(policy, (f"{SITE}/", ""), (BANNER, page)) == ["direct"]


@pytest.mark.parametrize("own", ["firm.cn", "shop.host.example"])
def test_nor_is_one_on_a_further_site_of_ones_own(policy: Policy, own: str) -> None:
    ours = with_own_sites(policy, own)
    tagged = (BANNER, f"https://{own}/page")
    assert channels(ours, (AD, GOOGLE), tagged) == ["paid_search"]
    assert channels(policy, (AD, GOOGLE), tagged) == ["paid_search", "display"]


def test_a_short_link_of_ones_own_counts_on_the_first_page_of_a_visit(policy: Policy) -> None:
    tagged = (
        f"{SITE}/demo?utm_source=wechat&utm_medium=social&utm_campaign=fair",
        "https://go.firm.example/x1",
    )
    assert channels(policy, tagged) == ["organic_social"]
    assert channels(policy, (AD, GOOGLE), (*tagged, 31)) == ["paid_search", "organic_social"]
    assert channels(policy, (AD, GOOGLE), tagged) == ["paid_search"]


def test_where_addresses_have_no_host_the_site_is_known_by_the_page_before(policy: Policy) -> None:
    assert channels(policy, (AD, GOOGLE), ("/prices", f"{SITE}/")) == ["paid_search"]


def test_a_page_that_says_so_overrides_no_source(policy: Policy) -> None:
    returned = f"{SITE}/thanks?utm_nooverride=1"
    assert channels(policy, (AD, GOOGLE), (returned, "https://pay.unheard-of.example/")) == ["paid_search"]
    assert channels(policy, (AD, GOOGLE), (f"{returned}&utm_source=pay", "")) == ["paid_search"]
    assert channels(policy, (returned, "https://pay.unheard-of.example/")) == ["direct"]
    heeded = f"{SITE}/thanks?utm_nooverride=0"
    assert channels(policy, (AD, GOOGLE), (heeded, "https://other.example/")) == ["paid_search", "referral"]


def test_the_order_of_arrival_decides_nothing(policy: Policy) -> None:
    pages = [
        f.page(ME, 0, AD, referrer=GOOGLE),
        f.page(ME, f.MINUTE, BANNER, referrer=GOOGLE),
        f.page(ME, 2 * f.MINUTE, f"{SITE}/x", referrer="https://www.zhihu.com/"),
        f.form(ME, 40 * f.MINUTE, "email:a", url=f"{SITE}/x"),
        f.dwell(ME, 50 * f.MINUTE, AD, f.MINUTE),
    ]
    found = {str(people(policy, *order, *order[:2])[ME]) for order in permutations(pages)}
    assert len(found) == 1
