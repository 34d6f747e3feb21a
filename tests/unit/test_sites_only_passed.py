"""Sites that a visitor only passes, pages that stand for others, and what is put before a link."""

import facts as f
import pytest
from played import people

from attribution.origin import origin_of
from attribution.policy import Policy

SITE = "https://www.my-firm.example"
AD = f"{SITE}/?bd_vid=1"
ME = "anon:1"


def channels(policy: Policy, *pages: tuple[str, str]) -> list[str]:
    known = [f.page(ME, at * f.MINUTE, url, referrer=came) for at, (url, came) in enumerate(pages)]
    return [touch.channel for touch in people(policy, *known)[ME].touchpoints]


SIGN_IN = """
kunde.okta.com kunde.eu.auth0.com login.microsoftonline.com kunde.b2clogin.com kunde.onelogin.com
auth.pingone.eu accounts.google.com login.dingtalk.com passport.feishu.cn accounts.larksuite.com
open.work.weixin.qq.com login.work.weixin.qq.com open.weixin.qq.com
adfs.kunde.example sso.kunde.com.cn idp2.kunde.example
"""
PAYMENT = """
checkoutshopper-live.adyen.com checkout.stripe.com www.paypal.com pay.klarna.com cashier.95516.com
openapi.alipay.com wx.tenpay.com secure.przelewy24.pl acs3.bank.example 3ds.bank.co.uk
centinelapi.cardinalcommerce.com
"""
VERIFICATION = "challenges.cloudflare.com newassets.hcaptcha.com wappass.baidu.com"


@pytest.mark.parametrize("host", f"{SIGN_IN} {PAYMENT} {VERIFICATION}".split())
def test_who_only_passed_a_site_goes_on_with_the_visit(policy: Policy, host: str) -> None:
    assert channels(policy, (AD, "https://www.baidu.com/"), (f"{SITE}/thanks", f"https://{host}/x?y=z")) == [
        "paid_search"
    ]
    origin = origin_of(f"{SITE}/thanks", f"https://{host}/", policy)
    assert (origin.channel, origin.rule) == ("direct", "ignored_referrer")


@pytest.mark.parametrize(
    "host", ["www.acs.org", "acs.org", "oauth.net", "login.partner.example", "notokta.com"]
)
def test_a_site_that_only_sounds_like_one_is_a_source(policy: Policy, host: str) -> None:
    assert origin_of(SITE, f"https://{host}/", policy).channel == "referral"


OWN_AMP = "https://www-my--firm-example.cdn.ampproject.org/v/s/www.my-firm.example/blog?amp_js_v=0.1"
CACHES_OF_OURS = [
    (OWN_AMP, "google"),
    ("https://www-my--firm-example.cdn.ampproject.org/", "google"),
    ("https://www.google.de/amp/s/www.my-firm.example/blog", "google"),
    ("https://webcache.googleusercontent.com/search?q=cache:aB-1_:www.my-firm.example/blog+data", "google"),
    ("https://www-my--firm-example.www.bing-amp.com/c/s/www.my-firm.example/blog", "bing"),
    ("https://www.bing.com/amp/s/www.my-firm.example/blog", "bing"),
    ("https://www-my--firm-example.mipcdn.com/i/s/www.my-firm.example/mip/1.html", "baidu"),
    ("https://mipcache.bdstatic.com/c/s/www.my-firm.example/mip/1.html", "baidu"),
    ("https://yandex.ru/turbo?text=https%3A%2F%2Fwww.my-firm.example%2Fblog", "yandex"),
]


@pytest.mark.parametrize(("page", "engine"), CACHES_OF_OURS)
def test_a_cache_that_shows_our_page_is_its_search_engine(policy: Policy, page: str, engine: str) -> None:
    origin = origin_of(f"{SITE}/demo", page, policy)
    assert (origin.channel, origin.source, origin.inside) == ("organic_search", engine, True)
    assert channels(policy, (AD, ""), (f"{SITE}/demo", page)) == ["paid_search"]


def test_a_page_read_in_a_cache_is_a_page_of_ours(policy: Policy) -> None:
    pages = [
        (OWN_AMP, "https://www.google.com/"),
        (f"{SITE}/demo", "https://www-my--firm-example.cdn.ampproject.org/"),
    ]
    assert channels(policy, *pages) == ["organic_search"]
    assert channels(policy, (OWN_AMP, "")) == ["organic_search"]
    tagged = OWN_AMP + "&utm_source=letter&utm_medium=email"
    assert channels(policy, (tagged, ""), (f"{SITE}/demo", OWN_AMP)) == ["email"]


@pytest.mark.parametrize(
    "page",
    [
        "https://blog-other--site-example.cdn.ampproject.org/",
        "https://www.google.com/amp/s/blog.other-site.example/post",
        "https://blog-other--site-example.translate.goog/post?_x_tr_sl=de",
        "https://translate.google.com/translate?hl=en&u=https%3A%2F%2Fblog.other-site.example%2Fpost",
        "https://fanyi.baidu.com/transpage?query=http%3A%2F%2Fblog.other-site.example%2F&from=en",
    ],
)
def test_one_that_shows_a_page_of_others_is_a_referral_of_theirs(policy: Policy, page: str) -> None:
    origin = origin_of(f"{SITE}/demo", page, policy)
    assert (origin.channel, origin.source, origin.inside) == ("referral", "blog.other-site.example", False)


def test_a_translation_of_our_page_is_our_page(policy: Policy) -> None:
    translated = "https://www-my--firm-example.translate.goog/"
    assert origin_of(f"{SITE}/demo", translated, policy).rule == "internal"
    pages = [(f"{translated}?_x_tr_sl=de", "https://www.bing.com/"), (f"{SITE}/demo", translated)]
    assert channels(policy, *pages) == ["organic_search"]


@pytest.mark.parametrize(
    ("page", "channel"),
    [
        ("https://urldefense.com/v3/__https:/www.my-firm.example__", "email"),
        ("https://urldefense.proofpoint.com/", "email"),
        ("https://protect-eu.mimecast.com/s/abc", "email"),
        ("https://url.uk.m.mimecastprotect.com/", "email"),
        ("https://nam12.safelinks.protection.outlook.com/", "email"),
        ("https://linkprotect.cudasvc.com/url?a=x", "email"),
        ("https://secure-web.cisco.com/1abc/", "email"),
        ("https://eu-central-1.protection.sophos.com/", "email"),
        ("https://ca-eu.url.trendmicro.com/", "email"),
        ("https://weixin110.qq.com/cgi-bin/x", "organic_social"),
        ("https://c.pc.qq.com/middlem.html?pfurl=x", "organic_social"),
        ("https://open.work.weixin.qq.com/wwopen/uriconfirm?uri=x", "organic_social"),
        ("https://link.zhihu.com/?target=x", "organic_social"),
        ("https://link.csdn.net/?target=x", "organic_social"),
        ("https://jump.bdimg.com/safecheck/index?url=x", "organic_social"),
        ("https://security.feishu.cn/link/safety?target=x", "organic_social"),
    ],
)
def test_what_is_put_before_a_link_is_where_the_link_stood(policy: Policy, page: str, channel: str) -> None:
    assert origin_of(f"{SITE}/blog", page, policy).channel == channel
