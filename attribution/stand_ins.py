"""Pages that stand for others, as those of caches, translators and link warnings do: who is behind them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from attribution.engines import suffixes_of
from attribution.escapes import decode_text
from attribution.policy import Policy
from attribution.policy_sources import StandIn
from attribution.url import Url, site_of_host, split_referrer

_HOST = r"([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+)"
# /v/s/www.example.com/page: a few short words, then the host.
_IN_PATH = re.compile(rf"/(?:[a-z_]{{1,8}}/){{0,4}}{_HOST}(?:[:/]|$)", re.IGNORECASE)
# A plain address, or "cache:aBc123:www.example.com/page and words".
_IN_PARAMETER = re.compile(rf"(?:cache:(?:[\w-]+:)?)?(?:https?:)?(?://)?{_HOST}(?:[:/?#\s]|$)", re.IGNORECASE)
_WHOLE_HOST = re.compile(_HOST)


@dataclass(frozen=True, slots=True)
class Behind:
    """Who is behind a page: the host whose page it shows, and the address of the site that it belongs to, for
    a cache its search engine; each "" if it isn't said."""

    host: str
    owner: str


def behind(url: Url, policy: Policy) -> Behind | None:
    """Who is behind a page, if it stands for another."""
    for stand_in in _stand_ins_at(url.host, policy):
        if url.path.startswith(stand_in.path):
            return Behind(_shown(url, stand_in), stand_in.owner)
    return None


@lru_cache(maxsize=8192)
def behind_referrer(referrer: str, policy: Policy) -> Behind | None:
    """Who is behind a referrer, if it stands for another page."""
    return behind(split_referrer(referrer), policy)


@lru_cache(maxsize=8192)
def _stand_ins_at(host: str, policy: Policy) -> tuple[StandIn, ...]:
    listed = _listed_hosts(policy)
    own = {*suffixes_of(host), f"{site_of_host(host).partition('.')[0]}.*"}
    if listed.isdisjoint(own):
        return ()
    return tuple(each for each in policy.channels.stand_ins if not own.isdisjoint(each.hosts))


@lru_cache(maxsize=8)
def _listed_hosts(policy: Policy) -> frozenset[str]:
    return frozenset(host for each in policy.channels.stand_ins for host in each.hosts)


def _shown(parts: Url, stand_in: StandIn) -> str:
    """The host of the page that is shown: by a parameter, by the path, else by the name of its own host."""
    for name in stand_in.parameters:
        named = _IN_PARAMETER.match((decode_text(parts.parameters.get(name, "")) or "").strip())
        if named:
            return named[1].lower()
    if named := _IN_PATH.match(parts.path, max(0, len(stand_in.path) - 1)):
        return named[1].lower()
    # www-my--site-com.cache.example: dots became hyphens, and hyphens two.
    label = parts.host.partition(".")[0]
    if label.startswith("xn--"):
        return ""
    spelled = label.replace("--", "\n").replace("-", ".").replace("\n", "-")
    return spelled if _WHOLE_HOST.fullmatch(spelled) else ""
