"""Write the tail of known referrers into the default policy, from public lists.

    python docs/generate_referrers.py MATOMO GA4

MATOMO is a git checkout of github.com/matomo-org/searchengine-and-social-list (CC0 1.0). GA4 is one of
github.com/Velir/dbt-ga4, whose seed holds the categories of sources that Google publishes for the default channel
group of Analytics. Both are read at their newest commit, which the policy then names. What the policy's own lists
know is left out, for they win; so are pages of payment and hosting, short links, and other people's search boxes.
"""

import csv
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from attribution.channel import UNKNOWN_SOURCE, describe_source
from attribution.engines import engine_of, suffixes_of
from attribution.policy import Policy, parse_policy

POLICY = ROOT / "attribution/policies/default.toml"
BEGIN = "# The tail of known referrers; written by docs/generate_referrers.py. Change the lists above, not this one."
SEED = "seeds/ga4_source_categories.csv"
CATEGORIES = {"SEARCH": "search", "SOCIAL": "social", "VIDEO": "video", "SHOPPING": "shopping"}
VIDEO = frozenset(
    {"youtube", "vimeo", "bilibili", "douyin", "tiktok", "niconico", "douyu", "huya", "twitcast"}
)
# Of a tail's search engine only these hosts below a listed one are the search, too.
SUBDOMAINS = r"www\d*|m|[a-z]{2}|s\d+-\w+"
# Pages that people pass, not sources; sites with a search box; names that are hosts of many different things.
LEFT_OUT = frozenset({
    "bit.ly", "goo.gl", "tinyurl.com", "is.gd", "awe.sm", "checkout.stripe.com", "stripe.com", "stripe", "s3.amazonaws.com",
    "login.live.com", "login.tagged.com", "secureurl.ukr.net", "webmaster.yandex.ru", "google-play", "play.google.com",
    "www.cnn.com", "www.fastweb.it", "www.facebook.com", "www.charter.net", "cgi2.nintendo.co.jp", "www.optuszoo.com.au",
    "webcache.googleusercontent.com", "open.weixin.qq.com", "www.skynet.be", "www.so-net.ne.jp", "www.talktalk.co.uk",
    "rpmfind.net", "fr2.rpmfind.net", "digg.com", "www.web.nl", "cnn", "target", "tencent.com", "tencent", "ted", "care",
    "viadeo.journaldunet.com", "msnbc.msn.com", "dizionario.it.msn.com", "enciclopedia.it.msn.com", "www.highbeam.com", "alexa.com",
})  # fmt: skip


@dataclass
class Entry:
    """One engine of the tail."""

    name: str
    category: str
    platform: str = ""
    hosts: set[str] = field(default_factory=set)
    queries: dict[str, None] = field(default_factory=dict)
    encodings: dict[str, None] = field(default_factory=dict)

    def line(self) -> str:
        """Return the entry as a line of TOML."""
        hosts = _list(sorted(self.hosts))
        parts = [f"name = {_text(self.name)}", f"category = {_text(self.category)}", f"hosts = {hosts}"]
        if self.platform:
            parts.insert(1, f"platform = {_text(self.platform)}")
        if self.queries:
            parts.append(f"queries = {_list(self.queries)}")
        if self.encodings:
            parts.append(f"encodings = {_list(self.encodings)}")
        return f"  {{ {', '.join(parts)} }},"


