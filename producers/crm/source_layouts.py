"""Layouts that tell by several columns how a lead came: Meta's lead forms, HubSpot's traffic sources."""

from collections.abc import Collection, Mapping
from typing import Final

_META_PLATFORMS: Final = {"fb": "facebook", "ig": "instagram", "an": "audience_network", "msg": "messenger"}
_FORM: Final = (
    "platform", "isorganic", "campaignname", "campaignid", "adsetname", "adsetid", "adname", "adid",
)  # fmt: skip
_TRAFFIC: Final = ("originalsource", "originaltrafficsource", "hsanalyticssource")
_DRILLED: Final = (
    ("originalsourcedrill-down1", "originaltrafficsourcedrill-down1", "hsanalyticssourcedata1"),
    ("originalsourcedrill-down2", "originaltrafficsourcedrill-down2", "hsanalyticssourcedata2"),
)
# What HubSpot's sources are as a medium, and what its two drill-downs hold then.
_MEDIA: Final[Mapping[str, tuple[str, str, str]]] = {
    "paidsearch": ("cpc", "utm_campaign", "utm_term"),
    "organicsearch": ("organic", "", ""),
    "paidsocial": ("paid_social", "utm_source", "utm_campaign"),
    "organicsocial": ("social", "utm_source", ""),
    "socialmedia": ("social", "utm_source", ""),
    "emailmarketing": ("email", "utm_campaign", ""),
    "referrals": ("referral", "utm_source", ""),
    "aireferrals": ("referral", "utm_source", ""),
    "othercampaigns": ("", "utm_campaign", "utm_source"),
}


def tags_of_layout(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that a row, as column key → cell, tells by a known layout; none if by none."""
    return _lead_form(cells) or _traffic_source(cells)


def columns_of_layouts(keys: Collection[str]) -> set[str]:
    """Return the columns that a known layout reads, of those that are there; all by their keys."""
    found = (
        {name for name in _FORM if name in keys}
        if {"campaignname", "adsetname", "platform"} <= {*keys}
        else set()
    )
    if any(name in keys for name in _TRAFFIC):
        found |= {name for names in (_TRAFFIC, *_DRILLED) for name in names if name in keys}
    return found


def _lead_form(cells: Mapping[str, str]) -> dict[str, str]:
    platform = _META_PLATFORMS.get(cells.get("platform", "").lower(), "")
    if not platform or "campaignname" not in cells or "adsetname" not in cells:
        return {}
    organic = cells.get("isorganic", "").lower() == "true"
    return {
        "utm_source": platform,
        "utm_medium": "social" if organic else "paid_social",
        "utm_campaign": cells["campaignname"],
        "adset_name": cells["adsetname"],
        "utm_content": cells.get("adname", ""),
        "campaign_id": cells.get("campaignid", "").removeprefix("c:"),
        "adset_id": cells.get("adsetid", "").removeprefix("as:"),
    }


def _traffic_source(cells: Mapping[str, str]) -> dict[str, str]:
    source = next((cells[name] for name in _TRAFFIC if cells.get(name)), "")
    medium, first, second = _MEDIA.get("".join(c for c in source.lower() if c.isalpha()), ("", "", ""))
    tags = {"utm_medium": medium}
    for tag, names in zip((first, second), _DRILLED, strict=True):
        if tag:
            tags[tag] = next((cells[name] for name in names if cells.get(name)), "")
    return tags
