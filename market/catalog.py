"""What the simulated company advertises, publishes and organises: keywords, pages, articles, salons."""

from dataclasses import dataclass
from datetime import date, timedelta

from market.bids import keywords
from market.model import Keyword, Origin, Salon, Source
from market.times import DAY_MS, HOUR_MS, midnight

# The share of first visits that each platform's ads bring.
AD_SHARES = {"baidu": 0.34, "360": 0.08, "sogou": 0.05, "google": 0.10}

PAGES: tuple[tuple[str, str], ...] = (
    ("/", "元图数据 - 数据治理平台"),
    ("/product/metadata", "元数据管理 - 元图数据"),
    ("/product/lineage", "数据血缘 - 元图数据"),
    ("/product/quality", "数据质量 - 元图数据"),
    ("/product/catalog", "数据资产目录 - 元图数据"),
    ("/solutions/banking", "银行业解决方案 - 元图数据"),
    ("/solutions/manufacturing", "制造业解决方案 - 元图数据"),
    ("/cases", "客户案例 - 元图数据"),
    ("/cases/manufacturing", "制造企业元数据管理实践 - 元图数据"),
    ("/pricing", "价格 - 元图数据"),
    ("/docs/getting-started", "快速开始 - 元图数据文档"),
    ("/about", "关于我们 - 元图数据"),
)
FORM_PAGES = {
    "demo": ("/demo", "申请演示 - 元图数据"),
    "register": ("/register", "注册 - 元图数据"),
    "whitepaper": ("/resources/whitepaper", "下载白皮书 - 元图数据"),
    "newsletter": ("/subscribe", "订阅 - 元图数据"),
    "contact": ("/contact", "联系我们 - 元图数据"),
}
ACCOUNT_PAGE = ("/console", "控制台 - 元图数据")

# Slug, title, author, day of publishing as a share of the simulated time. Authors are departments.
_ARTICLES: tuple[tuple[str, str, str, float], ...] = (
    ("metadata-ten-questions", "元数据管理的十个问题", "数据治理编辑部", 0.04),
    ("lineage-in-practice", "数据血缘落地实践", "解决方案组", 0.12),
    ("quality-scorecard", "数据质量评分卡怎么做", "数据治理编辑部", 0.22),
    ("bank-reporting", "监管报送背后的元数据", "金融行业组", 0.33),
    ("catalog-vs-dictionary", "数据目录不是数据字典", "产品组", 0.45),
    ("standards-that-live", "让数据标准活起来", "数据治理编辑部", 0.58),
    ("governance-team", "治理团队怎么搭", "解决方案组", 0.70),
)
ARTICLE_CAMPAIGN = "公众号-数据治理"
_SALONS: tuple[tuple[str, str, str, str, float], ...] = (
    ("salon-shanghai", "数据治理沙龙·上海站", "数据治理沙龙", "上海", 0.25),
    ("salon-nanjing", "数据治理沙龙·南京站", "数据治理沙龙", "南京", 0.45),
    ("salon-shenzhen", "数据治理沙龙·深圳站", "数据治理沙龙", "深圳", 0.62),
)
_NEWSLETTERS = ("newsletter-1", "newsletter-2", "newsletter-3")
_ENGINES = {
    "baidu": "baidu",
    "bing": "microsoft",
    "google": "google",
    "360": "360",
    "sogou": "sogou",
}
_ASSISTANTS = {"deepseek": "", "kimi": "", "yuanbao": "tencent", "doubao": "", "chatgpt.com": ""}
_COMMUNITIES = {"zhihu": "zhihu", "csdn": "", "linkedin": "linkedin"}
PARTNER = "alliance-partner.example"


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the company's WeChat account, and when it appeared (UTC milliseconds)."""

    slug: str
    title: str
    at: int
    source: Source


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that can bring somebody to the website within the simulated time."""

    ads: dict[str, tuple[Source, ...]]
    articles: tuple[Article, ...]
    salons: tuple[Salon, ...]
    newsletters: tuple[Source, ...]
    organic: tuple[Source, ...]
    assistants: tuple[Source, ...]
    communities: tuple[Source, ...]
    referral: Source
    direct: Source
    posters: dict[str, Source]


def build_catalog(start: date, days: int) -> Catalog:
    """Lay out the catalog over `days` days from `start` on."""
    begin = midnight(start)
    ads: dict[str, tuple[Source, ...]] = {}
    for keyword in keywords(start, days):
        ads[keyword.platform] = (*ads.get(keyword.platform, ()), ad_source(keyword))
    salons = tuple(
        Salon(
            slug=slug,
            name=name,
            campaign=campaign,
            city=city,
            at=begin + int(days * share) * DAY_MS + 14 * HOUR_MS,
        )
        for slug, name, campaign, city, share in _SALONS
    )
    return Catalog(
        ads=ads,
        articles=tuple(_article(start, days, *article) for article in _ARTICLES),
        salons=salons,
        newsletters=tuple(_newsletter(content) for content in _NEWSLETTERS),
        organic=tuple(_plain("organic", name, "organic_search", of) for name, of in _ENGINES.items()),
        assistants=tuple(_plain("assistant", name, "ai_assistant", of) for name, of in _ASSISTANTS.items()),
        communities=tuple(_community(name, of) for name, of in _COMMUNITIES.items()),
        referral=_plain("referral", PARTNER, "referral", ""),
        direct=Source(kind="direct", name="", path="/", cause=Origin(channel="direct")),
        posters={salon.slug: _poster(salon) for salon in salons},
    )


def ad_source(keyword: Keyword) -> Source:
    """Return the way through a keyword's ad."""
    paths = {"功能-数据质量": "/product/quality", "行业-金融": "/solutions/banking", "品牌词": "/"}
    cause = Origin(
        channel="paid_search",
        platform=keyword.platform,
        source=keyword.platform,
        medium="cpc",
        campaign=keyword.campaign,
        ad_group=keyword.ad_group,
        keyword=keyword.text,
    )
    path = paths.get(keyword.campaign, "/product/metadata")
    return Source(kind=keyword.platform, name=keyword.platform, path=path, cause=cause, keyword=keyword)


