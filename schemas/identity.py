"""What is said about who is who: links between identifiers, and corrections of them."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import EventId, Fact
from schemas.terms import Identifier, ShortText

LINKS_KEY = "links:all"  # one key, so that all of them stand in one order in one partition


class IdentityLinked(Fact):
    """Two identifiers are the same person; `evidence` is the fact that says so, `rule` why it does."""

    type: Literal["identity_linked"] = "identity_linked"
    left: Identifier
    right: Identifier
    evidence: EventId
    rule: ShortText = ""


class IdentitySplit(Fact):
    """Somebody found that two identifiers are not the same person: no link between them counts any more."""

    type: Literal["identity_split"] = "identity_split"
    left: Identifier
    right: Identifier
    reason: ShortText = ""


class IdentityBlocked(Fact):
    """An identifier stands for nobody in particular: it joins no one."""

    type: Literal["identity_blocked"] = "identity_blocked"
    identifier: Identifier
    reason: ShortText = ""


IdentityEvent = Annotated[IdentityLinked | IdentitySplit | IdentityBlocked, Field(discriminator="type")]
