"""HubSpot: a registration becomes a contact, known by a unique property; later changes update that one.

Every step can be repeated: it looks first (by HubSpot's id, by our id, by the address), and writes only what
differs. What sales may have changed is never written again: name, address and phone go along only when a
contact is made. A property says when what stands there was planned, so that no older order comes after it.
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
from outbox.destinations.bodies import JSON, NonsenseError, as_json, from_json, listed, mapping, mappings
from outbox.destinations.crm import NO_ADDRESS, Lead, leads_of, text_of, written, wrong_fields
from outbox.destinations.hubspot_errors import existing_id, refusal, row_errors, row_refusal
from outbox.destinations.hubspot_properties import (
    HOST,
    LEADTRACE_ID,
    PLANNED_AT,
    missing_properties,
    properties_of_contacts,
)

_BATCH: Final = "/crm/v3/objects/contacts/batch"
_MOST_ROWS: Final = 100
_ID: Final = re.compile(r"[0-9]{1,20}")
_OF_SALES: Final = frozenset({"lifecyclestage", "hs_lead_status", "hubspot_owner_id", "hs_object_id"})

Told = Mapping[str, Any]


class HubSpot(Destination):
    """One portal, by the token of a private app that may read and write contacts."""

    kind = "hubspot"
    title = "HubSpot"
    occasions = frozenset({"lead"})
    options = (
        Option(
            name="system",
            words="the name under which its webhooks and exports come in; hubspot if it isn't said",
            is_required=False,
        ),
    )
    secrets = (
        Option(name="token", words="the access token of a private app that reads and writes contacts"),
    )
    limits = Limits(orders_per_request=_MOST_ROWS, per_second=4)
    takes_fields = True
    takes_contacts = True

    def problems(self, account: Account) -> Sequence[str]:
        """Fields of HubSpot's own belong to sales, but for those of an address."""
        return wrong_fields(account, _OF_SALES, (LEADTRACE_ID, PLANNED_AT), "leadtrace_{}")

    def prepare(self, sending: Sending) -> Sequence[Request]:
        """Look first: at contacts that HubSpot told us of by its own id, at all others by ours."""
        leads = _leads(sending)
        known = [each for each in leads if each.crm_id]
        others = [each for each in leads if not each.crm_id]
        return [
            *_reads(sending.account, "look", known, {each.crm_id: each for each in known}),
            *_reads(sending.account, "look by id", others, {each.id: each for each in others}, LEADTRACE_ID),
        ]

    def survey(self, account: Account, session: Session) -> Request | None:
        del session
        return properties_of_contacts(account)

    def surveyed(self, account: Account, answer: Answer) -> Survey:
        """Properties that are missing can be made; one that isn't unique has to be deleted before."""
        return missing_properties(account, answer)

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """What was found is updated; what wasn't is looked for by its address, and made at last."""
        leads = [each for each in _leads(sending) if each.keys[0] in request.keys]
        told = mapping(from_json(answer))
        if answer.status in (200, 201, 207):
            try:
                return _STEPS[request.step](sending.account, leads, told) if told else Understood()
            except NonsenseError:
                return Understood()
        existing = existing_id(told)
        if existing and len(leads) == 1 and request.step == "make":
            return Understood(then=tuple(_reads(sending.account, "look at it", leads, {existing: leads[0]})))
        return Understood(outcomes=refusal(answer, told, request.keys, sending.account.name))


def _leads(sending: Sending) -> list[Lead]:
    return leads_of(sending, sending.account.options.get("system") or "hubspot", _ID)


def _request(account: Account, step: str, what: str, leads: Sequence[Lead], body: Told) -> Request:
    return Request(
        method="POST",
        url=f"{account.base_url or HOST}{_BATCH}/{what}",
        headers={**JSON, "authorization": f"Bearer {account.secrets['token']}"},
        body=as_json(body),
        keys=tuple(key for each in leads for key in each.keys),
        step=step,
    )


def _reads(
    account: Account, step: str, leads: Sequence[Lead], ids: Mapping[str, Lead], by: str = ""
) -> list[Request]:
    """Look at contacts by these ids, which are HubSpot's, or values of the property `by`."""
    wanted = sorted({LEADTRACE_ID, PLANNED_AT, "email", *(name for each in leads for name in each.own)})
    requests = []
    names = list(ids)
    for start in range(0, len(names), _MOST_ROWS):
        part = names[start : start + _MOST_ROWS]
        body: dict[str, Any] = {"properties": wanted, "inputs": [{"id": each} for each in part]}
        if by:
            body["idProperty"] = by
        requests.append(_request(account, step, "read", [ids[each] for each in part], body))
    return requests


def _found(told: Told) -> list[tuple[str, Mapping[str, Any]]]:
    """Who was found; who wasn't is missing for no other reason. Raises NonsenseError."""
    if any(each.get("category") not in (None, "OBJECT_NOT_FOUND") for each in mappings(told.get("errors"))):
        raise NonsenseError
    results = mappings(listed(told.get("results")))
    return [(str(each.get("id", "")), mapping(each.get("properties"))) for each in results]


def _after_look(account: Account, leads: Sequence[Lead], told: Told) -> Understood:
    """By HubSpot's own id: who isn't there was deleted, and stays so."""
    found = dict(_found(told))
    gone = [
        each.outcomes("refused", "OBJECT_NOT_FOUND", "HubSpot doesn't have the contact any more", each.crm_id)
        for each in leads
        if each.crm_id not in found
    ]
    there = [(each, each.crm_id, found[each.crm_id]) for each in leads if each.crm_id in found]
    return _updates(account, there, gone)


