"""Who is who, as far as the written data let anybody know, and what is known of each: touches and stages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from market.model import CRM, Attendance, DealChange, Lead, Market, Origin, Salon, Touch, Visit
from market.reading import told_at
from schemas.terms import Stage

# What the CRM's words mean.
MEANINGS = {
    "新线索": Stage.LEAD,
    "MQL": Stage.MARKETING_QUALIFIED,
    "销售认可线索": Stage.SALES_QUALIFIED,
    "培育": Stage.RECYCLED,
    "无效线索": Stage.DISQUALIFIED,
    "需求确认": Stage.OPPORTUNITY,
    "方案报价": Stage.OPPORTUNITY,
    "POC测试": Stage.POC,
    "赢单": Stage.WON,
    "输单": Stage.LOST,
}
_ORDER = {stage: number for number, stage in enumerate(Stage)}
NO_ORIGIN = Origin(channel="(none)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTouch:
    """One contact that can earn credit; pages and dwell (ms) are those of a visit."""

    at: int
    kind: str
    origin: Origin
    visit: Visit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The `occurrence`-th entry into a stage, by a person or (with `deal`) by a deal."""

    at: int
    stage: Stage
    occurrence: int = 1
    deal: str = ""


@dataclass(slots=True, eq=False)
class KnownPerson:
    """Identifiers that are known to be one person, in the clear, and what is known under them."""

    id: str
    identifiers: tuple[str, ...]
    numbers: set[int] = field(default_factory=set)
    touches: list[KnownTouch] = field(default_factory=list)
    entries: tuple[Entry, ...] = ()

    def entered(self, stage: Stage) -> int | None:
        """Return when the person first entered a stage."""
        return next((entry.at for entry in self.entries if entry.stage is stage), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDeal:
    """A deal with everybody on it; `won_at` is None unless it is won in the end. `amount` is in fen."""

    id: str
    people: tuple[KnownPerson, ...]
    entries: tuple[Entry, ...]
    opened_at: int
    poc_at: int | None
    won_at: int | None
    amount: int
    last: DealChange

    @property
    def touches(self) -> list[KnownTouch]:
        """Return the touches of everybody on the deal, in the order of time."""
        found = (touch for person in self.people for touch in person.touches)
        return sorted(found, key=lambda touch: touch.at)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that can be known of a market's people and deals."""

    people: tuple[KnownPerson, ...]
    deals: tuple[KnownDeal, ...]
    by_identifier: dict[str, KnownPerson]


def lead_name(lead: str) -> str:
    """Return a CRM lead's identifier."""
    return f"crm:{CRM}:{lead}"


def deal_name(deal: str) -> str:
    """Return a deal's identifier."""
    return f"deal:{CRM}:{deal}"


def salon_origin(salon: Salon) -> Origin:
    """Return what coming to a salon is as a touch."""
    return Origin(channel="offline_event", source="event", campaign=salon.campaign, content=salon.name)


def know(market: Market) -> Known:
    """Work out what the written data let anybody know."""
    people = _people(market)
    _add_touches(market, people)
    said = _entries_said(market, people)
    for person in dict.fromkeys(people.values()):
        person.touches.sort(key=lambda touch: touch.at)
        own = said.get(person.id, [])
        if person.touches:
            own.append(Entry(at=person.touches[0].at, stage=Stage.VISITOR))
        person.entries = in_order(own)
    deals = tuple(_deals(market, people))
    ordered = tuple(sorted(dict.fromkeys(people.values()), key=lambda person: person.id))
    return Known(ordered, deals, people)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Put entries in order, keep the first of consecutive ones into one stage, and count the others."""
    kept: list[Entry] = []
    counts: dict[Stage, int] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, _ORDER[entry.stage])):
        if kept and kept[-1].stage is entry.stage:
            continue
        counts[entry.stage] = counts.get(entry.stage, 0) + 1
        kept.append(Entry(at=entry.at, stage=entry.stage, occurrence=counts[entry.stage], deal=entry.deal))
    return tuple(kept)


def _names(told: Visit | Touch | Attendance | Lead) -> tuple[str, ...]:
    """Return the identifiers that one record says are the same person."""
    match told:
        case Visit():
            contact = told.contact.names if told.contact else ()
            user = (f"user:{told.user}",) if told.user else ()
            return (f"anon:{told.anon}", *contact, *user)
        case Touch():
            return (f"email:{told.email}",) if told.email else (f"anon:{told.anon}",)
        case Attendance():
            return told.contact.names
        case Lead():
            visitor = (f"anon:{told.visitor}",) if told.visitor else ()
            return (lead_name(told.id), *told.contact.names, *visitor)


def _records(market: Market) -> Iterator[Visit | Touch | Attendance | Lead]:
    yield from market.visits
    yield from market.touches
    yield from market.attendances
    yield from market.leads


def _people(market: Market) -> dict[str, KnownPerson]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for record in _records(market):
        first, *others = _names(record)
        for other in others or (first,):
            parent[root(other)] = root(first)
    members: dict[str, list[str]] = {}
    for name in parent:
        members.setdefault(root(name), []).append(name)
    people: dict[str, KnownPerson] = {}
    for names in members.values():
        ordered = tuple(sorted(names))
        smallest = next((name for name in ordered if name.startswith("crm:")), ordered[0])
        person = KnownPerson(smallest, ordered)
        people.update(dict.fromkeys(ordered, person))
    for record in _records(market):
        people[_names(record)[0]].numbers.add(record.person)
    return people


def _add_touches(market: Market, people: dict[str, KnownPerson]) -> None:
    for record in _records(market):
        match record:
            case Visit():
                touch = KnownTouch(at=record.at, kind="visit", origin=record.origin, visit=record)
            case Touch():
                touch = KnownTouch(at=record.at, kind=record.kind, origin=record.source.cause)
            case Attendance():
                touch = KnownTouch(at=record.at, kind="event", origin=salon_origin(record.salon))
            case _:
                continue
        people[_names(record)[0]].touches.append(touch)


def _entries_said(market: Market, people: dict[str, KnownPerson]) -> dict[str, list[Entry]]:
    """Collect what makes somebody a lead, the earliest of it alone, and the stages that the CRM tells of."""
    became: dict[str, int] = {}
    said: dict[str, list[Entry]] = {}
    for record in _records(market):
        at = _lead_at(record, market.seed)
        if at is not None:
            person = people[_names(record)[0]].id
            became[person] = min(at, became.get(person, at))
    for person, at in became.items():
        said[person] = [Entry(at=at, stage=Stage.LEAD)]
    for change in market.stages:
        entry = Entry(at=change.at, stage=MEANINGS[change.stage])
        said.setdefault(people[lead_name(change.lead)].id, []).append(entry)
    return said


def _lead_at(record: Visit | Touch | Attendance | Lead, seed: int) -> int | None:
    match record:
        case Visit(contact=contact) if contact is not None and contact.names:
            return told_at(record, seed)
        case Attendance():
            return record.at
        case Lead():
            return record.created_at
        case _:
            return None


def _deals(market: Market, people: dict[str, KnownPerson]) -> Iterator[KnownDeal]:
    changes: dict[str, list[DealChange]] = {}
    for change in market.deals:
        changes.setdefault(change.deal, []).append(change)
    for deal, told in sorted(changes.items()):
        told.sort(key=lambda change: change.at)
        name = deal_name(deal)
        said = {(change.at, MEANINGS[change.stage]) for change in told}
        said |= {(told[0].at, Stage.OPPORTUNITY)}
        said |= {(at, Stage.POC) for change in told if (at := change.poc_started_at) is not None}
        entries = in_order(Entry(at=at, stage=stage, deal=name) for at, stage in said)
        first = {entry.stage: entry.at for entry in reversed(entries)}
        on_deal = dict.fromkeys(people[lead_name(lead)] for lead in told[-1].people)
        yield KnownDeal(
            id=name,
            people=tuple(on_deal),
            entries=entries,
            opened_at=told[0].at,
            poc_at=first.get(Stage.POC),
            won_at=first[Stage.WON] if entries[-1].stage is Stage.WON else None,
            amount=told[-1].amount,
            last=told[-1],
        )
