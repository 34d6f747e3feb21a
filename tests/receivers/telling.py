"""Tells orders to a fake as the sender does: logins, what goes on from an answer, repeats one by one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from outbox.destination import (
    NO_SESSION,
    Account,
    Answer,
    Destination,
    Outcome,
    Request,
    Sending,
    Session,
    Survey,
)
from outbox.orders import Contact, Order, Touch, order_key
from receivers.asked import Answered, Asked, LostError, Receiver

DAY = 86_400_000
NOW = 1_772_600_000_000  # 4 March 2026
LANDING = "https://www.leadtrace.example/erp?utm_source=baidu&e_keywordid=77&bd_vid="


def click(network: str, name: str, value: str, at: int = NOW - 10 * DAY, **more: Any) -> Touch:
    """A visit that began with a click on an ad."""
    landing = more.pop("landing_url", f"https://www.leadtrace.example/erp?{name}={value}")
    return Touch(
        at=at,
        kind="visit",
        channel="paid_search",
        landing_url=landing,
        click_network=network,
        click_ids=(f"{name}={value}",),
        **more,
    )


def an_order(lead: int, stage: str = "won", *touches: Touch, **more: Any) -> Order:
    """An order about one lead, by its number."""
    occasion = more.pop("occasion", "stage")
    destination = more.get("destination", "baidu")
    fixed: dict[str, Any] = {
        "key": order_key(destination, "search", str(lead), occasion, stage),
        "lead": f"{lead:032x}",
        "occurrence": 1,
        "happened_at": NOW - DAY,
        "planned_at": NOW - DAY + 60_000,
        "destination": destination,
        "account": "search",
        "person": f"crm:hubspot:{lead}",
    }
    return Order(occasion=occasion, stage=stage, touches=touches, **(fixed | more))


@dataclass
class Teller:
    """One account's sender without a broker: `outcomes` is what became of each order, at last."""

    destination: Destination
    account: Account
    receiver: Receiver
    now: int = NOW
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    session: Session = NO_SESSION
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    closed: str = ""
    _attempts: Counter[str] = field(default_factory=Counter)
    _number: int = 0

    def tell(self, *orders: Order) -> dict[str, Outcome]:
        """Attempt these orders once, and those that the answer wants alone once more."""
        if orders:
            self._attempt(orders)
        for each in orders:
            if self.state(each) == "alone":
                self._attempt([each])
        return self.outcomes

    def until_done(self, *orders: Order, attempts: int = 60) -> None:
        """Attempt what isn't done again and again, as the sender does by and by."""
        for _ in range(attempts):
            waiting = [each for each in orders if self.state(each) in ("", "later", "alone", "login")]
            if not waiting or self.closed:
                return
            self.tell(*waiting)
            self.now += 60_000

    def state(self, order: Order) -> str:
        known = self.outcomes.get(order.key)
        return known.state if known else ""

    def request(self, *orders: Order) -> Request:
        """The one request that tells these orders."""
        (made,) = self.destination.prepare(self._sending(orders))
        assert isinstance(made, Request)
        return made

    def _sending(self, orders: Sequence[Order]) -> Sending:
        self._number += 1
        self._attempts.update(each.key for each in orders)
        known = {each.key: self.contacts[each.key] for each in orders if each.key in self.contacts}
        return Sending(
            account=self.account,
            orders=tuple(orders),
            at=self.now,
            number=max(self._attempts[each.key] for each in orders),
            nonce=f"{self._number:032x}",
            session=self.session,
            contacts=known,
        )

    def _attempt(self, orders: Sequence[Order]) -> None:
        if not self._is_logged_in():
            return
        sending = self._sending(orders)
        made = self.destination.prepare(sending)
        for each in made:
            if isinstance(each, Outcome):
                self._note([each.key], each)
        requests = [each for each in made if isinstance(each, Request)]
        told = [key for each in made for key in ([each.key] if isinstance(each, Outcome) else each.keys)]
        assert sorted(told) == sorted(each.key for each in orders)
        while requests:
            request = requests.pop(0)
            answer = self._ask(request)
            if answer is None:
                state = "later" if request.is_repeatable else "unknown"
                self._note(request.keys, Outcome(state=state))
                continue
            understood = self.destination.understood(sending, request, answer)
            settled = [each.key for each in understood.outcomes]
            assert not understood.outcomes or all(key in (*request.keys, "") for key in settled)
            going_on = {key for each in understood.then for key in each.keys}
            for outcome in understood.outcomes:
                if outcome.closes:
                    self.closed = outcome.why
                if outcome.state == "login":
                    self.session = NO_SESSION
                self._note([outcome.key] if outcome.key else request.keys, outcome)
            if "" not in settled:
                left = [key for key in request.keys if key not in settled and key not in going_on]
                fits = request.is_repeatable or answer.status == 429
                self._note(left, Outcome(state="later" if fits else "unknown"))
            requests += understood.then

    def _is_logged_in(self) -> bool:
        login = self.destination.login(self.account, self.now)
        is_open = self.session != NO_SESSION and (self.session.ends_at or self.now + 1) > self.now
        if login is None or is_open:
            return True
        answer = self._ask(login)
        made = self.destination.logged_in(self.account, answer) if answer else None
        if isinstance(made, Outcome) and made.closes:
            self.closed = made.why
        if not isinstance(made, Session):
            return False
        self.session = made
        return True

    def _ask(self, request: Request) -> Answer | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            answered = self.receiver.answer(
                Asked(request.method, request.url, headers, request.body), self.now
            )
        except LostError:
            return None
        return _answer(answered, self.now)

    def ask_again(self, reference: str) -> Outcome | None:
        """Ask what became of what was accepted."""
        self._is_logged_in()
        request = self.destination.ask(self.account, self.session, reference)
        assert request is not None
        answer = self._ask(request)
        return self.destination.told(self.account, request, answer) if answer else None

    def survey(self) -> Survey:
        """Ask what is missing at the platform."""
        self._is_logged_in()
        request = self.destination.survey(self.account, self.session)
        assert request is not None
        answer = self._ask(request)
        assert answer is not None
        return self.destination.surveyed(self.account, answer)

    def make(self, survey: Survey) -> list[int]:
        """Make what is missing; the statuses of the answers."""
        return [answer.status for each in survey.makes if (answer := self._ask(each))]

    def _note(self, keys: Sequence[str], outcome: Outcome) -> None:
        for key in keys:
            self.outcomes[key] = replace(outcome, key=key)


def _answer(answered: Answered, at: int) -> Answer:
    headers = {name.lower(): value for name, value in answered.headers.items()}
    return Answer(status=answered.status, headers=headers, body=answered.body, at=at)
