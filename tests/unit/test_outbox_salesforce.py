"""A registration becomes one lead in Salesforce; converted it goes on as its contact."""

import json
from typing import Any

import pytest
from receivers.asked import Answered, Asked
from receivers.salesforce import EXTERNAL, FakeSalesforce
from receivers.telling import NOW, Teller, an_order, click

from outbox.destination import Account
from outbox.destinations.salesforce import Salesforce
from outbox.orders import Contact, Order

FIELDS = {
    "Email": "email",
    "Phone": "phone",
    "LastName": "name",
    "Company": "company_given",
    "Leadtrace_Keyword__c": "first_keyword",
    "Leadtrace_Score__c": "score",
    "Leadtrace_First_Seen__c": "first_at",
}
LI_NA = Contact(email="Li.O'Na@example.com", phone="+8613800138000", name="李娜", company="南京示例公司")
AD = click("baidu", "bd_vid", "n1", keyword="erp 系统")


@pytest.fixture
def salesforce() -> FakeSalesforce:
    fake = FakeSalesforce()
    fake.fields |= {name for name in FIELDS if name.endswith("__c")}
    return fake


def account(**more: Any) -> Account:
    given: dict[str, Any] = {
        "options": {"domain": "example.my.salesforce.com"},
        "secrets": {"client_id": "us", "client_secret": FakeSalesforce().client_secret},
        "fields": FIELDS,
    }
    return Account(name="crm", destination="salesforce", **(given | more))


def registration(lead: int = 1, **more: Any) -> Order:
    fixed: dict[str, Any] = {"occasion": "lead", "destination": "salesforce", "score": 42.0}
    return an_order(lead, str(more.get("planned_at", "")), AD, **(fixed | more))


def teller(salesforce: Any, **contacts: Contact) -> Teller:
    return Teller(Salesforce(), account(), salesforce, contacts=contacts)


def test_a_registration_becomes_a_lead_with_its_keyword_and_score(salesforce: FakeSalesforce) -> None:
    lead = registration()
    tell = teller(salesforce, **{lead.key: LI_NA})
    tell.tell(lead)
    (record,) = salesforce.leads.values()
    assert tell.outcomes[lead.key].reference == record["Id"]
    assert {name: record[name] for name in (*FIELDS, EXTERNAL)} == {
        "Email": "Li.O'Na@example.com",
        "Phone": "+8613800138000",
        "LastName": "李娜",
        "Company": "南京示例公司",
        "Leadtrace_Keyword__c": "erp 系统",
        "Leadtrace_Score__c": 42.0,
        "Leadtrace_First_Seen__c": "2026-02-22T04:53:20.000Z",
        EXTERNAL: lead.lead,
    }


def test_no_address_stands_in_a_url(salesforce: FakeSalesforce) -> None:
    lead = registration()
    teller(salesforce, **{lead.key: LI_NA}).tell(lead)
    assert any(b"O%5C%27Na" in asked.body for asked in salesforce.requests)
    assert not any("example.com" in asked.url.split("/services/")[1] for asked in salesforce.requests)


def test_a_lead_that_gave_no_name_says_so(salesforce: FakeSalesforce) -> None:
    lead = registration()
    teller(salesforce, **{lead.key: Contact(phone="+8613800138000")}).tell(lead)
    (record,) = salesforce.leads.values()
    assert (record["LastName"], record["Company"]) == ("[not provided]", "[not provided]")


def test_later_changes_write_what_differs_and_nothing_that_sales_wrote(salesforce: FakeSalesforce) -> None:
    lead = registration()
    tell = teller(salesforce, **{lead.key: LI_NA})
    tell.tell(lead)
    (record,) = salesforce.leads.values()
    record |= {"LastName": "李娜女士", "Leadtrace_First_Seen__c": "2026-02-22T04:53:20.000+0000"}
    later = registration(planned_at=NOW, score=80.0)
    tell.contacts = {later.key: LI_NA}
    tell.tell(later)
    (row,) = json.loads(salesforce.requests[-1].body)["records"]
    assert row == {
        "attributes": {"type": "Lead"},
        "id": record["Id"],
        "Leadtrace_Score__c": 80.0,
        "Leadtrace_Planned_At__c": NOW,
    }
    assert record["LastName"] == "李娜女士"
    tell.tell(lead)
    assert (record["Leadtrace_Score__c"], tell.state(lead)) == (80.0, "duplicate"), "an older one comes late"


def test_a_lead_that_salesforce_told_us_of_needs_no_address(salesforce: FakeSalesforce) -> None:
    number = salesforce.add(LastName="Wang")
    lead = registration(crm_ids=(f"crm:salesforce:{number}",))
    tell = teller(salesforce)
    tell.tell(lead)
    assert salesforce.leads[number]["Leadtrace_Keyword__c"] == "erp 系统"
    gone = registration(2, crm_ids=("crm:salesforce:00Q000000000099AAA",))
    tell.tell(gone)
    assert tell.outcomes[gone.key].why == "Salesforce doesn't have it any more"
    assert tell.outcomes[gone.key].reference == "00Q000000000099AAA"


