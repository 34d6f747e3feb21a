"""Values that name nobody, by the policy's one list: left out, and nothing else of an event is lost."""

from pathlib import Path
from typing import Any

import pytest
from tokens import KEY, TOKENISER

from producers.crm.mapping import CrmMapping, parse_mapping
from producers.crm.row import facts_of_row
from producers.crm.salesforce.changes import facts_of_change
from producers.crm.shipped import shipped_mapping
from producers.crm.webhook import facts_of_webhook
from producers.outcomes.left_out import UnusableError
from producers.privacy.tokenisers import tokeniser_of
from producers.website.facts import Reception
from producers.website.native import fact_of_event
from producers.website.segment import fact_of_call
from schemas.codec import decode
from schemas.crm import DealRecorded, LeadRecorded
from schemas.website import FormSubmitted, WebsiteFact
from settings import Settings

NOW = 1_795_300_000_000
RECEPTION = Reception(tokeniser=TOKENISER, received_at=NOW, sent_at=NOW, user_agent="", historical=False)
GENERIC = parse_mapping(shipped_mapping("generic"))
NOBODY = (
    "",
    "0",
    "0000-0000",
    "-",
    "-1",
    "null",
    "NULL",
    "undefined",
    "Anonymous",
    "(not set)",
    "无",
    "{{id}}",
)
ROW = {
    "Lead ID": "L7",
    "Created": "2026-03-01 10:00",
    "Stage": "MQL",
    "Company": "Example",
    "Email": "a@firm.cn",
}


def lead_of(row: dict[str, str], mapping: CrmMapping = GENERIC) -> LeadRecorded:
    result = facts_of_row(row, mapping, TOKENISER, NOW)
    assert result.problems == ()
    (lead,) = (fact for fact in result.facts if isinstance(fact, LeadRecorded))
    return lead


def event(**said: Any) -> WebsiteFact:
    fact = fact_of_event(
        {"type": "form_submitted", "form": "demo", "url": "https://x.cn/", **said}, RECEPTION
    )
    assert isinstance(fact, FormSubmitted)
    return fact


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_website_event_of_a_known_visitor_only_loses_what_names_nobody(nobody: str) -> None:
    by_phone = event(anonymous_id=nobody, user_id=nobody, phone="13912345678", email="li@firm.cn")
    assert {by_phone.subject, *by_phone.others} == {
        TOKENISER.email("li@firm.cn"),
        TOKENISER.phone("13912345678"),
    }
    by_browser = event(anonymous_id="a-1", user_id=nobody, phone=nobody, email=nobody)
    assert (by_browser.subject, by_browser.others, by_browser.form) == ("anon:a-1", (), "demo")
    call = {"type": "page", "anonymousId": nobody, "userId": "u1", "properties": {"url": "https://x.cn/"}}
    assert fact_of_call(call, RECEPTION).subject == "user:u1"


@pytest.mark.parametrize("number", ["13888888888", "+8613888888888", "8613888888888"])
def test_a_phone_number_of_nobody_is_no_user_either(number: str) -> None:
    assert event(anonymous_id="a-1", user_id=number, phone=number).others == ()


def test_an_event_of_nobody_at_all_is_told_to_its_sender() -> None:
    with pytest.raises(UnusableError, match="names somebody"):
        event(anonymous_id="0", user_id="null")


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_row_of_a_crm_only_loses_the_identifiers_of_nobody(nobody: str) -> None:
    more = {"Visitor ID": nobody, "User ID": nobody, "Contact ID": nobody, "Account ID": nobody}
    lead = lead_of(ROW | more | {"Phone": "13888888888", "Deal ID": nobody})
    assert lead == lead_of(ROW)
    assert (lead.others, lead.company, lead.account_id) == ((TOKENISER.email("a@firm.cn"),), "Example", "")


def test_of_several_ids_in_a_cell_those_of_somebody_stay() -> None:
    lead = lead_of(ROW | {"Visitor ID": "undefined; v-1; 0", "Contact ID": "0,C9"})
    assert {"anon:v-1", "crm:crm:C9"} < set(lead.others)
    assert len(lead.others) == 3


@pytest.mark.parametrize("number", ["1", "111111", "123456789"])
def test_a_record_may_have_any_number(number: str) -> None:
    assert lead_of(ROW | {"Lead ID": number}).subject == f"crm:crm:{number}"


def test_a_row_about_no_record_is_left_out_with_the_reason() -> None:
    (problem,) = facts_of_row(ROW | {"Lead ID": "0"}, GENERIC, TOKENISER, NOW).problems
    assert (
        problem.without_line
        == "column Lead ID: names no record: a record without an id can't be told from others"
    )


