"""Salesforce is read since a day by queries: gaps in its events are closed, and exports say nothing new."""

import csv
import io
from typing import Any

import pytest
from aiohttp import web
from backfilled import Run
from fake_salesforce import CLIENT, SECRET, FakeSalesforce, refused
from tokens import TOKENISER

from producers.crm.backfill.asking import Asker, BackfillError
from producers.crm.export import CrmOptions
from producers.crm.salesforce.backfill import SalesforceRecords, hopeless
from producers.crm.shipped import shipped_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import plan_crm
from schemas.codec import decode
from schemas.crm import DealPeopleChanged, DealRecorded, DeletionRecorded, LeadRecorded, StageChanged

pytestmark = pytest.mark.enable_socket

NOW = 1_795_300_000_000
START = 1_793_500_000_000  # 2026-11-01
LEAD, OTHER = "00Q5g00000AAAAAEAA", "00Q5g00000AAAABEAA"
DEAL, CONTACT, ACCOUNT = "0065g00000EEEEEEAA", "0035g00000CCCCCEAA", "0015g00000DDDDDEAA"
LEAD_FIELDS = (
    "Id", "Email", "Phone", "Company", "LeadSource", "Status", "OwnerId", "CreatedDate", "SystemModstamp",
    "LastActivityDate", "ConvertedContactId", "ConvertedOpportunityId", "IsDeleted", "RecordTypeId", "Name",
    "UTM_Source__c", "How_did_you_hear_about_us__c",
)  # fmt: skip
DEAL_FIELDS = (
    "Id", "Name", "StageName", "Amount", "CurrencyIsoCode", "CloseDate", "CreatedDate", "SystemModstamp",
    "AccountId", "IsDeleted", "RecordTypeId",
)  # fmt: skip


def lead(own: str, **more: Any) -> dict[str, Any]:
    return {
        "Id": own, "Email": f"{own[-3:].lower()}@data-co.cn", "Company": "Data Co", "LeadSource": "Web",
        "Status": "Working", "CreatedDate": "2026-11-02T02:00:00.000+0000", "IsDeleted": False,
        "SystemModstamp": "2026-11-05T02:00:00.000+0000", "RecordType": {"Name": "Partner lead"},
        "LastActivityDate": "2026-11-04", "Name": "A One", **more,
    }  # fmt: skip


def organisation() -> FakeSalesforce:
    fake = FakeSalesforce()
    fake.fields = {
        "Lead": LEAD_FIELDS,
        "Contact": ("Id", "Email", "AccountId", "CreatedDate", "SystemModstamp", "IsDeleted"),
        "Opportunity": DEAL_FIELDS, "OpportunityHistory": ("Id", "OpportunityId", "StageName", "CreatedDate"),
        "OpportunityContactRole": ("Id", "OpportunityId", "ContactId", "IsDeleted", "SystemModstamp"),
        "LeadHistory": ("Id", "LeadId", "Field", "OldValue", "NewValue", "CreatedDate"),
    }  # fmt: skip
    fake.records = {
        "Lead": [
            lead(LEAD, UTM_Source__c="baidu", How_did_you_hear_about_us__c="A friend"),
            lead(OTHER, SystemModstamp="2026-11-06T02:00:00.000+0000", IsDeleted=True),
            lead("00Q5g00000AAAACEAA", SystemModstamp="2026-10-06T02:00:00.000+0000"),
        ],
        "Contact": [
            {
                "Id": CONTACT, "Email": "c@data-co.cn", "AccountId": ACCOUNT, "IsDeleted": False,
                "CreatedDate": "2026-11-03T02:00:00.000+0000",
                "SystemModstamp": "2026-11-03T02:00:00.000+0000",
            }
        ],
        "Opportunity": [
            {
                "Id": DEAL, "Name": "Metadata", "StageName": "Closed Won", "Amount": 120000.5,
                "IsDeleted": False,
                "CurrencyIsoCode": "CNY", "CloseDate": "2026-11-12", "AccountId": ACCOUNT,
                "CreatedDate": "2026-11-03T02:00:00.000+0000",
                "SystemModstamp": "2026-11-12T02:00:00.000+0000",
                "RecordType": {"Name": "New business"},
            }
        ],
        "OpportunityContactRole": [
            {
                "Id": "00K5g00000FFFFFEAA", "OpportunityId": DEAL, "ContactId": CONTACT, "IsDeleted": False,
                "SystemModstamp": "2026-11-03T03:00:00.000+0000",
            }
        ],
        "OpportunityHistory": [
            {"Id": f"0085g0000000{number}", "OpportunityId": DEAL, "StageName": stage, "CreatedDate": at}
            for number, (stage, at) in enumerate(
                [
                    ("Prospecting", "2026-11-03T02:00:00.000+0000"),
                    ("Proposal", "2026-11-08T02:00:00.000+0000"),
                    ("Closed Won", "2026-11-12T02:00:00.000+0000"),
                ]
            )
        ],
        "LeadHistory": [
            {
                "Id": "0175g1", "LeadId": LEAD, "Field": "Status", "OldValue": "Open", "NewValue": "Working",
                "CreatedDate": "2026-11-04T02:00:00.000+0000",
            }
        ],
    }  # fmt: skip
    return fake


