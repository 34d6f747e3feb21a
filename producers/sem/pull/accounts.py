"""Pulls accounts, each for itself: days that are new, and those that are still restated, each as a whole."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Final, Protocol, TypeVar

from producers.sem.amounts import Amounts
from producers.sem.facts import Place, performance_fact
from producers.sem.pull.book import Book, Change
from producers.sem.pull.platform import Account, Platform, PullError, UnsettledError
from schemas.envelope import Fact
from schemas.terms import Millis

log = logging.getLogger(__name__)
Row = TypeVar("Row")

_SETTLES_WITHIN: Final = 3  # times that days are asked for anew
_AT_ONCE: Final = 3  # accounts of a platform
_ONE: Final = timedelta(days=1)


class Known(Protocol):
    """What is known already of an account; whatever it raises ends the pull of all."""

    def newest_day(self, platform: str, account: str) -> date | None:
        """Return the last day of which anything is known."""

    def rows(self, platform: str, account: str, first: date, last: date) -> Iterable[tuple[Place, Amounts]]:
        """Return what each place of these days comes to, with names as they are stored."""

    def unnamed(self, platform: str, first: date, last: date) -> int:
        """Return how many rows of these days cost something without that an account is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to be pulled: from `since` on, else from where it ended, and the days that are restated.

    `first_days` are those of an account that nothing is known of; `until` is included. `trust_silence` takes
    days of which nothing is told for days on which nothing was shown.
    """

    until: date
    since: date | None = None
    restated_days: int = 7
    first_days: int = 30
    trust_silence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What pulling needs of its surroundings: `publish` returns when all is confirmed, `now` is the clock."""

    known: Known
    publish: Callable[[Iterable[Fact]], None]
    clean: Callable[[str], str]
    now: Callable[[], Millis]
    zone: tzinfo


@dataclass(slots=True)
class Outcome:
    """What became of one account; `error` is one sentence, "" if all days were pulled."""

    platform: str
    account: Account
    first: date | None = None
    last: date | None = None
    rows: int = 0
    changed: int = 0
    gone: int = 0
    clicks: int = 0
    notes: tuple[str, ...] = ()
    error: str = ""


async def pull_all(platforms: Sequence[Platform], wishes: Wishes, means: Means) -> list[Outcome]:
    """Pull all accounts of all platforms, some at once: what befalls one leaves the others alone.

    Only what `means` raises ends it.
    """
    gates = {platform.name: asyncio.Semaphore(_AT_ONCE) for platform in platforms}
    # One thread speaks to the database and the broker at a time.
    turn = asyncio.Lock()

    async def one(platform: Platform, account: Account) -> Outcome:
        async with gates[platform.name]:
            outcome = Outcome(platform.name, account)
            await _Pull(platform, account, wishes, means, turn, outcome).run()
            return outcome

    return await asyncio.gather(
        *(one(platform, account) for platform in platforms for account in platform.accounts)
    )


@dataclass(frozen=True, slots=True)
class _Pull:
    platform: Platform
    account: Account
    wishes: Wishes
    means: Means
    turn: asyncio.Lock
    outcome: Outcome

    async def run(self) -> None:
        async with self.turn:
            newest = await asyncio.to_thread(
                self.means.known.newest_day, self.platform.name, self.means.clean(self.account.name)
            )
        first = first_day(self.wishes, newest)
        clicks_from = first if self.wishes.since or newest is None else max(first, newest - _ONE)
        try:
            # In the order of days: where it ends, whatever ends it, the next pull begins.
            for begin, end in spans(first, self.wishes.until, self.platform.days_at_once):
                # Before the cost, by which the next pull knows what was pulled.
                await self._clicks(max(begin, clicks_from), end)
                await self._settled(begin, end)
                self.outcome.first, self.outcome.last = self.outcome.first or begin, end
        except PullError as error:
            self.outcome.error = str(error)

    async def _settled(self, first: date, last: date) -> None:
        for attempt in range(1, _SETTLES_WITHIN + 1):
            try:
                await self._days(first, last)
                return
            except UnsettledError as error:
                if attempt == _SETTLES_WITHIN:
                    raise PullError(f"{error}, {attempt} times: pull again later") from None

    async def _days(self, first: date, last: date) -> None:
        with Book(self.platform.name, self.means.clean) as book:
            began, told = self.means.now(), 0
            async for rows in _isolated(self.platform.rows(self.account, first, last)):
                told += len(rows)
                book.take(rows)
            if book.parts != told:
                raise UnsettledError("a row was told twice, so that another one may be missing")
            async with self.turn:
                await asyncio.to_thread(self._compare, book, first, last)
                await asyncio.to_thread(self._publish, book, began)
            self.outcome.rows += told

    async def _clicks(self, first: date, last: date) -> None:
        for day, _ in spans(first, last, 1):
            async for page in _isolated(self.platform.clicks(self.account, day, self.means.now())):
                async with self.turn:
                    await asyncio.to_thread(self.means.publish, page)
                self.outcome.clicks += len(page)

    def _compare(self, book: Book, first: date, last: date) -> None:
        account = self.means.clean(self.account.name)
        book.add_up()
        book.know(self.means.known.rows(self.platform.name, account, first, last))
        if not self.wishes.trust_silence and (silent := book.silences(self.platform.covers_all)):
            self.outcome.notes += (_silence(silent),)
        if account and (rows := self.means.known.unnamed(self.platform.name, first, last)):
            self.outcome.notes += (_unnamed(rows, first, last),)

    def _publish(self, book: Book, began: Millis) -> None:
        self.means.publish(
            performance_fact(
                change.place,
                change.amounts,
                reported_at=began,
                received_at=self.means.now(),
                zone=self.means.zone,
            )
            for change in self._counted(
                book.changes(covers_all=self.platform.covers_all, believed=self.wishes.trust_silence)
            )
        )

    def _counted(self, changes: Iterator[Change]) -> Iterator[Change]:
        for change in changes:
            self.outcome.gone += change.is_gone
            self.outcome.changed += not change.is_gone
            yield change


async def _isolated(pages: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
    """Pass pages on; an error of ours costs the account that it befell, and is logged."""
    try:
        async for page in pages:
            yield page
    except PullError:
        raise
    except Exception as error:
        log.exception("an answer was not understood")
        raise PullError(
            f"its answer was not understood ({type(error).__name__}); the log says where"
        ) from None


def first_day(wishes: Wishes, newest: date | None) -> date:
    """Return the day from which an account is pulled, when `newest` is the last that is known of it."""
    if wishes.since is not None:
        return wishes.since
    if newest is None:
        return wishes.until - timedelta(days=wishes.first_days - 1)
    return min(newest, wishes.until) - timedelta(days=wishes.restated_days - 1)


def spans(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    """Cut days, both included, into spans of so many at most."""
    begin = first
    while begin <= last:
        end = min(begin + timedelta(days=days - 1), last)
        yield begin, end
        begin = end + _ONE


def _silence(silent: Sequence[str]) -> str:
    shown = ", ".join(silent[:5]) + (" …" if len(silent) > 5 else "")
    return (
        f"of {shown} nothing is told, though something had been: nothing of that is taken back. If nothing "
        "was shown there, pull these days with --trust-silence"
    )


def _unnamed(rows: int, first: date, last: date) -> str:
    return (
        f"{rows:,} rows of {first} to {last} stand there without an account, from files that named none: if "
        "they are of this account, they count twice. Set it as ID= (without a name), and pull again"
    )
