"""What leads give of themselves is kept sealed, if at all, opened by the way back alone, and forgotten."""

import asyncio
import json
from typing import get_args

import pytest
from aiohttp.test_utils import TestClient, TestServer
from memory_publisher import MemoryPublisher
from outboxes import MemoryStore

import settings
from outbox.contacts import KeptContacts
from outbox.orders import Contact
from producers.collector.server import build_collector
from producers.privacy.personal_data import Tokeniser
from producers.privacy.sealing import NotOurSealError, Sealer, sealer_of
from schemas.contacts import ContactField
from schemas.topics import CONTACTS, WEBSITE

pytestmark = pytest.mark.enable_socket
KEY = "a long random text of contacts"
TOKENS = "a long random text of tokens"
FORM = {
    "type": "form_submitted",
    "anonymous_id": "b1",
    "email": "Li.Wei@Acme.example",
    "attributes": {"姓名": "李伟", "phone": "138 1234 5678", "company": "Acme 软件", "message": "call me"},
}


def given(key: str = KEY) -> settings.Settings:
    return settings.load({"LEADTRACE_CONTACTS_KEY": key, "LEADTRACE_TOKEN_KEY": TOKENS})


def collected(
    *events: dict[str, object], key: str = KEY, fails: int = 0
) -> tuple[MemoryPublisher, Tokeniser]:
    publisher, tokeniser = MemoryPublisher([WEBSITE.name, CONTACTS.name]), Tokeniser(TOKENS)

    async def run() -> None:
        app = build_collector(given(key), publisher, tokeniser, lambda: 1_700_000_000_000)
        async with TestClient(TestServer(app)) as client:
            for nth, event in enumerate(events):
                publisher.away = nth < fails
                await client.post("/v1/events", json=event)

    asyncio.run(run())
    return publisher, tokeniser


def kept(publisher: MemoryPublisher, key: str = KEY) -> KeptContacts:
    store = MemoryStore()
    store.append([(each.key, each.value) for each in publisher.records if each.topic == CONTACTS.name])
    contacts = KeptContacts(store, Sealer(key))
    contacts.catch_up()
    return contacts


def test_without_a_key_nothing_is_kept() -> None:
    publisher, _ = collected(FORM, key="")
    assert {each.topic for each in publisher.records} == {WEBSITE.name}
    assert sealer_of(given("")) is None


def test_what_a_form_gives_can_be_opened_by_its_token_and_stands_nowhere_in_clear_text() -> None:
    publisher, tokeniser = collected(FORM)
    email, (phone,) = tokeniser.email("li.wei@acme.example"), tokeniser.phones("13812345678")
    assert email is not None
    whole = Contact(email="li.wei@acme.example", phone="+8613812345678", name="李伟", company="Acme 软件")
    assert (
        kept(publisher).of([email])
        == kept(publisher).of([phone])
        == kept(publisher).of([phone, email])
        == whole
    )
    assert kept(publisher).of(["email:" + "0" * 64]) is None
    told = b"".join(each.key + each.value for each in publisher.records).lower()
    for clear in ("li.wei", "李伟", "13812345678", "8613812345678"):
        assert clear.encode() not in told
        assert json.dumps(clear).strip('"').encode() not in told


def test_what_was_given_later_takes_the_place_of_one_field_and_not_of_the_others() -> None:
    later = {**FORM, "attributes": {"company": "Acme Group"}}
    publisher, tokeniser = collected(FORM, later)
    found = kept(publisher).of([str(tokeniser.email("li.wei@acme.example"))])
    assert found is not None
    assert (found.company, found.name) == ("Acme Group", "李伟")


def test_what_the_broker_did_not_take_goes_with_the_next_event() -> None:
    publisher, tokeniser = collected(FORM, {"type": "page_viewed", "anonymous_id": "b2"}, fails=1)
    assert kept(publisher).of([str(tokeniser.email("li.wei@acme.example"))]) is not None


def test_only_the_key_opens_and_only_in_its_own_place() -> None:
    sealed = Sealer(KEY).seal("li.wei@acme.example", "email:1 email")
    assert sealed != Sealer(KEY).seal("li.wei@acme.example", "email:1 email")
    assert Sealer(KEY).open(sealed, "email:1 email") == "li.wei@acme.example"
    for key, about in ((KEY + "!", "email:1 email"), (KEY, "email:2 email"), (KEY, "email:1 name")):
        with pytest.raises(NotOurSealError):
            Sealer(key).open(sealed, about)
    with pytest.raises(NotOurSealError):
        Sealer(KEY).open("no base64", "email:1 email")
    publisher, tokeniser = collected(FORM)
    assert (
        kept(publisher, "another long random text").of([str(tokeniser.email("li.wei@acme.example"))]) is None
    )


def test_what_is_forgotten_is_gone_for_whoever_reads_after_it() -> None:
    publisher, tokeniser = collected(FORM)
    email = str(tokeniser.email("li.wei@acme.example"))
    contacts = kept(publisher)
    assert contacts.forget([email, "phone:" + "0" * 64]) == 1
    assert contacts.of([email]) is None
    again = KeptContacts(contacts.store, Sealer(KEY))
    again.catch_up()
    assert again.of([email]) is None
    assert contacts.forget([email]) == 0


def test_a_deletion_in_the_crm_deletes_what_was_given_before_it_and_not_after() -> None:
    publisher, tokeniser = collected(FORM)
    email = str(tokeniser.email("li.wei@acme.example"))
    contacts = kept(publisher)
    assert contacts.forget_deleted({email: 1_600_000_000_000}) == 0
    assert contacts.of([email]) is not None
    assert contacts.forget_deleted({email: 1_800_000_000_000}) == 1
    assert contacts.of([email]) is None


def test_fields_have_the_names_that_contacts_have() -> None:
    assert set(get_args(ContactField)) == set(Contact.__dataclass_fields__)
