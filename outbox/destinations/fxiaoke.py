"""纷享销客: a registration becomes a lead (线索), looked for by our id and by its phone before it is made.

It has no upsert, and HTTP says 200 to everything: only errorCode counts. Our id stands in a custom field that
has to be unique, so that a second try finds what the first one made. Parts are from second hand, so a switch
has to allow it.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from outbox.destination import (
    Account,
    Answer,
    Destination,
    Limits,
    Option,
    Outcome,
    Request,
    Sending,
    Session,
    Understood,
)
from outbox.destinations.bodies import JSON, as_json, code_of, from_json, mapping, mappings
from outbox.destinations.crm import NO_ADDRESS, Lead, leads_of, text_of, wrong_fields
from outbox.destinations.unverified import UNVERIFIED, unless_allowed

_HOST: Final = "https://open.fxiaoke.com"
_OBJECT: Final = "LeadsObj"
LEADTRACE_ID: Final = "leadtrace_id__c"
PLANNED_AT: Final = "leadtrace_planned_at__c"
_ID: Final = re.compile(r"[0-9a-f]{24}")
_OF_SALES: Final = frozenset({"owner", "biz_status", "leads_status", "leads_stage", "life_status", "_id"})
_EARLIER: Final = 600_000  # milliseconds: the same token is given until shortly before its end
_TOKEN_OVER: Final = 20016
_BUSY: Final = frozenset({-1, 14001, 30004})
_DAY_SPENT: Final = 30002
_NO_QUOTA: Final = 30003

Record = Mapping[str, Any]


class Fxiaoke(Destination):
    """One company, by an application of its own (自建应用) that acts as one of its people."""

    kind = "fxiaoke"
    title = "纷享销客"
    occasions = frozenset({"lead"})
    options = (
        Option("user", "the openUserId in whose name leads are written"),
        Option(
            "system", "the name under which its exports come in; fxiaoke if it isn't said", is_required=False
        ),
    )
    secrets = (
        Option("app_id", "the application's id"),
        Option("app_secret", "the application's secret"),
        Option("permanent_code", "the permanent code that the company got for it"),
    )
    switches = (UNVERIFIED,)
    limits = Limits(orders_per_request=1, per_second=2)
    takes_fields = True
    takes_contacts = True

    def problems(self, account: Account) -> Sequence[str]:
        """Fields that sales works with are not ours to write."""
        wrong = wrong_fields(account, _OF_SALES, (LEADTRACE_ID, PLANNED_AT), "leadtrace_{}__c")
        return [*unless_allowed(account, self.title), *wrong]

    def login(self, account: Account, at: int) -> Request | None:
        del at
        names = {"appId": "app_id", "appSecret": "app_secret", "permanentCode": "permanent_code"}
        return Request(
            method="POST",
            url=f"{account.base_url or _HOST}/cgi/corpAccessToken/get/V2",
            headers=JSON,
            body=as_json({name: account.secrets[secret] for name, secret in names.items()}),
            step="login",
        )

    def logged_in(self, account: Account, answer: Answer) -> Session | Outcome:
        del account
        told = mapping(from_json(answer))
        token, company = told.get("corpAccessToken"), told.get("corpId")
        if told.get("errorCode") == 0 and isinstance(token, str) and isinstance(company, str):
            seconds = told.get("expiresIn")
            lives = seconds * 1000 - _EARLIER if isinstance(seconds, int) else _EARLIER
            return Session(token=token, values={"corpId": company}, ends_at=answer.at + max(lives, _EARLIER))
        code = told.get("errorCode")
        if not isinstance(code, int) or code in _BUSY:
            return Outcome(state="later", code=code_of(code), why="纷享销客 gives no token now")
        why = f"纷享销客 gives no token ({code}): see to the application's secret and the permanent code"
        return Outcome(state="later", code=code_of(code), why=why, closes=True)

    def prepare(self, sending: Sending) -> Sequence[Request]:
        """Look first: at the lead that 纷享销客 told us of by its own id, else by ours."""
        return [
            _Calls(sending).look("look", lead, "_id" if lead.crm_id else LEADTRACE_ID, lead.crm_id or lead.id)
            for lead in _leads(sending)
        ]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """What was found is updated; what wasn't is looked for by its phone, and made at last."""
        told = mapping(from_json(answer))
        code = told.get("errorCode")
        if answer.status != 200 or not isinstance(code, int) or isinstance(code, bool):
            return Understood()
        if code != 0:
            return Understood(outcomes=(_refusal(code),))
        (lead,) = (each for each in _leads(sending) if each.keys[0] in request.keys)
        if request.step in ("make", "update"):
            number = told.get("dataId")
            return Understood(outcomes=lead.outcomes("accepted", "0", reference=str(number or lead.crm_id)))
        records = mapping(told.get("data")).get("dataList")
        if not isinstance(records, list):
            return Understood()
        return _going_on(_Calls(sending), lead, request.step, mappings(records))


