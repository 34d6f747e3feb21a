"""What people say by hand of who is who, as facts: two are one person or are not, or one is nobody."""

from typing import Any, Final, TypeVar

from schemas.envelope import Fact, natural_id
from schemas.identity import LINKS_KEY

SOURCE: Final = "cli"
AnyFact = TypeVar("AnyFact", bound=Fact)


def said_by_hand(kind: type[AnyFact], at: int, **content: Any) -> AnyFact:
    """Make the fact that somebody says this at `at`, UTC milliseconds; said again then, it is the same fact.

    Raises ValidationError.
    """
    told = [f"{name}={value}" for name, value in sorted(content.items())]
    return kind(
        event_id=natural_id(SOURCE, kind.__name__, at, *told),
        occurred_at=at,
        received_at=at,
        source=SOURCE,
        subject=LINKS_KEY,
        **content,
    )