def title_of(path: str, titles: dict[str, str]) -> str:
    """Return a page's title; `titles` holds those of the articles."""
    return _TITLES.get(path) or titles.get(path, path)


def article_titles() -> dict[str, str]:
    """Return the titles of the articles by their paths."""
    return {f"/blog/{slug}": f"{title} - 元图数据" for slug, title, _, _ in _ARTICLES}


_TITLES = dict((*PAGES, *FORM_PAGES.values(), ACCOUNT_PAGE))


def _article(start: date, days: int, slug: str, title: str, author: str, share: float) -> Article:
    published = start + timedelta(days=int(days * share))
    cause = Origin(
        channel="organic_social",
        platform="tencent",
        source="wechat",
        medium="social",
        campaign=ARTICLE_CAMPAIGN,
        content=slug,
        author=author,
        published=published.isoformat(),
    )
    source = Source(kind="wechat", name="wechat", path=f"/blog/{slug}", cause=cause)
    return Article(slug, title, midnight(published) + 9 * HOUR_MS, source)


def _newsletter(content: str) -> Source:
    cause = Origin(channel="email", source="edm", medium="email", campaign="月度简报", content=content)
    return Source(kind="tagged", name="edm", path="/cases", cause=cause)


def _poster(salon: Salon) -> Source:
    cause = Origin(
        channel="organic_social",
        platform="tencent",
        source="wechat",
        medium="qrcode",
        campaign=salon.campaign,
        content=f"poster-{salon.slug}",
    )
    return Source(kind="tagged", name="wechat", path="/product/catalog", cause=cause)


def _community(name: str, platform: str) -> Source:
    cause = Origin(
        channel="organic_social",
        platform=platform,
        source=name,
        medium="social",
        campaign="社区运营",
        content=f"{name}-post",
    )
    return Source(kind="tagged", name=name, path="/docs/getting-started", cause=cause)


def _plain(kind: str, name: str, channel: str, platform: str) -> Source:
    medium = {"organic": "organic", "assistant": "ai-assistant", "referral": "referral"}[kind]
    cause = Origin(channel=channel, platform=platform, source=name, medium=medium)
    return Source(kind=kind, name=name, path="/", cause=cause)
