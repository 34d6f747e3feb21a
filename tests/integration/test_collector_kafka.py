"""The collector as a process on the real broker: what it promises when something goes wrong."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from collector_process import collector

from producers.privacy.personal_data import Tokeniser
from schemas.codec import decode
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from settings import Settings
from stack.embedded import Stack

pytestmark = pytest.mark.servers

TOPICS = {WEBSITE.name: 4, UTM.name: 4, CRM.name: 4, LINKS.name: 1}
TOKENISER = Tokeniser("a key that only tests use")
DATA = Path(__file__).parents[1] / "data"


def page(number: int) -> dict[str, Any]:
    return {"type": "page_viewed", "anonymous_id": f"a-{number}", "id": f"e-{number}", "url": "https://x.cn/"}


def test_what_was_accepted_is_on_the_topic_under_the_visitors_key(site: Settings, broker: Any) -> None:
    broker.create(TOPICS)
    with collector(site) as running:
        for line in (DATA / "segment_requests.jsonl").read_text("utf-8").splitlines():
            sample = json.loads(line)
            assert running.post(sample["path"], sample["body"].encode())[0] == 200
        assert running.post("/v1/events", [page(1), page(2)])[1]["accepted"] == 2
        records = broker.records(WEBSITE.name)
        assert len(records) == 11
        for record in records:
            assert decode(WEBSITE.name, record.value).subject.encode() == record.key
            assert record.headers == []
        assert running.stop() == 0


def test_a_mapping_in_the_data_folder_makes_a_webhook(site: Settings, broker: Any) -> None:
    broker.create(TOPICS)
    (site.data_dir / "mappings").mkdir()
    (site.data_dir / "mappings/our.toml").write_text(
        'system = "our"\nobject = "lead"\n[lead]\nid = "id"\ncreated_at = "created"\nstage = "stage"\n'
        'emails = "mail"\n'
    )
    with collector(site) as running:
        row = {"id": "7", "created": "2026-03-01T10:00:00Z", "stage": "MQL", "mail": "wang@acme.cn"}
        assert running.hook("our", row) == (
            200, {"success": True, "accepted": 1, "rejected": []},
        )  # fmt: skip
    told = [decode(CRM.name, record.value) for record in broker.records(CRM.name)]
    assert {fact.subject for fact in told} == {"crm:our:7"}
    assert told[0].others == (TOKENISER.email("wang@acme.cn"),)


def test_while_the_broker_is_dead_senders_are_sent_away_and_then_nothing_is_missing(
    site: Settings, broker: Any, stack: Stack
) -> None:
    broker.create(TOPICS)
    with collector(site) as running:
        assert running.post("/v1/events", page(0))[0] == 200
        assert running.health() == 200
        stack.kill("kafka", restart_after=14)
        began = time.monotonic()
        status, told = running.post("/v1/events", page(1))
        assert (status, "again later" in told["error"]) == (503, True)
        assert time.monotonic() - began < 13
        time.sleep(1.1)
        assert running.health() == 503
        stack.wait_ready("kafka")
        deadline = time.monotonic() + 30
        while running.post("/v1/events", page(1))[0] != 200:
            assert time.monotonic() < deadline, running.log()
            time.sleep(0.5)
        assert running.post("/v1/events", page(2))[0] == 200
        time.sleep(1.1)
        assert running.health() == 200
        assert running.stop() == 0
    subjects = {record.key for record in broker.records(WEBSITE.name)}
    assert subjects == {b"anon:a-0", b"anon:a-1", b"anon:a-2"}


def test_what_is_in_work_is_finished_before_the_end(site: Settings, broker: Any) -> None:
    broker.create(TOPICS)
    with collector(site) as running:
        answers: list[int] = []
        stopping = threading.Event()

        def send(first: int) -> None:
            for number in range(first, first + 1000):
                if stopping.is_set():
                    break
                try:
                    answers.append(running.post("/v1/events", page(number))[0])
                except OSError:
                    break  # it no longer listens: this one was not accepted

        senders = [threading.Thread(target=send, args=(index * 1000,)) for index in range(4)]
        for sender in senders:
            sender.start()
        time.sleep(1)
        assert running.stop() == 0
        stopping.set()
        for sender in senders:
            sender.join()
    assert answers
    assert set(answers) == {200}
    # A sender whose connection ended without an answer sends again: there may be more, never fewer.
    assert len({record.key for record in broker.records(WEBSITE.name)}) >= len(answers)


def test_nobodys_data_and_no_key_reach_topics_logs_or_answers(site: Settings, broker: Any) -> None:
    broker.create(TOPICS)
    mail, phone, key = "canary.person", "13912345678", "wk-canary-17"
    person = {"email": f"{mail}@acme.cn", "phone": phone}
    url = f"https://x.cn/?next=%2F%3Fmail%3D{mail}%40acme.cn&tel=%2B86{phone}&gclid=Cj0-canary-click"
    page = {"url": url, "referrer": url, "title": f"{mail}@acme.cn"}
    call = {
        "anonymousId": "a",
        "userId": f"{mail}@acme.cn",
        "traits": person,
        "properties": {"url": url, **person},
        "context": {"page": page, "traits": person},
    }
    named = (
        ("page", ""),
        ("track", "Form Submitted"),
        ("track", f"Called {phone}"),
        ("identify", ""),
        (mail, ""),
    )
    batch = [call | {"type": kind, "event": event} for kind, event in (*named, ("group", ""), ("alias", ""))]
    event = {
        "type": "form_submitted",
        "anonymous_id": "a",
        "url": url,
        "referrer": url,
        "form": f"{mail}@acme.cn",
        "attributes": {"company": f"{mail}@acme.cn {phone}", "note": phone},
        **person,
    }
    stage = {
        "subscriptionType": "contact.propertyChange",
        "propertyName": "email",
        "objectId": 1,
        "propertyValue": f"{mail}@acme.cn",
        "occurredAt": 1_795_299_185_389,
    }
    bearer = {"Authorization": f"Bearer {key}"}
    with collector(site, collector_write_keys=key) as running:
        answers = [
            running.post("/v1/batch", {"batch": batch, "writeKey": key}),
            running.post("/v1/events", [event, {"type": "email_click", "url": url, **person}], **bearer),
            running.hook("hubspot", [stage, {"subscriptionType": mail}]),
            running.hook("none", {"mail": mail}),
            running.post(f"/v1/events?key={key}&mail={mail}", f'{{"{mail}{phone}'.encode(), **bearer),
            running.post("/v1/batch", {"batch": batch, "writeKey": key + "x"}),
        ]
        assert [status for status, _ in answers] == [200, 200, 200, 400, 400, 401]
        assert running.stop() == 0
        log = running.log()
    stored = "".join(
        (record.key + record.value).decode() for topic in TOPICS for record in broker.records(topic)
    )
    assert stored.count("Cj0-canary-click") >= 5
    for canary in (mail, phone, key):
        assert canary not in stored
        assert canary not in json.dumps(answers)
        assert canary not in log


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kafka": "127.0.0.1:1"}, "127.0.0.1:1"),
        ({"token_key": "short"}, "LEADTRACE_TOKEN_KEY"),
        ({"topic_prefix": "nowhere."}, "leadtrace topics"),
        ({"collector_host": "203.0.113.1"}, "203.0.113.1"),
    ],
)
def test_what_keeps_it_from_running_is_said_in_a_sentence(
    site: Settings, broker: Any, settings: dict[str, str], said: str
) -> None:
    broker.create(TOPICS)
    with pytest.raises(AssertionError) as error, collector(site, **settings):
        pass
    assert "the collector can't run: " in str(error.value)
    assert said in str(error.value)
    assert "Traceback" not in str(error.value)


def test_a_taken_port_is_said_in_a_sentence(site: Settings, broker: Any) -> None:
    broker.create(TOPICS)
    with collector(site) as running:
        port = running.url.rpartition(":")[2]
        other = site.model_copy(update={"data_dir": site.data_dir / "other"})
        other.data_dir.mkdir()
        taken = pytest.raises(AssertionError, match=r"can't run: .*address already in use")
        with taken, collector(other, collector_port=port):
            pass
