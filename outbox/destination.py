"""What a destination is: pure functions from orders to requests, and from answers to outcomes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from outbox.orders import Contact, Occasion, Order

State = Literal[
    "accepted",  # taken; whether it counts, nobody says yet
    "counted",  # taken, and the platform says that it counts
    "duplicate",  # had been taken before: a success
    "refused",  # not taken, and the same again never will be
    "later",  # not taken; the same again may be, after `wait` or the usual back-off
    "alone",  # not taken, perhaps for the sake of another order in the request: once more by itself
    "unknown",  # may have been taken or not
    "login",  # not taken, since the session has ended: once more after a login
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one order, or of all of a request (`key` is "").

    `code` is the platform's own word for it, `why` a sentence without personal data, `reference` the
    platform's id of what it took: a request id to ask about later, or the record that it made. `wait` is in
    seconds; None: the usual back-off. `ask_after` (seconds): ask then what became of it, see
    `Destination.ask`. `closes`: the account as a whole takes nothing until a person has seen to it (a wrong
    token, an endpoint that is gone); `pauses` (seconds): it takes nothing for so long (a spent quota).
    """

    state: State
    key: str = ""
    code: str = ""
    why: str = ""
    reference: str = ""
    wait: float | None = None
    ask_after: float | None = None
    pauses: float | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `step` is the destination's own name for what it does; `keys` the orders in it.

    `keys` stand in the order of the rows, so that an answer's position finds its order. `is_repeatable`: the
    same once more does no harm, since the platform knows repeats by a key of ours or the request only reads.
    Of one that is not, a time-out or an end of the process in between is `unknown`, and left to a person.
    """

    method: Literal["GET", "POST", "PUT", "PATCH"]
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    keys: tuple[str, ...] = ()
    is_repeatable: bool = True
    step: str = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: names of headers in small letters; the body is cut off after `LARGEST_ANSWER` bytes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: int = 0


LARGEST_ANSWER: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a login gave: a token and what else came; `ends_at` in milliseconds, None: it doesn't say."""

    token: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    ends_at: int | None = None


NO_SESSION: Final = Session()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRule:
    """How one stage is told to an account: the code or name that it has there, and what it is worth.

    `worth_minor` counts where the deal has no amount of its own. `is_repeated`: each entry is told, not the
    first alone.
    """

    code: str = ""
    worth_minor: int | None = None
    currency: str = ""
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of a destination, as the policy file names and allows it.

    `options` and `secrets` by the names that the destination declares; a secret came from the environment.
    `fields`: the receiver's name of a field → a name of `outbox.orders.FACTS`: nothing else of a lead may be
    told to a CRM. `switches`: the assumptions that the user has turned on. `click_days`: a click earlier than
    so many days before the stage doesn't go. `base_url` takes the place of the platform's own address.
    """

    name: str
    destination: str
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    stages: Mapping[str, StageRule] = field(default_factory=dict)
    invalid: StageRule | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    switches: frozenset[str] = frozenset()
    click_days: int | None = None
    base_url: str = ""
    timezone: str = "UTC"
    dry_run: bool = False

    def rule(self, order: Order) -> StageRule:
        """The rule that an order was planned by; an empty one for a changed lead."""
        if order.occasion == "invalid":
            return self.invalid or StageRule()
        return self.stages.get(order.stage, StageRule()) if order.occasion == "stage" else StageRule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One attempt: the orders, and all that a destination may need to make requests of them.

    `at` is when (milliseconds), `number` the how-many-eth attempt of these orders from 1, `nonce` 32 hex
    digits that no other attempt has. `contacts` by the order's key, only for destinations that ask for them.
    """

    account: Account
    orders: tuple[Order, ...]
    at: int
    number: int = 1
    nonce: str = ""
    session: Session = NO_SESSION
    contacts: Mapping[str, Contact] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What an answer means: outcomes by order, and the requests that go on from here (a create after a
    look-up).

    An order that is in neither is `unknown` if the request was not repeatable, else sent once more.
    """

    outcomes: tuple[Outcome, ...] = ()
    then: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an account has to have at the platform and hasn't, a sentence each; requests that make some of it.

    `makes` are repeatable, and stand in the order in which they are to be sent.
    """

    lacks: tuple[str, ...] = ()
    makes: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the policy file may or must say of an account, and what it means in a few words."""

    name: str
    words: str
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform bears; 0: it names no such limit. The policy file can lower them."""

    orders_per_request: int = 1
    bytes_per_request: int = 0
    per_second: float = 0.0
    per_minute: int = 0
    per_day: int = 0
    seconds_to_wait: float = 30.0


class Destination(ABC):
    """One kind of system that can be told: all of it pure, without clock, network and environment.

    Sending, time-outs, back-off, `Retry-After`, limits, dry runs and the log are done for all of them in one
    place. An answer with 429 or 5xx that `understood` gives no outcome for is sent later.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    occasions: ClassVar[frozenset[Occasion]] = frozenset({"stage"})
    options: ClassVar[tuple[Option, ...]] = ()
    secrets: ClassVar[tuple[Option, ...]] = ()
    switches: ClassVar[tuple[Option, ...]] = ()
    limits: ClassVar[Limits] = Limits()
    needs_code: ClassVar[bool] = False
    takes_fields: ClassVar[bool] = False
    takes_contacts: ClassVar[bool] = False
    # Seconds from each attempt to the next; after the last one nothing is tried any more. (): the usual way.
    schedule: ClassVar[tuple[float, ...]] = ()

    def problems(self, account: Account) -> Sequence[str]:
        """What is wrong with what the policy file says of an account, a sentence each."""
        del account
        return ()

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        """Why this order can never be sent at this time (ms), in a few words; None: it can.

        For example: no click id of Baidu; the click is older than 90 days.
        """
        del order, account, at
        return None

    def login(self, account: Account, at: int) -> Request | None:
        """The request that opens a session; None if the account's secrets are enough."""
        del account, at
        return None

    def logged_in(self, account: Account, answer: Answer) -> Session | Outcome:
        """The session, or an outcome (refused, later) that says why there is none."""
        del account, answer
        return NO_SESSION

    def survey(self, account: Account, session: Session) -> Request | None:
        """The request that asks what the account has at the platform; None: there is nothing to look at."""
        del account, session
        return None

    def surveyed(self, account: Account, answer: Answer) -> Survey:
        """What an answer to `survey` says is missing there."""
        del account, answer
        return Survey()

    @abstractmethod
    def prepare(self, sending: Sending) -> Sequence[Request | Outcome]:
        """The requests that tell these orders, each order in one of them; never more than `limits` allow.

        An outcome in place of a request is for an order that can't be told after all (no address of its
        lead).
        """

    @abstractmethod
    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """What an answer to one of the requests means."""

    def ask(self, account: Account, session: Session, reference: str) -> Request | None:
        """The request that asks what became of what was accepted under this reference (`step` other than
        send).
        """
        del account, session, reference
        return None

    def told(self, account: Account, request: Request, answer: Answer) -> Outcome | None:
        """What the answer to `ask` says of everything under the reference; None: nobody can say yet."""
        del account, request, answer
        return None
