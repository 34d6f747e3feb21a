"""One address and one number have many spellings, and are one; what looks alike and isn't stays apart."""

import csv
import io
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from understood import TOKENISER, Understood, as_written, understand

import market
from market.contacts import address_typed, as_typed
from market.knowable import lead_name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("market")


@pytest.fixture(scope="module")
def told(folder: Path) -> Understood:
    return understand(market.simulate(7, 300, date(2025, 3, 3), 90), folder)


def contacts(told: Understood) -> set[tuple[str, str]]:
    """The addresses and numbers that people of the market leave anywhere."""
    left = [visit.contact for visit in told.market.visits if visit.contact]
    left += [lead.contact for lead in told.market.leads] + [one.contact for one in told.market.attendances]
    return {(contact.email, contact.phone) for contact in left if contact.real}


def test_every_spelling_of_an_address_is_the_same_identifier(told: Understood) -> None:
    emails = {email for email, _ in contacts(told) if email}
    spellings = {address_typed(email, place) for email in emails for place in range(4)}

    for email in emails:
        for place in range(4):
            assert TOKENISER.email(address_typed(email, place)) == as_written(f"email:{email}")
    for kind in ("\u200b", "＠", r"\+demo@gmail", "googlemail", r"u\.\d", "U"):
        assert sum(bool(re.search(kind, one)) for one in spellings) > 3, kind


def test_every_spelling_of_a_number_is_the_same_identifier(told: Understood) -> None:
    phones = {phone for _, phone in contacts(told) if phone}
    for phone in phones:
        assert TOKENISER.phones(as_typed(phone)) == (as_written(f"phone:{phone}"),)
    typed = {as_typed(phone) for phone in phones}
    for kind in ("+86", "-", "微信", "\u200b", "１９"):
        assert any(kind in one for one in typed), kind
    marks = ("转", "ext.", ",", "/", ";ext=", " x")
    assert sum(any(mark in one for one in typed) for mark in marks) > 3


def test_an_extension_keeps_colleagues_apart_who_have_one_number(told: Understood) -> None:
    inside: dict[str, set[str]] = defaultdict(set)
    for _, phone in contacts(told):
        number, _, extension = phone.partition(";ext=")
        if extension:
            inside[number].add(phone)
    phones = [phone for several in inside.values() for phone in several]

    assert len(phones) > 5
    assert max(map(len, inside.values())) > 1, "colleagues"
    for phone in phones:
        token = as_written(f"phone:{phone}")
        having = [one for one in told.journeys.values() if token in one.identifiers and one.facts]
        assert len(having) == 1
        assert len({name for name in having[0].identifiers if name.startswith("phone:")}) < 3


def test_mailboxes_of_google_are_one_with_and_without_dots(told: Understood) -> None:
    people = [one for one in told.known.people if any("@gmail.com" in name for name in one.identifiers)]
    mailed = [one for one in people if len([name for name in one.identifiers if "anon:" not in name]) > 1]

    assert len(people) > 3
    assert mailed
    for person in people:
        assert sum("@gmail.com" in name for name in person.identifiers) == 1


def test_a_number_that_a_spreadsheet_cut_ties_nobody(told: Understood, folder: Path) -> None:
    text = (folder / "crm" / "leads.csv").read_text(encoding="utf-8-sig")
    cells = {row["线索编号"]: row["手机"] for row in csv.DictReader(io.StringIO(text))}
    cut = [lead for lead in told.market.leads if lead.cut_phone]

    assert any(lead.id in cells for lead in cut)
    for lead in cut:
        assert re.fullmatch(r"\d\.\d\dE\+10", lead.cut_phone)
        assert cells.get(lead.id, lead.cut_phone) == lead.cut_phone
        assert TOKENISER.phones(lead.cut_phone) == ()
        assert len(told.person(lead_name(lead.id)).numbers) == 1
