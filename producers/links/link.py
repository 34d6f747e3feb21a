"""A tagged link: its code, where it leads, and the tags that say who put it there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args
from urllib.parse import quote

from producers.website.tags import with_query

Kind = Literal["link_click", "qr_scan", "email_click"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RECIPIENT: Final = re.compile(r"[a-z0-9]{8,32}")
_WHO: Final = re.compile(r"(?:email|phone):[0-9a-f]{64}")
_TAG: Final = re.compile(r"utm_[a-z_]{1,40}")
LONGEST_TARGET: Final = 4096


class LinkFaultError(ValueError):
    """A link that can't be; the text says why."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `tags` are utm_… parameters in their order; `label` is what people call it.

    `knows_at_click`: whoever clicks the link of a recipient is that recipient, also where no page follows
    that proves a person was there, as with a PDF.
    """

    code: str
    target: str
    tags: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = "link_click"
    label: str = ""
    knows_at_click: bool = False
    made_at: int = 0
    is_ended: bool = False

    @property
    def landing(self) -> str:
        """The address that it leads to, with its tags."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.tags.items())
        return with_query(self.target, query) if query else self.target


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who got a link of his own: the token of his mailbox or number, under a code that says nothing of it."""

    code: str
    who: str
    link: str


def record_of_link(link: Link) -> dict[str, Any]:
    """Return a link as its file holds it."""
    record: dict[str, Any] = {
        "code": link.code,
        "target": link.target,
        "tags": dict(link.tags),
        "kind": link.kind,
        "label": link.label,
        "made_at": link.made_at,
    }
    flags = {"knows_at_click": link.knows_at_click, "is_ended": link.is_ended}
    return record | {name: True for name, value in flags.items() if value}


def record_of_recipient(recipient: Recipient) -> dict[str, Any]:
    """Return a recipient as the file of links holds him."""
    return {"recipient": recipient.code, "who": recipient.who, "link": recipient.link}


def item_of(record: Any) -> Link | Recipient:
    """Read a line of the file; raise LinkFaultError that doesn't quote it."""
    if not isinstance(record, dict):
        raise LinkFaultError("a line is a JSON object")
    if "recipient" in record:
        code, who, link = (str(record.get(name, "")) for name in ("recipient", "who", "link"))
        if not RECIPIENT.fullmatch(code) or not _WHO.fullmatch(who):
            raise LinkFaultError(
                "a recipient has a code of small letters and digits, and the token of whom he is"
            )
        return Recipient(code, who, link)
    tags = record.get("tags", {})
    if not isinstance(tags, dict) or not all(
        _TAG.fullmatch(str(name)) and isinstance(value, str) and value for name, value in tags.items()
    ):
        raise LinkFaultError("tags are utm_… with texts")
    return _link_of(record, tags)


def _link_of(record: Mapping[str, Any], tags: Mapping[str, str]) -> Link:
    code, target, kind = record.get("code"), record.get("target"), record.get("kind", "link_click")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise LinkFaultError("code is up to 64 small letters, digits, - and _")
    if not isinstance(target, str) or not 0 < len(target) <= LONGEST_TARGET:
        raise LinkFaultError(f"target is an address of at most {LONGEST_TARGET} characters")
    if kind not in KINDS:
        raise LinkFaultError(f"kind is one of {', '.join(KINDS)}")
    made_at = record.get("made_at", 0)
    return Link(
        code=code,
        target=target,
        tags=tags,
        kind=kind,
        label=str(record.get("label", "")),
        knows_at_click=record.get("knows_at_click") is True,
        made_at=made_at if isinstance(made_at, int) else 0,
        is_ended=record.get("is_ended") is True,
    )
