"""Campaign tags and click ids that a tracker sends apart from the URL → the URL that holds them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from producers.cells.json_values import text_of

# What a URL's own tags look like, however they were escaped: such a URL is left as it is.
_TAGGED = re.compile(
    r"(?:^|[?&#;/]|%(?:25)*(?:3F|26))(?:amp;)*(?:utm[_\-.]|hm(?:sr|md|pl)=|(?:mtm|pk|piwik|at)_(?:source|campaign))",
    re.IGNORECASE,
)
_TAG = re.compile(r"\$?utm[_ .\-]?([a-z][a-z_ .\-]{0,40})", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_ .\-]+")
CLICK_IDS: Final = frozenset({
    "gclid", "gbraid", "wbraid", "dclid", "gad_source", "gad_campaignid", "msclkid", "fbclid", "ttclid",
    "twclid", "li_fat_id", "rdt_cid", "yclid", "bd_vid", "qhclickid", "sg_vid", "gdt_vid", "qz_gdt",
})  # fmt: skip
_LONGEST_VALUE: Final = 1024


def with_tags(url: str, properties: Mapping[str, Any], campaign: Any) -> str:
    """Put into a URL the tags and click ids that came beside it; the URL's own win.

    A URL that has a tag of its own gets none: tags of two sources are never mixed. Else it gets those of the
    event's properties (`utm_source`, `$utm_source`), or if they have none, those of `campaign`, as SDKs of
    Segment send it: {"name", "source", "medium", …}.
    """
    tags = {} if _TAGGED.search(url) else dict(_of_properties(properties)) or dict(_of_campaign(campaign))
    tags |= {
        name: text
        for name, text in _texts(properties, lambda name: name.lstrip("$").lower())
        if name in CLICK_IDS and f"{name}=" not in url.lower()
    }
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in tags.items())
    return with_query(url, query) if query else url


def with_query(url: str, query: str) -> str:
    """Append a query to a URL, before its fragment."""
    before, mark, fragment = url.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{query}{mark}{fragment}"


def _of_properties(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, text in _texts(properties, _tag_name):
        if name:
            yield name, text


def _of_campaign(campaign: Any) -> Iterator[tuple[str, str]]:
    if isinstance(campaign, dict):
        for name, text in _texts(campaign, lambda key: _tag_name(key) or _tag_name(f"utm_{key}")):
            if name:
                yield "utm_campaign" if name == "utm_name" else name, text


def _tag_name(name: str) -> str:
    """Return utm_source for utm_source, $utm_source, utmSource and "UTM Source"; "" for what is no tag."""
    found = _TAG.fullmatch(name)
    return f"utm_{_SEPARATORS.sub('_', _HUMP.sub('_', found[1])).lower()}" if found else ""


def _texts(values: Mapping[str, Any], named: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(key, str) and isinstance(value, str | int | float) and not isinstance(value, bool):
            text = text_of(value)
            if text and len(text) <= _LONGEST_VALUE:
                yield named(key), text
