"""Identifiers without personal data, also where an address or a number is somebody's id."""

import re
import unicodedata
from typing import Final

from producers.privacy.addresses import normalised_address
from producers.privacy.personal_data import Tokeniser
from schemas.crm import IDS_OF_THEIR_OWN
from schemas.terms import Identifier

_OF_RECORDS: Final = ("crm", "deal", "account")
_TEXTS: Final = ("anon", "user")
_CONTACTS: Final = ("email", "phone")
_LONGEST: Final = 256
_NUMBER: Final = re.compile(r"(?:\+|00)?\d[\d ().-]{6,20}")


def scrubbed_identifier(identifier: Identifier, tokeniser: Tokeniser) -> Identifier:
    """Return an identifier in which no address and no number stands; the same for the same one.

    A record of a CRM whose id is an address or a phone number becomes "crm:<system>:<token>".
    """
    kind, _, value = identifier.partition(":")
    if kind in _CONTACTS:
        if tokeniser.is_token(identifier):
            return identifier
        return tokeniser.id_token(value) or _text(kind, value, tokeniser)
    if kind in _TEXTS:
        return _text(kind, value, tokeniser)
    if kind in _OF_RECORDS:
        system, _, own = value.partition(":")
        return f"{kind}:{system}:{scrubbed_record_id(own, system, tokeniser)}"[:_LONGEST]
    if kind == "ad":
        return identifier  # a key made of the fact's own fields, which are scrubbed
    # Clicks, keywords and rows of reports are named by ids of ad platforms.
    return f"{kind}:{tokeniser.scrub_id(value)}"[:_LONGEST]


def scrubbed_record_id(own: str, system: str, tokeniser: Tokeniser) -> str:
    """Return the id of a record: a token if it is an address or a phone number, else the id without either.

    Systems that give ids of their own making, such as HubSpot, may give one that looks like a phone number;
    in any other a number that can be one is one.
    """
    its_own = system in IDS_OF_THEIR_OWN or tokeniser.has_own_ids(system)
    if its_own and own.isalnum():
        return own
    clean = tokeniser.scrub(own)
    if clean == own:
        return own
    # lead-13912345678 is no token as a whole: it may be another record than deal-13912345678.
    is_contact = normalised_address(own) or _NUMBER.fullmatch(unicodedata.normalize("NFKC", own))
    return (is_contact and tokeniser.id_token(own)) or clean


def _text(kind: str, value: str, tokeniser: Tokeniser) -> Identifier:
    return f"{kind}:{tokeniser.scrub(value)}"[:_LONGEST]
