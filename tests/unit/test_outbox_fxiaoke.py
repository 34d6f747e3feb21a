"""A registration becomes one lead in 纷享销客, which has no upsert: it is looked for before it is made."""

from typing import Any

import pytest
from receivers.fxiaoke import LEADTRACE_ID, FakeFxiaoke
from receivers.telling import NOW, Teller, an_order, click

from outbox.destination import Account
from outbox.destinations.fxiaoke import Fxiaoke
from outbox.orders import Contact, Order

FIELDS = {
    "mobile": "phone",
    "name": "name",
    "leadtrace_keyword__c": "first_keyword",
    "leadtrace_score__c": "score",
}
LI_NA = Contact(phone="+8613800138000", name="李娜")
AD = click("baidu", "bd_vid", "n1", keyword="erp 系统")


def account(**more: Any) -> Account:
    given: dict[str, Any] = {
        "options": {"user": "FSUID_1"},
        "secrets": {"app_id": "us", "app_secret": FakeFxiaoke().app_secret, "permanent_code": "p"},
        "fields": FIELDS,
        "switches": frozenset({"unverified"}),
    }
    return Account(name="crm", destination="fxiaoke", **(given | more))


def registration(lead: int = 1, **more: Any) -> Order:
    fixed: dict[str, Any] = {"occasion": "lead", "destination": "fxiaoke", "score": 42.0}
    return an_order(lead, str(more.get("planned_at", "")), AD, **(fixed | more))


def teller(fake: FakeFxiaoke, **contacts: Contact) -> Teller:
    return Teller(Fxiaoke(), account(), fake, contacts=contacts)


def test_a_registration_becomes_a_lead_and_later_changes_leave_sales_words_alone() -> None:
    fake, lead = FakeFxiaoke(), registration()
    tell = teller(fake, **{lead.key: LI_NA})
    tell.tell(lead)
    (record,) = fake.leads.values()
    assert record["leadtrace_keyword__c"] == "erp 系统"
    assert (record["mobile"], record["name"], record[LEADTRACE_ID]) == ("13800138000", "李娜", lead.lead)
    assert tell.outcomes[lead.key].reference == record["_id"]
    record["name"] = "李娜女士"
    later = registration(planned_at=NOW, score=80.0)
    tell.contacts = {later.key: LI_NA}
    tell.tell(later)
    assert (record["name"], record["leadtrace_score__c"]) == ("李娜女士", "80")
    tell.tell(lead)
    assert (record["leadtrace_score__c"], tell.state(lead)) == ("80", "duplicate"), "an older one comes late"


def test_whom_sales_typed_in_with_this_phone_becomes_the_lead_unless_it_is_another_of_ours() -> None:
    fake, lead = FakeFxiaoke(), registration()
    number = fake.add(mobile="13800138000", name="Li")
    tell = teller(fake, **{lead.key: LI_NA})
    tell.tell(lead)
    assert fake.leads[number][LEADTRACE_ID] == lead.lead
    assert fake.leads[number]["name"] == "Li"
    other = registration(2)
    tell.contacts = {other.key: LI_NA}
    tell.tell(other)
    assert "another lead of ours" in tell.outcomes[other.key].why
    assert len(fake.leads) == 1


def test_a_lead_that_fxiaoke_told_us_of_needs_no_address_and_one_that_is_gone_stays_gone() -> None:
    fake = FakeFxiaoke()
    number = fake.add(name="Wang")
    known = registration(crm_ids=(f"crm:fxiaoke:{number}",))
    gone = registration(2, crm_ids=(f"crm:fxiaoke:{'f' * 24}",))
    nobody = registration(3)
    tell = teller(fake)
    for each in (known, gone, nobody):
        tell.tell(each)
    assert fake.leads[number]["leadtrace_score__c"] == "42"
    assert "any more" in tell.outcomes[gone.key].why
    assert "LEADTRACE_CONTACTS_KEY" in tell.outcomes[nobody.key].why
    assert len(fake.leads) == 1


@pytest.mark.parametrize(("code", "pauses"), [(-1, 20), (30004, 20), (30002, 3600)])
def test_codes_say_when_to_come_again_under_http_200(code: int, pauses: float) -> None:
    fake, lead = FakeFxiaoke(codes=[code]), registration()
    tell = teller(fake, **{lead.key: LI_NA})
    tell.tell(lead)
    assert (tell.state(lead), tell.outcomes[lead.key].pauses) == ("later", pauses)
    tell.until_done(lead)
    assert tell.state(lead) == "accepted"


def test_a_token_that_ended_asks_for_a_login_and_a_wrong_secret_closes_the_account() -> None:
    fake, lead = FakeFxiaoke(), registration()
    tell = teller(fake, **{lead.key: LI_NA})
    tell.tell(lead)
    fake.end_sessions()
    tell.tell(lead)
    assert tell.state(lead) == "login"
    tell = teller(FakeFxiaoke(app_secret="another"), **{lead.key: LI_NA})
    tell.tell(lead)
    assert "gives no token (20002)" in tell.closed
    tell = teller(FakeFxiaoke(codes=[30003]), **{lead.key: LI_NA})
    tell.tell(lead)
    assert "no calls left" in tell.closed


def test_without_the_switch_nothing_is_told_and_fields_of_sales_stay_theirs() -> None:
    assert "second hand" in Fxiaoke().problems(account(switches=frozenset()))[0]
    assert len(Fxiaoke().problems(account(fields={"owner": "owner", LEADTRACE_ID: "person"}))) == 2
    assert not Fxiaoke().problems(account())
