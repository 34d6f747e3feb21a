"""The visitors: what brings them, on which device and with which cookie, what they read and tell."""

import random
import uuid
from dataclasses import dataclass, field, replace

from market.catalog import AD_SHARES, Catalog
from market.contacts import COMPANY_SIZE, FAKES, contact_of
from market.landing import shape_for
from market.model import Contact, Keyword, Source, Touch, Visit
from market.reading import told_at
from market.times import DAY_MS, HOUR_MS, MINUTE_MS, SHANGHAI_MS

_FIRST_FORMS = (("demo", 34), ("register", 22), ("whitepaper", 24), ("newsletter", 12), ("contact", 8))
_RETURNS = (
    ("direct", 42),
    ("ad", 14),
    ("organic", 18),
    ("wechat", 10),
    ("email", 8),
    ("assistant", 4),
    ("community", 4),
)
_NO_ADDRESS = Contact()


@dataclass(slots=True)
class Moments:
    """Hands out moments of which no two are equal, and none falls on a full second: those are the CRM's."""

    _used: set[int] = field(default_factory=set)

    def take(self, at: int) -> int:
        """Return the first free moment from `at` on."""
        while at % 1000 == 0 or at in self._used:
            at += 1
        self._used.add(at)
        return at


@dataclass(slots=True)
class Person:
    """Somebody as the simulation knows them: what they did, and how they can be reached once they told."""

    number: int
    company: int
    contact: Contact
    told_at: int = 0
    told_on: str = ""
    told_by: str = ""
    told: Contact = _NO_ADDRESS
    visits: list[Visit] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)


@dataclass(slots=True)
class Setting:
    """What every visitor's life depends on."""

    seed: int
    catalog: Catalog
    start_ms: int
    end_ms: int
    moments: Moments
    visit_number: int = 0


def live(number: int, setting: Setting) -> Person:
    """Play one visitor's life on the website, until the simulated time ends."""
    rng = random.Random(setting.seed * 15_485_863 + number)
    company = number // COMPANY_SIZE
    interested = random.Random(setting.seed * 32_452_843 + company).random() < 0.25
    tells = rng.random() < (0.45 if interested else 0.05)
    person = Person(number, company, contact_of(number, company, rng))
    devices = [new_cookie(rng) for _ in range(rng.choices((1, 2, 3), (65, 28, 7))[0])]
    sdk = "segment" if rng.random() < 0.75 else "own"
    visits = rng.choices((1, 2, 3, 4, 5), (15, 25, 28, 20, 12) if tells else (48, 27, 14, 7, 4))[0]
    form_visit = min(visits - 1, rng.choice((0, 0, 1, 1, 2))) if tells else -1
    at = waking(setting.start_ms + int(rng.random() ** 1.15 * (setting.end_ms - setting.start_ms)), rng)
    for turn in range(visits):
        at = setting.moments.take(at)
        if at >= setting.end_ms - 3 * HOUR_MS:
            break
        device = rng.randrange(len(devices))
        if turn and rng.random() < 0.08:
            devices[device] = new_cookie(rng)
        source = first_source(at, setting, rng) if turn == 0 else _return_source(at, person, setting, rng)
        _touch_before(at, source, devices[device], person, setting, rng)
        visit = begin_visit(at, source, devices[device], sdk, person, setting, rng)
        _end_of_visit(visit, turn == form_visit, tells, person, setting, rng)
        at = waking(at + int(rng.uniform(5 * HOUR_MS, 9 * DAY_MS)), rng)
    return person


def begin_visit(
    at: int, source: Source, anon: str, sdk: str, person: Person, setting: Setting, rng: random.Random
) -> Visit:
    """Return the visit that begins now; what is told in it is not known yet."""
    setting.visit_number += 1
    shape, origin = shape_for(source, rng)
    return Visit(
        number=setting.visit_number,
        person=person.number,
        anon=anon,
        at=at,
        source=source,
        shape=shape,
        origin=origin,
        pages=rng.choices((1, 2, 3, 4, 5, 6), (34, 24, 18, 12, 8, 4))[0],
        sdk=sdk,
    )


def _end_of_visit(
    visit: Visit, is_form_visit: bool, tells: bool, person: Person, setting: Setting, rng: random.Random
) -> None:
    changes: dict[str, object] = {}
    if is_form_visit:
        kind = rng.choices([name for name, _ in _FIRST_FORMS], [weight for _, weight in _FIRST_FORMS])[0]
        changes = {"form": kind, "contact": _told(kind, person.contact, rng), "pages": max(2, visit.pages)}
        if kind == "register":
            changes["user"] = f"user-{person.number:05d}"
    elif person.told_at and rng.random() < 0.5:
        # Whoever is known is often recognised again, on this device or another.
        if any(earlier.user for earlier in person.visits):
            changes = {"login": True, "user": f"user-{person.number:05d}", "contact": person.contact}
        else:
            kind = rng.choice(("whitepaper", "register"))
            changes = {"form": kind, "contact": _told("newsletter", person.contact, rng)}
            if kind == "register":
                changes["user"] = f"user-{person.number:05d}"
        changes["pages"] = max(2, visit.pages)
    elif not tells and rng.random() < 0.02:
        changes = {"form": "contact", "contact": rng.choice(FAKES), "pages": max(2, visit.pages)}
    done = _changed(visit, changes)
    person.visits.append(done)
    if is_form_visit:
        tell(person, done, setting.seed)


