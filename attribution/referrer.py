"""Where a visit came from by its referrer: which engine or site, and what was typed there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from attribution.escapes import clean_text, decode_text
from attribution.policy import Policy
from attribution.policy_sources import Engine
from attribution.url import site_of_host, split_url


@dataclass(frozen=True, slots=True)
class Referrer:
    """A referrer understood. Only an `external` one has a source; `engine` is '' for an unlisted site."""

    kind: Literal["none", "internal", "ignored", "external"]
    host: str = ""
    source: str = ""
    medium: str = ""
    engine: str = ""
    category: str = ""
    platform: str = ""
    search_term: str = ""
    issues: tuple[str, ...] = ()


NO_REFERRER = Referrer("none")
_CHINESE = ("gb18030", "utf-8")


def read_referrer(referrer: str, page_host: str, policy: Policy) -> Referrer:
    """What a raw referrer says about a visit to a page on `page_host`."""
    return _read(referrer, page_host, policy) if referrer else NO_REFERRER


@lru_cache(maxsize=8192)
def _read(referrer: str, page_host: str, policy: Policy) -> Referrer:
    url = split_url(referrer)
    if not url.host:
        return NO_REFERRER
    if _is_own(url.host, page_host, policy):
        return Referrer("internal", url.host)
    if _is_ignored(url.host, policy):
        return Referrer("ignored", url.host)
    engine = engine_of(url.host, policy)
    if engine is None:
        return Referrer("external", url.host, source=_site_name(url.host), medium="referral")
    term, issues = _search_term(url.parameters, engine, policy)
    return Referrer(
        "external",
        url.host,
        source=engine.name if engine.category != "referral" else _site_name(url.host),
        medium=policy.engines.mediums.get(engine.category, "referral"),
        engine=engine.name,
        category=engine.category,
        platform=engine.platform,
        search_term=term,
        issues=issues,
    )


@lru_cache(maxsize=8192)
def engine_of(host: str, policy: Policy) -> Engine | None:
    """The known engine that a host belongs to, by the longest of its listed hosts."""
    hosts, stems = _tables(policy)
    for suffix in _suffixes(host):
        if engine := hosts.get(suffix):
            return engine
    site = site_of_host(host)
    stem = host[: len(host) - len(site)] + site.partition(".")[0]
    return next((stems[suffix] for suffix in _suffixes(stem) if suffix in stems), None)


@lru_cache(maxsize=8)
def _tables(policy: Policy) -> tuple[dict[str, Engine], dict[str, Engine]]:
    """Engines by host, and by host without its public ending."""
    listed = [(host, engine) for engine in policy.engines.known for host in engine.hosts]
    return (
        {host: engine for host, engine in listed if not host.endswith(".*")},
        {host.removesuffix(".*"): engine for host, engine in listed if host.endswith(".*")},
    )


def _suffixes(host: str) -> Iterator[str]:
    """a.b.c, b.c, c: no host name has more than ten labels worth a look."""
    yield host
    for _ in range(10):
        _, dot, host = host.partition(".")
        if not dot:
            return
        yield host


def _is_own(host: str, page_host: str, policy: Policy) -> bool:
    site = site_of_host(host)
    own = policy.channels.own_sites
    return bool(page_host and site == site_of_host(page_host)) or any(part in own for part in _suffixes(host))


def _is_ignored(host: str, policy: Policy) -> bool:
    """Whether a visitor only passes this site, by its name, or by a label before the registrable domain."""
    if any(suffix in policy.channels.ignored_referrers for suffix in _suffixes(host)):
        return True
    labels = host.removesuffix(site_of_host(host)).split(".")
    return any(re.fullmatch(policy.channels.ignored_labels, label) for label in labels if label)


def _site_name(host: str) -> str:
    return host.removeprefix("www.") or host


def _search_term(
    parameters: Mapping[str, str], engine: Engine, policy: Policy
) -> tuple[str, tuple[str, ...]]:
    issues: list[str] = []
    for name in engine.queries:
        raw = parameters.get(name)
        if not raw:
            continue
        term = decode_text(raw, _encodings(parameters, engine))
        if term is None:
            issues.append("undecodable:search_term")
        elif typed := clean_text(term):
            return typed[: policy.bounds.value_length], tuple(issues)
    return "", tuple(issues)


def _encodings(parameters: Mapping[str, str], engine: Engine) -> tuple[str, ...]:
    hint = next((parameters[name].lower() for name in engine.encoding_hints if parameters.get(name)), "")
    if hint in ("utf-8", "utf8"):
        return ("utf-8", *(encoding for encoding in engine.encodings if encoding != "utf-8"))
    return _CHINESE if hint in ("gb2312", "gbk", "gb18030") else engine.encodings
