"""Rows and events that a CRM sends become the same facts as its exports."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.crm.mapping import parse_mapping
from producers.crm.row import facts_of_row
from producers.crm.webhook import facts_of_webhook
from producers.outcomes.left_out import UnusableError
from producers.publishing.collected import Collected
from schemas.codec import decode
from schemas.crm import DealRecorded, LeadMerged, LeadRecorded, StageChanged
from schemas.topics import CRM

NOW = 1_795_300_000_000
LEADS = parse_mapping(
    'system = "our"\nobject = "lead"\n[lead]\nid = "线索ID"\ncreated_at = "创建时间"\nstage = "阶段"\n'
    'stage_at = "阶段时间"\nemails = "邮箱"\ncompany = "公司"\n'
)
DEALS = parse_mapping(
    'system = "our"\nobject = "deal"\n[deal]\nid = "商机ID"\ncreated_at = "创建时间"\nstage = "阶段"\n'
    'amount = "金额"\ncurrency = "币种"\npeople = "线索ID"\n'
)
ROW = {"线索ID": "17", "创建时间": "2026-03-01 10:00:00", "阶段": "MQL", "阶段时间": "2026-03-02 10:00:00",
       "邮箱": "wang@acme.cn", "公司": "某某科技"}  # fmt: skip


def sent(body: Any, system: str = "our") -> Collected:
    return facts_of_webhook(system, body, {"our": (LEADS, DEALS)}, TOKENISER, NOW)


def facts(told: Collected) -> list[Any]:
    return [decode(record.topic, record.value) for record in told.records]


def test_a_row_is_the_same_facts_as_in_an_import() -> None:
    told = sent(ROW)
    assert facts(told) == list(facts_of_row(ROW, LEADS, TOKENISER, NOW).facts)
    assert {type(fact) for fact in facts(told)} == {LeadRecorded, StageChanged}
    assert told.accepted == 1
    assert {(record.topic, record.key) for record in told.records} == {(CRM.name, b"crm:our:17")}


def test_each_row_is_read_by_the_mapping_that_knows_its_fields() -> None:
    deal = {
        "商机ID": "d1",
        "创建时间": "2026-04-01",
        "阶段": "赢单",
        "金额": "1200.50",
        "币种": "CNY",
        "线索ID": "17",
    }
    told = facts(sent([ROW, deal]))
    assert {type(fact) for fact in told} == {LeadRecorded, StageChanged, DealRecorded}
    last = told[-1]
    assert (last.subject, last.amount_minor, last.people) == ("deal:our:d1", 120_050, ("crm:our:17",))


def test_numbers_and_nulls_of_json_are_text_and_nothing() -> None:
    assert facts(sent(ROW | {"线索ID": 17, "邮箱": None}))[0].subject == "crm:our:17"


def test_a_bad_row_is_told_and_keeps_no_good_one_out() -> None:
    told = sent([ROW | {"线索ID": ""}, ROW, ROW | {"公司": {"name": "x"}}, "row"])
    assert told.accepted == 1
    assert [(each.at, each.reason) for each in told.rejected] == [
        (0, "column 线索ID: is empty: a record without an id can't be told from others"),
        (2, "公司 is an object: the mapping must name a field of it, like 公司.id"),
        (3, "a row is a JSON object"),
    ]
    assert len(told.records) == 2


@pytest.mark.parametrize("body", [None, "x", 1, [], [ROW] * 1001])
def test_what_is_no_body_is_refused(body: Any) -> None:
    with pytest.raises(UnusableError, match=r"must be a JSON object|more than 1000"):
        sent(body)


def test_a_system_without_a_mapping_is_refused() -> None:
    with pytest.raises(UnusableError, match="no mapping"):
        sent(ROW, "theirs")


def hubspot(*events: dict[str, Any]) -> Collected:
    common = {"eventId": 1, "portalId": 62515, "occurredAt": NOW - 9000, "attemptNumber": 0, "objectId": 123}
    return facts_of_webhook("hubspot", [common | event for event in events], {}, TOKENISER, NOW)


def contact(name: str, value: str) -> dict[str, Any]:
    return {"subscriptionType": "contact.propertyChange", "propertyName": name, "propertyValue": value}


def deal(name: str, value: str) -> dict[str, Any]:
    return {"subscriptionType": "deal.propertyChange", "propertyName": name, "propertyValue": value}


def test_a_new_lifecycle_stage_in_hubspot() -> None:
    (fact,) = facts(hubspot(contact("lifecyclestage", "marketingqualifiedlead")))
    assert isinstance(fact, StageChanged)
    assert (fact.subject, fact.stage, fact.system) == ("crm:hubspot:123", "marketingqualifiedlead", "hubspot")
    assert fact.occurred_at == NOW - 9000


def test_a_contact_of_hubspot_is_known_by_tokens() -> None:
    told = facts(
        hubspot(
            contact("email", "wang@acme.cn"),
            contact("mobilephone", "13912345678"),
            contact("company", "某某科技"),
            {"subscriptionType": "contact.creation"},
        )
    )
    email, phone, company, created = told
    assert (email.others, email.email_domain) == ((TOKENISER.email("wang@acme.cn"),), "acme.cn")
    assert phone.others == (TOKENISER.phone("13912345678"),)
    assert company.company == "某某科技"
    assert created.created_at == NOW - 9000


def test_a_merge_in_hubspot_makes_one_of_all() -> None:
    merge = {
        "subscriptionType": "contact.merge",
        "primaryObjectId": 1,
        "mergedObjectIds": [2, 3],
        "newObjectId": 9,
    }
    (fact,) = facts(hubspot(merge))
    assert isinstance(fact, LeadMerged)
    assert (fact.subject, fact.merged) == (
        "crm:hubspot:9",
        ("crm:hubspot:1", "crm:hubspot:2", "crm:hubspot:3"),
    )
    assert "merged" in hubspot({"subscriptionType": "contact.merge"}, contact("email", "")).rejected[0].reason


def test_a_deal_of_hubspot() -> None:
    named = deal("dealname", "Data platform") | {"subscriptionType": "object.propertyChange"}
    told = facts(
        hubspot(
            deal("dealstage", "closedwon"),
            deal("amount", "1200.5"),
            deal("deal_currency_code", "cny"),
            named | {"objectTypeId": "0-3"},
        )
    )
    assert {fact.subject for fact in told} == {"deal:hubspot:123"}
    assert [told[0].stage, told[1].amount_minor, told[2].currency, told[3].name] == [
        "closedwon", 120_050, "CNY", "Data platform",
    ]  # fmt: skip


def test_hubspot_sends_again_and_it_is_the_same_event() -> None:
    first, again = (
        contact("lifecyclestage", "lead"),
        contact("lifecyclestage", "lead") | {"eventId": 2, "attemptNumber": 3},
    )
    assert [fact.event_id for fact in facts(hubspot(first))] == [
        fact.event_id for fact in facts(hubspot(again))
    ]
    later = contact("lifecyclestage", "lead") | {"occurredAt": NOW}
    assert facts(hubspot(later))[0].event_id != facts(hubspot(first))[0].event_id


def test_what_a_journey_does_not_know_is_ignored_with_the_reason_and_makes_no_fact() -> None:
    told = hubspot(contact("hs_color", "red"), {"subscriptionType": "company.creation"}, deal("dealname", ""))
    assert (told.accepted, told.records, told.rejected) == (0, (), ())
    assert [(each.at, each.reason) for each in told.ignored] == [
        (0, "hs_color says nothing that a journey knows"),
        (1, "it is about a kind of object that no journey knows"),
        (2, "dealname was emptied, and what it said stays"),
    ]


def test_a_row_of_a_kind_that_the_mapping_is_not_for_is_ignored() -> None:
    only = parse_mapping(
        'system = "our"\nobject = "deal"\n[only]\n"kind" = ["deal", "opportunity"]\n'
        '[deal]\nid = "id"\nupdated_at = "at"\n'
    )
    rows = [{"id": number, "at": "2026-03-01", "kind": kind} for number, kind in ((7, "Deal"), (8, "task"))]
    told = facts_of_webhook("our", [*rows, {"id": 9, "at": "2026-03-01"}], {"our": (only,)}, TOKENISER, NOW)
    assert [fact.subject for fact in facts(told)] == ["deal:our:7", "deal:our:9"]
    assert [(each.at, each.reason) for each in told.ignored] == [
        (1, "it is of a kind that no mapping is for, by what they say in `only`")
    ]


def test_a_mapping_of_one_s_own_that_knows_the_id_reads_a_whole_record_of_a_vendor() -> None:
    own = parse_mapping(
        'system = "hubspot"\nobject = "lead"\ndate_formats = ["epoch_ms"]\n[lead]\nid = "vid"\n'
        'created_at = "properties.createdate.value"\ncompany = "properties.employer.value"\n'
    )
    properties = {"createdate": {"value": "1790000000000"}, "employer": {"value": "Werk Nord"}}
    body = {"vid": 9, "properties": properties}
    (fact,) = facts(facts_of_webhook("hubspot", body, {"hubspot": (own,)}, TOKENISER, NOW))
    assert (fact.subject, fact.company) == ("crm:hubspot:9", "Werk Nord")
    other = {"vid": 9, "properties": {"lifecyclestage": {"value": "lead", "timestamp": 1790000000000}}}
    stage = facts(facts_of_webhook("hubspot", other | {"objectId": 9, "objectType": "DEAL"},
                                   {"hubspot": (own,)}, TOKENISER, NOW))  # fmt: skip
    assert all(fact.subject == "deal:hubspot:9" for fact in stage)


@pytest.mark.parametrize(
    "bad",
    [
        {"occurredAt": None},
        {"occurredAt": "soon"},
        {"objectId": None},
        deal("amount", "much"),
        deal("amount", "NaN"),
        deal("amount", "-1"),
        deal("deal_currency_code", "?"),
    ],
)
def test_a_bad_event_of_hubspot_is_told(bad: dict[str, Any]) -> None:
    told = hubspot(contact("lifecyclestage", "lead") | bad, contact("lifecyclestage", "lead"))
    assert [each.at for each in told.rejected] == [0]
    assert told.accepted == 1


WECOM = parse_mapping(
    """
