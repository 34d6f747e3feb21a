"""How tagged links are named: rules that a file says, and what in a link's tags breaks them."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from producers.links.link import KINDS, Kind, Link
from producers.privacy.personal_data import Tokeniser

NAME: Final = "naming.toml"
LARGEST: Final = 1 << 20
TAGS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_SHOWN: Final = 60


class NamingFaultError(ValueError):
    """The file of the rules can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The rules; `mediums` says for each what a click on its links is. No source or medium named: any."""

    required: tuple[str, ...]
    separators: str
    longest: int
    sources: frozenset[str]
    mediums: Mapping[str, Kind]

    def kind_of(self, tags: Mapping[str, str]) -> Kind:
        """What a click on a link with these tags is."""
        return self.mediums.get(tags.get("utm_medium", ""), "link_click")


def naming_in(home: Path, chosen: Path | None) -> Naming:
    """Return the rules of the file that was chosen, else of naming.toml in a folder, else ours.

    Raises NamingFaultError.
    """
    path = chosen or home / NAME
    ours = parse_naming(resources.files(__package__).joinpath(NAME).read_text("utf-8"), None)
    if chosen is None and not path.exists():
        return ours
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise NamingFaultError(f"it is larger than {LARGEST >> 20} MB")
        return parse_naming(content.decode("utf-8"), ours)
    except (OSError, UnicodeDecodeError, NamingFaultError) as error:
        raise NamingFaultError(f"the rules for names of links, {path}, can't be used: {error}") from None


def parse_naming(text: str, ours: Naming | None) -> Naming:
    """Read rules; what is left out is as in `ours`. Raises NamingFaultError."""
    try:
        told: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NamingFaultError(f"it is not TOML: {error}") from None
    base = ours or Naming((), "", 1, frozenset(), {})
    mediums = told.get("mediums", base.mediums)
    checks: dict[str, Callable[[Any], bool]] = {
        "required": lambda value: _are_texts(value) and set(value) <= set(TAGS),
        "separators": lambda value: isinstance(value, str) and not any(map(str.isalnum, value)),
        "longest": lambda value: type(value) is int and 0 < value <= 512,
        "sources": _are_texts,
        "mediums": lambda value: isinstance(value, dict) and set(value.values()) <= set(KINDS),
    }
    for name, value in told.items():
        if name not in checks:
            raise NamingFaultError(f"{name} is no rule; there are {', '.join(checks)}")
        if not checks[name](value):
            raise NamingFaultError(f"{name} may be as in the file that comes with Leadtrace")
    return replace(
        base,
        required=tuple(told.get("required", base.required)),
        separators=told.get("separators", base.separators),
        longest=told.get("longest", base.longest),
        sources=frozenset(told.get("sources", base.sources)),
        mediums=dict(mediums),
    )


def faults_of(tags: Mapping[str, str], naming: Naming, tokeniser: Tokeniser) -> Iterator[str]:
    """Say what breaks the rules, a sentence for each; a value that holds personal data is not quoted."""
    for name in naming.required:
        if not tags.get(name):
            yield f"{name} is missing"
    for name, value in tags.items():
        if value:
            yield from _faults_of_value(name, value, naming, tokeniser)
    allowed = {"utm_source": naming.sources, "utm_medium": frozenset(naming.mediums)}
    for name, known in allowed.items():
        value = tags.get(name, "")
        if value and known and value.lower() in known and value not in known:
            continue  # that it is not in small letters was said
        if value and known and value not in known:
            yield f"{name} {_quoted(value)} is not among {', '.join(sorted(known))}"


def same_tags(link: Link, others: Iterable[Link]) -> Link | None:
    """Return another link with the same target and tags, that would be told from this one by nothing."""
    return next(
        (
            each
            for each in others
            if (each.target, each.tags) == (link.target, link.tags) and not each.is_ended
        ),
        None,
    )


def _faults_of_value(name: str, value: str, naming: Naming, tokeniser: Tokeniser) -> Iterator[str]:
    if tokeniser.scrub_field(name, value) != value or tokeniser.scrub(value) != value:
        yield f"{name} holds an address or a number of a person: links are seen by everybody"
        return
    if len(value) > naming.longest:
        yield f"{name} has {len(value)} characters, and may have {naming.longest}"
    if value != value.lower():
        yield f"{name} {_quoted(value)} is not in small letters: {_quoted(value.lower())}"
    strange = "".join(
        dict.fromkeys(sign for sign in value if not sign.isalnum() and sign not in naming.separators)
    )
    if strange:
        yield f"{name} {_quoted(value)} holds {_quoted(strange)}: {_quoted(_repaired(value, naming))}"
    elif not (value[0].isalnum() and value[-1].isalnum()):
        yield f"{name} {_quoted(value)} begins or ends with a sign"


def _repaired(value: str, naming: Naming) -> str:
    joint = naming.separators[-1:]
    words = "".join(
        sign if sign.isalnum() or sign in naming.separators else " " for sign in value.lower()
    ).split()
    return joint.join(words)


def _quoted(value: str) -> str:
    text = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    return f"“{text}”"


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)