def test_people_of_a_deal_are_somebody() -> None:
    deals = parse_mapping(shipped_mapping("generic-deals"))
    row = {
        "Deal ID": "D1",
        "Created At": "2026-03-01",
        "Contact ID": "0;C9;null",
        "Contact Phone": "13888888888",
    }
    result = facts_of_row(row, deals, TOKENISER, NOW)
    assert [fact.people for fact in result.facts if isinstance(fact, DealRecorded) if fact.people] == [
        ("crm:crm:C9",)
    ]


def test_a_visitor_id_in_hubspot_and_salesforce_ties_the_browser_unless_it_names_nobody() -> None:
    def hubspot(value: str) -> list[tuple[str, ...]]:
        change = {
            "subscriptionType": "contact.propertyChange", "objectId": 7, "occurredAt": NOW - 1,
            "propertyName": "leadtrace_visitor_id", "propertyValue": value,
        }  # fmt: skip
        told = facts_of_webhook("hubspot", [change], {}, TOKENISER, NOW)
        return [decode(record.topic, record.value).others for record in told.records]

    def salesforce(value: str) -> list[tuple[str, ...]]:
        header = {
            "entityName": "Lead", "changeType": "UPDATE", "commitTimestamp": NOW - 1,
            "recordIds": ["00Q5g00000AbCdEFGH"],
        }  # fmt: skip
        payload = {"ChangeEventHeader": header, "Company": "Example", "Leadtrace_Visitor_ID__c": value}
        facts, faults = facts_of_change({"payload": payload}, TOKENISER, NOW)
        assert faults == []
        return [fact.others for fact in facts if isinstance(fact, LeadRecorded)]

    assert (hubspot("v-1"), salesforce("v-1")) == ([("anon:v-1",)], [("anon:v-1",)])
    assert (hubspot("undefined"), salesforce("undefined")) == ([], [()])


def test_a_policy_of_one_s_own_is_heard_where_identifiers_are_made(tmp_path: Path) -> None:
    text = Path("attribution/policies/default.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace("'guest'", "'guest', 'kiosk-\\d+'"), encoding="utf-8")
    own = tokeniser_of(Settings(token_key=KEY, policy=tmp_path / "own.toml"))
    assert own.names_nobody("anon", "KIOSK-17")
    assert not TOKENISER.names_nobody("anon", "kiosk-17")


@pytest.mark.parametrize(
    "address",
    [
        *("noemail@noemail.com", "none@none.com", "na@na.com", "no-email@firm.cn", "a@a.com", "xxx@163.com"),
        *("123@qq.com", "123456@qq.com", "111@163.com", "abc123@qq.com", "notprovided@crm.com"),
        *(
            "kontakt@firma.de",
            "bewerbung@firma.de",
            "büro@firma.de",
            "kundenservice@firma.de",
            "info-de@firm.com",
        ),
        *(
            "ventas@empresa.es",
            "contato@empresa.com.br",
            "客服@firm.cn",
            "service@qq.com",
            "お問い合わせ@firm.jp",
        ),
        *("li@sub.example.com", "li@shop.invalid", "name@domain.com"),
    ],
)
def test_an_address_that_is_typed_for_want_of_one_or_read_by_a_department_joins_nobody(address: str) -> None:
    assert TOKENISER.email(address) is None


@pytest.mark.parametrize(
    "address",
    [
        *("1379465@qq.com", "13812340001@163.com", "888888x@qq.com", "na@firm.cn", "mueller@mueller.de"),
        *("ola.nordmann@firm.no", "dev.patel@firm.in", "saleh@firm.ae", "alla@firm.ru", "bd@firm.dk"),
        *("sales1@firm.cn", "me@jdoe.org", "li@email.com", "postma@firm.nl"),
    ],
)
def test_a_person_s_address_that_only_looks_like_one_of_those_joins_its_person(address: str) -> None:
    assert TOKENISER.email(address)


@pytest.mark.parametrize(
    "number",
    [
        *("13800138000", "+91 98765 43210", "+1 212 555 1212", "+44 7700 900123", "+61 412 345 678"),
        *("+33 6 12 34 56 78", "+34 612 345 678", "+1 234 567 8901"),
    ],
)
def test_a_number_that_is_typed_so_as_not_to_be_called_joins_nobody(number: str) -> None:
    assert TOKENISER.phones(number) == ()


@pytest.mark.parametrize("number", ["13812340001", "13912345678", "+1 650 253 0000", "+1 613 555 0199"])
def test_a_number_that_only_resembles_one_of_those_joins_its_person(number: str) -> None:
    assert len(TOKENISER.phones(number)) == 1
