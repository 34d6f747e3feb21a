"""A registration becomes one contact in HubSpot, found by our id or its address, and sales' work stays."""

import json
from typing import Any

import pytest
from receivers.asked import Answered, Asked
from receivers.hubspot import FakeHubSpot
from receivers.telling import NOW, Teller, an_order, click

from outbox.destination import Account
from outbox.destinations.hubspot import LEADTRACE_ID, PLANNED_AT, HubSpot
from outbox.orders import Contact, Order

FIELDS = {
    "email": "email",
    "phone": "phone",
    "lastname": "name",
    "company": "company_given",
    "leadtrace_source": "first_source",
    "leadtrace_plan": "first_campaign",
    "leadtrace_unit": "first_ad_group",
    "leadtrace_keyword": "first_keyword",
    "leadtrace_landing_page": "first_landing_url",
    "leadtrace_journey": "journey_link",
    "leadtrace_score": "score",
    "leadtrace_first_seen": "first_at",
}
LI_NA = Contact(email="li.na@example.com", phone="+8613800138000", name="李娜", company="南京示例公司")
AD = click(
    "baidu", "bd_vid", "n1", source="baidu", campaign="ERP 计划", ad_group="进销存 单元", keyword="erp 系统"
)


@pytest.fixture
def hubspot() -> FakeHubSpot:
    """A portal in which the properties were made."""
    fake = FakeHubSpot()
    fake.properties |= {LEADTRACE_ID, PLANNED_AT, *FIELDS}
    fake.unique.add(LEADTRACE_ID)
    return fake


def account(**more: Any) -> Account:
    given = {"secrets": {"token": FakeHubSpot().token}, "fields": FIELDS}
    return Account(name="crm", destination="hubspot", **(given | more))


def registration(lead: int = 1, **more: Any) -> Order:
    fixed: dict[str, Any] = {"occasion": "lead", "destination": "hubspot", "score": 42.0}
    return an_order(lead, str(more.get("planned_at", "")), AD, **(fixed | more))


def teller(hubspot: Any, **contacts: Contact) -> Teller:
    return Teller(HubSpot(), account(), hubspot, contacts=contacts)


def test_a_registration_becomes_a_contact_with_its_source_keyword_and_score(hubspot: FakeHubSpot) -> None:
    lead = registration(journey_link="https://leadtrace.example/journey/1")
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.state(lead) == "accepted"
    (contact,) = hubspot.contacts.values()
    assert contact == {
        "email": "li.na@example.com",
        "phone": "+8613800138000",
        "lastname": "李娜",
        "company": "南京示例公司",
        "leadtrace_id": lead.lead,
        "leadtrace_planned_at": str(lead.planned_at),
        "leadtrace_source": "baidu",
        "leadtrace_plan": "ERP 计划",
        "leadtrace_unit": "进销存 单元",
        "leadtrace_keyword": "erp 系统",
        "leadtrace_landing_page": "https://www.leadtrace.example/erp?bd_vid=n1",
        "leadtrace_journey": "https://leadtrace.example/journey/1",
        "leadtrace_score": "42",
        "leadtrace_first_seen": "2026-02-22T04:53:20.000Z",
    }


def test_the_same_lead_again_changes_only_what_changed_and_nothing_that_sales_wrote(
    hubspot: FakeHubSpot,
) -> None:
    lead = registration()
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    (contact,) = hubspot.contacts.values()
    contact |= {"email": "li.na@new.example.com", "lastname": "李娜女士"}  # sales corrects it
    later = registration(planned_at=NOW, score=80.0)
    tell.contacts = {later.key: LI_NA}
    tell.tell(later)
    assert json.loads(hubspot.requests[-1].body)["inputs"] == [
        {
            "id": "501",
            "properties": {"leadtrace_score": "80", "leadtrace_planned_at": str(NOW)},
            "objectWriteTraceId": later.key,
        }
    ]
    assert hubspot.contacts["501"]["email"] == "li.na@new.example.com"
    assert hubspot.contacts["501"]["lastname"] == "李娜女士"


def test_what_is_there_already_is_not_written_again(hubspot: FakeHubSpot) -> None:
    lead = registration()
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    before = len(hubspot.requests)
    tell.tell(lead)
    assert tell.state(lead) == "duplicate"
    assert [each.path.rsplit("/")[-1] for each in hubspot.requests[before:]] == ["read"]


def test_an_older_order_that_comes_late_takes_nothing_back(hubspot: FakeHubSpot) -> None:
    old, new = registration(score=10.0), registration(score=80.0, planned_at=NOW)
    tell = teller(hubspot, **{old.key: LI_NA, new.key: LI_NA})
    tell.tell(new)
    tell.tell(old)
    assert hubspot.contacts["501"]["leadtrace_score"] == "80"
    assert tell.state(old) == "duplicate"


