"""What a CRM kept of its changes: each with its own time, and the same facts as by any other way."""

import json
from typing import Any

import pytest
from tokens import TOKENISER as TOKENS

from producers.crm.history import HistoryOptions
from producers.crm.mapping import parse_mapping
from producers.crm.row import facts_of_row
from producers.crm.shipped import shipped_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import Plan, plan_history, reject_file
from schemas.codec import decode
from schemas.crm import DealRecorded, LeadMerged, LeadRecorded, StageChanged
from schemas.envelope import Fact
from schemas.topics import CRM

NOW = 1_772_500_000_000
MARCH_1 = 1_709_251_200_000  # 2024-03-01T00:00:00Z
HOUR = 3_600_000
LEAD, LEAD_18 = "00Q5g00000AbCdE", "00Q5g00000AbCdEEAV"
LEAD_B = "00Q5g00000AbCdFEAV"
CONTACT = "0035g00000AbCdEAAV"
DEAL = "0065g00000AbCdEAAV"


def imported(text: str, name: str = "history.json") -> Plan:
    return plan_history(text.encode(), name, HistoryOptions(received_at=NOW), TOKENS)


def told(plan: Plan) -> list[Any]:
    assert plan.error == ""
    return [decode(CRM.name, record.value) for record in plan.records(TOKENS)]


def stages(facts: list[Any]) -> list[tuple[str, str, int]]:
    return [(each.subject, each.stage, each.occurred_at) for each in facts if getattr(each, "stage", "")]


# -- HubSpot


def contact(**more: Any) -> dict[str, Any]:
    history = {
        "lifecyclestage": [
            {
                "value": "marketingqualifiedlead",
                "timestamp": "2024-03-01T02:00:00.000Z",
                "sourceType": "CRM_UI",
            },
            {"value": "lead", "timestamp": "2024-03-01T01:00:00.000Z", "sourceType": "FORM"},
        ]
    }
    return {"id": "51", "properties": {}, "propertiesWithHistory": history} | more


def pages(*objects: Any) -> str:
    return json.dumps({"results": objects, "paging": {"next": {"after": "52"}}})


def by_webhook(*events: dict[str, Any]) -> list[Fact]:
    common = {"eventId": 1, "subscriptionId": 2, "portalId": 62515, "attemptNumber": 0}
    collected = facts_of_webhook("hubspot", [common | event for event in events], {}, TOKENS, NOW)
    return [decode(CRM.name, record.value) for record in collected.records]


def test_every_stage_of_a_contact_has_its_own_time() -> None:
    assert stages(told(imported(pages(contact())))) == [
        ("crm:hubspot:51", "marketingqualifiedlead", MARCH_1 + 2 * HOUR),
        ("crm:hubspot:51", "lead", MARCH_1 + HOUR),
    ]


