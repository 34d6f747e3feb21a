"""Touches that no page saw begin: tagged links, QR codes, e-mail links, offline events, calls, downloads."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Fact
from schemas.terms import AdNames, Attributes, Company, Identifier, LongText, ShortText


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


class OfflineContact(Fact):
    """Somebody called, or fetched a document, where no page of ours saw it.

    `tags` are what a URL would carry: utm_source, plan, keyword; with `url` and `referrer` they say where
    the contact came from, as far as its list knows.
    """

    type: Literal["offline_contact"] = "offline_contact"
    kind: Literal["call", "download"]
    about: ShortText = Field("", description="what was fetched, or which number was called")
    answered: bool | None = Field(None, description="of a call; nothing if its list doesn't say")
    url: LongText = Field("", description="the page it came from, personal data replaced")
    referrer: LongText = ""
    tags: Attributes = Field({}, max_length=40)
    city: ShortText = ""
    company: Company = ""
    others: tuple[Identifier, ...] = Field((), max_length=16)


UtmEvent = Annotated[CampaignTouched | EventAttended | OfflineContact, Field(discriminator="type")]
