"""Invented people's addresses, numbers and names for every entrance, and what must be found nowhere."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tracker_canaries

MAIL, PHONE, NAME, CARD = (
    "canary.zq7@secret-corp.example",
    "13977778888",
    "Canary Person",
    "11010519491231002X",
)
ABROAD = "+8613977778888"
KEY = "CANARYKEY-zq7-of-the-tests"
PACKED = base64.b64encode(MAIL.encode()).decode()
# The domain of an address is kept: it is the company's.
TRACES = (
    "canary.zq7",
    "canary%2Ezq7",
    PHONE,
    "7777-8888",
    "7777 8888",
    "Canary",
    CARD,
    KEY,
    PACKED.rstrip("="),
)
AT = 1_795_200_000_000

_TAGS = dict.fromkeys(("utm_source", "utm_campaign", "utm_term", "utm_content", "utm_salesman"), PHONE)
_ATTRIBUTES = {
    "company": f"Co {MAIL}",
    "phone": PHONE,
    "message": f"call {PHONE} {MAIL}",
    "name": NAME,
    "budget": ABROAD,
    "interest": MAIL,
    "姓名": NAME,
    "Email Address": MAIL,
    MAIL: PHONE,
    "label": PHONE,
    "value": MAIL,
    "job_title": f"{CARD}",
    "city": f"tel:{PHONE}",
    "website": f"https://{MAIL}/",
    "product": PACKED,
}


def requests() -> Iterator[tuple[str, Any]]:
    """Paths with bodies, good ones and bad ones, as browsers, backends and CRMs post them."""
    yield from _native()
    yield from (("/v1/batch", {"batch": [call]}) for call in _calls())
    yield "/v1/batch", {"batch": [*_calls()], "context": {"userAgent": f"UA {PHONE}"}, "writeKey": KEY}
    yield from tracker_canaries.requests(MAIL, PHONE, KEY, _ATTRIBUTES)
    yield from (("/webhooks/crm/hubspot", [event]) for event in _hubspot())
    yield "/webhooks/crm/hubspot", _workflow()
    yield "/webhooks/crm/salesforce", _salesforce("Lead")
    yield "/webhooks/crm/salesforce", _salesforce("Opportunity")
    yield "/webhooks/crm/pipedrive", _pipedrive()
    yield from (("/webhooks/crm/our", row) for row in _rows())


def astray() -> Iterator[bytes]:
    """Requests that lead nowhere, are no HTTP or come from where they may not, with secrets in them."""
    key, mail = KEY.encode(), MAIL.encode()
    yield b"GET /" + mail + b"?k=" + key + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"PUT /v1/events?" + mail + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"POST /webhooks/crm/" + mail + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    yield b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + b"\x01\r\n\r\n{}"
    yield b"POST /v1/events?k=" + key + b"&e=" + mail + b" HTTP/9.9\r\n\r\n"
    yield mail + b" / HTTP/1.1\r\n\r\n"
    yield b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: " + mail + b"\r\n\r\n"
    yield (
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nOrigin: https://" + mail + b"\r\nContent-Length: 2\r\n\r\n[]"
    )


def _native() -> Iterator[tuple[str, Any]]:
    url = (
        f"https://x.example/{MAIL}/p?email={MAIL}&tel={PHONE}&q={ABROAD}&d={PACKED}&first_name=Canary#{MAIL}"
    )
    base = {
        "anonymous_id": "visitor-1",
        "url": url,
        "referrer": f"https://r.example/{MAIL}/{PHONE}",
        "title": f"Hello {MAIL} 139-7777-8888",
        "user_agent": f"UA {MAIL} {PHONE}",
        "id": MAIL,
        "email": MAIL,
        "phone": PHONE,
        "user_id": MAIL,
        "form": f"form {MAIL}",
        "dwell_ms": 1,
        "attributes": _ATTRIBUTES,
        "name": f"event {PHONE}",
        MAIL: PHONE,
    }
    for kind in (
        "page_viewed",
        "page_engaged",
        "form_submitted",
        "visitor_identified",
        "custom_tracked",
        "link_click",
        "qr_scan",
        "email_click",
        MAIL,
    ):
        yield "/v1/events", base | {"type": kind}
    for name, value in (
        ("anonymous_id", MAIL),
        ("anonymous_id", PHONE),
        ("user_id", PHONE),
        ("user_id", ABROAD),
    ):
        yield "/v1/events", {"type": "page_viewed", name: value, "id": PHONE}
    yield (
        "/v1/events",
        {"type": "page_viewed", "anonymous_id": "visitor-2", "url": "https://x.example/"} | _TAGS,
    )
    yield "/v1/events", {"type": "page_viewed", "occurred_at": MAIL, "anonymous_id": "visitor-2"}
    yield "/v1/events", f'{{"email": "{MAIL}", {PHONE}'


def _calls() -> Iterator[dict[str, Any]]:
    who = {"anonymousId": "visitor-3", "messageId": f"{MAIL}"}
    traits = {"email": MAIL, "phone": PHONE, "name": NAME, "company": {"name": f"C {MAIL}"}, "idcard": CARD}
    page = {"url": f"https://x/?e={MAIL}", "path": f"/{MAIL}", "title": MAIL, "search": f"?{MAIL}&t={PHONE}"}
    yield {"type": "identify", "userId": MAIL, "traits": traits} | who
    yield {"type": "track", "event": f"E {MAIL}", "properties": {**traits, **_ATTRIBUTES}} | who
    yield {"type": "track", "event": "Form Submitted", "properties": {"form": MAIL, **_ATTRIBUTES}} | who
    yield {
        "type": "page",
        "name": MAIL,
        "properties": page,
        "context": {
            "page": {"referrer": f"http://r/?{MAIL}"},
            "userAgent": f"{MAIL}",
            "campaign": {"source": MAIL, "name": PHONE, "term": PHONE, "content": MAIL, "medium": "cpc"},
        },
    } | who
    yield {"type": "alias", "previousId": MAIL, "userId": PHONE}
    yield {"type": "group", "groupId": MAIL, "traits": {"email": MAIL, "phone": PHONE}} | who
    yield {"type": "screen", "name": f"{PHONE}", "anonymousId": PHONE}
    yield {"type": MAIL, "anonymousId": PHONE}


def _hubspot() -> Iterator[dict[str, Any]]:
    of_contacts = (
        ("email", MAIL),
        ("phone", PHONE),
        ("company", f"C {MAIL} {PHONE}"),
        ("hubspot_owner_id", MAIL),
        ("hubspot_owner_id", PHONE),
        ("lifecyclestage", MAIL),
        ("hs_lead_status", PHONE),
        ("city", CARD),
        ("leadtrace_visitor_id", MAIL),
        ("website", f"https://x/{MAIL}"),
        (MAIL, "x"),
    )
    of_deals = (
        ("dealname", f"D {MAIL} {PHONE}"),
        ("hubspot_owner_id", MAIL),
        ("dealstage", MAIL),
        ("amount", MAIL),
        ("closed_lost_reason", f"R {MAIL} {PHONE}"),
        ("deal_currency_code", MAIL),
        ("pipeline", PHONE),
    )
    for kind, record, told in (
        ("contact", "701", of_contacts),
        ("deal", "702", of_deals),
        ("contact", MAIL, of_contacts),
    ):
        for name, value in told:
            yield {
                "subscriptionType": f"{kind}.propertyChange",
                "objectId": record,
                "occurredAt": AT,
                "propertyName": name,
                "propertyValue": value,
            }
    for what in ("creation", "deletion", "privacyDeletion", "merge", MAIL):
        yield {
            "subscriptionType": f"contact.{what}",
            "objectId": MAIL,
            "occurredAt": AT,
            "mergedObjectIds": [ABROAD],
        }
    yield {
        "subscriptionType": "deal.associationChange",
        "fromObjectId": MAIL,
        "toObjectId": ABROAD,
        "occurredAt": AT,
        "associationType": "DEAL_TO_CONTACT",
    }


def _workflow() -> dict[str, Any]:
    told = {
        "email": MAIL,
        "phone": PHONE,
        "lifecyclestage": PHONE,
        "hubspot_owner_id": MAIL,
        "firstname": NAME,
        "hs_analytics_first_url": f"https://x/?e={MAIL}&utm_term={PHONE}",
        "utm_campaign": PHONE,
    }
    return {
        "vid": MAIL,
        "is-contact": True,
        "properties": {n: {"value": v, "timestamp": AT} for n, v in told.items()},
    }


def _salesforce(entity: str) -> dict[str, Any]:
    header = {
        "entityName": entity,
        "recordIds": ["00Q000000000001"],
        "changeType": "CREATE",
        "commitTimestamp": AT,
        "changedFields": [],
        "commitUser": MAIL,
    }
    texts = (
        "Email",
        "Status",
        "StageName",
        "Company",
        "OwnerId",
        "LeadSource",
        "Title",
        "Industry",
        "Rating",
        "Loss_Reason__c",
        "City",
        "Website",
        "Leadtrace_Visitor_ID__c",
        "UTM_Campaign__c",
        "Landing_Page__c",
    )
    return {
        "ChangeEventHeader": header,
        "Phone": PHONE,
        "Description": f"{MAIL} {PHONE}",
        "Type": PHONE,
        "Name": {"FirstName": "Canary", "LastName": "Person"},
    } | dict.fromkeys(texts, MAIL)


def _pipedrive() -> dict[str, Any]:
    person = {
        "id": MAIL,
        "name": NAME,
        "email": [{"value": MAIL}],
        "phone": [{"value": PHONE}],
        "owner_id": MAIL,
        "update_time": "2026-11-20 10:00:00",
        "label": PHONE,
    }
    return {
        "meta": {"action": "change", "entity": "person", "timestamp": AT // 1000},
        "data": person,
        "previous": {},
    }


MAPPING = """
system = "our"
object = "lead"
[lead]
id = ["Id", "手机"]
updated_at = "Changed"
stage = "Stage"
stage_reason = "Why"
emails = "Mail"
phones = "Tel"
visitor_ids = "Visitor"
user_ids = "User"
crm_ids = "Contact"
account_id = "Account"
company = "Company"
website = "Site"
owner = "Owner"
source = "Source"
attributes = ["Note", "Contact name", "canary.zq7@secret-corp.example"]
[lead.touch]
utm_term = "Word"
[lead.follow_up]
at = "Called"
category = "Result"
grade = "Grade"
tags = "Tags"
owner = "Caller"
[deal]
id = "Deal"
updated_at = "Changed"
stage = "Deal stage"
name = "Deal name"
reason = "Deal reason"
owner = "Owner"
people_emails = "Deal people"
"""


def _rows() -> Iterator[dict[str, str]]:
    texts = (
        "Stage",
        "Why",
        "Mail",
        "Visitor",
        "User",
        "Contact",
        "Account",
        "Company",
        "Site",
        "Owner",
        "Source",
        "Note",
        "Result",
        "Grade",
        "Tags",
        "Caller",
        "Deal",
        "Deal stage",
        "Deal name",
        "Deal reason",
        "Deal people",
        MAIL,
        "UTM Campaign",
        "Landing page",
        "Word",
    )
    for own in ({"Id": "17"}, {"Id": MAIL}, {"手机": PHONE}, {"Id": "139-7777-8888"}):
        for text in (MAIL, PHONE, f"Canary <{MAIL}>", "139-7777-8888", CARD):
            yield (
                own
                | dict.fromkeys(texts, text)
                | {
                    "Changed": "2026-11-20 10:00:00",
                    "Called": "2026-11-19",
                    "Tel": PHONE,
                    "Contact name": NAME,
                }
            )


def files(folder: Path) -> Iterator[tuple[str, ...]]:
    """Write files of every kind; yields the words of the import command for each."""
    folder.mkdir(exist_ok=True)
    (folder / "our.toml").write_text(MAPPING, "utf-8")
    rows = [*_rows()]
    header = sorted({name for row in rows for name in row})
    _table(folder / "leads.csv", header, [[row.get(name, "") for name in header] for row in rows])
    yield "crm", "--mapping", str(folder / "our.toml"), str(folder / "leads.csv")
    report = ["日期", "账户", "推广计划", "推广单元", "关键词", "展现量", "点击量", "消费"]
    names = [f"账户 {MAIL}", f"计划 {PHONE}", f"单元 {MAIL}", f"词 {PHONE}"]
    _table(folder / "report.csv", report, [["2026-11-19", *names, "10", "1", "2.50"]])
    yield "sem", "--engine", "baidu", str(folder / "report.csv")
    clicks = ["bd_vid", "点击时间", "推广计划", "推广单元", "关键词", "搜索词"]
    _table(folder / "clicks.csv", clicks, [[MAIL, "2026-11-19 10:00:00", *names[1:], f"{PHONE} {MAIL}"]])
    yield "sem", "--clicks", "--engine", "baidu", str(folder / "clicks.csv")
    listed = ["推广计划", "推广单元", "关键词", "关键词ID", "账户"]
    _table(folder / "keywords.csv", listed, [[*names[1:], "139184567", names[0]]])
    yield "sem", "--dictionary", "--engine", "baidu", str(folder / "keywords.csv")
    people = ["邮箱", "手机", "姓名", "公司", "活动名称", "活动日期", "城市"]
    came = [
        [MAIL, PHONE, NAME, f"C {MAIL}", f"Salon {PHONE}", "2026-11-19", MAIL],
        ["", "", NAME, MAIL, "", "", PHONE],
    ]
    _table(folder / "salon.csv", people, came)
    yield "attendance", str(folder / "salon.csv")
    history = {
        "id": MAIL,
        "updatedAt": AT,
        "properties": {"email": MAIL, "lifecyclestage": PHONE, "hubspot_owner_id": MAIL},
        "propertiesWithHistory": {
            "lifecyclestage": [{"value": PHONE, "timestamp": AT}],
            MAIL: [{"value": "x"}],
        },
    }
    (folder / "history.json").write_text(json.dumps(history), "utf-8")
    yield "history", str(folder / "history.json")
    fields = ["LeadId", "Field", "OldValue", "NewValue", "CreatedDate"]
    _table(
        folder / "changes.csv", fields, [["00Q000000000001", "Status", MAIL, PHONE, "2026-11-19T10:00:00Z"]]
    )
    yield "history", str(folder / "changes.csv")
    _table(folder / "headless.csv", [MAIL, PHONE, NAME], [[MAIL, PHONE, NAME]])
    yield "attendance", str(folder / "headless.csv")


def _table(path: Path, header: list[str], rows: list[list[str]]) -> None:
    lines = [",".join(f'"{cell}"' for cell in row) for row in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def traces_in(data: bytes) -> list[str]:
    """What of the canaries stands in some bytes; CJK and escapes of JSON are no disguise."""
    text = data.decode("utf-8", "replace")
    return [trace for trace in TRACES if trace in text]
