"""Webhooks are signed as Standard Webhooks says, and bodies by a template are what a CRM wants."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from orders import account, order, sending

from outbox.destination import Account, Answer, Outcome, Request
from outbox.destinations.webhook import Webhook, needs_contact
from outbox.orders import Contact

SECRET = b"0123456789abcdef0123456789abcdef"
KEY = "whsec_" + base64.b64encode(SECRET).decode()
ERP = account(options={"url": "https://erp.example.com/hooks"}, secrets={"key": KEY})
TEMPLATE = (
    '{"lead": {"name": "{name}", "score": "{score}", "note": "came by {last_keyword}", "tags": ["x", 1]}}'
)


def request(of: Account = ERP, **other: Any) -> Request:
    (made,) = Webhook().prepare(sending(of, **other))
    assert isinstance(made, Request)
    return made


def outcome(status: int, of: Account = ERP) -> Outcome | None:
    told = Webhook().understood(sending(of), request(of), Answer(status=status)).outcomes
    return told[0] if told else None


def test_a_receiver_can_verify_what_came_by_the_rules_of_the_standard() -> None:
    made = request()
    signed = b"msg_" + b"0" * 32 + b".1700000300." + made.body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert made.headers["webhook-id"] == "msg_" + "0" * 32
    assert made.headers["webhook-timestamp"] == "1700000300"
    assert made.headers["webhook-signature"] == f"v1,{expected}"


def test_a_repeat_has_the_same_id_and_body_and_the_time_and_signature_of_its_own_attempt() -> None:
    first, again = request(), request(at=1_700_000_999_000)
    assert (first.body, first.headers["webhook-id"]) == (again.body, again.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != again.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]


def test_while_a_key_is_replaced_both_sign() -> None:
    before = "whsec_" + base64.b64encode(b"x" * 24).decode()
    made = request(replace(ERP, secrets={"key": KEY, "key_before": before}))
    one, other = made.headers["webhook-signature"].split(" ")
    assert one == request().headers["webhook-signature"] != other


def test_the_body_says_what_happened_and_what_is_known() -> None:
    told = json.loads(request().body)
    assert told["type"] == "lead.won"
    assert told["timestamp"] == "2023-11-14T22:15:00.000Z"
    assert told["data"]["last_keyword"] == "crm 软件"
    assert not {"email", "phone", "name"} & told["data"].keys()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"occasion": "lead"}, "lead.changed"),
        ({"occasion": "invalid"}, "lead.invalid"),
        ({"deal": "deal:hubspot:1"}, "deal.won"),
    ],
)
def test_the_type_says_what_it_is_about(changes: dict[str, Any], kind: str) -> None:
    (made,) = Webhook().prepare(sending(ERP, order(**changes)))
    assert isinstance(made, Request)
    assert json.loads(made.body)["type"] == kind


def test_a_template_makes_the_body_of_any_crm_and_what_is_unknown_is_null() -> None:
    of = account(
        options={"url": "https://crm.example.com/leads/{lead_id}", "template": TEMPLATE, "method": "PUT"},
        secrets={"authorization": "Bearer t"},
    )
    assert needs_contact(of)
    assert not needs_contact(ERP)
    made = request(of, contacts={"0" * 32: Contact(name="Li Wei")})
    assert json.loads(made.body) == {
        "lead": {"name": "Li Wei", "score": None, "note": "came by crm 软件", "tags": ["x", 1]}
    }
    assert (made.method, made.url) == ("PUT", "https://crm.example.com/leads/" + "1" * 32)
    assert made.headers["Authorization"] == "Bearer t"
    assert "webhook-signature" not in made.headers


def test_an_address_takes_facts_escaped() -> None:
    of = account(options={"url": "https://crm.example.com/{last_keyword}"}, secrets={"key": KEY})
    assert request(of).url == "https://crm.example.com/crm%20%E8%BD%AF%E4%BB%B6"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"template": "{name}"}, "options.template is no JSON"),
        ({"template": '{"a": "{mood}"}'}, "{mood} is no fact"),
        ({"url": "https://{company}/"}, "the name of a host"),
        ({"url": "https://a.example/{mood}"}, "options.url: {mood} is no fact"),
        ({"method": "GET"}, "options.method is one of POST, PUT, PATCH"),
        ({"knows_repeats": "no"}, "options.knows_repeats is true or false"),
    ],
)
def test_what_cannot_be_called_so_is_refused(options: dict[str, str], says: str) -> None:
    (fault, *_) = Webhook().problems(replace(ERP, options={**ERP.options, **options}))
    assert says in fault


def test_answers_are_understood_as_the_standard_says() -> None:
    def state(status: int, of: Account = ERP) -> str | None:
        told = outcome(status, of)
        return told.state if told else None

    assert [state(each) for each in (200, 204)] == ["accepted"] * 2
    assert [state(each) for each in (301, 400, 401, 404)] == ["later"] * 4
    assert [state(each) for each in (429, 500, 502, 504)] == [None] * 4, "later, in the usual way"
    gone = outcome(410)
    assert gone is not None
    assert (gone.state, gone.closes) == ("refused", True)
    careless = replace(ERP, options={**ERP.options, "knows_repeats": "false"})
    assert state(500, careless) == "unknown", "it may have taken it, and would not know it again"
