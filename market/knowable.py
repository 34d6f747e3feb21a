"""Works out what the written data let anybody know: of each person the touches and stages, and the deals."""

from collections.abc import Iterable, Iterator

from market import manners
from market.happening import Happening
from market.known import Entry, Known, KnownDeal, KnownPerson, KnownTouch, in_order
from market.model import (
    Attendance,
    Lead,
    Market,
    Merge,
    Origin,
    Salon,
    Touch,
    Visit,
    system_of,
)
from market.reading import happenings_of, told_at
from market.standing import deleted_leads, standing_deals
from market.who import Corrected, Who, dealt, smallest, who_is_who
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
    "lead": Stage.LEAD,
    "marketingqualifiedlead": Stage.MARKETING_QUALIFIED,
    "salesqualifiedlead": Stage.SALES_QUALIFIED,
    "appointmentscheduled": Stage.OPPORTUNITY,
    "qualifiedtobuy": Stage.OPPORTUNITY,
    "contractsent": Stage.OPPORTUNITY,
    "closedwon": Stage.WON,
    "closedlost": Stage.LOST,
}
Record = Visit | Touch | Attendance | Lead | Merge


def lead_name(lead: str) -> str:
    """Return the identifier of a lead in a CRM."""
    return f"crm:{system_of(lead)}:{lead}"


def deal_name(deal: str) -> str:
    """Return a deal's identifier."""
    return f"deal:{system_of(deal)}:{deal}"


def salon_origin(salon: Salon) -> Origin:
    """Return what coming to a salon is as a touch."""
    return Origin(channel="offline_event", source="event", campaign=salon.campaign, content=salon.name)


def know(market: Market) -> Known:
    """Work out what the written data let anybody know."""
    who = who_is_who(map(_names, _records(market)), _corrected(market))
    people = _people(market, who)
    _add_touches(market, who, people)
    said = _entries_said(market, people)
    for person in dict.fromkeys(people.values()):
        person.touches.sort(key=lambda touch: touch.at)
        own = said.get(person.id, [])
        # What only the CRM tells makes nobody a visitor.
        seen = next((touch.at for touch in person.touches if touch.kind != "told_by_crm"), None)
        if seen is not None:
            own.append(Entry(at=seen, stage=Stage.VISITOR))
        person.entries = in_order(own)
    deals = tuple(_deals(market, people))
    # Of whom nothing but deleted records is known, nothing is known.
    there = (person for person in dict.fromkeys(people.values()) if person.entries)
    return Known(tuple(sorted(there, key=lambda person: person.id)), deals, who)


def _names(told: Record) -> tuple[str, ...]:
    """Return the identifiers that one record says are the same person, first whose record it is."""
    match told:
        case Visit():
            return (f"anon:{told.anon}", *_left_in(told))
        case Touch():
            return (f"email:{told.email}",) if told.email else (f"anon:{told.anon}",)
        case Attendance():
            return told.contact.names
        case Lead():
            visitor = (f"anon:{told.visitor}",) if told.visitor else ()
            wrong = (f"email:{told.wrong_email}",) if told.wrong_email else ()
            return (lead_name(told.id), *told.contact.names, *wrong, *visitor)
        case Merge():
            return (lead_name(told.into), *map(lead_name, told.gone))


def _left_in(visit: Visit) -> tuple[str, ...]:
    """Return the names that somebody left in a visit."""
    contact = visit.contact.names if visit.contact else ()
    return (*contact, f"user:{visit.user}") if visit.user else contact


def _records(market: Market) -> Iterator[Record]:
    yield from market.visits
    yield from market.touches
    yield from market.attendances
    yield from market.leads
    yield from market.merges


def _corrected(market: Market) -> Corrected:
    told = [correction.names for correction in market.corrections]
    return Corrected(
        splits=frozenset(frozenset(names) for names in told if len(names) > 1),
        blocked=frozenset(names[0] for names in told if len(names) == 1),
    )


def _people(market: Market, who: Who) -> dict[str, KnownPerson]:
    """Return the person of each identifier; a browser that people share is nobody, and neither is a name that
    joins nobody and of which nothing is recorded."""
    about = {_names(record)[0] for record in _records(market)}
    gone = set(map(lead_name, deleted_leads(market)))
    people: dict[str, KnownPerson] = {}
    for names in who.groups:
        if about.isdisjoint(names) and names[0] in who.over_cap | who.blocked:
            continue
        shared = tuple(browser for browser, left in who.shared.items() if not set(left).isdisjoint(names))
        deleted = tuple(sorted(gone.intersection(names)))
        there = tuple(sorted({*names, *shared} - gone))
        person = KnownPerson(smallest(names), there, shared, deleted)
        people.update(dict.fromkeys(names, person))
    for record in _records(market):
        known = next((people[name] for name in _names(record) if name in people), None)
        if known is not None and not isinstance(record, Merge):
            known.numbers.add(record.person)
    return people


