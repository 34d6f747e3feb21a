"""The process of the way back: it looks what is new, plans it, and has a task for each account that sends."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from attribution.policy import Policy as JourneyPolicy
from background import begin
from outbox.allowed import Allowed, Policy
from outbox.contacts import KeptContacts
from outbox.journal import Journal
from outbox.known import KnownDeal, KnownLead
from outbox.ledger import Event, Ledger
from outbox.log import OutboxLog, Store
from outbox.planning import Surroundings, events_of_deal, events_of_lead
from outbox.reading import changed, deals_of, deleted, leads_of
from outbox.sending import AccountTask
from outbox.speaking import Speaker, wait_for
from outbox.telling import ABANDONED_AFTER, Contacts, Tools
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError, connect

log = logging.getLogger(__name__)

_BEAT: Final = 5.0
_AT_ONCE: Final = 200  # events
# Grades fall with silence, and nothing is written when they do: once a day everything is looked at.
_WHOLE_LOOK: Final = 24 * 3600 * 1000


@dataclass(slots=True)
class Planner:
    """Finds what is new since the last look, and what is to be said of it; for one thread at a time."""

    given: Settings
    policy: Policy
    journeys: JourneyPolicy
    clock: Callable[[], int]
    connected: Callable[[Settings], ClickHouse] = connect
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)
    _whole_at: int = 0

    def look(self, ledger: Ledger) -> Iterable[list[Event]]:
        """The events of each part of what is new. Raises ClickHouseError."""
        now = self.clock()
        if now - self._whole_at > _WHOLE_LOOK:
            self._seen, self._whole_at = {}, now
        since = min(each.since for each in self.policy.accounts)
        of = self.surroundings(now)
        with closing(self.connected(self.given)) as client:
            news = changed(client, since, self._seen)
            people = [name for what, name in news if what == "lead"]
            deals = [name for what, name in news if what == "deal"]
            for lead in leads_of(client, people):
                yield self.of_lead(lead, ledger, of)
            for deal in deals_of(client, deals):
                yield self.of_deal(deal, ledger, of)
            self._seen |= news

    def deleted(self) -> dict[str, int]:
        """Tokens whose records were deleted in the CRM, and when (ms). Raises ClickHouseError."""
        with closing(self.connected(self.given)) as client:
            return deleted(client)

    def surroundings(self, now: int) -> Surroundings:
        """What all orders have in common that are planned now."""
        credit = self.journeys.reports.attribution
        cockpit = self.given.cockpit_public_url.rstrip("/")
        return Surroundings(now, cockpit, credit.lookback_days, tuple(credit.kinds))

    def of_lead(self, lead: KnownLead, ledger: Ledger, of: Surroundings) -> list[Event]:
        """What is to be said of a lead, for all accounts."""
        return [event for each in self.policy.accounts for event in events_of_lead(lead, each, ledger, of)]

    def of_deal(self, deal: KnownDeal, ledger: Ledger, of: Surroundings) -> list[Event]:
        """What is to be said of a deal, for all accounts."""
        return [event for each in self.policy.accounts for event in events_of_deal(deal, each, ledger, of)]


class Outbox:
    """One owner of the log, a planner, and a task for each account."""

    def __init__(
        self,
        policy: Policy,
        planner: Planner,
        store: Store,
        speaker: Speaker,
        contacts: Contacts | None,
        clock: Callable[[], int],
        abandoned_after: int = ABANDONED_AFTER,
    ) -> None:
        self._policy = policy
        self._planner = planner
        self._log = OutboxLog(store, secrets.token_hex(16))
        self._clock = clock
        self._contacts = contacts
        self.journal = Journal(self._log)
        self._tools = Tools(self.journal, speaker, contacts, clock, abandoned_after)
        self.tasks = [AccountTask(each, self._tools) for each in _told(policy)]
        self.stop = asyncio.Event()

    async def claim(self) -> None:
        """Own the log from here on. Raises SupersededError and KafkaAwayError."""
        await self.journal.run(lambda: self._log.claim(self._clock()))

    async def plan(self) -> int:
        """Look what is new, and write down what is to be told; return how many orders are new or other.

        Raises ClickHouseError, SupersededError and KafkaAwayError.
        """

        def look() -> int:
            self._learn_contacts()
            said, waiting = 0, list[Event]()
            for events in self._planner.look(self.journal.ledger):
                waiting += events
                if len(waiting) >= _AT_ONCE:
                    self._log.say(waiting)
                    said, waiting = said + len(waiting), []
            self._log.say(waiting)
            return said + len(waiting)

        return await self.journal.run(look)

    def _learn_contacts(self) -> None:
        """Read what was given of late, and forget whom the CRM has deleted."""
        if not isinstance(self._contacts, KeptContacts):
            return
        self._contacts.catch_up()
        if gone := self._contacts.forget_deleted(self._planner.deleted()):
            log.info("forgot what %d identifiers had given: their records were deleted", gone)

    async def run(self, alive: Callable[[], None]) -> None:
        """Plan and send until `stop` is set; `alive` is called as long as all goes well.

        Raises SupersededError and KafkaAwayError.
        """
        running = [begin(f"account {nth}", task.run()) for nth, task in enumerate(self.tasks)]
        running.append(begin("planner", self._plan_on(alive)))
        running.append(begin("stop", _until(self.stop)))
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def run_once(self) -> None:
        """Plan, and send what is due, until nothing is due any more. Raises as above, and ClickHouseError."""
        await self.plan()
        await asyncio.gather(*(self._drain(task) for task in self.tasks))

    async def _drain(self, task: AccountTask) -> None:
        while (wait := await task.step()) < 1.0:
            await wait_for(wait, asyncio.Event())

    async def _plan_on(self, alive: Callable[[], None]) -> None:
        every = self._policy.every_minutes * 60_000
        planned_at = -every
        while True:
            await self.journal.catch_up()
            now = self._clock()
            if now - planned_at >= every:
                planned_at = now
                await self._plan_calmly()
            for task in self.tasks:
                task.wake.set()
            alive()
            await asyncio.sleep(_BEAT)

    async def _plan_calmly(self) -> None:
        try:
            if said := await self.plan():
                log.info("%d new orders and what is known of them", said)
        except ClickHouseAwayError as error:
            log.warning("nothing is planned this time: %s", error)
        except ClickHouseError:
            log.exception("nothing could be planned")


def _told(policy: Policy) -> list[Allowed]:
    return [each for each in policy.accounts if not each.account.dry_run]


async def _until(stop: asyncio.Event) -> None:
    await wait_for(float(1 << 30), stop)
