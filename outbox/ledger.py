"""What is known of every order, from all that was said of it in the log: pure, the same on each reading."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from outbox.order_json import from_json
from outbox.orders import Occasion, Order
from schemas.outbox import (
    AccountSet,
    OrderAnswered,
    OrderAttempted,
    OrderDecided,
    OrderPlanned,
    OutboxClaimed,
)

Event = OutboxClaimed | OrderPlanned | OrderAttempted | OrderAnswered | OrderDecided | AccountSet

TAKEN: Final = frozenset({"accepted", "counted", "duplicate"})
# Nothing more happens to them by itself.
ENDED: Final = TAKEN | {"refused", "unknown", "superseded", "gave_up", "sent"}
# Nothing was tried: the order may still be made anew.
UNTRIED: Final = frozenset({"planned", "unsendable", "dry_run"})
DAY_MS: Final = 86_400_000


@dataclass(slots=True)
class Line:
    """One order, and what became of it. `attempt` counts those that were written down, 0: none."""

    key: str
    account: str
    destination: str
    lead: str
    occasion: Occasion
    stage: str
    happened_at: int
    planned_at: int
    revision: str
    told: str
    attempt: int = 0
    attempted_at: int = 0
    first_attempt_at: int = 0
    attempt_claim: int = 0
    is_repeatable: bool = True
    answer: OrderAnswered | None = None
    again: bool = False
    by_hand: bool = False

    @property
    def state(self) -> str:
        """planned, sending, sent (a person says so), or what was answered last."""
        if self.by_hand:
            return "sent"
        if self.again:
            return "planned"
        if self.attempt > (self.answer.attempt if self.answer else 0):
            return "sending"
        return self.answer.state if self.answer else "planned"

    @property
    def order(self) -> Order:
        """The order itself. Raises ValueError if another version wrote it."""
        return from_json(self.told)

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it unless a person says so."""
        return self.state in ENDED

    def is_due(self, now: int) -> bool:
        """Whether it is to be sent at this time (ms), as far as the order itself is asked."""
        state = self.state
        if state in ("later", "alone", "login"):
            assert self.answer is not None
            return (self.answer.retry_at or 0) <= now
        return state == "planned"


@dataclass(slots=True)
class AccountState:
    """How an account stands: closed with the reason, if so, and how many attempts there were on which day."""

    closed: str = ""
    day: int = 0
    attempts: int = 0


@dataclass(slots=True)
class Ledger:
    """All orders by key, and what is found by other names; `claim` is the highest, `owner` its nonce."""

    claim: int = 0
    owner: str = ""
    lines: dict[str, Line] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    claims: set[str] = field(default_factory=set)
    _leads: dict[str, str] = field(default_factory=dict)
    _told: dict[tuple[str, Occasion, str, str], str] = field(default_factory=dict)
    _open: dict[str, dict[str, None]] = field(default_factory=dict)
    _of_lead: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    # Said of orders that stand later in the log, or whose newest plan is void: compaction keeps one of each.
    _early: dict[str, list[Event]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take in what comes next in the log.

        What an owner says after another one has claimed the log is void: plans and attempts. An answer is
        never void, since it tells what a destination did; but of an attempt before the newest only a success
        counts.
        """
        match event:
            case OutboxClaimed():
                self.claims.add(event.nonce)
                if event.claim > self.claim:
                    self.claim, self.owner = event.claim, event.nonce
            case OrderPlanned() if event.claim >= self.claim:
                self._plan(event)
            case OrderAttempted() if event.claim >= self.claim:
                self._count(event)
                self._of_order(event)
            case OrderAnswered() | OrderDecided():
                self._of_order(event)
            case AccountSet():
                self.account(event.account).closed = "" if event.is_open else event.why or "closed"

    def account(self, name: str) -> AccountState:
        """How an account stands."""
        return self.accounts.setdefault(name, AccountState())

    def leads_of(self, names: Iterable[str]) -> list[str]:
        """The ids that the leads or deals with these names were given, each once: several after a merge."""
        return list(dict.fromkeys(self._leads[name] for name in names if name in self._leads))

    def told(self, account: str, occasion: Occasion, stage: str, evidence: str) -> str | None:
        """The key of the order that told this account of this very fact; None: it was not told."""
        return self._told.get((account, occasion, stage, evidence))

    def of_lead(self, account: str, lead: str) -> list[Line]:
        """The orders of one lead at one account, oldest first."""
        return [self.lines[key] for key in self._of_lead.get((account, lead), ())]

    def open_lines(self, account: str) -> Iterator[Line]:
        """The orders of an account to which something may still happen, oldest first."""
        opened = self._open.get(account, {})
        for key in list(opened):
            line = self.lines[key]
            if line.is_over and line.answer is not None and line.answer.ask_at is None:
                del opened[key]
            else:
                yield line

    def attempts_on(self, account: str, now: int) -> int:
        """How many attempts an account had on the day of this time, by UTC."""
        state = self.account(account)
        return state.attempts if state.day == now // DAY_MS else 0

    def _plan(self, event: OrderPlanned) -> None:
        before = self.lines.get(event.key)
        if before is not None and (before.attempt or before.is_over):
            return
        if before is None:
            self._of_lead.setdefault((event.account, event.lead), []).append(event.key)
        self.lines[event.key] = Line(
            key=event.key,
            account=event.account,
            destination=event.destination,
            lead=event.lead,
            occasion=event.occasion,
            stage=event.stage,
            happened_at=event.happened_at,
            planned_at=event.at,
            revision=event.revision,
            told=event.told,
        )
        self._open.setdefault(event.account, {})[event.key] = None
        if event.evidence:
            self._told.setdefault((event.account, event.occasion, event.stage, event.evidence), event.key)
        for name in event.names:
            self._leads.setdefault(name, event.lead)
        for early in self._early.pop(event.key, ()):
            self._of_order(early)

    def _count(self, event: OrderAttempted) -> None:
        state = self.account(event.account)
        if state.day != event.at // DAY_MS:
            state.day, state.attempts = event.at // DAY_MS, 0
        state.attempts += 1

    def _of_order(self, event: Event) -> None:
        assert isinstance(event, OrderAttempted | OrderAnswered | OrderDecided)
        line = self.lines.get(event.key)
        match event:
            case _ if line is None:
                self._early.setdefault(event.key, []).append(event)
                return
            case OrderAttempted():
                _attempt(line, event)
            case OrderAnswered():
                _answer(line, event)
            case OrderDecided():
                line.by_hand, line.again = event.decision == "sent", event.decision == "again"
        self._open.setdefault(line.account, {})[line.key] = None


def _attempt(line: Line, event: OrderAttempted) -> None:
    line.attempt = max(line.attempt, event.attempt)
    line.attempted_at, line.attempt_claim = event.at, event.claim
    line.first_attempt_at = line.first_attempt_at or event.at
    line.is_repeatable, line.again = event.is_repeatable, False


def _answer(line: Line, event: OrderAnswered) -> None:
    """A success counts whichever attempt it is about; everything else only of the newest one.

    What was taken stays so unless the receiver says more of it later, or it was sent again since.
    """
    if event.attempt < line.attempt and event.state not in TAKEN:
        return
    before = line.answer.state if line.answer and line.answer.attempt >= line.attempt else ""
    if before == "counted" or (before in TAKEN and not _says_more(event)):
        return
    line.answer = event.model_copy(update={"attempt": max(event.attempt, line.attempt)})
    line.again = False


def _says_more(event: OrderAnswered) -> bool:
    """Whether an answer says more of an order that was accepted: that it counts, or that it was refused
    later.
    """
    return event.state in ("counted", "refused", "accepted")
