"""A new link: its code, the tags that its target has already, and a code for each recipient of a list."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from producers.cells.source import Source
from producers.cells.tabular import header_of, read_table
from producers.links.link import CODE, LinkFaultError, Recipient
from producers.outcomes.left_out import NotUnderstoodError
from producers.privacy.own_fields import own_contact
from producers.privacy.personal_data import Tokeniser

# Without letters and digits that look alike on paper.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_SHORT, _SECRET = 6, 12
MOST_RECIPIENTS: Final = 1_000_000
COLUMN: Final = "link"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A list with a link of its own for each of its people: the columns, the rows, and who has which code.

    `left_out` are the lines on which there is no address or number that is anybody's.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    recipients: tuple[Recipient, ...]
    left_out: tuple[int, ...]


def code_for(wanted: str, taken: Collection[str]) -> str:
    """Return the code that is wanted, or one that is free; raise LinkFaultError if it can't be had."""
    if not wanted:
        return next(code for code in iter(lambda: _random(_SHORT), "") if code not in taken)
    code = wanted.lower()
    if not CODE.fullmatch(code):
        raise LinkFaultError("a code is up to 64 letters of a to z, digits, - and _")
    if code in taken:
        raise LinkFaultError(f"there is a link {code} already: give this one another code")
    return code


def tags_in(url: str) -> dict[str, str]:
    """Return the tags of an address."""
    try:
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return {}
    return {name.lower(): value for name, value in query if name.lower().startswith("utm_")}


def addressed(data: bytes | Source, link: str, url: str, tokeniser: Tokeniser) -> Addressed:
    """Give each person of a list, CSV or workbook, a link of their own; raise NotUnderstoodError.

    It is known by an address, or by a number where there is none; who stands there twice has one link.
    """
    rows = iter(read_table(data).rows)
    header = header_of(first) if (first := next(rows, None)) else ()
    places = [at for at, name in enumerate(header) if own_contact(name)]
    if not places:
        raise NotUnderstoodError(
            "its first line names no column of addresses or numbers, such as email or 手机"
        )
    codes: dict[str, str] = {}
    told: list[tuple[str, ...]] = []
    left_out: list[int] = []
    for row in rows:
        cells = (*row.cells, *("" for _ in header))[: len(header)]
        who = next(filter(None, (_who(cells[at], tokeniser) for at in places)), "")
        if row.problem or not who:
            left_out.append(row.line)
            continue
        if len(codes) >= MOST_RECIPIENTS:
            raise NotUnderstoodError(f"there are more than {MOST_RECIPIENTS:,} people in it: divide it")
        code = codes.setdefault(who, _random(_SECRET))
        told.append((*cells, f"{url}?r={code}"))
    recipients = tuple(Recipient(code, who, link) for who, code in codes.items())
    return Addressed((*header, COLUMN), tuple(told), recipients, tuple(left_out))


def _who(text: str, tokeniser: Tokeniser) -> str | None:
    return tokeniser.email(text) or tokeniser.phone(text) if text else None


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
