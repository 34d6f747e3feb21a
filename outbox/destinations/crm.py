"""What a CRM is told of a lead: our own fields always, and what it gave of itself when it is made there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from outbox.destination import Account, Outcome, Sending, State
from outbox.orders import CONTACT_FACTS, NOBODY, Contact, Order, facts_of


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead as it stands now; of several orders about it the newest says how, and all have its outcome.

    `crm_id` is the CRM's own, "" for one that the CRM doesn't know yet. `own` are fields that nobody but us
    writes, `personal` those that sales may correct, by the CRM's names.
    """

    order: Order
    keys: tuple[str, ...]
    crm_id: str
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    own: Mapping[str, str | int | float] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """The id by which it is known here and there, for ever."""
        return self.order.lead

    def outcomes(
        self, state: State, code: str = "", why: str = "", reference: str = ""
    ) -> tuple[Outcome, ...]:
        """The same outcome for all orders about it."""
        return tuple(
            Outcome(state=state, key=key, code=code, why=why, reference=reference) for key in self.keys
        )


def leads_of(sending: Sending, system: str, id_pattern: re.Pattern[str]) -> list[Lead]:
    """The leads that these orders are about, each once; `system` is the CRM's name in `crm:<system>:<id>`."""
    about: dict[str, list[Order]] = {}
    for order in sending.orders:
        about.setdefault(crm_id(order, system, id_pattern) or f"lead {order.lead}", []).append(order)
    return [_lead(sending, orders, crm_id(orders[0], system, id_pattern)) for orders in about.values()]


def crm_id(order: Order, system: str, id_pattern: re.Pattern[str]) -> str:
    """The CRM's id of the lead; of several the oldest: the shortest, then the smallest; "" for none."""
    start = f"crm:{system}:"
    ids = [each.removeprefix(start) for each in order.crm_ids if each.startswith(start)]
    return min(
        (each for each in ids if id_pattern.fullmatch(each)), key=lambda each: (len(each), each), default=""
    )


def _lead(sending: Sending, orders: Sequence[Order], known: str) -> Lead:
    newest = max(orders, key=lambda each: (each.planned_at, each.key))
    contact = next((sending.contacts[each.key] for each in orders if each.key in sending.contacts), NOBODY)
    own, personal = told_fields(newest, contact, sending.account)
    return Lead(
        newest, tuple(each.key for each in orders), known, contact.email, contact.phone, own, personal
    )


def told_fields(
    order: Order, contact: Contact, account: Account
) -> tuple[dict[str, str | int | float], dict[str, str]]:
    """Our own fields and the personal ones, by the CRM's names: those that the policy file maps."""
    facts = facts_of(order, contact)
    told = {name: _value(fact, facts[fact]) for name, fact in account.fields.items() if fact in facts}
    personal = {name for name, fact in account.fields.items() if fact in CONTACT_FACTS}
    own = {name: value for name, value in told.items() if name not in personal}
    return own, {name: str(value) for name, value in told.items() if name in personal}


def wrong_fields(account: Account, of_sales: frozenset[str], ours: Sequence[str], example: str) -> list[str]:
    """What is wrong with the fields of an account: sales' own, those that are written by themselves, or none.

    `example` is a field of one's own, with {} in the place of the fact.
    """
    wrong = [
        f"the field {name} is sales' own: map {fact} to a field of yours, such as {example.format(fact)}"
        for name, fact in account.fields.items()
        if name in of_sales
    ]
    taken = [each for each in ours if each in account.fields]
    wrong += [f"the field {each} is written by itself: leave it out" for each in taken]
    if not account.fields:
        wrong.append("fields is missing: it says which field gets what, and nothing else of a lead is told")
    return wrong


def _value(fact: str, value: str | float) -> str | float:
    """Times as people and CRMs read them: ISO 8601 in UTC, with milliseconds."""
    if not fact.endswith("_at") or isinstance(value, str):
        return value
    moment = datetime.fromtimestamp(value / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(value: str | float) -> str:
    """A value as CRMs that keep texts keep it: 42 and 42.0 are the same."""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def written(outcomes: Iterable[Iterable[Outcome]]) -> tuple[Outcome, ...]:
    """Outcomes of several leads in one."""
    return tuple(each for some in outcomes for each in some)


NO_ADDRESS: Final = (
    "the CRM doesn't know this lead yet, and its address is not kept here: without LEADTRACE_CONTACTS_KEY "
    "only leads that the CRM knows are told"
)
