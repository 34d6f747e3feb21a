"""A phone number without a country code is one of the country that its own row or form names."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.crm.export import CrmOptions
from producers.crm.shipped import shipped_mapping
from producers.imports import Plan, plan_crm
from producers.privacy.contacts import known_from
from producers.privacy.regions import country_fields, region_of
from schemas.crm import LeadRecorded

NOW = 1_795_300_000_000


def imported(*lines: str) -> Plan:
    data = "\n".join(lines).encode()
    return plan_crm(data, "crm.csv", shipped_mapping("generic"), CrmOptions(received_at=NOW), TOKENISER)


def phones_of(plan: Plan) -> list[tuple[str, ...]]:
    return [
        tuple(name for name in fact.others if name.startswith("phone:"))
        for fact in plan.facts
        if isinstance(fact, LeadRecorded)
    ]


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("United States", "(650) 253-0000", "+16502530000"),
        ("USA", "650.253.0000", "+16502530000"),
        ("美国", "6502530000", "+16502530000"),
        ("DE", "030 12345679", "+493012345679"),
        ("Deutschland", "0171 2345670", "+491712345670"),
        ("United Kingdom", "020 7946 0958", "+442079460958"),
        ("+49", "030 12345679", "+493012345679"),
        ("1", "(650) 253-0000", "+16502530000"),
        ("China", "13812340001", "+8613812340001"),
        ("", "13812340001", "+8613812340001"),
        ("Atlantis", "13812340001", "+8613812340001"),
        ("United States", "+86 138 1234 0001", "+8613812340001"),
        ("日本", "03-3210-4567", "+81332104567"),
    ],
)
def test_a_number_of_a_row_is_one_of_the_row_s_country(country: str, written: str, number: str) -> None:
    plan = imported("Lead ID,Created,Phone,Country", f"1,2026-11-09,{written},{country}")
    assert phones_of(plan) == [(TOKENISER.phone(number),)]


def test_the_dry_run_names_the_column_of_the_country_and_what_is_not_in_the_file_in_one_line() -> None:
    plan = imported("Lead ID,Created,Phone,Mailing Country", "1,2026-11-09,(650) 253-0000,United States")
    assert "country of phone numbers without a country code: column “Mailing Country”" in plan.understood
    assert "columns that are not used: nothing" in plan.understood
    (missing,) = (line for line in plan.understood if line.startswith("not in the file: "))
    assert "lead.updated_at, lead.stage, lead.stage_at" in missing
    assert not any("no column" in line for line in plan.understood)


def test_rounded_numbers_and_cells_without_a_number_are_counted_apart() -> None:
    rows = (
        "1,2026-11-09,1.38E+10",
        "2,2026-11-09,8.61E+12",
        "3,2026-11-09,ask Li",
        "4,2026-11-09,13812340001",
    )
    plan = imported("Lead ID,Created,Phone", *rows)
    assert [len(phones) for phones in phones_of(plan)] == [0, 0, 0, 1]
    told = " ".join(plan.notes)
    assert "2 phone numbers that a spreadsheet has rounded (1.38E+10)" in told
    assert "1 row with something in “Phone” that is no phone number which can be used" in told


@pytest.mark.parametrize(
    "form",
    [
        {"phone": "(650) 253-0000", "country": "United States"},
        {"Country/Region": "US", "work phone": "650-253-0000"},
        {"fields": [{"name": "phone", "value": "650 253 0000"}, {"name": "country", "value": "usa"}]},
    ],
)
def test_a_number_of_a_form_is_one_of_the_form_s_country(form: dict[str, Any]) -> None:
    assert known_from([form], TOKENISER).identifiers == (TOKENISER.phone("+16502530000"),)


def test_the_country_of_somebody_else_is_not_the_visitor_s() -> None:
    form = {"phone": "13812340001", "reseller": {"country": "United States"}}
    assert known_from([form], TOKENISER).identifiers == (TOKENISER.phone("+8613812340001"),)


def test_the_person_s_own_country_comes_before_that_of_the_bill() -> None:
    names = ["Billing Country", "Phone", "Mailing Country"]
    assert country_fields(names) == ("Mailing Country", "Billing Country")


@pytest.mark.parametrize("text", ["", "n/a", "Europe", "999", "-", "XX"])
def test_what_is_no_country_is_no_region(text: str) -> None:
    assert region_of(text) == ""
