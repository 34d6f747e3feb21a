"""What the way back says on its topic: claims, orders, attempts at telling them, answers and decisions."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.handover import Message
from schemas.terms import Identifier, Millis, ShortText

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="32 hex digits, the same for ever")]
Claim = Annotated[int, Field(ge=0, description="the claim that it was said under")]
AccountName = Annotated[
    str, Field(pattern=r"^[a-z0-9_-]{1,40}$", description="what the policy file calls it")
]
Kind = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$", description="kind of destination")]
OrderState = Literal[
    "accepted",
    "counted",
    "duplicate",
    "refused",
    "later",
    "alone",
    "unknown",
    "login",
    "unsendable",
    "dry_run",
    "superseded",
    "gave_up",
]


class OutboxClaimed(Message):
    """One sender owns the way back from here on; of two claims of one number the first counts."""

    type: Literal["outbox_claimed"] = "outbox_claimed"
    claim: int = Field(ge=1)
    nonce: ShortText
    at: Millis


class OrderPlanned(Message):
    """Something is to be told to an account. `told` is the order whole, as JSON; `revision` stands for what a
    changed lead's order says."""

    type: Literal["order_planned"] = "order_planned"
    claim: Claim
    at: Millis
    key: Key
    destination: Kind
    account: AccountName
    lead: Key
    occasion: Literal["stage", "lead", "invalid"]
    stage: ShortText = ""
    occurrence: int = Field(1, ge=0)
    person: Identifier
    deal: ShortText = ""
    evidence: ShortText = ""
    happened_at: Millis
    revision: ShortText = ""
    names: tuple[Identifier, ...] = ()
    told: str


class OrderAttempted(Message):
    """An order is about to be sent; written before the first byte of it."""

    type: Literal["order_attempted"] = "order_attempted"
    claim: Claim
    at: Millis
    key: Key
    destination: Kind
    account: AccountName
    attempt: int = Field(ge=1)
    is_repeatable: bool


class OrderAnswered(Message):
    """What became of an order; `attempt` 0: it was not tried."""

    type: Literal["order_answered"] = "order_answered"
    claim: Claim
    at: Millis
    key: Key
    destination: Kind
    account: AccountName
    attempt: int = Field(0, ge=0)
    state: OrderState
    code: ShortText = ""
    why: ShortText = ""
    reference: ShortText = ""
    retry_at: Millis | None = None
    ask_at: Millis | None = None


class OrderDecided(Message):
    """A person says of an order that it was taken, or that it is to be sent again."""

    type: Literal["order_decided"] = "order_decided"
    at: Millis
    key: Key
    decision: Literal["sent", "again"]


class AccountSet(Message):
    """An account takes nothing until a person opens it, or is open again."""

    type: Literal["account_set"] = "account_set"
    claim: Claim = 0
    at: Millis
    destination: Kind
    account: AccountName
    is_open: bool
    why: ShortText = ""


OutboxEvent = Annotated[
    OutboxClaimed | OrderPlanned | OrderAttempted | OrderAnswered | OrderDecided | AccountSet,
    Field(discriminator="type"),
]