def test_a_converted_lead_goes_on_as_its_contact(salesforce: FakeSalesforce) -> None:
    contact = salesforce.add("Contact", LastName="Wang")
    number = salesforce.add(LastName="Wang", IsConverted=True, ConvertedContactId=contact)
    lead = registration(crm_ids=(f"crm:salesforce:{number}",))
    tell = teller(salesforce)
    tell.tell(lead)
    assert tell.outcomes[lead.key].reference == contact
    assert salesforce.contacts[contact]["Leadtrace_Score__c"] == 42.0
    assert "Leadtrace_Score__c" not in salesforce.leads[number]


def test_contacts_without_our_fields_stop_no_lead(salesforce: FakeSalesforce) -> None:
    salesforce.contact_fields = set()
    contact = salesforce.add("Contact", LastName="Wang")
    number = salesforce.add(LastName="Wang", IsConverted=True, ConvertedContactId=contact)
    converted, new = registration(1, crm_ids=(f"crm:salesforce:{number}",)), registration(2)
    tell = teller(salesforce, **{new.key: LI_NA})
    tell.tell(converted, new)
    assert [tell.state(each) for each in (converted, new)] == ["refused", "accepted"]
    assert not tell.closed


def test_whom_sales_typed_in_with_this_address_becomes_the_lead(salesforce: FakeSalesforce) -> None:
    number = salesforce.add(LastName="Li", Email="li.o'na@example.com")
    lead = registration()
    tell = teller(salesforce, **{lead.key: LI_NA})
    tell.tell(lead)
    assert len(salesforce.leads) == 1
    assert salesforce.leads[number][EXTERNAL] == lead.lead
    assert salesforce.leads[number]["LastName"] == "Li"


def test_what_a_duplicate_rule_finds_is_taken_for_the_lead(salesforce: FakeSalesforce) -> None:
    salesforce.has_duplicate_rule = True
    contact = salesforce.add("Contact", LastName="Li", Email=LI_NA.email)
    lead, other = registration(1), registration(2)
    tell = teller(salesforce, **{lead.key: LI_NA, other.key: Contact(email="wang@example.com")})
    tell.tell(lead, other)
    assert tell.outcomes[lead.key].reference == contact
    assert salesforce.contacts[contact][EXTERNAL] == lead.lead
    assert len(salesforce.leads) == 1


def test_a_record_that_is_another_lead_of_ours_stays_that_one(salesforce: FakeSalesforce) -> None:
    salesforce.add(LastName="Li", Email=LI_NA.email, **{EXTERNAL: "f" * 32})
    lead = registration()
    tell = teller(salesforce, **{lead.key: LI_NA})
    tell.tell(lead)
    assert "another lead of ours" in tell.outcomes[lead.key].why


def test_a_row_that_fails_takes_no_other_with_it(salesforce: FakeSalesforce) -> None:
    salesforce.locked_for = 1
    leads = registration(1), registration(2)
    contacts = {each.key: Contact(email=f"{each.lead[-1]}@example.com") for each in leads}
    tell = teller(salesforce, **contacts)
    tell.tell(*leads)
    assert [tell.state(each) for each in leads] == ["later", "accepted"]
    tell.until_done(*leads)
    assert len(salesforce.leads) == 2


def test_a_session_that_ended_asks_for_a_login_and_spent_calls_pause(salesforce: FakeSalesforce) -> None:
    lead = registration()
    tell = teller(salesforce, **{lead.key: LI_NA})
    tell.tell(lead)
    salesforce.end_sessions()
    tell.tell(lead)
    assert tell.state(lead) == "login"
    salesforce.calls_left = 0
    tell.tell(lead)
    assert tell.outcomes[lead.key].pauses == 3600


def test_a_missing_field_closes_the_account_before_anything_is_made(salesforce: FakeSalesforce) -> None:
    salesforce.fields.remove("Leadtrace_Keyword__c")
    lead = registration()
    tell = teller(salesforce, **{lead.key: LI_NA})
    tell.tell(lead)
    assert "INVALID_FIELD" in tell.closed
    assert not salesforce.leads
    assert tell.state(lead) == "later"


def test_a_query_that_answers_nonsense_makes_nothing(salesforce: FakeSalesforce) -> None:
    class Nonsense(FakeSalesforce):
        def answer(self, asked: Asked, now: int) -> Answered:
            answered = super().answer(asked, now)
            return Answered.of({"compositeResponse": "?"}) if asked.path.endswith("/composite") else answered

    lead = registration()
    fake = Nonsense(fields=salesforce.fields)
    tell = teller(fake, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.state(lead) == "later"
    assert not fake.leads


def test_fields_of_sales_cannot_be_mapped() -> None:
    wrong = account(fields={"Status": "stage_now", EXTERNAL: "person"}, options={"domain": "https://x"})
    assert len(Salesforce().problems(wrong)) == 3
    assert not Salesforce().problems(account())


def test_what_is_missing_in_salesforce_is_named(salesforce: FakeSalesforce) -> None:
    assert teller(salesforce).survey().lacks == ()
    salesforce.fields.remove("Leadtrace_Keyword__c")
    assert teller(salesforce).survey().lacks == (
        "the field Leadtrace_Keyword__c of leads is missing, or the app's user does not see it",
    )
