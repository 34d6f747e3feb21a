"""Touches known by their campaign tags: tagged links, QR codes, e-mail links, offline events."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Fact
from schemas.terms import AdNames, Company, Identifier, LongText, ShortText


class CampaignTouched(Fact):
    """Somebody followed a tagged link, scanned a QR code or clicked in an e-mail."""

    type: Literal["campaign_touched"] = "campaign_touched"
    kind: Literal["link_click", "qr_scan", "email_click"]
    url: LongText = Field(description="the tagged link, as received")
    referrer: LongText = ""
    others: tuple[Identifier, ...] = Field((), max_length=16)


class EventAttended(Fact):
    """Somebody came to a salon, a fair, a webinar."""

    type: Literal["event_attended"] = "event_attended"
    event: ShortText = Field(min_length=1)
    campaign: AdNames = ""
    city: ShortText = ""
    company: Company = ""
    others: tuple[Identifier, ...] = Field((), max_length=16)


UtmEvent = Annotated[CampaignTouched | EventAttended, Field(discriminator="type")]