def tell(person: Person, visit: Visit, seed: int) -> None:
    """Note that somebody told by the form of a visit who they are."""
    if visit.contact is None:
        raise ValueError(f"nothing is told in visit {visit.number}")
    person.told_at, person.told_on, person.told_by = told_at(visit, seed), visit.anon, visit.form
    person.told = replace(visit.contact, company=person.contact.company)


def _changed(visit: Visit, changes: dict[str, object]) -> Visit:
    if not changes:
        return visit
    values = {name: getattr(visit, name) for name in Visit.__slots__}
    return Visit(**{**values, **changes})


def _told(form: str, contact: Contact, rng: random.Random) -> Contact:
    """Return what somebody types into a form: always the address, the number only where it is asked for."""
    if form == "newsletter":
        return Contact(email=contact.email)
    if form == "contact" and contact.phone and rng.random() < 0.5:
        return Contact(phone=contact.phone, company=contact.company)
    return contact


def _touch_before(
    at: int, source: Source, anon: str, person: Person, setting: Setting, rng: random.Random
) -> None:
    """Tell of the click that the visit at `at` came by, where another system saw it too."""
    kinds = {"edm": "email_click", "zhihu": "link_click"}
    kind = kinds.get(source.name) if source.kind == "tagged" else None
    if source.cause.medium == "qrcode":
        kind = "qr_scan"
    if kind is None or (kind == "email_click" and not person.told_at):
        return
    moment = setting.moments.take(at - rng.randint(1_500, 4_000))
    email = person.contact.email if kind == "email_click" else ""
    setting.visit_number += 1
    person.touches.append(
        Touch(
            number=setting.visit_number,
            person=person.number,
            at=moment,
            kind=kind,
            source=source,
            anon="" if email else anon,
            email=email,
        )
    )


def first_source(at: int, setting: Setting, rng: random.Random) -> Source:
    """Draw what brings somebody for the first time."""
    catalog = setting.catalog
    drawn = rng.random()
    for platform, share in AD_SHARES.items():
        if drawn < share:
            return _ad(platform, at, catalog, rng)
        drawn -= share
    kinds = ("organic", "wechat", "community", "assistant", "referral", "poster", "direct")
    kind = rng.choices(kinds, (15, 10, 5, 5, 3, 2, 5))[0]
    return _source(kind, at, catalog, rng)


def _return_source(at: int, person: Person, setting: Setting, rng: random.Random) -> Source:
    kind = rng.choices([name for name, _ in _RETURNS], [weight for _, weight in _RETURNS])[0]
    if kind == "ad":
        return _ad(rng.choice(tuple(AD_SHARES)), at, setting.catalog, rng)
    if kind == "email" and not person.told_at:
        kind = "direct"
    return _source(kind, at, setting.catalog, rng)


def _source(kind: str, at: int, catalog: Catalog, rng: random.Random) -> Source:
    match kind:
        case "organic":
            return rng.choice(catalog.organic)
        case "wechat":
            published = [article.source for article in catalog.articles if article.at < at]
            return rng.choice(published) if published else catalog.direct
        case "community":
            return rng.choice(catalog.communities)
        case "assistant":
            return rng.choice(catalog.assistants)
        case "email":
            return rng.choice(catalog.newsletters)
        case "poster":
            return rng.choice(tuple(catalog.posters.values()))
        case "referral":
            return catalog.referral
        case _:
            return catalog.direct


def _ad(platform: str, at: int, catalog: Catalog, rng: random.Random) -> Source:
    sources = [one for one in catalog.ads[platform] if _keyword(one).since <= at < _keyword(one).until]
    return rng.choices(sources, [_keyword(source).weight for source in sources])[0]


def _keyword(source: Source) -> Keyword:
    if source.keyword is None:
        raise TypeError(f"{source.name} is no ad")
    return source.keyword


def waking(at: int, rng: random.Random) -> int:
    """Move a moment into the hours in which people look for software: 8 to 22 o'clock in Shanghai."""
    hour = (at + SHANGHAI_MS) % DAY_MS
    if hour < 8 * HOUR_MS or hour > 22 * HOUR_MS:
        at += 8 * HOUR_MS + rng.randint(0, 3 * HOUR_MS) if hour < 8 * HOUR_MS else 12 * HOUR_MS
    return at + rng.randint(1, 59 * MINUTE_MS)


def new_cookie(rng: random.Random) -> str:
    """Return the id that a browser gets."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
