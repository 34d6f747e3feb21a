"""Salesforce: a registration becomes a lead by an external id; one that was converted goes on as its contact.

As with HubSpot it is looked at first, only what differs is written, and what sales may have changed is
written when a lead is made and never again. What a duplicate rule finds is taken for the lead instead of a
second one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
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
    Survey,
    Understood,
)
from outbox.destinations.bodies import NonsenseError, from_json, mapping, mappings
from outbox.destinations.crm import NO_ADDRESS, Lead, leads_of, written, wrong_fields
from outbox.destinations.oauth import TOKEN_URL, asking, session_of
from outbox.destinations.salesforce_calls import LEADTRACE_ID, MOST_ROWS, PLANNED_AT, Calls, domain, rows_of
from outbox.destinations.salesforce_errors import duplicates, error_code, errors_of, outcome_of, refusal
from outbox.destinations.salesforce_records import (
    Record,
    as_many,
    inner_refusal,
    is_same,
    missing_fields,
    new_row,
    planned_at_of,
    records_of,
)

_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_CONTACT: Final = "003"  # how ids of contacts begin
_OF_SALES: Final = frozenset({"Status", "OwnerId", "Rating", "LeadSource", "IsConverted", "Id"})


class Salesforce(Destination):
    """One org, by the client credentials of a connected app that may read and write leads and contacts."""

    kind = "salesforce"
    title = "Salesforce"
    occasions = frozenset({"lead"})
    options = (
        Option(name="domain", words="the company's own host, such as example.my.salesforce.com"),
        Option(name="version", words="of the API; v62.0 if it isn't said", is_required=False),
        Option(
            name="system",
            words="the name under which its changes and exports come in; salesforce if it isn't said",
            is_required=False,
        ),
        TOKEN_URL,
    )
    secrets = (
        Option(name="client_id", words="the consumer key of the connected app"),
        Option(name="client_secret", words="the consumer secret of the connected app"),
    )
    limits = Limits(orders_per_request=MOST_ROWS, per_second=5)
    takes_fields = True
    takes_contacts = True

    def problems(self, account: Account) -> Sequence[str]:
        """Fields that sales works with are not ours to write."""
        wrong = wrong_fields(account, _OF_SALES, (LEADTRACE_ID, PLANNED_AT), "Leadtrace_{}__c")
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain(account)):
            wrong.append("options.domain is a host such as example.my.salesforce.com")
        return wrong

    def login(self, account: Account, at: int) -> Request | None:
        del at
        fields = {"grant_type": "client_credentials", **account.secrets}
        host = account.base_url or f"https://{domain(account)}"
        return asking(account, f"{host}/services/oauth2/token", fields)

    def logged_in(self, account: Account, answer: Answer) -> Session | Outcome:
        del account
        return session_of(answer, "Salesforce")

    def survey(self, account: Account, session: Session) -> Request | None:
        """What fields leads have; Salesforce's administrator makes what is missing."""
        return Calls(Sending(account=account, orders=(), at=0, session=session)).describe()

    def surveyed(self, account: Account, answer: Answer) -> Survey:
        return missing_fields(account, answer)

    def prepare(self, sending: Sending) -> Sequence[Request]:
        """Look first: at records that Salesforce told us of by its own id, at all others by ours."""
        calls, leads = Calls(sending), _leads(sending)
        contacts = [each for each in leads if each.crm_id.startswith(_CONTACT)]
        known = [each for each in leads if each.crm_id and each not in contacts]
        others = [each for each in leads if not each.crm_id]
        requests = []
        for part in _parts(known):
            requests.append(calls.read("look", part, [each.crm_id for each in part]))
        for part in _parts(contacts):
            requests.append(calls.read("look at contacts", part, [each.crm_id for each in part], "Contact"))
        for part in _parts(others):
            requests.append(calls.read_by("look by id", part, LEADTRACE_ID, [each.id for each in part]))
        return requests

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """What was found is updated; what wasn't is looked for by its address, and made at last."""
        leads = [each for each in _leads(sending) if each.keys[0] in request.keys]
        told = from_json(answer)
        if (refused := inner_refusal(told)) is not None:
            return Understood(outcomes=refusal(*refused, request))
        if answer.status < 400:
            if told is None and answer.status != 204:
                return Understood()
            try:
                return _STEPS[request.step](_Going(Calls(sending), request), leads, told)
            except NonsenseError:
                return Understood()
        if request.step == "make one" and (found := duplicates(told)):
            return _Going(Calls(sending), request).at_duplicate(leads[0], *found[0])
        return Understood(outcomes=refusal(answer.status, told, request))


def _leads(sending: Sending) -> list[Lead]:
    return leads_of(sending, sending.account.options.get("system") or "salesforce", _ID)


def _parts(leads: Sequence[Lead]) -> list[Sequence[Lead]]:
    return [leads[start : start + MOST_ROWS] for start in range(0, len(leads), MOST_ROWS)]


