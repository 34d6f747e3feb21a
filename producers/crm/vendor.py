"""What each vendor of CRMs offers to webhooks: is this mine, what is it about, and what does it say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from producers.outcomes.left_out import LeftOut
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import Fact

About = Literal["lead", "deal", ""]


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor's event says: facts, parts that can't be used, or the reason why it has no effect.

    `rest_by_mapping` says that the event is a row as well, which the system's mapping reads.
    """

    facts: tuple[Fact, ...] = ()
    faults: tuple[LeftOut, ...] = ()
    ignored: str = ""
    rest_by_mapping: bool = False


@dataclass(frozen=True, slots=True)
class Vendor:
    """A CRM whose own way of posting is known.

    `about` is what kind of record an event is about, "" for one that no journey knows. `read` raises
    UnusableError. `yields` says of a whole record that a mapping which knows its id reads it instead.
    """

    system: str
    is_mine: Callable[[Mapping[str, Any]], bool]
    about: Callable[[Mapping[str, Any]], About]
    read: Callable[[Mapping[str, Any], Tokeniser, int], Told]
    yields: Callable[[Mapping[str, Any]], bool] = lambda _: False
