"""Columns and fields of a CRM that say how a lead came: campaign tags, click ids, landing page, referrer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from producers.cells.headers import column_key
from producers.cells.numbers import NOTHING
from producers.crm.source_layouts import tags_of_layout
from producers.privacy.personal_data import Tokeniser

LANDING: Final = "landing_url"
REFERRER: Final = "referrer"
_UTM: Final = ("source", "medium", "campaign", "term", "content", "id", "keyword")
# By the key of a column: the parameter that a URL would carry it in.
_TAGS: Final[Mapping[str, str]] = {
    **{f"utm{name}": f"utm_{name}" for name in _UTM},
    "utmcampaignid": "utm_campaign_id", "utmadgroup": "utm_adgroup", "utmadset": "utm_adset",
    "gclid": "gclid", "googleclickid": "gclid", "googleadclickid": "gclid", "hsgoogleclickid": "gclid",
    "googleclickidentifier": "gclid", "gbraid": "gbraid", "wbraid": "wbraid",
    "msclkid": "msclkid", "microsoftclickid": "msclkid", "bingclickid": "msclkid",
    "fbclid": "fbclid", "facebookclickid": "fbclid", "hsfacebookclickid": "fbclid",
    "lifatid": "li_fat_id", "linkedinclickid": "li_fat_id", "ttclid": "ttclid", "tiktokclickid": "ttclid",
    "bdvid": "bd_vid", "百度点击id": "bd_vid", "qhclickid": "qhclickid", "twclid": "twclid",
}  # fmt: skip
_PAGES: Final = frozenset({
    "landingpage", "landingpageurl", "landingurl", "landingpageuri", "firstpageseen", "hsanalyticsfirsturl",
    "entrypage", "entryurl", "着陆页", "落地页", "着陆页url", "落地页url", "firstpage", "firsturl",
})  # fmt: skip
_REFERRERS: Final = frozenset({
    "referrer", "referer", "referrerurl", "refererurl", "referringsite", "firstreferringsite",
    "referringurl", "hsanalyticsfirstreferrer", "httpreferrer", "来源网址", "来源页面", "来路",
})  # fmt: skip
_FIRST: Final = ("firsttouch", "first", "initial", "original", "首次")
_LAST: Final = ("lasttouch", "latest", "last", "recent", "converting", "末次")
_ADDRESS = re.compile(r"https?://\S|[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)|/\S*\?")
# What only wraps a field, in the paths of webhooks.
_WRAPPERS: Final = frozenset({"value", "properties", "fields", "customfields", "data", "current"})


@dataclass(slots=True)
class ToldFields:
    """What a row tells of one contact: the landing page, where it came from, and tags by parameter."""

    landing_url: str = ""
    referrer: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def note(self, what: str, text: str) -> None:
        """Take in what a cell says; what is known already stays."""
        if what == LANDING:
            self.landing_url = self.landing_url or text
        elif what == REFERRER:
            self.referrer = self.referrer or text
        elif text:
            self.tags.setdefault(what, text)

    def fill(self, more: "ToldFields") -> None:
        """Take in what isn't known yet."""
        self.note(LANDING, more.landing_url)
        self.note(REFERRER, more.referrer)
        for tag, text in more.tags.items():
            self.note(tag, text)

    def scrub(self, tokeniser: Tokeniser) -> None:
        """Take personal data out; what a tag holds is said by its name and by those beside it."""
        self.landing_url = tokeniser.scrub_to(self.landing_url, 8192)
        self.referrer = tokeniser.scrub_to(self.referrer, 8192)
        self.tags = {tag: tokeniser.scrub_field(tag, text, self.tags) for tag, text in self.tags.items()}

    def is_told(self) -> bool:
        """Whether anything is told that may name a source."""
        return bool(self.landing_url or self.referrer or self.tags)


def told_fields(row: Mapping[str, str], tokeniser: Tokeniser) -> dict[str, ToldFields]:
    """Return what a row, as column → cell, tells of the contact that brought the lead ("") and the "first".

    Columns are known by their names alone. URLs and texts have personal data replaced.
    """
    found = {which: ToldFields() for which in ("", "last", "first")}
    for name, cell in row.items():
        what, which = meaning_of(name) if cell and cell.lower() not in NOTHING else ("", "")
        # A column of this name may hold the title of a page, or who recommended us.
        if what and (what not in (LANDING, REFERRER) or _ADDRESS.match(cell)):
            found[which].note(what, cell)
    main = found[""]
    main.fill(found["last"])
    layout = tags_of_layout({column_key(name): cell for name, cell in row.items() if cell})
    main.fill(ToldFields(tags=dict(layout)))
    for told in (main, found["first"]):
        told.scrub(tokeniser)
    if not main.is_told():
        return {"": found["first"]} if found["first"].is_told() else {}
    return {"": main, "first": found["first"]} if found["first"].is_told() else {"": main}


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> tuple[str, str]:
    """Return what a column of this name holds, and of which contact: "first", "last" or "".

    The first is LANDING, REFERRER, a parameter, or "" for a column that doesn't say how a lead came.
    """
    parts = [key for part in name.split(".") if (key := column_key(part)) not in _WRAPPERS]
    key = parts[-1] if parts else ""
    # A field of one's own in Salesforce ends in __c.
    if what := _known(key) or _known(key.removesuffix("c")):
        return what, ""
    for which, words in (("first", _FIRST), ("last", _LAST)):
        for word in words:
            bare = re.sub(rf"^{word}(?:touch)?[-:]?|[-:(]?{word}(?:touch)?\)?$", "", key)
            if bare != key and (what := _known(bare)):
                return what, which
    return "", ""


def _known(key: str) -> str:
    if key in _PAGES:
        return LANDING
    return REFERRER if key in _REFERRERS else _TAGS.get(key, "")