def main(arguments: list[str]) -> int:
    """Write the tail anew; return 2 without two checkouts."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    matomo, ga4 = (Path(argument) for argument in arguments)
    before = POLICY.read_text(encoding="utf-8").partition(BEGIN)[0].rstrip("\n") + "\n"
    policy = parse_policy(before)
    entries: dict[tuple[str, str], Entry] = {}
    for entry in (*_assistants(matomo), *_socials(matomo), *_searches(matomo)):
        _add(entry, entries, policy)
    known = {host for entry in entries.values() for host in entry.hosts}
    hosts, words = _ga4(ga4, known, policy)
    origin = [
        f"https://github.com/matomo-org/searchengine-and-social-list, commit {_commit(matomo)}, CC0 1.0",
        f"Google's source categories for Analytics, by https://github.com/Velir/dbt-ga4, commit {_commit(ga4)}",
    ]
    section = _section(origin, entries.values(), hosts, words)
    POLICY.write_text(f"{before}\n{section}", encoding="utf-8")
    parse_policy(POLICY.read_text(encoding="utf-8"))
    print(f"wrote {len(entries)} engines, {_count(hosts)} more hosts and {_count(words)} names of sources")
    return 0


ByCategory = dict[str, set[str]]


def _count(listed: ByCategory) -> int:
    return sum(map(len, listed.values()))


def _section(origin: list[str], entries: Iterable[Entry], hosts: ByCategory, words: ByCategory) -> str:
    listed = sorted(entries, key=lambda entry: (entry.category, entry.name, sorted(entry.hosts)))
    return "\n".join(
        [
            BEGIN,
            "[engines.further]",
            "origin = [",
            *(f"  {_text(line)}," for line in origin),
            "]",
            f"subdomains = '{SUBDOMAINS}'",
            "known = [",
            *(entry.line() for entry in listed),
            "]",
            *_wrapped("hosts", hosts),
            *_wrapped("words", words),
            "",
        ]
    )


def _wrapped(table: str, listed: ByCategory) -> Iterable[str]:
    yield f"\n[engines.further.{table}]"
    for category in sorted(listed):
        texts = [_text(text) for text in sorted(listed[category])]
        yield f"{category} = ["
        yield from textwrap.wrap(f"{', '.join(texts)},", 118, initial_indent="  ", subsequent_indent="  ",
                                 break_long_words=False, break_on_hyphens=False)  # fmt: skip
        yield "]"


def _assistants(checkout: Path) -> Iterable[Entry]:
    for name, hosts in _yaml(checkout, "AIAssistants.yml").items():
        yield Entry(_name(name), "ai_assistant", hosts=set(_hosts(hosts)))


def _socials(checkout: Path) -> Iterable[Entry]:
    for name, hosts in _yaml(checkout, "Socials.yml").items():
        word = _name(name)
        yield Entry(word, "video" if word in VIDEO else "social", hosts=set(_hosts(hosts)))


def _searches(checkout: Path) -> Iterable[Entry]:
    for name, parts in _yaml(checkout, "SearchEngines.yml").items():
        for part in parts:
            queries = [
                query for query in part.get("params") or () if query.strip() and not query.startswith("/")
            ]
            yield Entry(
                _name(name),
                "search",
                hosts=set(_hosts(part["urls"])),
                queries=dict.fromkeys(query.lower() for query in queries),
                encodings=dict.fromkeys(_encoding(charset) for charset in part.get("charsets") or ()),
            )


def _add(entry: Entry, entries: dict[tuple[str, str], Entry], policy: Policy) -> None:
    taken = {host for other in entries.values() for host in other.hosts}
    entry.hosts = {
        host for host in entry.hosts if host not in taken and not _is_known(host, entry.category, policy)
    }
    if not entry.hosts:
        return
    entry.platform = next((own.platform for own in policy.engines.known if own.name == entry.name), "")
    # One name has one entry for each way of asking.
    key = (entry.name, ",".join((*entry.queries, *entry.encodings)))
    if key in entries:
        entries[key].hosts |= entry.hosts
    else:
        entries[key] = entry


def _ga4(checkout: Path, known: set[str], policy: Policy) -> tuple[ByCategory, ByCategory]:
    """Hosts and names of sources by category, without those that are known, or stand below another."""
    hosts: ByCategory = {}
    words: ByCategory = {}
    taken = set(known)
    rows = [row for row in csv.reader(_show(checkout, SEED).splitlines()) if len(row) == 2]
    for source, label in sorted(rows, key=lambda row: row[0].count(".")):
        category = CATEGORIES.get(label.removeprefix("SOURCE_CATEGORY_"), "")
        word = source.lower()
        if not category or word in LEFT_OUT:
            continue
        if "." not in word:
            if describe_source(word, policy) is UNKNOWN_SOURCE:
                words.setdefault(category, set()).add(word)
        elif not _is_known(word, category, policy) and taken.isdisjoint(suffixes_of(word)):
            taken.add(word)
            hosts.setdefault(category, set()).add(word)
    return hosts, words


def _is_known(host: str, category: str, policy: Policy) -> bool:
    """Whether the policy's own lists say what the host is.

    Of another service of an engine's company they say only that it is no search.
    """
    found = engine_of(host.replace(".*", ".com"), policy)
    if found is None:
        return False
    return category == "search" or found in policy.engines.known or found.category == "email"


def _hosts(listed: Iterable[str]) -> Iterable[str]:
    """Hosts as the policy writes them; those with a path, and those in any country's subdomain, stand without."""
    for written in listed:
        host = written.lower().strip()
        if host in LEFT_OUT or "/" in host:
            continue
        host = host.removeprefix("{}.").removeprefix("www.")
        if host.endswith(".{}"):
            host = host.removesuffix("{}") + "*"
        if "{" not in host:
            yield host


def _name(name: str) -> str:
    return name.lower().replace("%2b", "+").strip()


def _encoding(charset: str) -> str:
    return {"ms932": "cp932"}.get(
        charset.lower(), charset.lower().replace("windows-", "cp").replace("-", "_")
    )


def _yaml(checkout: Path, name: str) -> dict[str, list[str]] | dict[str, list[dict[str, list[str]]]]:
    return yaml.safe_load(_show(checkout, name))


def _show(checkout: Path, name: str) -> str:
    return _git(checkout, "show", f"HEAD:{name}")


def _commit(checkout: Path) -> str:
    return _git(checkout, "rev-parse", "HEAD").strip()


def _git(checkout: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(checkout), *arguments], check=True, capture_output=True, encoding="utf-8"
    ).stdout


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
