"""The words that every schema uses: times, identifiers, stages and the kinds of touchpoints."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

MINUTE_MS = 60_000
DAY_MS = 86_400_000
# 2100-01-01: past it, somebody sent microseconds.
END_OF_MILLIS = 4_102_444_800_000
Millis = Annotated[int, Field(ge=0, lt=END_OF_MILLIS, description="UTC, milliseconds since 1970")]


class Holds(StrEnum):
    """What a text of a fact may hold: producers take personal data out of it accordingly.

    A text without a mark is TEXT: every address and number in it is replaced. In a GIVEN_ID, an id that an
    ad platform gave, and in a RECORD_ID of a CRM, mere digits may be no phone. What is CLOSED has a pattern
    that leaves no room for personal data.
    """

    TEXT = "text"
    IDENTIFIER = "identifier"
    GIVEN_ID = "given id"
    RECORD_ID = "record id"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Readable:
    """A field of names that stay readable, but for addresses and numbers in them: what it is called, and why.

    One that `may_be_token` becomes a token as a whole where the settings say so; the others carry meaning
    that the policy must understand, or that reports are about.
    """

    name: str
    why: str
    may_be_token: bool = False


# "anon:…", "user:…", "email:…" and "phone:…" (both HMACs), "crm:<system>:<id>", "deal:<system>:<id>".
Identifier = Annotated[
    str, Field(pattern=r"^[a-z]+:[^\x00-\x1f]+$", min_length=3, max_length=256), Holds.IDENTIFIER
]
# The largest whole number that every reader of JSON keeps exactly.
Count = Annotated[int, Field(ge=0, le=9_007_199_254_740_991)]
ShortText = Annotated[str, Field(max_length=512)]
LongText = Annotated[str, Field(max_length=8192)]
GivenId = Annotated[str, Field(max_length=512), Holds.GIVEN_ID]
RecordId = Annotated[str, Field(max_length=512), Holds.RECORD_ID]
Owner = Annotated[ShortText, Readable("owner", "reports say who left which lead without an answer", True)]
Company = Annotated[ShortText, Readable("company", "an account is read by the name of its company", True)]
Title = Annotated[ShortText, Readable("title", "an article is read by its title", True)]
DealName = Annotated[ShortText, Readable("deal_name", "a deal is read by its name", True)]
CRM_WORDS = Readable("words of the CRM", "the policy says what they mean")
CrmWords = Annotated[ShortText, CRM_WORDS]
AdNames = Annotated[ShortText, Readable("names of ads", "cost and deals meet by them: campaign, keyword …")]
Attributes = dict[Annotated[str, Field(max_length=128)], ShortText]


class Stage(StrEnum):
    """A lifecycle stage. The first seven are the funnel, in its order; the rest leave it."""

    VISITOR = "visitor"
    LEAD = "lead"
    MARKETING_QUALIFIED = "marketing_qualified"
    SALES_QUALIFIED = "sales_qualified"
    OPPORTUNITY = "opportunity"
    POC = "poc"
    WON = "won"
    LOST = "lost"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"


FUNNEL = tuple(stage for stage in Stage if stage not in (Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED))


class Grade(StrEnum):
    """What sales thinks of a lead, from the worst to the best."""

    INVALID = "invalid"
    NURTURE = "nurture"
    INTERESTED = "interested"
    CONVERTIBLE = "convertible"
    COOPERATING = "cooperating"


class TouchKind(StrEnum):
    """What kind of contact a touchpoint was."""

    VISIT = "visit"
    LINK_CLICK = "link_click"
    QR_SCAN = "qr_scan"
    EMAIL_CLICK = "email_click"
    EVENT = "event"
    CALL = "call"
    DOWNLOAD = "download"
    FOLLOW_UP = "follow_up"
    TOLD_BY_CRM = "told_by_crm"


def kind_of(identifier: str) -> str:
    """Return the kind of an identifier: "crm" for "crm:hubspot:17"."""
    return identifier.partition(":")[0]


def system_of(identifier: str) -> str:
    """Return the CRM system of an identifier: "hubspot" for "crm:hubspot:17"; "" if none gave it."""
    kind, _, rest = identifier.partition(":")
    return rest.partition(":")[0] if kind in ("crm", "deal") else ""