def _after_look_by_id(account: Account, leads: Sequence[Lead], told: Told) -> Understood:
    found = {str(properties.get(LEADTRACE_ID)): (number, properties) for number, properties in _found(told)}
    there = [(each, *found[each.id]) for each in leads if each.id in found]
    missing = [each for each in leads if each.id not in found]
    with_mail = {each.email.lower(): each for each in missing if each.email}
    looked_for = list(with_mail.values())
    rest = [each for each in missing if each not in looked_for]
    made = _makes(account, [each for each in rest if each.email or each.phone])
    nobody = [
        each.outcomes("refused", "no_address", NO_ADDRESS)
        for each in rest
        if not each.email and not each.phone
    ]
    understood = _updates(account, there, nobody)
    return Understood(
        outcomes=understood.outcomes,
        then=(*understood.then, *_reads(account, "look by mail", looked_for, with_mail, "email"), *made),
    )


def _after_look_by_mail(account: Account, leads: Sequence[Lead], told: Told) -> Understood:
    """Whom sales typed in with this address becomes the lead that we know; one of ours stays as it is."""
    found = {
        str(properties.get("email")).lower(): (number, properties) for number, properties in _found(told)
    }
    there = [(each, *found[each.email.lower()]) for each in leads if each.email.lower() in found]
    missing = [each for each in leads if each.email.lower() not in found]
    understood = _linked(account, there)
    return Understood(outcomes=understood.outcomes, then=(*understood.then, *_makes(account, missing)))


def _after_look_at_it(account: Account, leads: Sequence[Lead], told: Told) -> Understood:
    return _linked(account, [(each, *found) for each, found in zip(leads, _found(told), strict=False)])


def _linked(account: Account, there: Sequence[tuple[Lead, str, Told]]) -> Understood:
    taken = [
        lead.outcomes(
            "refused",
            "CONFLICT",
            "a contact of HubSpot has its address, and is another lead of ours",
            number,
        )
        for lead, number, properties in there
        if properties.get(LEADTRACE_ID) not in (None, "", lead.id)
    ]
    free = [each for each in there if each[2].get(LEADTRACE_ID) in (None, "", each[0].id)]
    return _updates(account, free, taken, is_link=True)


def _updates(
    account: Account,
    there: Sequence[tuple[Lead, str, Told]],
    outcomes: Sequence[Sequence[Outcome]],
    is_link: bool = False,
) -> Understood:
    """Write what differs; who has all of it already has been told."""
    inputs, changed, same = [], [], []
    for lead, number, properties in there:
        own = {name: text_of(value) for name, value in lead.own.items()}
        own = own | {LEADTRACE_ID: lead.id} if is_link else own
        news = {name: value for name, value in own.items() if properties.get(name) != value}
        if not news or _planned_at(properties) > lead.order.planned_at:
            same.append(lead.outcomes("duplicate", reference=number))
            continue
        changed.append(lead)
        news[PLANNED_AT] = str(lead.order.planned_at)
        inputs.append({"id": number, "properties": news, "objectWriteTraceId": lead.keys[0]})
    then = [_request(account, "update", "update", changed, {"inputs": inputs})] if inputs else []
    return Understood(outcomes=written([*outcomes, *same]), then=tuple(then))


def _planned_at(properties: Told) -> int:
    told = str(properties.get(PLANNED_AT) or "")
    return int(told) if re.fullmatch(r"[0-9]{1,15}", told) else 0


def _makes(account: Account, leads: Sequence[Lead]) -> list[Request]:
    inputs = [
        {
            "id": each.id,
            "idProperty": LEADTRACE_ID,
            "properties": {
                **each.personal,
                **{name: text_of(value) for name, value in each.own.items()},
                LEADTRACE_ID: each.id,
                PLANNED_AT: str(each.order.planned_at),
            },
            "objectWriteTraceId": each.keys[0],
        }
        for each in leads
    ]
    return [_request(account, "make", "upsert", leads, {"inputs": inputs})] if inputs else []


def _after_write(account: Account, leads: Sequence[Lead], told: Told) -> Understood:
    """Each row has a result or an error; one with neither was not taken, whatever the status says."""
    done = {
        str(each.get("objectWriteTraceId")): str(each.get("id", "")) for each in mappings(told.get("results"))
    }
    by_id = {
        str(mapping(each.get("properties")).get(LEADTRACE_ID)): str(each.get("id", ""))
        for each in mappings(told.get("results"))
    }
    errors = row_errors(told)
    outcomes: list[Sequence[Outcome]] = []
    then: list[Request] = []
    for lead in leads:
        number = done.get(lead.keys[0]) or by_id.get(lead.id)
        error = errors.get(lead.keys[0])
        if number is not None:
            outcomes.append(lead.outcomes("accepted", reference=number))
        elif error is not None and (existing := existing_id(error)):
            then += _reads(account, "look at it", [lead], {existing: lead})
        elif error is not None:
            outcomes.append(lead.outcomes("refused", *row_refusal(error)))
        elif len(leads) > 1:
            outcomes.append(lead.outcomes("alone", "silent", "HubSpot doesn't say what became of it"))
        else:
            outcomes.append(
                lead.outcomes("refused", "silent", "HubSpot took the request and made nothing of it")
            )
    return Understood(outcomes=written(outcomes), then=tuple(then))


_STEPS: Final[Mapping[str, Callable[[Account, Sequence[Lead], Told], Understood]]] = {
    "look": _after_look,
    "look by id": _after_look_by_id,
    "look by mail": _after_look_by_mail,
    "look at it": _after_look_at_it,
    "make": _after_write,
    "update": _after_write,
}
