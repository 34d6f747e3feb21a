"""What ad platforms tell of clicks and keywords, and the keys by which landing URLs refer to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attribution.facts import by_time
from attribution.origin import Origin
from schemas.handover import AnyFact
from schemas.sem import IDS_REPEAT_ACROSS_GROUPS, AdClicked, AdKeywordListed, keyword_subject

_LONGEST_ID = 64
_LONGEST_KEY = 256  # as any identifier


@dataclass(frozen=True, slots=True)
class AdRecords:
    """Clicks by click id; of each keyword's subject, what it stood for, in the order of (time, id)."""

    clicks: Mapping[str, AdClicked]
    keywords: Mapping[str, tuple[AdKeywordListed, ...]]


NO_RECORDS = AdRecords({}, {})


def ad_records(facts: Iterable[AnyFact]) -> AdRecords:
    """Find what ad platforms told among facts that stand in the order of (time, id)."""
    clicks: dict[str, AdClicked] = {}
    keywords: dict[str, tuple[AdKeywordListed, ...]] = {}
    for fact in facts:
        if isinstance(fact, AdClicked):
            clicks[fact.click_id] = fact
        elif isinstance(fact, AdKeywordListed):
            keywords[fact.subject] = (*keywords.get(fact.subject, ()), fact)
    return AdRecords(clicks, keywords) if clicks or keywords else NO_RECORDS


def keys_of(origin: Origin) -> tuple[str, ...]:
    """Return the subjects of all that an ad platform may tell of a landing URL.

    Keywords are asked for only where the URL doesn't name keyword, ad group and campaign itself.
    """
    keys = [f"click:{value}" for _, value in origin.click_ids]
    if not (origin.keyword and origin.ad_group and origin.campaign):
        keys += _keyword_keys(origin)
    return tuple(key for key in keys if len(key) <= _LONGEST_KEY)


def click_of(origin: Origin, records: AdRecords) -> AdClicked | None:
    """Return the platform's record of the click that a landing URL names; of several always the same one."""
    found = [records.clicks[value] for _, value in origin.click_ids if value in records.clicks]
    return min(found, key=lambda click: click.event_id, default=None)


def keyword_of(origin: Origin, at: int, records: AdRecords) -> AdKeywordListed | None:
    """Return what the id of a keyword in a landing URL stood for at the time `at`, in Millis.

    That is the newest entry of that time, else the oldest.
    """
    for key in _keyword_keys(origin) if records.keywords else ():
        entries = sorted(records.keywords.get(key, ()), key=by_time)
        if entries:
            valid = [entry for entry in entries if entry.occurred_at <= at]
            chosen = valid[-1] if valid else entries[0]
            return _without_group(chosen) if _is_ambiguous(entries) else chosen
    return None


def _keyword_keys(origin: Origin) -> tuple[str, ...]:
    """The subject of the keyword that a URL names by id; where ids repeat, that without an ad group too."""
    platform, keyword, group = origin.platform, origin.keyword_id, origin.ad_group_id
    if not platform or not _is_id(keyword):
        return ()
    alone = keyword_subject(platform, "", keyword)
    if platform in IDS_REPEAT_ACROSS_GROUPS and _is_id(group):
        return keyword_subject(platform, group, keyword), alone
    return (alone,)


def _is_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_ID and text.replace("-", "").replace("_", "").isalnum()


def _is_ambiguous(entries: Iterable[AdKeywordListed]) -> bool:
    """Whether an id that repeats across ad groups was listed in several, and nothing says which is meant."""
    places = {
        (entry.campaign, entry.ad_group)
        for entry in entries
        if entry.platform in IDS_REPEAT_ACROSS_GROUPS and not entry.ad_group_id
    }
    return len(places) > 1


def _without_group(entry: AdKeywordListed) -> AdKeywordListed:
    nothing = {"campaign": "", "campaign_id": "", "ad_group": "", "ad_group_id": ""}
    return entry.model_copy(update=nothing)
