"""What people say by hand of who is who, as facts: two are one person or are not, or one is nobody."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from producers.privacy.facts import record_of
from producers.privacy.tokenisers import tokeniser_of
from producers.publishing.publisher import Publisher
from schemas.envelope import Fact, natural_id
from schemas.identity import LINKS_KEY, IdentityBlocked, IdentityLinked, IdentitySplit
from schemas.terms import Identifier
from schemas.topics import LINKS
from settings import Settings

SOURCE: Final = "cli"
AnyFact = TypeVar("AnyFact", bound=Fact)


class CorrectionError(ValueError):
    """This can't be said; the text is a sentence."""


class Kind(StrEnum):
    """What can be said of identifiers."""

    SPLIT = "split"
    MERGE = "merge"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody says; `right` is empty for a block, `by` names a user of the cockpit."""

    kind: Kind
    left: Identifier
    right: Identifier = ""
    reason: str = ""
    by: str = ""

    @property
    def told(self) -> str:
        """What is so once it is said, as a sentence without its end."""
        match self.kind:
            case Kind.SPLIT:
                return f"{self.left} and {self.right} are split"
            case Kind.MERGE:
                return f"{self.left} and {self.right} are linked"
            case Kind.BLOCK:
                return f"{self.left} is blocked"


def say(given: Settings, correction: Correction, at: int) -> None:
    """Publish what somebody says at this time (UTC milliseconds); said again, it changes nothing.

    Raises CorrectionError, PublishError, SettingsError and PolicyError.
    """
    record = record_of(fact_of(correction, at), LINKS.name, tokeniser_of(given))
    publisher = Publisher(given)
    try:
        publisher.publish([record])
    finally:
        publisher.close()


def fact_of(correction: Correction, at: int) -> Fact:
    """The fact that says it. Raises CorrectionError."""
    left, right = correction.left, correction.right
    why = ": ".join(filter(None, (correction.by, correction.reason)))
    source = "cockpit" if correction.by else SOURCE
    if correction.kind is not Kind.BLOCK and left == right:
        raise CorrectionError("both are the same identifier")
    try:
        match correction.kind:
            case Kind.SPLIT:
                return said_by_hand(IdentitySplit, at, source, left=left, right=right, reason=why)
            case Kind.MERGE:
                evidence = natural_id(SOURCE, "merge", *sorted((left, right)))
                rule = f"by hand: {why}" if why else "by hand"
                return said_by_hand(
                    IdentityLinked, at, source, left=left, right=right, evidence=evidence, rule=rule
                )
            case Kind.BLOCK:
                return said_by_hand(IdentityBlocked, at, source, identifier=left, reason=why)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise CorrectionError(f"{first['loc'][0]}: {first['msg']}") from None


def said_by_hand(kind: type[AnyFact], at: int, source: str = SOURCE, **content: Any) -> AnyFact:
    """Make the fact that somebody says this at `at`, UTC milliseconds; said again then, it is the same fact.

    Raises ValidationError.
    """
    told = [f"{name}={value}" for name, value in sorted(content.items())]
    return kind(
        event_id=natural_id(source, kind.__name__, at, *told),
        occurred_at=at,
        received_at=at,
        source=source,
        subject=LINKS_KEY,
        **content,
    )