system = "wecom"
object = "deal"
date_formats = ["epoch_ms"]
currency = "CNY"
[deal]
id = "event.business_id"
created_at = "event.create_time"
updated_at = ["event.update_time", "header.time_stamp"]
stage = "event.stage"
amount = ["event.winning_amount", "event.except_amount"]
closed_at = "event.winning_date"
closed_stages = ["赢单"]
account_id = "event.company_id"
owner = "event.owner_id"
[deal.values.stage]
"20" = "需求确认"
"100" = "赢单"
"""
)


def callback(**event: Any) -> dict[str, Any]:
    """A callback of a CRM in WeCom: what kind it is in a header, what changed in an event."""
    about = {"business_id": "B7", "company_id": "C3", "owner_id": "sales1", "create_time": "1790000000000"}
    header = {"event_type": "opportunity_update", "time_stamp": "1794000000000", "to_app": "ours"}
    return {"header": header, "event": about | {"change_type": "change_stage"} | event}


def test_a_callback_with_header_and_event_is_a_row_by_its_paths() -> None:
    told = facts_of_webhook(
        "wecom",
        callback(stage=100, except_amount="90000", winning_amount=88000, winning_date="1793000000000"),
        {"wecom": (WECOM,)},
        TOKENISER,
        NOW,
    )
    opened, won, now = facts(told)
    assert {fact.subject for fact in (opened, won, now)} == {"deal:wecom:B7"}
    assert (opened.occurred_at, opened.stage) == (1_790_000_000_000, "")
    assert (won.occurred_at, won.stage) == (1_793_000_000_000, "赢单")
    assert (now.amount_minor, now.currency, now.account_id, now.owner) == (8_800_000, "CNY", "C3", "sales1")
    assert now.occurred_at == 1_794_000_000_000


def test_an_amount_of_zero_gives_way_to_the_next_that_is_named() -> None:
    told = facts_of_webhook(
        "wecom",
        callback(stage=20, except_amount=90000, winning_amount=0),
        {"wecom": (WECOM,)},
        TOKENISER,
        NOW,
    )
    assert [fact.amount_minor for fact in facts(told)] == [None, 9_000_000]


def test_several_numbers_in_an_array_are_several_people() -> None:
    mapping = parse_mapping(
        'system = "tanma"\nobject = "deal"\ndate_formats = ["epoch_ms"]\n'
        '[deal]\nid = "content.opportunityId"\n'
        'updated_at = "content.stageAt"\nstage = "content.stageName"\npeople_phones = ["content.mobiles", '
        '"content.contacts.tel"]\n'
    )
    content = {
        "changeType": "edit_opportunity", "opportunityId": 5, "stageName": "谈判", "stageAt": NOW - 9,
        "mobiles": ["13912345678", "13712345678"], "contacts": [{"tel": "13612345678"}, {"name": "x"}],
    }  # fmt: skip
    body = {"type": "opportunity_info", "msgId": "m", "content": content}
    (fact,) = facts(facts_of_webhook("tanma", body, {"tanma": (mapping,)}, TOKENISER, NOW))
    assert set(fact.people) == {
        TOKENISER.phone(number) for number in ("13912345678", "13712345678", "13612345678")
    }


def test_what_is_nested_without_end_is_told() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": deep}
    (rejected,) = sent([ROW | {"more": deep}, ROW]).rejected
    assert rejected.reason == "the row is nested too deeply"
