"""What the streams tell one another: who an identifier is, who carried a click, facts that change hands."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from schemas.crm import (
    DealPeopleChanged,
    DealRecorded,
    DeletionRecorded,
    FollowedUp,
    LeadConverted,
    LeadMerged,
    LeadRecorded,
    PocRecorded,
    SourceTold,
    StageChanged,
)
from schemas.sem import AdClicked, AdKeywordListed
from schemas.terms import Identifier, Millis, ShortText
from schemas.utm import CampaignTouched, EventAttended, OfflineContact
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, VisitorIdentified

AnyFact: TypeAlias = (
    PageViewed
    | PageEngaged
    | FormSubmitted
    | VisitorIdentified
    | CustomTracked
    | CampaignTouched
    | EventAttended
    | OfflineContact
    | AdClicked
    | AdKeywordListed
    | LeadRecorded
    | LeadMerged
    | StageChanged
    | FollowedUp
    | DealRecorded
    | PocRecorded
    | DealPeopleChanged
    | LeadConverted
    | DeletionRecorded
    | SourceTold
)
JourneyFact = Annotated[AnyFact, Field(discriminator="type")]

REVISION = "the revision: 0, but a device that several people share hands out all its facts anew in each"
DIVISOR = "of the facts as many are kept as fill one of so many equal parts of a full journey"


class Message(BaseModel):
    """A message between agents; repeated or reordered, it has the same effect."""

    # Keys of the JSON that have older names keep them.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class IdentityAssigned(Message):
    """`identifier` belongs to `person`, since `version`; of two messages the larger version counts.

    `shared` is for a device that several people use: whom each of the identifiers seen on it belongs to.
    `since`: when the first of what is said about who it is was received.
    """

    type: Literal["identity_assigned"] = "identity_assigned"
    identifier: Identifier
    person: Identifier
    version: int = Field(ge=0)
    shared: tuple[tuple[Identifier, Identifier], ...] = ()
    divisor: int = Field(1, ge=1, alias="share", description=DIVISOR)
    issue: ShortText = Field("", description="why it joins nobody, if a guard of the policy holds it back")
    since: Millis | None = None


class ClickMentioned(Message):
    """`identifier` landed with an id of an ad platform in the URL.

    `key` is the subject of what the platform tells of it: "click:<click id>", "keyword:<platform>:<id>".
    """

    type: Literal["click_mentioned"] = "click_mentioned"
    key: Identifier
    identifier: Identifier


class MemberJoined(Message):
    """To `person`: `identifier` is yours since this version and revision, and these are facts of it.

    Facts of a higher pair of the two replace those of a lower one, facts of the same pair add up.
    """

    type: Literal["member_joined"] = "member_joined"
    person: Identifier
    identifier: Identifier
    version: int = Field(ge=0)
    revision: int = Field(0, ge=0, alias="turn", description=REVISION)
    divisor: int = Field(1, ge=1, alias="share", description=DIVISOR)
    facts: tuple[JourneyFact, ...] = ()
    truncated: bool = False


class MemberLeft(Message):
    """To `person`: `identifier` is not yours since this version and revision; drop what is older of it."""

    type: Literal["member_left"] = "member_left"
    person: Identifier
    identifier: Identifier
    version: int = Field(ge=0)
    revision: int = Field(0, ge=0, alias="turn", description=REVISION)


class FactsShared(Message):
    """To `identifier`: facts recorded elsewhere that concern it (a resolved click, a deal it is on).

    `truncated` says that there were more of them than are kept.
    """

    type: Literal["facts_shared"] = "facts_shared"
    identifier: Identifier
    facts: tuple[JourneyFact, ...]
    truncated: bool = False


class FactsWanted(Message):
    """To `identifier`: `person` has lost what it knew of you, so tell it all again, or that you left it.

    A deal tells its records to a lead that wants them, and a lead what ties it to a deal.
    """

    type: Literal["facts_wanted"] = "facts_wanted"
    identifier: Identifier
    person: Identifier


HandOver = Annotated[MemberJoined | MemberLeft | FactsShared | FactsWanted, Field(discriminator="type")]
