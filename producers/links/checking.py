"""Addresses that are tagged already: what in them breaks the rules, and which channel they would be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from attribution.origin import origin_of
from attribution.policy import Policy
from producers.cells.source import Source
from producers.cells.tabular import header_of, read_table
from producers.links.making import tags_in
from producers.links.naming import Naming, faults_of
from producers.outcomes.left_out import NotUnderstoodError
from producers.privacy.personal_data import Tokeniser

_WORDS: Final = ("url", "link", "address", "landing", "网址", "链接", "地址", "落地页")
_UNASSIGNED: Final = "unassigned"


@dataclass(frozen=True, slots=True)
class Checked:
    """An address, where it stands, the channel of a visit that it brings, and what is wrong with it."""

    where: str
    url: str
    channel: str
    source: str
    medium: str
    campaign: str
    faults: tuple[str, ...]


def checked(
    urls: Iterable[tuple[str, str]], naming: Naming, policy: Policy, tokeniser: Tokeniser
) -> Iterator[Checked]:
    """Look at addresses, each with where it stands. Personal data in them is shown as tokens."""
    seen: dict[str, str] = {}
    for where, url in urls:
        origin = origin_of(url, "", policy)
        faults = [*_faults(url, naming, tokeniser), *(_said(issue) for issue in origin.issues)]
        if origin.channel == _UNASSIGNED:
            faults.append("no channel of the policy takes its source and medium")
        if (before := seen.setdefault(url, where)) != where:
            faults.append(f"it is the same as {before}")
        yield Checked(
            where,
            tokeniser.scrub(url),
            origin.channel,
            tokeniser.scrub(origin.source),
            tokeniser.scrub(origin.medium),
            tokeniser.scrub(origin.campaign),
            tuple(dict.fromkeys(faults)),
        )


def urls_in(data: bytes | Source, name: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses of a list, CSV or workbook, each with its line; raise NotUnderstoodError."""
    rows = iter(read_table(data).rows)
    first = next(rows, None)
    if first is None:
        raise NotUnderstoodError("there is nothing in it")
    header = header_of(first)
    place = next((at for at, cell in enumerate(header) if _is_address(cell)), None)
    if place is not None:
        yield f"{name}:{first.line}", header[place].strip()
    else:
        named = (at for at, cell in enumerate(header) if any(word in cell.lower() for word in _WORDS))
        place = next(named, None)
    if place is None:
        raise NotUnderstoodError("its first line names no column of addresses, such as url or 链接")
    for row in rows:
        if place < len(row.cells) and (url := row.cells[place].strip()):
            yield f"{name}:{row.line}", url


def _faults(url: str, naming: Naming, tokeniser: Tokeniser) -> Iterator[str]:
    if not _is_address(url):
        yield "it is no address that begins with https:// or http://"
        return
    if any(sign.isspace() for sign in url):
        yield "there is a blank in it"
    names = [part.partition("=")[0] for part in urlsplit(url).query.split("&")]
    tags = [name for name in names if name.lower().startswith("utm_")]
    for name in dict.fromkeys(tags):
        if name != name.lower():
            yield f"{name[:40]} is not in small letters"
        elif tags.count(name) > 1:
            yield f"{name[:40]} stands there {tags.count(name)} times"
    yield from faults_of(tags_in(url), naming, tokeniser)


def _is_address(text: str) -> bool:
    try:
        return text.strip().startswith(("https://", "http://")) and bool(urlsplit(text.strip()).hostname)
    except ValueError:
        return False


def _said(issue: str) -> str:
    what, _, where = issue.partition(":")
    return f"{where or 'it'}: {what.replace('_', ' ')}"
