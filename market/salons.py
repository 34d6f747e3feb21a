"""The salons: who of the visitors comes, and who else."""

import random
from collections.abc import Sequence

from market.catalog import Catalog
from market.contacts import COMPANY_SIZE, contact_of
from market.model import Attendance, Contact, Salon
from market.people import Person
from market.times import DAY_MS, SECOND_MS

# Attendees whom the website has never seen are numbered from here on.
FIRST_GUEST = 1_000_000


def attend(
    catalog: Catalog, people: Sequence[Person], visitors: int, end_ms: int, rng: random.Random
) -> tuple[Attendance, ...]:
    """Fill the salons, half with people whose address is known by then, half with others."""
    attendances: list[Attendance] = []
    size = max(6, visitors // 40)
    companies = max(1, visitors // COMPANY_SIZE)
    for salon in catalog.salons:
        known = [person for person in people if person.told_at and person.told_at < salon.at - DAY_MS]
        invited = rng.sample(known, min(len(known), size // 2))
        guests = [(person.number, person.contact) for person in invited]
        for _ in range(size - len(guests)):
            number = FIRST_GUEST + len(attendances) + len(guests)
            guests.append((number, contact_of(number, rng.randrange(companies), rng)))
        rng.shuffle(guests)
        attendances.extend(_sign_in(salon, guests, rng))
    return tuple(attendance for attendance in attendances if attendance.at < end_ms)


def _sign_in(salon: Salon, guests: Sequence[tuple[int, Contact]], rng: random.Random) -> list[Attendance]:
    at = salon.at - 900 * SECOND_MS
    signed = []
    for person, contact in guests:
        at += rng.randint(1, max(2, 1800 // len(guests))) * SECOND_MS
        told = contact
        if contact.phone and rng.random() < 0.15:
            told = Contact(phone=contact.phone, company=contact.company)
        signed.append(Attendance(person=person, at=at, salon=salon, contact=told))
    return signed