def _leads(sending: Sending) -> list[Lead]:
    return leads_of(sending, sending.account.options.get("system") or "fxiaoke", _ID)


def _going_on(calls: "_Calls", lead: Lead, step: str, records: Sequence[Record]) -> Understood:
    if records:
        return _update(calls, lead, records[0], is_link=step == "look by phone")
    if lead.crm_id:
        why = "纷享销客 doesn't have the lead any more"
        return Understood(outcomes=lead.outcomes("refused", "gone", why, lead.crm_id))
    field = next((name for name, value in lead.personal.items() if value and value == lead.phone), None)
    if step == "look" and field:
        return Understood(then=(calls.look("look by phone", lead, field, _national(lead.phone)),))
    if not lead.phone and not lead.email:
        return Understood(outcomes=lead.outcomes("refused", "no_address", NO_ADDRESS))
    new = {
        **{name: _national(value) if name == field else value for name, value in lead.personal.items()},
        **{name: text_of(value) for name, value in lead.own.items()},
        LEADTRACE_ID: lead.id,
        PLANNED_AT: str(lead.order.planned_at),
    }
    return Understood(then=(calls.write("make", lead, "create", new),))


def _national(phone: str) -> str:
    """A mobile number of China as people there type it, without its country; any other as it is."""
    found = re.fullmatch(r"(?:\+|00)?86[ -]?(1[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4})", phone)
    return re.sub(r"[ -]", "", found[1]) if found else phone


def _update(calls: "_Calls", lead: Lead, record: Record, is_link: bool) -> Understood:
    number = str(record.get("_id") or "")
    if is_link and record.get(LEADTRACE_ID) not in (None, "", lead.id):
        why = "a lead of 纷享销客 has its phone, and is another lead of ours"
        return Understood(outcomes=lead.outcomes("refused", "conflict", why, number))
    own = {name: text_of(value) for name, value in lead.own.items()}
    own |= {LEADTRACE_ID: lead.id} if is_link else {}
    news = {name: value for name, value in own.items() if text_of(record.get(name) or "") != value}
    told = str(record.get(PLANNED_AT) or "")
    if not news or (told.isdigit() and int(told) > lead.order.planned_at):
        return Understood(outcomes=lead.outcomes("duplicate", reference=number))
    news |= {"_id": number, PLANNED_AT: str(lead.order.planned_at)}
    return Understood(then=(calls.write("update", lead, "update", news),))


def _refusal(code: int) -> Outcome:
    name = str(code)
    if code == _TOKEN_OVER:
        return Outcome(state="login", code=name)
    if code in _BUSY:
        return Outcome(state="later", code=name, why="纷享销客 gets more calls than it takes", pauses=20.0)
    if code == _DAY_SPENT:
        return Outcome(
            state="later", code=name, why="the company's calls of this day are spent", pauses=3600.0
        )
    if code == _NO_QUOTA:
        return Outcome(state="later", code=name, why="the company has no calls left", closes=True)
    return Outcome(state="refused", code=name, why=f"纷享销客 refused it with errorCode {name}")


class _Calls:
    """Calls in the name of a user; each has a trace id of its own, as the interface wants it."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def look(self, step: str, lead: Lead, field: str, value: str) -> Request:
        """Leads whose field has this value."""
        filters = [{"field_name": field, "field_values": [value], "operator": "EQ"}]
        asked = {
            "search_query_info": {"offset": 0, "limit": 2, "filters": filters},
            "dataObjectApiName": _OBJECT,
        }
        return self._request(step, lead, "query", asked)

    def write(self, step: str, lead: Lead, what: str, fields: Mapping[str, str]) -> Request:
        """Make a lead, or change the one of the id among the fields."""
        return self._request(step, lead, what, {"object_data": {"dataObjectApiName": _OBJECT, **fields}})

    def _request(self, step: str, lead: Lead, what: str, data: Mapping[str, Any]) -> Request:
        sending = self._sending
        body = {
            "corpAccessToken": sending.session.token,
            "corpId": sending.session.values.get("corpId", ""),
            "currentOpenUserId": sending.account.options["user"],
            "data": data,
        }
        made = hashlib.sha256(f"{sending.nonce}{step}{lead.id}".encode()).digest()[:16]
        trace = uuid.UUID(bytes=made, version=4)
        return Request(
            method="POST",
            url=f"{sending.account.base_url or _HOST}/cgi/crm/v2/data/{what}?thirdTraceId={trace}",
            headers=JSON,
            body=as_json(body),
            keys=lead.keys,
            step=step,
        )