def test_of_two_orders_about_one_lead_at_once_the_newest_is_told(hubspot: FakeHubSpot) -> None:
    old, new = registration(score=10.0), registration(score=80.0, planned_at=NOW)
    tell = teller(hubspot, **{old.key: LI_NA, new.key: LI_NA})
    tell.tell(new, old)
    assert [each["leadtrace_score"] for each in hubspot.contacts.values()] == ["80"]
    assert {tell.state(old), tell.state(new)} == {"accepted"}


def test_whom_sales_typed_in_with_this_address_becomes_the_lead(hubspot: FakeHubSpot) -> None:
    number = hubspot.add(email="li.na@example.com", lastname="Li")
    lead = registration()
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.outcomes[lead.key].reference == number
    assert hubspot.contacts[number]["leadtrace_id"] == lead.lead
    assert hubspot.contacts[number]["lastname"] == "Li"
    assert len(hubspot.contacts) == 1


def test_a_contact_that_is_another_lead_of_ours_stays_that_one(hubspot: FakeHubSpot) -> None:
    hubspot.add(email="li.na@example.com", leadtrace_id="f" * 32)
    lead = registration()
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.state(lead) == "refused"
    assert "another lead of ours" in tell.outcomes[lead.key].why
    assert hubspot.contacts["501"]["leadtrace_id"] == "f" * 32


def test_a_contact_of_whom_the_address_is_a_second_one_is_linked_by_the_id_in_the_conflict(
    hubspot: FakeHubSpot,
) -> None:
    class WithSecondAddresses(FakeHubSpot):
        def _read(self, told: dict[str, Any]) -> Answered:
            return super()._read(told) if told.get("idProperty") != "email" else Answered.of({"results": []})

    second = WithSecondAddresses(properties=hubspot.properties, unique=hubspot.unique)
    number = second.add(email="li.na@example.com")
    lead = registration()
    for fails_whole in (False, True):
        second.fails_whole = fails_whole
        second.contacts[number].pop("leadtrace_id", None)
        tell = teller(second, **{lead.key: LI_NA})
        tell.tell(lead)
        assert tell.outcomes[lead.key].reference == number
        assert second.contacts[number]["leadtrace_id"] == lead.lead


def test_a_lead_that_hubspot_told_us_of_is_known_by_its_id_and_needs_no_address(hubspot: FakeHubSpot) -> None:
    number = hubspot.add(email="wang@example.com", lifecyclestage="lead")
    lead = registration(crm_ids=(f"crm:hubspot:{number}", "crm:hubspot:9999", "crm:salesforce:00Q1"))
    tell = teller(hubspot)
    tell.tell(lead)
    assert tell.state(lead) == "accepted"
    assert hubspot.contacts[number]["leadtrace_keyword"] == "erp 系统"
    assert hubspot.contacts[number]["lifecyclestage"] == "lead"


def test_without_an_address_nobody_new_is_made(hubspot: FakeHubSpot) -> None:
    lead = registration()
    tell = teller(hubspot)
    tell.tell(lead)
    assert tell.state(lead) == "refused"
    assert "LEADTRACE_CONTACTS_KEY" in tell.outcomes[lead.key].why
    assert not hubspot.contacts


def test_who_was_deleted_in_hubspot_is_not_made_again(hubspot: FakeHubSpot) -> None:
    lead = registration(crm_ids=("crm:hubspot:777",))
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.outcomes[lead.key].why == "HubSpot doesn't have the contact any more"
    assert not hubspot.contacts


def test_a_bad_row_takes_no_other_with_it_whether_rows_fail_alone_or_together(hubspot: FakeHubSpot) -> None:
    for fails_whole in (False, True):
        hubspot.contacts.clear()
        hubspot.fails_whole = fails_whole
        twins = registration(1), registration(2)
        other = registration(3)
        contacts = {each.key: LI_NA for each in twins} | {other.key: Contact(email="wang@example.com")}
        tell = teller(hubspot, **contacts)
        tell.tell(*twins, other)
        assert tell.state(other) == "accepted"
        assert sorted(tell.state(each) for each in twins) == ["accepted", "refused"]
        assert len(hubspot.contacts) == 2


def test_a_success_with_nothing_in_it_is_none(hubspot: FakeHubSpot) -> None:
    hubspot.is_silent = True
    leads = registration(1), registration(2)
    tell = teller(hubspot, **{leads[0].key: LI_NA, leads[1].key: Contact(phone="+8613900139000")})
    tell.tell(*leads)
    assert {tell.state(each) for each in leads} == {"refused"}
    assert "made nothing of it" in tell.outcomes[leads[0].key].why


