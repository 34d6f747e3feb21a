"""How a visit's source looks from outside: the landing URL and the referrer, as they are in the wild."""

import base64
import hashlib
import random
from dataclasses import replace
from urllib.parse import quote

from market.byways import KIND, byway_of
from market.model import SITE, Keyword, Origin, Source, Touch, Visit

# How an ad's landing URL may be written, by platform: (shape, weight).
SHAPES: dict[str, tuple[tuple[str, int], ...]] = {
    # "id" names nothing: what the id of the keyword stands for is found in the platform's list of keywords.
    "baidu": (
        *(("plan", 30), ("gbk", 18), ("tagged", 20), ("amp", 10), ("unicode", 8), ("macro", 4)),
        ("id", 10),
    ),
    # "word" is the id of a word alone, which stands in several groups.
    "360": (("tagged", 50), ("plan", 20), ("id", 22), ("word", 8)),
    "sogou": (("plan", 60), ("gbk", 40)),
    # Of some clicks the platform's own export knows nothing any more.
    "google": (("listed", 92), ("unlisted", 8)),
}
# Landing URLs of these shapes leave unknown which keyword was meant; where a template was never filled in,
# the id of the keyword beside it tells.
UNRESOLVED = ("unlisted", "word")
_REFERRERS = {
    "bing": "https://cn.bing.com/",
    "google": "https://www.google.com.hk/",
    "deepseek": "https://chat.deepseek.com/",
    "kimi": "https://www.kimi.com/",
    "yuanbao": "https://yuanbao.tencent.com/",
    "doubao": "https://www.doubao.com/",
    "chatgpt.com": "https://chatgpt.com/",
    "wechat": "https://mp.weixin.qq.com/",
    "zhihu": "https://www.zhihu.com/question/48291736",
    "csdn": "https://blog.csdn.net/",
    "linkedin": "https://www.linkedin.com/",
}
_BRAND = "元图数据"


def landing_of(visit: Visit, seed: int) -> tuple[str, str]:
    """Return URL and referrer of a visit's first page."""
    source = visit.source
    path = visit.plan[0][0] if visit.plan else source.path
    rng = random.Random(seed * 1_000_003 + visit.number)
    if source.keyword is not None:
        query = _ad_query(source.keyword, visit, seed, rng)
        return f"{SITE}{path}?{query}", _ad_referrer(source.keyword, visit.shape, rng)
    query, referrer = _tags(source), _referrer(source, rng)
    return f"{SITE}{path}{'?' if query else ''}{query}", referrer


def shape_for(source: Source, rng: random.Random) -> tuple[str, Origin]:
    """Choose how a source's landing URL is written; return that, and what it lets anybody know."""
    if source.keyword is None:
        return "", source.cause
    if not source.keyword.is_named:
        return "id", source.cause
    shapes = SHAPES[source.kind]
    shape = rng.choices([name for name, _ in shapes], [weight for _, weight in shapes])[0]
    return shape, known_origin(source, shape)


def known_origin(source: Source, shape: str) -> Origin:
    """Return what a landing URL of this shape lets anybody know of what brought the visitor."""
    return (
        replace(source.cause, campaign="", ad_group="", keyword="") if shape in UNRESOLVED else source.cause
    )


def link_of(touch: Touch) -> str:
    """Return the tagged link that a touch followed."""
    return f"{SITE}{touch.source.path}?{_tags(touch.source)}"


def gclid_of(visit: Visit, seed: int) -> str:
    """Return the click id that Google Ads put into the landing URL of a visit."""
    digest = hashlib.blake2b(f"{seed}/{visit.number}".encode(), digest_size=36).digest()
    return "Cj0KCQ" + base64.urlsafe_b64encode(digest).decode()


