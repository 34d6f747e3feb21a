"""What the topic of contacts holds: a field of a lead, sealed under a key that only the way back has."""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.handover import Message
from schemas.terms import Identifier, Millis

ContactField = Literal["email", "phone", "name", "company"]
CONTACT_FIELDS: Final[tuple[ContactField, ...]] = ("email", "phone", "name", "company")


class ContactSealed(Message):
    """What somebody gave of himself, known by the token of his address or number; nobody can read it here."""

    type: Literal["contact_sealed"] = "contact_sealed"
    identifier: Identifier
    field: ContactField
    sealed: Annotated[str, Field(max_length=4096, description="nonce and AES-256-GCM of the text, in base64")]
    at: Millis


def contact_key(identifier: Identifier, field: ContactField) -> bytes:
    """The key of the record of one field: a newer one takes its place, and a deletion deletes it."""
    return f"{identifier} {field}".encode()
