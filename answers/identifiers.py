"""Identifiers as people say and read them, at a terminal or in a search box; personal data becomes tokens."""

from collections.abc import Mapping

from producers.privacy.contacts import user_of
from producers.privacy.identifiers import scrubbed_identifier
from producers.privacy.masking import masked
from producers.privacy.personal_data import Tokeniser
from producers.privacy.tokenisers import tokeniser_of
from schemas.terms import kind_of
from settings import Settings

CLEAR_KINDS = ("email", "phone")
KINDS = ("anon", "user", "crm", *CLEAR_KINDS)
TOKEN_LENGTH = 64
SHOWN_OF_TOKEN = 14


class IdentifierError(ValueError):
    """What was said names nobody; the text is a sentence without what was said."""


def identifier_of(lead: str, given: Settings, called: str = "LEAD") -> str:
    """The identifier that is meant by an identifier, an e-mail address or a phone number.

    `called`: what the sentence of an IdentifierError calls it. Raises SettingsError and PolicyError as well.
    """
    kind, colon, value = lead.strip().partition(":")
    if colon and kind in KINDS and not (kind in CLEAR_KINDS and len(value) != TOKEN_LENGTH):
        has_key = bool(given.token_key.get_secret_value())
        # Without anything to replace in it, no key is needed.
        return lead.strip() if masked(value) == value and not has_key else named(lead.strip(), given)
    text = value if colon and kind in CLEAR_KINDS else lead
    tokeniser = tokeniser_of(given)
    identifier = tokeniser.email(text) if "@" in text else tokeniser.phone(text)
    if identifier is None:
        raise IdentifierError(
            f"{called} is neither an identifier (crm:SYSTEM:ID, anon:ID, user:ID) nor an e-mail address or "
            "phone number that names somebody"
        )
    return identifier


def named(identifier: str, given: Settings) -> str:
    """The identifier as it stands in topics and tables, if an address or a number is somebody's id."""
    tokeniser = tokeniser_of(given)
    kind, _, value = identifier.partition(":")
    user = user_of(value, tokeniser) if kind == "user" else None
    return user or scrubbed_identifier(identifier, tokeniser)


def by_number(identifier: str, given: Settings) -> str:
    """The identifier of a record whose id its CRM keeps in a column of phone numbers; "" if it can't be one.

    The number may be written as in its country, so that by itself it looks like any other id.
    """
    kind, _, value = identifier.partition(":")
    system, _, own = value.partition(":")
    token = tokeniser_of(given).id_token(own) if kind == "crm" and own.isdigit() else ""
    return f"crm:{system}:{token}" if token else ""


def token_of(name: str, tokeniser: Tokeniser) -> str:
    """The identifier that a name in the clear, such as "email:a@corp.example", is here."""
    kind, _, value = name.partition(":")
    if kind == "email":
        return tokeniser.email(value) or name
    return (tokeniser.phone(value) or name) if kind == "phone" else scrubbed_identifier(name, tokeniser)


def short(identifier: str) -> str:
    """An identifier for people: of a token, the beginning is enough."""
    if kind_of(identifier) in ("email", "phone") and len(identifier) > 2 * SHOWN_OF_TOKEN:
        return identifier[:SHOWN_OF_TOKEN] + "…"
    return identifier


def what_was_said(fact: Mapping[str, str]) -> tuple[str, str, str, str]:
    """A link, split or block in words: what, who, with whom, and why."""
    who, other = fact.get("left") or fact["identifier"], fact.get("right", "")
    why = fact.get("rule") or fact.get("reason", "")
    return fact["type"].removeprefix("identity_"), short(who), short(other), why