def _ad_query(keyword: Keyword, visit: Visit, seed: int, rng: random.Random) -> str:
    if keyword.platform == "google":
        mark = "gad_source=1&" if rng.random() < 0.5 else ""
        return f"{mark}gclid={gclid_of(visit, seed)}"
    if keyword.platform == "baidu":
        own = [f"e_keywordid={keyword.id}", f"bd_vid={rng.randrange(10**19, 10**20)}"]
        if visit.shape != "tagged":
            own = [f"e_creative={rng.randrange(10**10, 10**11)}", "e_adposition=cl1", *own]
    elif keyword.platform == "360":
        own = [f"qh_keywordid={keyword.id}", f"qhclickid={rng.randbytes(8).hex()}"]
        if visit.shape == "id":
            own = [f"qh_unitid={keyword.group_id}", *own]
    else:
        own = [f"sg_vid={rng.randbytes(12).hex()}"]
    separator = "&amp;" if visit.shape == "amp" else "&"
    return separator.join([*_names(keyword, visit.shape), *own])


def _names(keyword: Keyword, shape: str) -> list[str]:
    """Write campaign, ad group and keyword by name, in the landing URL's own encoding; or none of them."""
    if shape in ("id", "word"):
        return []
    campaign, ad_group, text = (
        _escape(value, shape) for value in (keyword.campaign, keyword.ad_group, keyword.text)
    )
    if shape in ("tagged", "macro"):
        name = "bdcl-WD" if keyword.platform == "baidu" else keyword.platform
        # A template that was never filled in.
        term = "%7Bkeyword%7D" if shape == "macro" else text
        tags = (f"utm_source={name}", "utm_medium=cpc", f"utm_campaign={campaign}", f"utm_term={term}")
        return [*tags, f"unit={ad_group}"]
    return [f"source={keyword.platform}", f"plan={campaign}", f"unit={ad_group}", f"keyword={text}"]


def _escape(text: str, shape: str) -> str:
    if shape == "gbk":
        return _gbk(text)
    if shape == "unicode":
        # What JavaScript's escape() makes of it.
        return "".join(sign if sign.isascii() else f"%u{ord(sign):04X}" for sign in text)
    return quote(text, safe="")


def _gbk(text: str) -> str:
    raw = text.encode("gbk")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return quote(raw, safe="")
    return quote(text, safe="")


def _ad_referrer(keyword: Keyword, shape: str, rng: random.Random) -> str:
    if keyword.platform == "google":
        return "https://www.google.com/"
    if rng.random() < 0.15:
        return ""
    typed = _gbk(keyword.text)
    if keyword.platform == "baidu":
        mobile = shape == "unicode" or rng.random() < 0.2
        modern = f"https://m.baidu.com/s?word={quote(keyword.text)}&ie=utf-8"
        return modern if mobile else f"http://www.baidu.com/s?wd={typed}&rsv_spt=1"
    if keyword.platform == "360":
        return f"https://www.so.com/s?ie=utf-8&q={quote(keyword.text)}"
    return f"https://www.sogou.com/web?query={typed}"


def _tags(source: Source) -> str:
    cause = source.cause
    if source.kind == KIND:
        return byway_of(source).query
    if source.name == "chatgpt.com":
        return "utm_source=chatgpt.com"
    if source.kind not in ("wechat", "tagged"):
        return ""
    tags = {
        "utm_source": cause.source,
        "utm_medium": cause.medium,
        "utm_campaign": cause.campaign,
        "utm_content": cause.content,
        "author": cause.author,
        "published": cause.published,
    }
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in tags.items() if value)


def _referrer(source: Source, rng: random.Random) -> str:
    if source.kind == KIND:
        return byway_of(source).referrer
    if source.kind == "referral":
        return f"https://{source.name}/products"
    if source.kind == "organic" and source.name not in _REFERRERS:
        host = {
            "baidu": f"https://www.baidu.com/s?ie=utf-8&wd={quote(_BRAND)}",
            "360": f"https://www.so.com/s?q={quote(_BRAND)}",
            "sogou": f"https://www.sogou.com/web?query={_gbk(_BRAND)}",
        }
        # Since search went to https, most referrers name only the engine.
        return host[source.name] if rng.random() < 0.5 else host[source.name].partition("?")[0]
    return _REFERRERS.get(source.name, "")
