"""Ways to the website that don't say plainly what they are: each as it looks, beside what it truly is."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from market.catalog import PARTNER
from market.model import Origin, Source

KIND = "byway"
# What tells its campaign apart from the URL, as the SDKs of apps do.
TOLD_APART = "told apart"
_BRIEF = "月度简报"
_COMMUNITY = "社区运营"
_HOST = "www.metagraph.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Byway:
    """A landing: the query of its URL and its referrer. `issues` is what a report must say of its tags."""

    name: str
    cause: Origin
    query: str = ""
    referrer: str = ""
    issues: tuple[str, ...] = ()


def _twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="")


_DIRECT = Origin(channel="direct")
_EMAIL = Origin(channel="email", medium="email")
_GOOGLE = Origin(channel="organic_search", platform="google", source="google", medium="organic")
_BAIDU = Origin(channel="organic_search", platform="baidu", source="baidu", medium="organic")
_WECHAT = Origin(channel="organic_social", platform="tencent", source="wechat", medium="referral")
_PARTNER = Origin(channel="referral", source=PARTNER, medium="referral")
_BYWAYS = (
    # Caches and translators show pages of others.
    Byway(
        name="amp cache",
        cause=_GOOGLE,
        referrer=f"https://{_HOST.replace('.', '-')}.cdn.ampproject.org/v/s/{_HOST}/blog",
    ),
    Byway(name="mip cache", cause=_BAIDU, referrer="https://www-metagraph-example.mipcdn.com/c/s/"),
    Byway(
        name="translated",
        cause=_PARTNER,
        referrer="https://alliance--partner-example.translate.goog/products?_x_tr_sl=zh-CN&_x_tr_tl=en",
    ),
    # Mail filters put a page of their own before each link of a mail.
    Byway(
        name="urldefense",
        cause=_EMAIL,
        referrer=f"https://urldefense.com/v3/__https://{_HOST}/__;!!Ab1Cd2Ef!Gh3Ij4Kl$",
    ),
    Byway(
        name="safelinks",
        cause=_EMAIL,
        referrer=f"https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2F{_HOST}%2F&data=05",
    ),
    # So do networks that warn of links to other sites.
    Byway(
        name="wechat warning",
        cause=_WECHAT,
        referrer="https://weixin110.qq.com/cgi-bin/mmspamsupport-bin/newredirectconfirmcgi?main_type=2",
    ),
    # Apps have no page, but an id.
    Byway(name="gmail app", cause=_EMAIL, referrer="android-app://com.google.android.gm/"),
    Byway(
        name="google app",
        cause=_GOOGLE,
        referrer="android-app://com.google.android.googlequicksearchbox/https/www.google.com",
    ),
    # Whoever comes back from a sign-in or a payment after a pause comes from nowhere else.
    Byway(
        name="sign-in",
        cause=_DIRECT,
        referrer="https://passport.feishu.cn/suite/passport/page/login/?redirect_uri=x",
    ),
    Byway(
        name="payment", cause=_DIRECT, referrer="https://excashier.alipay.com/standard/payment/cashier.htm"
    ),
    Byway(name="own domain", cause=_DIRECT, referrer="https://docs.metagraph.example/getting-started"),
    Byway(
        name="no override",
        cause=_DIRECT,
        query="utm_nooverride=1",
        referrer="https://checkout.unheard-of.example/done",
    ),
    # Tags in other words, or written wrongly.
    Byway(
        name="baidu tongji",
        cause=Origin(
            channel="organic_social",
            platform="zhihu",
            source="zhihu",
            medium="social",
            campaign=_COMMUNITY,
            content="zhihu-answer",
        ),
        query=f"hmsr=zhihu&hmmd=social&hmpl={quote(_COMMUNITY)}&hmci=zhihu-answer",
    ),
    Byway(
        name="encoded twice",
        cause=Origin(channel="email", source="edm", medium="email", campaign=_BRIEF, content="newsletter-1"),
        query=f"utm_source=edm&utm_medium=email&utm_campaign={_twice(_BRIEF)}&utm_content=newsletter-1",
    ),
    Byway(
        name="digits for a keyword",
        cause=Origin(
            channel="paid_search", platform="sogou", source="sogou", medium="cpc", campaign="通用-数据中台"
        ),
        query=f"utm_source=sogou&utm_medium=cpc&utm_campaign={quote('通用-数据中台')}&utm_term=4711000815",
    ),
    Byway(
        name="youtube ad",
        cause=Origin(channel="paid_video", platform="google", source="google", medium="cpc"),
        query="gclid=EAIaIQobChMIx9_demo_of_a_video_ad_BwE",
        referrer="https://www.youtube.com/",
    ),
    # Templates that nobody filled in.
    Byway(
        name="meta template",
        cause=Origin(channel="organic_social", platform="meta", source="facebook", medium="social"),
        query="utm_source=facebook&utm_medium=social&utm_campaign={{campaign.name}}",
        referrer="https://l.facebook.com/",
        issues=("unexpanded_macro:utm_campaign",),
    ),
    Byway(
        name="tiktok template",
        cause=Origin(channel="paid_social", platform="tencent", source="gdt", medium="cpc"),
        query="utm_source=gdt&utm_medium=cpc&utm_campaign=__CAMPAIGN__&utm_content=__CREATIVE_ID__",
        issues=("unexpanded_macro:utm_campaign", "unexpanded_macro:utm_content"),
    ),
    Byway(
        name=TOLD_APART,
        cause=Origin(
            channel="email", source="edm", medium="email", campaign=_BRIEF, content="newsletter-app"
        ),
    ),
)
_BY_NAME = {byway.name: byway for byway in _BYWAYS}


def byways() -> Iterator[Source]:
    """Yield each as a way to the website; all land on its first page."""
    for byway in _BYWAYS:
        yield Source(kind=KIND, name=byway.name, path="/", cause=byway.cause)


def byway_of(source: Source) -> Byway:
    """Return how such a source looks. Raises KeyError for any other source."""
    return _BY_NAME[source.name]


def told_apart(source: Source) -> dict[str, str]:
    """Return what an SDK says of the campaign beside the URL; nothing for all sources but one."""
    if source.kind != KIND or source.name != TOLD_APART:
        return {}
    cause = source.cause
    return {"source": cause.source, "medium": cause.medium, "name": cause.campaign, "content": cause.content}