def test_who_gave_a_phone_number_alone_becomes_a_contact_too(hubspot: FakeHubSpot) -> None:
    lead = registration()
    tell = teller(hubspot, **{lead.key: Contact(phone="+8613800138000")})
    tell.tell(lead)
    assert hubspot.contacts["501"]["phone"] == "+8613800138000"


def test_a_missing_property_and_a_wrong_token_close_the_account_and_lose_nothing(
    hubspot: FakeHubSpot,
) -> None:
    hubspot.properties.remove("leadtrace_keyword")
    lead = registration()
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.closed == (
        "HubSpot has no property leadtrace_keyword: `leadtrace outbox test crm --make` makes it"
    )
    assert tell.state(lead) == "later"
    hubspot.token = "another"
    tell.tell(lead)
    assert tell.closed == "HubSpot refuses the token"


def test_too_many_calls_are_sent_later_and_a_spent_day_pauses_the_account(hubspot: FakeHubSpot) -> None:
    hubspot.throttled_for = 1
    lead = registration()
    tell = teller(hubspot, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.state(lead) == "later"
    tell.until_done(lead)
    assert tell.state(lead) == "accepted"

    class Spent:
        def answer(self, asked: Asked, now: int) -> Answered:
            return Answered.of({"status": "error", "policyName": "DAILY"}, 429)

    tell = teller(Spent(), **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.outcomes[lead.key].pauses == 3600


@pytest.mark.parametrize(
    "nonsense",
    [
        Answered.of({"results": "?"}),
        Answered.of([]),
        Answered(200, b"<html>"),
        Answered.of({"results": [], "errors": [{"category": "INTERNAL_ERROR"}]}, 207),
    ],
)
def test_a_look_that_answers_nonsense_makes_nobody(hubspot: FakeHubSpot, nonsense: Answered) -> None:
    class Nonsense(FakeHubSpot):
        def _read(self, told: dict[str, Any]) -> Answered:
            return nonsense

    lead = registration()
    fake = Nonsense(properties=hubspot.properties, unique=hubspot.unique)
    tell = teller(fake, **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.state(lead) == "later"
    assert not fake.contacts


def test_no_address_stands_in_what_is_said_of_an_error(hubspot: FakeHubSpot) -> None:
    class Telling:
        def answer(self, asked: Asked, now: int) -> Answered:
            said = {
                "status": "error",
                "category": "VALIDATION_ERROR",
                "message": "li.na@example.com is wrong",
            }
            return Answered.of(said, 400)

    lead = registration()
    tell = teller(Telling(), **{lead.key: LI_NA})
    tell.tell(lead)
    assert tell.state(lead) == "refused"
    assert "li.na" not in repr(tell.outcomes)
    assert "li.na" not in repr(LI_NA)


def test_fields_of_sales_and_our_own_id_cannot_be_mapped() -> None:
    wrong = account(fields={"lifecyclestage": "stage_now", "leadtrace_id": "person"})
    assert HubSpot().problems(wrong) == [
        "the field lifecyclestage is sales' own: map stage_now to a field of yours, such as "
        "leadtrace_stage_now",
        "the field leadtrace_id is written by itself: leave it out",
    ]
    assert "fields is missing" in HubSpot().problems(account(fields={}))[0]
    assert not HubSpot().problems(account())


def test_what_is_missing_in_hubspot_is_named_and_can_be_made_and_made_again() -> None:
    fresh, lead = FakeHubSpot(), registration()
    tell = teller(fresh, **{lead.key: LI_NA})
    survey = tell.survey()
    assert survey.lacks[:3] == (
        "the property leadtrace_id of contacts is missing",
        "the property leadtrace_planned_at of contacts is missing",
        "the property leadtrace_source of contacts is missing",
    )
    assert set(tell.make(survey)) == {201}
    assert set(tell.make(survey)) == {409}, "another one made them meanwhile"
    assert tell.survey().lacks == ()
    assert "leadtrace_id" in fresh.unique
    tell.tell(lead)
    assert tell.state(lead) == "accepted"


def test_an_id_that_is_not_unique_and_a_token_without_rights_are_said() -> None:
    fresh = FakeHubSpot()
    fresh.properties |= {LEADTRACE_ID, PLANNED_AT, *FIELDS}
    assert ["not for unique values" in each for each in teller(fresh).survey().lacks] == [True]
    assert "refuses the token" in teller(FakeHubSpot(token="another")).survey().lacks[0]
