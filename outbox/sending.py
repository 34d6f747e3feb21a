"""One account's task: what is due there is sent, one request after another, and nothing else is held up."""

import asyncio
import logging
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from outbox.allowed import Allowed
from outbox.answers import same_for
from outbox.destination import Outcome, Request, Sending
from outbox.ledger import Event, Line
from outbox.orders import Contact, Order
from outbox.saying import answered, said
from outbox.speaking import wait_for
from outbox.telling import Teller, Tools

log = logging.getLogger(__name__)

_LONGEST_SLEEP: Final = 30.0
_SHORTEST_SLEEP: Final = 0.05


class AccountTask:
    """Sends to one account. It raises nothing for what the destination does."""

    def __init__(self, allowed: Allowed, tools: Tools) -> None:
        self._allowed = allowed
        self._tools = tools
        self._teller = Teller(allowed, tools)
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Send for ever. Raises SupersededError and KafkaAwayError."""
        while True:
            await wait_for(await self.step(), self.wake)

    async def step(self) -> float:
        """Do what is next, if it is time; return the seconds until there may be more."""
        if self._allowed.account.dry_run or self._tools.journal.ledger.account(self._allowed.name).closed:
            return _LONGEST_SLEEP
        await self._settle()
        now = self._tools.clock()
        wait = self._teller.pace.wait(now)
        if wait > 0:
            return min(wait, _LONGEST_SLEEP)
        asked = self._asked_for(now)
        if asked:
            reference = asked[0].answer.reference if asked[0].answer else ""
            await self._teller.ask(asked, reference)
            return _SHORTEST_SLEEP
        lines = self.next_lines(now)
        if not lines:
            return self._until_due(now)
        await self._send(lines)
        return _SHORTEST_SLEEP

    def next_lines(self, now: int) -> list[Line]:
        """The orders of the next request, oldest first: as many as the limits let."""
        limits = self._allowed.limits
        due = [
            line
            for line in self._lines()
            if line.is_due(now) and line.happened_at + self._allowed.waits <= now
        ]
        if limits.per_day:
            left = limits.per_day - self._tools.journal.ledger.attempts_on(self._allowed.name, now)
            due = due[: max(0, left)]
        if due and due[0].state == "alone":
            return due[:1]
        return [line for line in due if line.state != "alone"][: max(1, limits.orders_per_request)]

    def _lines(self) -> Iterator[Line]:
        return self._tools.journal.ledger.open_lines(self._allowed.name)

    def _until_due(self, now: int) -> float:
        """Seconds until the next order may be due."""
        times = [
            line.answer.retry_at
            for line in self._lines()
            if line.answer is not None and line.state in ("later", "alone", "login") and line.answer.retry_at
        ]
        later = [each for each in times if each > now]
        return (
            min(max((min(later) - now) / 1000, _SHORTEST_SLEEP), _LONGEST_SLEEP) if later else _LONGEST_SLEEP
        )

    def _asked_for(self, now: int) -> list[Line]:
        """Orders under one reference of which it is time to ask what became of them."""
        due = [
            line
            for line in self._lines()
            if line.answer is not None and line.answer.ask_at is not None and line.answer.ask_at <= now
        ]
        of = due[0].answer.reference if due and due[0].answer else ""
        return [line for line in due if line.answer is not None and line.answer.reference == of]

    async def _settle(self) -> None:
        """What an ended process was sending: what may be repeated is due, all else is for a person."""
        now, ledger = self._tools.clock(), self._tools.journal.ledger
        events: list[Event] = []
        for line in self._lines():
            if line.state != "sending" or line.attempt_claim == ledger.claim:
                continue
            if now - line.attempted_at < self._tools.abandoned_after:
                continue
            outcome = Outcome(
                state="later" if line.is_repeatable else "unknown",
                code="ended",
                why="the process that sent it ended before the answer came",
                wait=0.0,
            )
            events.append(answered(line, outcome, None, (), ledger.claim, now))
        await self._tools.journal.say(events)

    async def _send(self, lines: Sequence[Line]) -> None:
        orders = await self._sendable(lines)
        keys = [order.key for order in orders]
        if not orders or not await self._teller.log_in(keys):
            return
        sending = Sending(
            account=self._allowed.account,
            orders=tuple(orders),
            at=self._tools.clock(),
            number=max(self._tools.journal.ledger.lines[key].attempt for key in keys) + 1,
            nonce=secrets.token_hex(16),
            session=self._teller.session,
            contacts=self._contacts(orders),
        )
        try:
            prepared = list(self._allowed.destination.prepare(sending))
        except Exception as error:  # whatever our own builders raise concerns these orders alone
            log.exception("%s: no request could be made", self._allowed.name)
            why = f"no request could be made ({type(error).__name__})"
            outcome = Outcome(state="refused", code="our_fault", why=why)
            await self._teller.say(same_for(keys, outcome), None)
            return
        outcomes = {each.key: each for each in prepared if isinstance(each, Outcome)}
        requests = [each for each in prepared if isinstance(each, Request)]
        told = {*outcomes, *(key for request in requests for key in request.keys)}
        forgotten = Outcome(state="refused", code="our_fault", why="no request was made of it")
        outcomes |= same_for([key for key in keys if key not in told], forgotten)
        if outcomes:
            await self._teller.say(outcomes, None)
        for request in requests:
            await self._teller.tell(sending, request)

    async def _sendable(self, lines: Sequence[Line]) -> list[Order]:
        """The orders that may still go: what has become too old says so."""
        now, claim = self._tools.clock(), self._tools.journal.ledger.claim
        orders: list[Order] = []
        events: list[Event] = []
        for line in lines:
            try:
                order = line.order
            except ValueError as error:
                events.append(said(line, "refused", claim, now, "our_fault", str(error)))
                continue
            why = self._allowed.destination.unsendable(order, self._allowed.account, now)
            if why is None and line.first_attempt_at and now - line.first_attempt_at > self._allowed.gives_up:
                why = "it was tried for too long"
            if why is None:
                orders.append(order)
            else:
                events.append(said(line, "gave_up" if line.attempt else "unsendable", claim, now, "", why))
        await self._tools.journal.say(events)
        return orders

    def _contacts(self, orders: Sequence[Order]) -> dict[str, Contact]:
        if self._tools.contacts is None or not self._allowed.destination.takes_contacts:
            return {}
        found = {order.key: self._tools.contacts.of(order.identifiers) for order in orders}
        return {key: contact for key, contact in found.items() if contact is not None}
