"""Which known engine, network or service a host or an app belongs to, by the lists of the policy."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from attribution.policy import Policy
from attribution.policy_sources import Engine, FurtherEngines
from attribution.url import site_of_host

WEBMAIL = Engine(name="", category="email")
"""Any host whose name says that people read their mail there: its source is the host."""


@lru_cache(maxsize=8192)
def engine_of(host: str, policy: Policy) -> Engine | None:
    """The known engine that a host belongs to, by the longest of its listed hosts; an app's id will do, too.

    The policy's own list comes first, then the tail of further ones, apps, and hosts of webmail. What is left
    below the host of an engine is another service of the same company, and nobody's search.
    """
    tables = _tables(policy)
    stem = _without_ending(host)
    listed = tables.known.find(host, stem)
    if listed and listed.is_whole:
        return listed.engine
    further = tables.further.find(host, stem)
    if further and further.is_whole:
        return further.engine
    if app := engine_of_app(host, policy):
        return app
    if _is_webmail(host, policy):
        return WEBMAIL
    return tables.others[listed.engine.name] if listed else None


@lru_cache(maxsize=2048)
def engine_of_app(app: str, policy: Policy) -> Engine | None:
    """The known engine of an app, by the longest listed beginning of its id ("com.linkedin") or number."""
    apps = _tables(policy).apps
    beginning = app
    while beginning:
        if engine := apps.get(beginning):
            return engine
        beginning = beginning.rpartition(".")[0]
    return None


def suffixes_of(host: str) -> Iterator[str]:
    """a.b.c, b.c, c: no host name has more than ten labels worth a look."""
    yield host
    for _ in range(10):
        _, dot, host = host.partition(".")
        if not dot:
            return
        yield host


@dataclass(frozen=True, slots=True)
class _Found:
    """The engine that lists a host or one above it; if not whole, the host is another service of its."""

    engine: Engine
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Hosts:
    """Engines by host, and by host without its public ending."""

    hosts: Mapping[str, Engine]
    stems: Mapping[str, Engine]

    def find(self, host: str, stem: str) -> _Found | None:
        for suffix in suffixes_of(host):
            if engine := self.hosts.get(suffix):
                return _found(engine, host, suffix)
        for suffix in suffixes_of(stem):
            if engine := self.stems.get(suffix):
                return _found(engine, stem, suffix)
        return None


@dataclass(frozen=True, slots=True)
class _Tables:
    known: _Hosts
    further: _Hosts
    apps: Mapping[str, Engine]
    others: Mapping[str, Engine]


@lru_cache(maxsize=8)
def _tables(policy: Policy) -> _Tables:
    engines = policy.engines
    return _Tables(
        _hosts(engines.known),
        _hosts(_further(engines.further)),
        {app: engine for engine in (*engines.further.known, *engines.known) for app in engine.apps},
        {
            engine.name: engine.model_copy(update={"category": "referral", "queries": (), "advanced": None})
            for engine in engines.known
        },
    )


def _further(tail: FurtherEngines) -> list[Engine]:
    alone = [
        Engine(name=host, category=category, hosts=frozenset({host}))
        for category, hosts in tail.hosts.items()
        for host in sorted(hosts)
    ]
    return [
        engine.model_copy(update={"subdomains": tail.subdomains}) if engine.category == "search" else engine
        for engine in (*alone, *tail.known)
    ]


def _hosts(engines: Sequence[Engine]) -> _Hosts:
    listed = [(host, engine) for engine in engines for host in engine.hosts]
    return _Hosts(
        {host: engine for host, engine in listed if not host.endswith(".*")},
        {host.removesuffix(".*"): engine for host, engine in listed if host.endswith(".*")},
    )


def _found(engine: Engine, host: str, listed: str) -> _Found:
    below = host[: len(host) - len(listed)].rstrip(".")
    return _Found(engine, not below or not engine.subdomains or _matches(engine.subdomains, below))


def _without_ending(host: str) -> str:
    """ "www.google" of www.google.co.uk; endings of private registries (github.io) are no endings here."""
    if host.rpartition(".")[2].isdigit() or ":" in host:
        return host
    site: str | None = _public_endings().privatesuffix(host)
    return host[: len(host) - len(site)] + site.partition(".")[0] if site else host


def _is_webmail(host: str, policy: Policy) -> bool:
    if not policy.engines.webmail:
        return False
    below = host[: len(host) - len(site_of_host(host))]
    return any(_matches(policy.engines.webmail, label) for label in below.split(".") if label)


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=1)
def _public_endings() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
