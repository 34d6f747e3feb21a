"""What the CRM records of leads, follow-ups, deals and proofs of concept, and what of it it takes back."""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.envelope import Fact
from schemas.sem import Currency
from schemas.terms import (
    Attributes,
    Company,
    Count,
    CrmWords,
    DealName,
    Identifier,
    LongText,
    Millis,
    Owner,
    RecordId,
    ShortText,
)

# Their ids of records are of their own making: digits that look like a phone number are none.
IDS_OF_THEIR_OWN: Final = frozenset(
    {"hubspot", "salesforce", "pipedrive", "dynamics", "zoho", "fxiaoke", "xiaoshouyi", "meta", "linkedin"}
)


class LeadRecorded(Fact):
    """A lead or contact as the CRM held it at `occurred_at`; `subject` is "crm:<system>:<id>".

    `others` are its further identifiers: e-mail and phone tokens, visitor ids, contact ids.
    """

    type: Literal["lead_recorded"] = "lead_recorded"
    others: tuple[Identifier, ...] = Field((), max_length=64)
    created_at: Millis | None = None
    account_id: RecordId = ""
    company: Company = ""
    email_domain: ShortText = ""
    website: LongText = ""
    owner: Owner = ""
    lead_source: CrmWords = Field("", description="what the CRM itself says brought the lead")
    attributes: Attributes = Field({}, max_length=50)


class LeadMerged(Fact):
    """The CRM merged the records `merged` into `subject`."""

    type: Literal["lead_merged"] = "lead_merged"
    merged: tuple[Identifier, ...] = Field(min_length=1, max_length=64)


class StageChanged(Fact):
    """A lead entered a stage, in the CRM's own words; the policy says which stage that is."""

    type: Literal["stage_changed"] = "stage_changed"
    system: ShortText = Field(min_length=1)
    stage: CrmWords = Field(min_length=1)
    reason: CrmWords = ""
    owner: Owner = ""


class FollowedUp(Fact):
    """Sales contacted a lead, or judged it: category, grade and tags are in the CRM's own words."""

    type: Literal["followed_up"] = "followed_up"
    contacted: bool = Field(
        True, description="false for a mere verdict: nothing says that there was a contact"
    )
    category: CrmWords = ""
    grade: CrmWords = ""
    tags: tuple[CrmWords, ...] = Field((), max_length=32)
    owner: Owner = ""


class DealRecorded(Fact):
    """A deal as the CRM held it at `occurred_at`; `subject` is "deal:<system>:<id>".

    `stage` is in the CRM's own words. A field that is None was not said, so what was known of it stays.
    """

    type: Literal["deal_recorded"] = "deal_recorded"
    system: ShortText = Field(min_length=1)
    stage: CrmWords = ""
    name: DealName = ""
    amount_minor: Count | None = Field(None, description="in hundredths of the currency unit")
    currency: Currency = ""
    people: tuple[Identifier, ...] | None = Field(None, max_length=64)
    account_id: RecordId = ""
    reason: CrmWords = ""
    owner: Owner = ""
    attributes: Attributes = Field(
        {}, max_length=50, description="what else the CRM says of the deal; an empty value says nothing"
    )


class PocRecorded(Fact):
    """A proof of concept of a deal began or ended."""

    type: Literal["poc_recorded"] = "poc_recorded"
    started_at: Millis | None = None
    ended_at: Millis | None = None
    result: CrmWords = ""
    reason: CrmWords = Field("", description="why it failed")


class DealPeopleChanged(Fact):
    """Somebody was put on a deal or taken off it; whoever is not named stays where they are."""

    type: Literal["deal_people_changed"] = "deal_people_changed"
    joined: tuple[Identifier, ...] = Field((), max_length=64)
    left: tuple[Identifier, ...] = Field((), max_length=64)


class LeadConverted(Fact):
    """A lead became a deal; of several the newest counts, so that a corrected conversion moves the lead."""

    type: Literal["lead_converted"] = "lead_converted"
    deal: Identifier | Literal[""] = Field(description='"" if it is none any more')


class DeletionRecorded(Fact):
    """Whether the CRM has deleted the lead, contact or deal `subject`; the newest word on it counts.

    `deleted` is false if the record was restored, or if a file says that it is there. What a record that is
    deleted said counts nowhere, and neither do its ties.
    """

    type: Literal["deletion_recorded"] = "deletion_recorded"
    deleted: bool
    merged_into: Identifier | Literal[""] = Field(
        "", description="the deal that it became part of, and that its people are on now"
    )
    continued: bool = Field(False, description="it goes on under the id `merged_into`, with all that it said")


class SourceTold(Fact):
    """How a lead came, as the CRM was told by a form or an importer; the newest word of a lead counts.

    `occurred_at` is as of when the CRM says so, `touched_at` when the lead came. `tags` are what a URL would
    carry: utm_source, gclid. `which` tells the first contact apart from the one that brought the lead.
    """

    type: Literal["source_told"] = "source_told"
    touched_at: Millis
    which: Literal["", "first"] = ""
    landing_url: LongText = Field("", description="as the CRM has it, personal data replaced")
    referrer: LongText = ""
    tags: Attributes = Field({}, max_length=40)


CrmEvent = Annotated[
    LeadRecorded
    | LeadMerged
    | StageChanged
    | FollowedUp
    | DealRecorded
    | PocRecorded
    | DealPeopleChanged
    | LeadConverted
    | DeletionRecorded
    | SourceTold,
    Field(discriminator="type"),
]
