"""What a platform that is pulled from has to offer: rows of days, and how it fails."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from producers.sem.amounts import Amounts
from producers.sem.facts import Place
from schemas.sem import AdClicked


class PullError(Exception):
    """An account can't be pulled now: one sentence that says why and what to do, without any secret."""


class UnsettledError(PullError):
    """What the platform told changed while it was told: asking anew may help."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account: what the platform knows it by, and what reports and imported files call it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PulledRow:
    """One row of a platform's answer. `part` is what tells it from all other rows, so that one that is told
    twice counts once.

    `is_whole` is what a campaign cost in all: what its keywords don't account for is kept without keyword.
    """

    part: str
    place: Place
    amounts: Amounts
    is_whole: bool = False


class Platform(Protocol):
    """A platform's interface. It asks for a few days at once, and says how long they are restated."""

    @property
    def name(self) -> str:
        """The platform, as touches of it have it."""

    @property
    def accounts(self) -> Sequence[Account]:
        """The accounts that were given."""

    @property
    def days_at_once(self) -> int:
        """Of how many days one answer is asked for."""

    @property
    def covers_all(self) -> bool:
        """Whether its rows are all that the account's campaigns of any kind cost."""

    def rows(self, account: Account, first: date, last: date, /) -> AsyncIterator[Sequence[PulledRow]]:
        """Yield all that was shown from the first to the last day. Ends only if nothing is missing.

        Raises PullError; UnsettledError if it is to be asked anew.
        """

    def clicks(self, account: Account, day: date, received_at: int, /) -> AsyncIterator[Sequence[AdClicked]]:
        """Yield the clicks of a day with their ids; nothing where they aren't told. Raises PullError."""


class TellsNoClicks:
    """A platform that names no clicks, as most."""

    __slots__ = ()

    async def clicks(
        self, _account: Account, _day: date, _received_at: int, /
    ) -> AsyncIterator[Sequence[AdClicked]]:
        """Yield nothing."""
        no_pages: tuple[Sequence[AdClicked], ...] = ()
        for page in no_pages:
            yield page