def once(fake: FakeSalesforce, run: Run, since: int | None = START, secret: str = SECRET) -> Any:
    def made(asker: Asker) -> SalesforceRecords:
        asker.hopeless = hopeless
        return SalesforceRecords(asker, TOKENISER, NOW, (CLIENT, secret))

    return run.once(fake.app(), made, since, NOW)


def test_leads_deals_people_and_stages_are_read_with_record_types_and_sources() -> None:
    run = Run()
    told = once(organisation(), run)
    facts = [*run.facts.values()]
    assert told.faults == []
    leads = {fact.subject: fact for fact in facts if isinstance(fact, LeadRecorded) and fact.company}
    assert {*leads} == {f"crm:salesforce:{LEAD}", f"crm:salesforce:{OTHER}"}
    known = leads[f"crm:salesforce:{LEAD}"]
    assert known.lead_source == "Web"
    assert known.attributes == {"How did you hear about us?": "A friend", "Lead Record Type": "Partner lead"}
    assert [fact.tags for fact in facts if fact.type == "source_told"] == [{"utm_source": "baidu"}]  # type: ignore[attr-defined] # SourceTold
    assert [fact.subject for fact in facts if isinstance(fact, DeletionRecorded) and fact.deleted] == [
        f"crm:salesforce:{OTHER}"
    ]
    stages = [fact.stage for fact in facts if isinstance(fact, DealRecorded) and fact.stage]
    assert {*stages} == {"Prospecting", "Proposal", "Closed Won"}
    (joined,) = (fact for fact in facts if isinstance(fact, DealPeopleChanged))
    assert (joined.subject, joined.joined) == (f"deal:salesforce:{DEAL}", (f"crm:salesforce:{CONTACT}",))
    assert not any("A One" in fact.model_dump_json() for fact in facts)


@pytest.mark.parametrize(
    ("part", "mapping"), [("Lead", "salesforce-export"), ("Opportunity", "salesforce-deals")]
)
def test_an_export_of_the_same_records_is_the_same_facts(part: str, mapping: str) -> None:
    fake, run = organisation(), Run()
    once(fake, run)
    records = [each for each in fake.records[part] if each["SystemModstamp"] >= "2026-11"]
    names = [name for name in fake.fields[part] if name not in ("RecordTypeId", "LastActivityDate")]
    text = io.StringIO()
    kind, heard = (
        ("Lead Record Type" if part == "Lead" else "Opportunity Record Type"),
        "How did you hear about us?",
    )
    sheet = csv.writer(text)
    sheet.writerow([heard if name.startswith("How_did") else name for name in names] + [kind])
    for each in records:
        cells = [each.get(name) for name in names]
        sheet.writerow(
            [str(cell).lower() if isinstance(cell, bool) else cell for cell in cells]
            + [each["RecordType"]["Name"]]
        )
    plan = plan_crm(
        text.getvalue().encode(), "x.csv", shipped_mapping(mapping), CrmOptions(received_at=NOW), TOKENISER
    )
    assert (plan.error, plan.rejects) == ("", ())
    assert len(plan.facts) > 3
    assert {fact.event_id for fact in plan.facts} <= run.facts.keys()


