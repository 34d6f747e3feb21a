"""Identifiers as people at the terminal say and read them; personal data becomes tokens here."""

import click

from cli.privacy import tokeniser_of
from producers.privacy.personal_data import Tokeniser
from schemas.terms import kind_of
from settings import Settings

CLEAR_KINDS = ("email", "phone")
KINDS = ("anon", "user", "crm", *CLEAR_KINDS)
TOKEN_LENGTH = 64
SHOWN_OF_TOKEN = 14


def identifier_of(lead: str, given: Settings, argument: str = "LEAD") -> str:
    """The identifier that a person at the terminal means, said as this argument of a command.

    Raises SettingsError, PolicyError, UsageError.
    """
    kind, colon, value = lead.strip().partition(":")
    if colon and kind in KINDS and not (kind in CLEAR_KINDS and len(value) != TOKEN_LENGTH):
        return lead.strip()
    text = value if colon and kind in CLEAR_KINDS else lead
    tokeniser = tokeniser_of(given)
    identifier = tokeniser.email(text) if "@" in text else tokeniser.phone(text)
    if identifier is None:
        raise click.UsageError(
            f"{argument} is neither an identifier (crm:SYSTEM:ID, anon:ID, user:ID) nor an e-mail address or "
            "phone number that names somebody"
        )
    return identifier


def token_of(name: str, tokeniser: Tokeniser) -> str:
    """The identifier that a name in the clear, such as "email:a@corp.example", is here."""
    kind, _, value = name.partition(":")
    if kind == "email":
        return tokeniser.email(value) or name
    return (tokeniser.phone(value) or name) if kind == "phone" else name


def short(identifier: str) -> str:
    """An identifier for people: of a token, the beginning is enough."""
    if kind_of(identifier) in ("email", "phone") and len(identifier) > 2 * SHOWN_OF_TOKEN:
        return identifier[:SHOWN_OF_TOKEN] + "…"
    return identifier
