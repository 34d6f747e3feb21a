"""Speaks with one account's server: logs in, tells orders, asks what became of them, writes it all down."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ending import cause_of
from outbox.allowed import Allowed
from outbox.answers import in_short, lost, outcomes_of, same_for
from outbox.destination import NO_SESSION, Answer, Outcome, Request, Sending, Session, Understood
from outbox.journal import Journal
from outbox.ledger import TAKEN, Event, Line
from outbox.orders import Contact
from outbox.patience import Pace, told_wait
from outbox.saying import answered, closing
from outbox.speaking import LostError, Speaker, UnreachableError
from schemas.outbox import OrderAttempted

log = logging.getLogger(__name__)

# Whoever sent before us has heard all answers by then, or never will.
ABANDONED_AFTER: Final = 330_000
_NO_LATER_STEP: Final = 180_000  # ms after the first one began


class Contacts(Protocol):
    """What leads gave of themselves."""

    def of(self, identifiers: Sequence[str]) -> Contact | None:
        """The contact of whoever has one of these identifiers; None if nothing is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What all accounts share: the log, who speaks, what is kept of contacts, and the time (ms)."""

    journal: Journal
    speaker: Speaker
    contacts: Contacts | None
    clock: Callable[[], int]
    abandoned_after: int = ABANDONED_AFTER


class Teller:
    """It raises nothing for what a destination does: SupersededError and KafkaAwayError alone."""

    def __init__(self, allowed: Allowed, tools: Tools) -> None:
        self._allowed = allowed
        self._tools = tools
        self.pace = Pace(allowed.limits)
        self.session: Session = NO_SESSION
        self._logins = 0

    async def log_in(self, keys: Sequence[str]) -> bool:
        """See that there is a session; say of these orders why there is none."""
        now = self._tools.clock()
        if self.session is not NO_SESSION and not _is_over(self.session, now):
            return True
        try:
            request = self._allowed.destination.login(self._allowed.account, now)
            if request is None:
                return True
            self.pace.asked(now)
            got = self._allowed.destination.logged_in(self._allowed.account, await self._asked(request))
        except (UnreachableError, LostError) as error:
            got = Outcome(state="later", code="login", why=f"no session: {error}")
        except Exception as error:  # an answer that nobody can read
            got = Outcome(state="later", code="login", why=f"no session: {type(error).__name__}")
        if isinstance(got, Session):
            self.session = got
            return True
        if got.state == "later" and not got.closes:
            self.pace.failed(now)
        await self.say(same_for(keys, got), None)
        return False

    async def tell(self, sending: Sending, first: Request) -> None:
        """Send a request and those that go on from its answer."""
        waiting = [first]
        while waiting:
            request = waiting.pop(0)
            if self._tools.clock() - sending.at > _NO_LATER_STEP:
                outcome = Outcome(state="later", code="too_slow", why="its steps took too long")
                await self.say(same_for(request.keys, outcome), None)
            else:
                waiting += await self._one(sending, request)

    async def ask(self, lines: Sequence[Line], reference: str) -> None:
        """Ask what became of what was accepted under a reference."""
        keys = [line.key for line in lines]
        if await self.log_in(()):
            await self.say(same_for(keys, await self._asked_about(reference)), None)
        else:
            await self.say(same_for(keys, _again(reference)), None)

    async def say(self, outcomes: Mapping[str, Outcome], answer: Answer | None) -> None:
        """Write down what became of orders, and what that means for the account."""
        now, ledger = self._tools.clock(), self._tools.journal.ledger
        schedule = self._allowed.destination.schedule
        events = [
            answered(ledger.lines[key], outcome, answer, schedule, ledger.claim, now)
            for key, outcome in outcomes.items()
            if key in ledger.lines
        ]
        told = list(outcomes.values())
        self._learn(told, answer, now)
        closed = closing(self._allowed, told, events, ledger.claim, now)
        said: list[Event] = [*events, *([closed] if closed else [])]
        await self._tools.journal.say(said)
        for event in events:
            log.info("%s: order %s: %s %s", self._allowed.name, event.key, event.state, event.why)
        if closed:
            log.error("%s takes nothing until a person opens it: %s", self._allowed.name, closed.why)

    def _learn(self, outcomes: Sequence[Outcome], answer: Answer | None, now: int) -> None:
        """What outcomes mean for when the account is asked again."""
        if any(each.state == "login" for each in outcomes):
            self.session, self._logins = NO_SESSION, self._logins + 1
            if self._logins > 1:
                self.pace.failed(now)
        elif any(each.state in TAKEN for each in outcomes):
            self._logins = 0
            self.pace.answered()
        pauses = [each.pauses for each in outcomes if each.pauses]
        if answer is not None and (answer.status == 429 or answer.status >= 500):
            told = told_wait(answer.headers, now)
            if told is None:
                self.pace.failed(now)
            else:
                pauses.append(told)
        if pauses:
            self.pace.pause(now, max(pauses))

    async def _one(self, sending: Sending, request: Request) -> Sequence[Request]:
        await self._attempt(request, sending)
        now = self._tools.clock()
        self.pace.asked(now)
        try:
            answer = await self._asked(request)
        except (UnreachableError, LostError) as error:
            self.pace.failed(now)
            is_lost = isinstance(error, LostError)
            unreached = Outcome(state="later", code="unreachable", why=str(error))
            outcome = lost(request, str(error)) if is_lost else unreached
            await self.say(same_for(request.keys, outcome), None)
            return ()
        understood = self._understood(sending, request, answer)
        await self.say(outcomes_of(request, understood, answer), answer)
        return understood.then

    async def _attempt(self, request: Request, sending: Sending) -> None:
        """Write down what is about to be sent, before its first byte."""
        claim = self._tools.journal.ledger.claim
        await self._tools.journal.say(
            OrderAttempted(
                claim=claim,
                at=self._tools.clock(),
                key=key,
                destination=self._allowed.account.destination,
                account=self._allowed.name,
                attempt=max(sending.number, self._line(key).attempt),
                is_repeatable=request.is_repeatable,
            )
            for key in request.keys
            if self._is_news(self._line(key), request, sending.number)
        )

    def _is_news(self, line: Line, request: Request, number: int) -> bool:
        """Whether the log doesn't say yet that this is tried; a later step may be less repeatable."""
        return line.attempt < number or line.state != "sending" or line.is_repeatable > request.is_repeatable

    def _understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        try:
            return self._allowed.destination.understood(sending, request, answer)
        except Exception as error:  # an answer that nobody can read concerns this account alone
            log.warning("%s: an answer can't be read: %s", self._allowed.name, cause_of(error))
            return Understood()

    async def _asked(self, request: Request) -> Answer:
        seconds = self._allowed.limits.seconds_to_wait
        return await self._tools.speaker.ask(request, seconds, self._allowed.allows_private)

    async def _asked_about(self, reference: str) -> Outcome:
        destination, account = self._allowed.destination, self._allowed.account
        now = self._tools.clock()
        try:
            request = destination.ask(account, self.session, reference)
            if request is None:
                return Outcome(state="accepted", reference=reference)
            self.pace.asked(now)
            return destination.told(account, request, await self._asked(request)) or _again(reference)
        except (UnreachableError, LostError):
            self.pace.failed(now)
        except Exception as error:  # an answer that nobody can read
            log.warning("%s: %s", self._allowed.name, in_short(cause_of(error)))
        return _again(reference)

    def _line(self, key: str) -> Line:
        return self._tools.journal.ledger.lines[key]


def _again(reference: str) -> Outcome:
    """Nobody can say yet what became of it: ask again."""
    return Outcome(state="accepted", reference=reference, ask_after=3600.0)


def _is_over(session: Session, now: int) -> bool:
    return session.ends_at is not None and session.ends_at - 60_000 <= now