def change(kind: str, at: int, **fields: Any) -> dict[str, Any]:
    header = {"entityName": "Lead", "recordIds": [LEAD], "changeType": kind, "commitTimestamp": at}
    return {"data": {"payload": {"ChangeEventHeader": header, **fields}}}


def test_a_gap_in_the_events_is_closed_and_a_stage_that_both_tell_is_one_fact() -> None:
    at = 1_793_757_600_000  # 2026-11-04T02:00:00Z, when the history says it too
    posted = facts_of_webhook(
        "salesforce",
        [change("UPDATE", at, Status="Working"), change("GAP_UPDATE", at + 1)],
        {},
        TOKENISER,
        NOW,
    )
    assert [each.reason for each in posted.ignored] == [
        "Salesforce says that records changed, not how: `leadtrace backfill salesforce` reads them"
    ]
    (by_event,) = (decode(each.topic, each.value) for each in posted.records)
    run = Run()
    once(organisation(), run)
    assert isinstance(by_event, StageChanged)
    assert run.facts[by_event.event_id] == by_event
    assert any(
        isinstance(fact, LeadRecorded) and fact.subject == by_event.subject for fact in run.facts.values()
    )


def test_a_session_that_ends_is_renewed_and_a_killed_run_goes_on() -> None:
    fake, run = organisation(), Run(kill_after=4)
    fake.page, fake.good_for = 1, 4
    with pytest.raises(ConnectionError):
        once(fake, run)
    assert fake.sessions == 2
    run.kill_after = -1
    fake.queries.clear()
    told = once(fake, run)
    assert told.went_on == ()
    # What was read to its end isn't read again: of leads, only the minutes before the first run's end.
    assert "SystemModstamp >= 2026-11-2" in fake.queries[0]
    assert "SystemModstamp >= 2026-11-01" in fake.queries[-1].replace("CreatedDate", "SystemModstamp")
    whole = Run()
    once(organisation(), whole)
    assert run.facts.keys() == whole.facts.keys()


def test_an_organisation_that_keeps_no_history_of_leads_is_told_so() -> None:
    fake = organisation()
    del fake.fields["LeadHistory"]
    assert once(fake, Run()).notes == [
        "LeadHistory isn't kept in this organisation: a stage counts since its record's last change"
    ]


async def _spent(_: web.Request) -> web.StreamResponse:
    return refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


async def _nonsense(_: web.Request) -> web.StreamResponse:
    return web.json_response(["?"])


async def _malformed(_: web.Request) -> web.StreamResponse:
    return refused(400, "MALFORMED_QUERY", "unexpected token")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (_spent, "requests of today are spent"),
        (_malformed, "HTTP 400 MALFORMED_QUERY"),
        (_nonsense, "holds no fields"),
    ],
)
def test_a_refusal_ends_the_run_by_a_sentence(fault: Any, sentence: str) -> None:
    fake = organisation()
    fake.faults.extend([fault, fault])
    with pytest.raises(BackfillError, match=sentence):
        once(fake, Run())


def test_a_wrong_secret_is_refused_and_not_told() -> None:
    with pytest.raises(BackfillError, match="gives the app no token: invalid client credentials") as caught:
        once(organisation(), Run(), secret="another-secret-1")
    assert "another-secret" not in str(caught.value)