def test_a_change_that_a_webhook_told_is_the_same_fact() -> None:
    record = contact(createdAt="2024-03-01T00:30:00Z")
    record["propertiesWithHistory"]["hs_lead_status"] = [
        {"value": "UNQUALIFIED", "timestamp": "2024-03-01T05:00:00Z"}
    ]
    about = {"objectId": 51, "subscriptionType": "contact.propertyChange"}
    sent = by_webhook(
        {"objectId": 51, "subscriptionType": "contact.creation", "occurredAt": MARCH_1 + HOUR // 2},
        about | {"propertyName": "lifecyclestage", "propertyValue": "marketingqualifiedlead",
                 "occurredAt": MARCH_1 + 2 * HOUR},
        about | {"propertyName": "lifecyclestage", "propertyValue": "lead", "occurredAt": MARCH_1 + HOUR},
        about | {"propertyName": "hs_lead_status", "propertyValue": "UNQUALIFIED",
                 "occurredAt": MARCH_1 + 5 * HOUR},
    )  # fmt: skip
    assert told(imported(pages(record))) == sent


def test_a_deal_has_its_stages_its_sum_and_its_people() -> None:
    record = {
        "id": "9",
        "updatedAt": "2024-03-01T03:00:00Z",
        "properties": {"amount": "1200.50", "deal_currency_code": "cny", "dealstage": "closedwon"},
        "propertiesWithHistory": {"dealstage": [{"value": "closedwon", "timestamp": "2024-03-01T02:00:00Z"}]},
        "associations": {"contacts": {"results": [{"id": "51", "type": "deal_to_contact"}, {"id": "52"}]}},
    }
    facts = told(imported(pages(record)))
    assert {type(fact) for fact in facts} == {DealRecorded}
    assert {fact.subject for fact in facts} == {"deal:hubspot:9"}
    assert stages(facts) == [("deal:hubspot:9", "closedwon", MARCH_1 + 2 * HOUR)]
    assert [fact.people for fact in facts if fact.people] == [("crm:hubspot:51", "crm:hubspot:52")]
    assert [fact.amount_minor for fact in facts if fact.amount_minor] == [120_050]
    assert [fact.currency for fact in facts if fact.currency] == ["CNY"]


def test_merged_contacts_are_links() -> None:
    dated = {"hs_calculated_merged_vids": f"49:{MARCH_1};50:{MARCH_1 + HOUR}"}
    undated = {"hs_merged_object_ids": "49;50"}
    for properties, times in ((dated, [MARCH_1, MARCH_1 + HOUR]), (undated, [MARCH_1 + 3 * HOUR] * 2)):
        record = contact(properties=properties, updatedAt="2024-03-01T03:00:00Z")
        merges = [fact for fact in told(imported(pages(record))) if isinstance(fact, LeadMerged)]
        assert [fact.merged for fact in merges] == [("crm:hubspot:49",), ("crm:hubspot:50",)]
        assert [fact.occurred_at for fact in merges] == times


def test_a_contact_is_known_by_tokens_only() -> None:
    properties = {"email": "wang@acme.cn", "firstname": "Wang", "phone": "13912345678"}
    plan = imported(pages(contact(properties=properties, updatedAt="2024-03-01T03:00:00Z")))
    facts = told(plan)
    names = {name for fact in facts if isinstance(fact, LeadRecorded) for name in fact.others}
    assert names == {TOKENS.email("wang@acme.cn"), TOKENS.phone("13912345678")}
    text = b"".join(record.value for record in plan.records(TOKENS)).decode() + str(plan.understood)
    assert not [word for word in ("wang@", "Wang", "13912345678") if word in text]


def test_a_stage_without_its_history_is_no_stage_and_is_noted() -> None:
    record = {"id": "51", "properties": {"lifecyclestage": "lead"}, "updatedAt": "2024-03-01T03:00:00Z"}
    plan = imported(pages(record))
    assert plan.facts == ()
    assert "stages of 1 HubSpot object have no history" in plan.notes[0]


def test_pages_may_stand_on_lines_or_in_an_array_and_repeat() -> None:
    one, two = pages(contact()), pages(contact(), contact(id="52"))
    expected = {fact.event_id for fact in told(imported(two))}
    for text in (
        f"{one}\n{two}\n",
        f"[{one},{two}]",
        f"\ufeff{two}",
        json.dumps([contact(), contact(id="52")]),
    ):
        plan = imported(text)
        assert {fact.event_id for fact in told(plan)} == expected
        assert len(plan.facts) == len(expected)


def test_a_bad_entry_costs_itself() -> None:
    record = contact()
    record["propertiesWithHistory"]["lifecyclestage"] += [
        {"value": "lead"},
        {"value": "lead", "timestamp": "soon"},
        {"value": "lead", "timestamp": "1999-12-31T00:00:00Z"},
        {"value": "lead", "timestamp": "2029-12-31T00:00:00Z"},
        {"value": "", "timestamp": "2024-03-01T00:00:00Z"},
        "lead",
    ]
    company = {"id": "1", "properties": {"domain": "acme.cn", "lifecyclestage": "lead"}}
    nobody = contact(id=None)
    broken = contact(propertiesWithHistory={"lifecyclestage": "lead"})
    plan = imported(pages(record, company, nobody, broken, 7, contact(id="52")))
    assert len(stages(told(plan))) == 4
    entries = "propertiesWithHistory.lifecyclestage"
    assert [(reject.at, reject.column) for reject in plan.rejects] == [
        *((1, f"{entries}[{number}]") for number in (2, 3, 4, 5, 7)), (2, ""), (3, "id"), (4, ""), (5, ""),
    ]  # fmt: skip
    assert b"propertiesWithHistory" in reject_file(plan)


# -- Salesforce: history of fields

HISTORY = "Id,LeadId,Field,OldValue,NewValue,CreatedDate,CreatedById"


def lead_row(field: str, old: str, new: str, at: str, lead: str = LEAD) -> str:
    return f"0171,{lead},{field},{old},{new},{at},005"


def test_each_status_of_a_lead_is_an_entry_and_so_is_the_first() -> None:
    plan = imported(
        "\n".join(
            [
                HISTORY,
                lead_row("Status", "MQL", "Qualified", "2024-03-01T02:00:00.000Z"),
                lead_row("Status", "New", "MQL", "2024-03-01T09:00:00.000+0800"),
                lead_row("created", "", "", "2024-03-01T00:00:00.000Z"),
                lead_row("Owner", "a", "b", "2024-03-01T00:00:00.000Z"),
            ]
        )
    )
    facts = told(plan)
    assert stages(facts) == [
        (f"crm:salesforce:{LEAD_18}", "Qualified", MARCH_1 + 2 * HOUR),
        (f"crm:salesforce:{LEAD_18}", "MQL", MARCH_1 + HOUR),
        (f"crm:salesforce:{LEAD_18}", "New", MARCH_1),
    ]
    assert [fact.created_at for fact in facts if isinstance(fact, LeadRecorded)] == [MARCH_1]
    assert plan.notes == ("1 row of other fields left out: “Owner”",)


def test_stages_of_an_opportunity_are_those_of_its_deal() -> None:
    plan = imported(
        "OpportunityId,Field,OldValue,NewValue,CreatedDate\n"
        f"{DEAL},StageName,Prospecting,Closed Won,2024-03-01\n{DEAL},Amount,1,2,2024-03-01\n"
    )
    (fact,) = told(plan)
    assert isinstance(fact, DealRecorded)
    assert stages([fact]) == [(f"deal:salesforce:{DEAL}", "Closed Won", MARCH_1)]


def test_a_stage_is_the_same_fact_in_history_events_and_exports() -> None:
    history = told(imported(f"{HISTORY}\n{lead_row('Status', 'New', 'MQL', '2024-03-01T02:00:00Z')}"))
    events = told(imported(json.dumps(change({"Status": "MQL"}, commitTimestamp=MARCH_1 + 2 * HOUR))))
    mapping = parse_mapping(
        shipped_mapping("salesforce-export").replace('"Closed - Converted" = [', '"MQL" = ["MQL Date", ')
    )
    export = facts_of_row({"Lead ID": LEAD, "MQL Date": "2024-03-01T02:00:00Z"}, mapping, TOKENS, NOW).facts
    assert history == events == [fact for fact in export if isinstance(fact, StageChanged)]


def test_bad_rows_cost_themselves() -> None:
    plan = imported(
        "\n".join(
            [
                HISTORY,
                lead_row("Status", "New", "", "2024-03-01"),
                lead_row("Status", "New", "MQL", "soon"),
                lead_row("Status", "New", "MQL", "1999-03-01"),
                lead_row("Status", "New", "MQL", "2024-03-01", "12"),
                f"0171,{LEAD},Status",
                lead_row("Status", "New", "MQL", "2024-03-01"),
            ]
        )
    )
    assert len(told(plan)) == 1
    assert [(reject.at, reject.column) for reject in plan.rejects] == [
        (2, "NewValue"), (3, "CreatedDate"), (4, "CreatedDate"), (5, "LeadId"), (6, ""),
    ]  # fmt: skip


# -- Salesforce: change events


def change(fields: dict[str, Any], **header: Any) -> dict[str, Any]:
    said = {
        "entityName": "Lead", "recordIds": [LEAD_18], "changeType": "UPDATE", "commitTimestamp": MARCH_1,
        "transactionKey": "000046c7", "sequenceNumber": 1, "changedFields": [*fields],
    }  # fmt: skip
    return {"payload": {"ChangeEventHeader": said | header, **fields}, "replayId": 18098167}


def changes(*events: dict[str, Any]) -> Plan:
    return imported("\n".join(json.dumps(event) for event in events), "changes.jsonl")


def test_an_event_of_many_records_is_a_fact_of_each() -> None:
    facts = told(changes(change({"Status": "MQL"}, recordIds=[LEAD_18, LEAD_B])))
    assert stages(facts) == [
        (f"crm:salesforce:{LEAD_18}", "MQL", MARCH_1),
        (f"crm:salesforce:{LEAD_B}", "MQL", MARCH_1),
    ]


def test_a_conversion_ties_lead_contact_and_deal() -> None:
    converted = {
        "Status": "Closed - Converted", "ConvertedContactId": CONTACT, "ConvertedOpportunityId": DEAL,
        "ConvertedAccountId": "0015g00000AbCdEAAV",
    }  # fmt: skip
    lead, stage, deal, conversion = told(changes(change(converted)))
    assert (lead.others, lead.account_id) == ((f"crm:salesforce:{CONTACT}",), "0015g00000AbCdEAAV")
    assert stage.stage == "Closed - Converted"
    assert (deal.subject, deal.people) == (f"deal:salesforce:{DEAL}", None)
    assert (conversion.subject, conversion.deal) == (f"crm:salesforce:{LEAD_18}", deal.subject)


def test_a_new_lead_is_known_by_tokens_and_has_its_first_stage() -> None:
    fields = {"Status": "New", "Email": "wang@acme.cn", "Phone": "13912345678", "Company": "Acme",
              "LeadSource": "Web", "Name": {"FirstName": "San", "LastName": "Wang"}}  # fmt: skip
    plan = changes(change(fields, changeType="CREATE"))
    lead, stage = told(plan)
    assert set(lead.others) == {TOKENS.email("wang@acme.cn"), TOKENS.phone("13912345678")}
    assert (lead.created_at, lead.company, lead.lead_source) == (MARCH_1, "Acme", "Web")
    assert stage.stage == "New"
    assert not [word for word in (b"wang@", b"Wang", b"13912345678") if word in plan.records(TOKENS)[0].value]


def test_an_opportunity_tells_its_stage_and_its_sum() -> None:
    fields = {"StageName": "Closed Won", "Amount": 1200.5, "CurrencyIsoCode": "CNY", "Name": "Metadata"}
    stage, rest = told(changes(change(fields, entityName="Opportunity", recordIds=[DEAL])))
    assert (stage.stage, stage.amount_minor) == ("Closed Won", None)
    assert (rest.stage, rest.amount_minor, rest.currency, rest.name) == ("", 120_050, "CNY", "Metadata")


def test_a_merged_lead_becomes_part_of_its_master() -> None:
    (fact,) = told(changes(change({"MasterRecordId": LEAD_B}, changeType="DELETE")))
    assert isinstance(fact, LeadMerged)
    assert (fact.subject, fact.merged) == (f"crm:salesforce:{LEAD_B}", (f"crm:salesforce:{LEAD_18}",))


def test_gaps_and_other_records_are_counted_and_named() -> None:
    plan = changes(
        change({}, changeType="GAP_UPDATE"),
        change({}, changeType="GAP_OVERFLOW", recordIds=[]),
        change({"Subject": "Printer"}, entityName="Case"),
        change({}, changeType="DELETE"),
    )
    (deleted,) = told(plan)
    assert (deleted.type, deleted.subject) == ("deletion_recorded", f"crm:salesforce:{LEAD_18}")
    assert plan.rejects == ()
    assert plan.notes[0].startswith("2 gaps: Salesforce says that records changed, not how")
    assert LEAD_18 in plan.notes[0]
    assert plan.notes[1] == "1 event of other records left out: “Case”"


def test_events_may_be_wrapped_as_their_clients_wrap_them() -> None:
    event = change({"Status": "MQL"})
    expected = told(changes(event))
    assert told(changes({"data": event, "channel": "/data/LeadChangeEvent"})) == expected
    assert told(changes(event["payload"])) == expected


def test_bad_events_cost_themselves() -> None:
    plan = changes(
        change({"Status": "MQL"}, commitTimestamp="soon"),
        change({"Status": "MQL"}, commitTimestamp=None),
        change({"Status": "MQL"}, commitTimestamp=1),
        change({"Status": "MQL"}, recordIds="all"),
        change({"Status": "MQL"}, recordIds=["x", LEAD_B]),
        change({"Amount": "much"}, entityName="Opportunity", recordIds=[DEAL]),
        change({"CurrencyIsoCode": "¥"}, entityName="Opportunity", recordIds=[DEAL]),
    )
    assert stages(told(plan)) == [(f"crm:salesforce:{LEAD_B}", "MQL", MARCH_1)]
    header = "ChangeEventHeader"
    assert [(reject.at, reject.column) for reject in plan.rejects] == [
        *((line, f"{header}.commitTimestamp") for line in (1, 2, 3)), (4, f"{header}.recordIds"),
        *((line, f"{header}.recordIds[0]") for line in (5, 6, 7)),
    ]  # fmt: skip


def test_a_line_that_is_no_json_costs_itself() -> None:
    plan = imported(f'{json.dumps(change({"Status": "MQL"}))}\n{{"payload":\n')
    assert len(told(plan)) == 1
    assert [(reject.at, reject.reason) for reject in plan.rejects] == [(2, "is not JSON")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "the first record is not JSON"),
        ("[]", "the first record is missing"),
        ('{"a": 1}', "is neither an object of HubSpot"),
        ("LeadId,Status\n1,2", "no row is the header of a history of Salesforce"),
        (HISTORY, "a header but no rows"),
        ("", "the file is empty"),
    ],
)
def test_what_is_no_history_imports_nothing(text: str, sentence: str) -> None:
    plan = imported(text)
    assert plan.facts == ()
    assert sentence in plan.error