class _Going:
    """How it goes on from an answer to a request."""

    def __init__(self, calls: Calls, request: Request) -> None:
        self._calls, self._request = calls, request

    def from_look(self, leads: Sequence[Lead], told: Any, kind: str = "Lead") -> Understood:
        """Records by Salesforce's ids: one that isn't there was deleted, and stays so."""
        there, gone = [], []
        for lead, record in zip(leads, as_many(told, leads), strict=True):
            if isinstance(record, dict):
                there.append((lead, record))
            else:
                gone.append(
                    lead.outcomes("refused", "NOT_FOUND", "Salesforce doesn't have it any more", lead.crm_id)
                )
        return self._updates(there, gone, kind)

    def from_look_at_contacts(self, leads: Sequence[Lead], told: Any) -> Understood:
        return self.from_look(leads, told, "Contact")

    def from_look_by_id(self, leads: Sequence[Lead], told: Any) -> Understood:
        found = {str(each.get(LEADTRACE_ID)): each for each in records_of(told)}
        understood = self._updates([(each, found[each.id]) for each in leads if each.id in found])
        missing = [each for each in leads if each.id not in found]
        with_mail = [each for each in missing if each.email]
        without = [each for each in missing if not each.email and each.phone]
        nobody = [
            each.outcomes("refused", "no_address", NO_ADDRESS)
            for each in missing
            if not each.email and not each.phone
        ]
        then = list(understood.then)
        if with_mail:
            addresses = [each.email for each in with_mail]
            then.append(self._calls.read_by("look by mail", with_mail, "Email", addresses))
        if without:
            then.append(self._calls.upsert("make", without, [new_row(each) for each in without]))
        return Understood(outcomes=written([understood.outcomes, *nobody]), then=tuple(then))

    def from_look_by_mail(self, leads: Sequence[Lead], told: Any) -> Understood:
        """Whom sales typed in with this address becomes the lead that we know."""
        found: dict[str, Record] = {}
        for record in records_of(told):
            found.setdefault(str(record.get("Email")).lower(), record)
        understood = self._linked(
            [(each, found[each.email.lower()]) for each in leads if each.email.lower() in found]
        )
        missing = [each for each in leads if each.email.lower() not in found]
        made = [self._calls.upsert("make", missing, [new_row(each) for each in missing])] if missing else []
        return Understood(outcomes=understood.outcomes, then=(*understood.then, *made))

    def from_look_at_it(self, leads: Sequence[Lead], told: Any) -> Understood:
        kind = "Contact" if self._request.step.endswith("contact") else "Lead"
        records = zip(leads, as_many(told, leads), strict=True)
        return self._linked([(lead, record) for lead, record in records if isinstance(record, dict)], kind)

    def from_write(self, leads: Sequence[Lead], told: Any) -> Understood:
        """Results stand in the order of the rows."""
        results, rows = mappings(told) or [mapping(told)], rows_of(self._request)
        outcomes, then = [], []
        for lead, row, result in zip(leads, rows, results, strict=False):
            errors = errors_of(result)
            if result.get("success") is True:
                outcomes.append(lead.outcomes("accepted", reference=str(result.get("id") or "")))
            elif error_code(errors) == "DUPLICATES_DETECTED" and "id" not in row:
                then.append(self._calls.upsert_one("make one", lead, row))
            else:
                outcomes.append(lead.outcomes(*outcome_of(errors)))
        return Understood(outcomes=written(outcomes), then=tuple(then))

    def from_one(self, leads: Sequence[Lead], told: Any) -> Understood:
        return Understood(
            outcomes=leads[0].outcomes("accepted", reference=str(mapping(told).get("id") or ""))
        )

    def at_duplicate(self, lead: Lead, kind: str, number: str) -> Understood:
        """Go on with the record that a duplicate rule found."""
        step = "look at it" if kind == "Lead" else "look at the contact"
        return Understood(then=(self._calls.read(step, [lead], [number], kind),))

    def _linked(self, there: Sequence[tuple[Lead, Record]], kind: str = "Lead") -> Understood:
        free, taken = [], []
        for lead, record in there:
            if record.get(LEADTRACE_ID) in (None, "", lead.id):
                free.append((lead, record))
            else:
                why = f"a {kind} of Salesforce has its address, and is another lead of ours"
                taken.append(lead.outcomes("refused", "CONFLICT", why, str(record.get("Id"))))
        return self._updates(free, taken, kind, is_link=True)

    def _updates(
        self,
        there: Sequence[tuple[Lead, Record]],
        outcomes: Sequence[Sequence[Outcome]] = (),
        kind: str = "Lead",
        is_link: bool = False,
    ) -> Understood:
        rows, changed, converted = [], [], []
        same = list(outcomes)
        for lead, record in there:
            if record.get("IsConverted") is True and isinstance(record.get("ConvertedContactId"), str):
                converted.append((lead, str(record["ConvertedContactId"])))
                continue
            own = {**lead.own, **({LEADTRACE_ID: lead.id} if is_link else {})}
            news: dict[str, Any] = {
                name: value for name, value in own.items() if not is_same(record.get(name), value)
            }
            if not news or planned_at_of(record) > lead.order.planned_at:
                same.append(lead.outcomes("duplicate", reference=str(record.get("Id"))))
                continue
            news[PLANNED_AT] = lead.order.planned_at
            changed.append(lead)
            rows.append({"attributes": {"type": kind}, "id": record.get("Id"), **news})
        then = [self._calls.update("update", changed, rows)] if rows else []
        if converted:
            leads, ids = [each for each, _ in converted], [number for _, number in converted]
            then.append(self._calls.read("look at contacts", leads, ids, "Contact"))
        return Understood(outcomes=written(same), then=tuple(then))


_STEPS: Final[Mapping[str, Callable[[_Going, Sequence[Lead], Any], Understood]]] = {
    "look": _Going.from_look,
    "look at contacts": _Going.from_look_at_contacts,
    "look by id": _Going.from_look_by_id,
    "look by mail": _Going.from_look_by_mail,
    "look at it": _Going.from_look_at_it,
    "look at the contact": _Going.from_look_at_it,
    "update": _Going.from_write,
    "make": _Going.from_write,
    "make one": _Going.from_one,
}
