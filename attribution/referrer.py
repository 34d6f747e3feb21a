"""Where a visit came from by its referrer: which engine, site or app, and what was typed there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from attribution.engines import engine_of, engine_of_app, suffixes_of
from attribution.escapes import clean_text, decode_text
from attribution.policy import Policy
from attribution.policy_sources import Engine
from attribution.url import Url, site_of_host, split_referrer, split_url


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
_APP = re.compile(r"\s*(?:android|ios)-app:/{1,3}([^/?#\s]+)", re.IGNORECASE)


def read_referrer(referrer: str, page_host: str, policy: Policy) -> Referrer:
    """What a raw referrer says about a visit to a page on `page_host`."""
    return _read(referrer, page_host, policy) if referrer else NO_REFERRER


@lru_cache(maxsize=8192)
def _read(referrer: str, page_host: str, policy: Policy) -> Referrer:
    url = split_referrer(referrer)
    app = _APP.match(referrer)
    host = clean_text(app[1]).lower()[:253] if app else url.host
    if not host:
        return NO_REFERRER
    if _is_own(host, page_host, policy):
        return Referrer("internal", host)
    if _is_ignored(host, policy):
        return Referrer("ignored", host)
    engine = (engine_of_app(host, policy) if app else None) or engine_of(host, policy)
    if engine is None:
        return Referrer("external", host, source=_site_name(host), medium="referral")
    term, issues = _search_term(url, engine, policy)
    return Referrer(
        "external",
        host,
        source=engine.name if engine.category != "referral" and engine.name else _site_name(host),
        medium=policy.engines.mediums.get(engine.category, "referral"),
        engine=engine.name,
        category=engine.category,
        platform=engine.platform,
        search_term=term,
        issues=issues,
    )


def _is_own(host: str, page_host: str, policy: Policy) -> bool:
    site = site_of_host(host)
    own = policy.channels.own_sites
    is_same = bool(page_host and site == site_of_host(page_host))
    return is_same or any(suffix in own for suffix in suffixes_of(host))


@lru_cache(maxsize=8192)
def _is_ignored(host: str, policy: Policy) -> bool:
    """Whether a visitor only passes this site, by its name, or by a label before the registrable domain."""
    if any(suffix in policy.channels.ignored_referrers for suffix in suffixes_of(host)):
        return True
    labels = host.removesuffix(site_of_host(host)).split(".")
    return any(re.fullmatch(policy.channels.ignored_labels, label) for label in labels if label)


def _site_name(host: str) -> str:
    return host.removeprefix("www.") or host


def _search_term(url: Url, engine: Engine, policy: Policy) -> tuple[str, tuple[str, ...]]:
    parameters = url.parameters
    issues: list[str] = []
    encodings = _encodings(parameters, engine)
    limit = policy.bounds.value_length
    for name in engine.queries:
        raw = parameters.get(name)
        if not raw:
            continue
        term = decode_text(raw, encodings)
        if term is None:
            issues.append("undecodable:search_term")
        elif (typed := clean_text(term)) and not _is_target(typed, url):
            return typed[:limit], tuple(issues)
    for name in engine.nested_in:
        if raw := parameters.get(name):
            within = split_url(decode_text(raw, encodings) or "")
            if found := _search_term(within, engine.model_copy(update={"nested_in": ()}), policy)[0]:
                return found, tuple(issues)
    return _advanced(parameters, engine, encodings)[:limit], tuple(issues)


def _is_target(typed: str, url: Url) -> bool:
    """Whether the parameter names the page that a link of the engine leads to, and not what was searched."""
    return "://" in typed and url.path.endswith(("/url", "/link", "/redirect"))


def _advanced(parameters: Mapping[str, str], engine: Engine, encodings: tuple[str, ...]) -> str:
    """What was filled into a form for searches, as one would type it: words "a phrase" x OR y -z."""
    form = engine.advanced
    if form is None:
        return ""
    fields = (form.words, form.phrase, form.any_of, form.none_of)
    if parameters.keys().isdisjoint(fields):
        return ""
    words, phrase, any_of, none_of = (
        clean_text(decode_text(parameters.get(name, ""), encodings) or "") for name in fields
    )
    parts = [
        words,
        f'"{phrase}"' if phrase else "",
        " OR ".join(any_of.split()),
        " ".join(f"-{word}" for word in none_of.split()) if words or phrase or any_of else "",
    ]
    return " ".join(part for part in parts if part)


def _encodings(parameters: Mapping[str, str], engine: Engine) -> tuple[str, ...]:
    hint = next((parameters[name].lower() for name in engine.encoding_hints if parameters.get(name)), "")
    if hint in ("utf-8", "utf8"):
        return ("utf-8", *(encoding for encoding in engine.encodings if encoding != "utf-8"))
    return _CHINESE if hint in ("gb2312", "gbk", "gb18030") else engine.encodings
