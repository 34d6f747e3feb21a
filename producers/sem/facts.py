"""Facts of ad platforms with ids and subjects that are the same for every import of the same row."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Final

from producers.cells.dates import midnight
from producers.sem.amounts import Amounts
from schemas.envelope import natural_id
from schemas.sem import AdPerformanceReported

SOURCE: Final = "import:sem"
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one fact of performance is about.

    Ids of campaign and ad group, and the currency, are told but are no part of the key: a report with ids and
    one without stand for the same row.
    """

    platform: str
    day: date
    account: str = ""
    campaign: str = ""
    campaign_id: str = field(default="", compare=False)
    ad_group: str = ""
    ad_group_id: str = field(default="", compare=False)
    keyword: str = ""
    keyword_id: str = ""
    match_type: str = ""
    device: str = ""
    currency: str = field(default="", compare=False)

    def key(self) -> tuple[str, ...]:
        """Return the key without its day, in schema order."""
        return (
            self.platform, self.account, self.campaign, self.ad_group, self.keyword, self.keyword_id,
            self.match_type, self.device,
        )  # fmt: skip


def subject_of(kind: str, parts: tuple[str, ...]) -> str:
    """Return an identifier "kind:a|b|…" for a key; a hash where the text would be too long or ambiguous."""
    text = f"{kind}:{'|'.join(parts)}"
    if len(text) <= _LONGEST and text.count("|") == len(parts) - 1 and text.isprintable():
        return text
    packed = "".join(f"{len(part)}:{part}" for part in parts).encode()
    return f"{kind}:{parts[0]}#{hashlib.blake2b(packed, digest_size=16).hexdigest()}"


def performance_fact(
    place: Place, amounts: Amounts, *, reported_at: int, received_at: int, zone: tzinfo
) -> AdPerformanceReported:
    """Make the fact of one keyword's day; times are UTC milliseconds."""
    key = place.key()
    day = place.day.isoformat()
    return AdPerformanceReported(
        # Names hold no control characters, so that joined by one they stay apart.
        event_id=natural_id(
            "ad_performance", "\x1f".join((*key, place.campaign_id, place.ad_group_id)), day, reported_at,
            f"{amounts.impressions}|{amounts.clicks}|{amounts.cost_micros}|{place.currency}",
        ),
        occurred_at=midnight(place.day, zone),
        received_at=received_at,
        source=SOURCE,
        subject=subject_of("ad", key),
        platform=place.platform,
        account=place.account,
        campaign=place.campaign,
        campaign_id=place.campaign_id,
        ad_group=place.ad_group,
        ad_group_id=place.ad_group_id,
        keyword=place.keyword,
        keyword_id=place.keyword_id,
        match_type=place.match_type,
        device=place.device,
        day=day,
        reported_at=reported_at,
        impressions=amounts.impressions,
        clicks=amounts.clicks,
        cost_micros=amounts.cost_micros,
        currency=place.currency,
    )  # fmt: skip