def _add_touches(market: Market, who: Who, people: dict[str, KnownPerson]) -> None:
    on_shared: dict[str, list[Visit | Touch]] = {}
    gone = deleted_leads(market)
    for record in _records(market):
        name = _names(record)[0]
        if isinstance(record, Lead) and record.id in gone:
            continue
        if name in who.shared and isinstance(record, Visit | Touch):
            on_shared.setdefault(name, []).append(record)
            continue
        match record:
            case Visit(manner=manners.UNTRACKED):
                continue
            case Visit():
                touch = KnownTouch(at=record.at, kind="visit", origin=record.origin, visit=record)
            case Touch():
                touch = KnownTouch(at=record.at, kind=record.kind, origin=record.source.cause)
            case Attendance():
                touch = KnownTouch(at=record.at, kind="event", origin=salon_origin(record.salon))
            case Lead(came_by=Origin() as origin):
                touch = KnownTouch(at=record.created_at, kind="told_by_crm", origin=origin)
            case _:
                continue
        people[name].touches.append(touch)
    for browser, records in on_shared.items():
        left_on = {name: people[name] for name in who.shared[browser]}
        for person, touch in _dealt_touches(records, left_on, market.seed):
            person.touches.append(touch)


def _dealt_touches(
    records: Iterable[Visit | Touch], left_on: dict[str, KnownPerson], seed: int
) -> Iterator[tuple[KnownPerson, KnownTouch]]:
    """Deal out what happened on a shared browser, moment by moment, to those whose names were left there."""
    moments: list[tuple[int, tuple[str, ...], Touch | tuple[Visit, Happening]]] = []
    for record in records:
        if isinstance(record, Touch):
            moments.append((record.at, (), record))
            continue
        for happening in happenings_of(record, seed):
            names = _left_in(record) if happening.kind in ("identified", "form") else ()
            moments.append((happening.at, names, (record, happening)))
    moments.sort(key=lambda moment: moment[0])
    person_of = {name: person.id for name, person in left_on.items()}
    owners = dealt([names for _, names, _ in moments], person_of)
    by_id = {person.id: person for person in left_on.values()}
    parts: dict[tuple[str, int], tuple[Visit, list[Happening]]] = {}
    for owner, (at, _, what) in zip(owners, moments, strict=True):
        if isinstance(what, Touch):
            yield by_id[owner], KnownTouch(at=at, kind=what.kind, origin=what.source.cause)
        else:
            parts.setdefault((owner, what[0].number), (what[0], []))[1].append(what[1])
    for (owner, _), (visit, part) in parts.items():
        touch = _touch_of_part(visit, tuple(part), seed)
        if touch is not None:
            yield by_id[owner], touch


def _touch_of_part(visit: Visit, part: tuple[Happening, ...], seed: int) -> KnownTouch | None:
    """Return the touch that a part of a visit is, if any: it begins with a page, be that inside the website,
    or with a sign-in or a form on the page whose address names the source."""
    first_of_all = happenings_of(visit, seed)[0]
    began = next(one for one in part if one.kind != "engaged")
    if began.url == first_of_all.url and "?" in began.url:
        return KnownTouch(at=began.at, kind="visit", origin=visit.origin, visit=visit, part=part)
    landing = next((one for one in part if one.kind == "page"), None)
    if landing is None:
        return None
    origin = visit.origin if landing.url == first_of_all.url else Origin(channel="direct")
    return KnownTouch(at=began.at, kind="visit", origin=origin, visit=visit, part=part)


def _entries_said(market: Market, people: dict[str, KnownPerson]) -> dict[str, list[Entry]]:
    """Collect what makes somebody a lead, the earliest of it alone, and the stages that the CRM tells of."""
    became: dict[str, int] = {}
    said: dict[str, list[Entry]] = {}
    gone = deleted_leads(market)
    for record in _records(market):
        if isinstance(record, Lead) and record.id in gone:
            continue
        at = _lead_at(record, market.seed)
        if at is not None:
            person = people[_whose(record, people)].id
            became[person] = min(at, became.get(person, at))
    for person, at in became.items():
        said[person] = [Entry(at=at, stage=Stage.LEAD)]
    for change in market.stages:
        if change.stage in MEANINGS and change.lead not in gone:
            entry = Entry(at=change.at, stage=MEANINGS[change.stage], reason=change.reason)
            said.setdefault(people[lead_name(change.lead)].id, []).append(entry)
    return said


def _lead_at(record: Record, seed: int) -> int | None:
    match record:
        case Visit(contact=contact) if contact is not None and contact.names:
            return told_at(record, seed)
        case Attendance():
            return record.at
        case Lead():
            return record.created_at
        case _:
            return None


def _whose(record: Record, people: dict[str, KnownPerson]) -> str:
    """Return the name of whoever a record is about; on a shared browser, of whoever left it there."""
    return next(name for name in _names(record) if name in people)


def _deals(market: Market, people: dict[str, KnownPerson]) -> Iterator[KnownDeal]:
    for deal in standing_deals(market):
        told, name = deal.changes, deal_name(deal.id)
        said = {(change.at, MEANINGS[change.stage]) for change in told}
        said |= {(told[0].at, Stage.OPPORTUNITY)}
        said |= {(at, Stage.POC) for change in told if (at := change.poc_started_at) is not None}
        entries = in_order(Entry(at=at, stage=stage, deal=name) for at, stage in said)
        first = {entry.stage: entry.at for entry in reversed(entries)}
        on_deal = dict.fromkeys(people[lead_name(lead)] for lead in deal.people)
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
