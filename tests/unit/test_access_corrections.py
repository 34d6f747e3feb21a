"""Admins say who is who, and send dead letters again: only after a page that asks, and in their own name."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from cockpits import Stored, cockpit

from answers.clock import now
from cockpit.access import corrections, letters
from cockpit.access.corrections import Known
from cockpit.access.gate import machine_user
from producers.corrections import Correction, Kind, fact_of
from producers.publishing.publisher import PublishError
from schemas.redriven import Outcome
from settings import Settings
from sinks.lookups import Letters
from sinks.redrive import TIRED, RedriveError, Result

pytestmark = pytest.mark.enable_socket

Client = TestClient[Any, Any]
KEY = "a token key of this test alone"
COUNT = {
    "topic": "crm.events", "reason": "schema_invalid", "waiting": 2, "redriven": 1, "kept": 0,
    "newest": datetime(2026, 10, 1, tzinfo=UTC),
}  # fmt: skip
NEWEST = {
    "topic": "crm.events", "partition": 1, "offset": 7, "state": "waiting", "reason": "schema_invalid",
    "error": "<b>amount</b>", "attempts": 0, "recorded_at": COUNT["newest"], "failed_at": COUNT["newest"],
    "bytes": 5, "sent_to": "",
}  # fmt: skip
LETTER = {"topic": "crm.events", "key": b"k", "value": b'{"a":"<i>\xff"}', "headers": {}, "error": "no"}


def known(name: str) -> Known:
    said = (("linked", name, "anon:b", "form_submitted"),)
    return Known(name, name[:14], "crm:s:1", ("anon:b",), said)


SPLIT = (("split", "anon:b", "anon:a", "adam: a desk"),)
STORED = Stored(
    found={
        "known": known,
        "dead letters": ([COUNT], [NEWEST]),
        "letters meant": [COUNT],
        "dead letter": lambda _topic, _partition, offset: LETTER if offset == "7" else None,
    }
)


def visit(folder: Path, story: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        async with cockpit(STORED, data_dir=folder, token_key=KEY) as client:
            await story(client)

    asyncio.run(run())


async def token_of(client: Client) -> str:
    found = re.search(r'name="token" value="(\w+)"', await (await client.get("/corrections")).text())
    assert found is not None
    return found[1]


async def post(client: Client, path: str, **fields: str) -> ClientResponse:
    fields = {"token": await token_of(client), **fields}
    same = {"Sec-Fetch-Site": "same-origin"}
    return await client.post(path, data=fields, headers=same, allow_redirects=False)


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Correction, int]]:
    heard: list[tuple[Correction, int]] = []

    def say(_: Settings, correction: Correction, at: int) -> None:
        fact_of(correction, at)
        heard.append((correction, at))

    monkeypatch.setattr(corrections, "say", say)
    return heard


def test_a_split_is_said_after_a_page_that_shows_who_is_meant(
    tmp_path: Path, said: list[tuple[Correction, int]]
) -> None:
    async def story(client: Client) -> None:
        answer = await post(
            client, "/corrections", kind="split", left="anna@corp.example", right="anon:b", reason=" a  desk "
        )
        text = await answer.text()
        assert answer.status == 200
        assert "these two are not the same person" in text
        assert "crm:s:1" in text
        assert "corp.example" not in text, "from here on it is a token"
        assert said == [], "nothing is said yet"
        form = {name: value for name, value in hidden(text).items() if name != "token"}
        for _ in range(2):
            done = await post(client, "/corrections/said", **form)
            assert (done.status, done.headers["Location"]) == (303, "/corrections?done=split")
        assert "It is said" in await (await client.get("/corrections?done=split")).text()

    visit(tmp_path, story)
    (correction, at), again = said
    assert re.fullmatch("email:[0-9a-f]{64}", correction.left)
    assert (correction.kind, correction.right, correction.reason) == (Kind.SPLIT, "anon:b", "a desk")
    assert correction.by == machine_user()
    assert fact_of(correction, at) == fact_of(*again), "sent twice it is one fact"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "say what it is"),
        ({"kind": "forget", "left": "anon:a"}, "say what it is"),
        ({"kind": "split", "left": "anon:a", "right": "anon:a"}, "both are the same identifier"),
        ({"kind": "merge", "left": "anon:a", "right": "what?"}, "the second is neither"),
        ({"kind": "block", "left": "<script>alert(1)</script>"}, "the first is neither"),
        ({"kind": "block", "left": "anon:" + "x" * 400}, "identifier"),
        ({"kind": "block", "left": ""}, "the first is neither"),
    ],
)
def test_what_cannot_be_said_is_a_sentence_above_the_form(
    tmp_path: Path, fields: dict[str, str], says: str, said: list[Any]
) -> None:
    async def story(client: Client) -> None:
        for path in ("/corrections", "/corrections/said"):
            answer = await post(client, path, **fields, at=str(now()))
            text = await answer.text()
            assert answer.status == 400
            assert says.lower() in text.lower()
            assert "<script>alert" not in text

    visit(tmp_path, story)
    assert said == []


TOO_OLD, TOO_NEW = str(now() - 7_200_000), str(now() + 600_000)


IDS = ("none", "zero", "negative", "word", "huge", "superscript", "too old", "too new")


@pytest.mark.parametrize("at", ["", "0", "-1", "soon", "9" * 40, "²", TOO_OLD, TOO_NEW], ids=IDS)
def test_a_page_that_was_open_for_too_long_says_nothing(tmp_path: Path, at: str, said: list[Any]) -> None:
    async def story(client: Client) -> None:
        answer = await post(client, "/corrections/said", kind="block", left="anon:kiosk", at=at)
        assert answer.status == 400
        assert "begin the correction anew" in await answer.text()

    visit(tmp_path, story)
    assert said == []


def test_without_kafka_a_correction_is_not_claimed_to_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise PublishError("the broker can't be reached")

    async def story(client: Client) -> None:
        answer = await post(client, "/corrections/said", kind="block", left="anon:kiosk", at=str(now()))
        assert answer.status == 503
        assert "The broker can&#39;t be reached" in await answer.text()

    monkeypatch.setattr(corrections, "say", away)
    visit(tmp_path, story)


def test_an_address_may_name_who_is_meant_and_is_only_text(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        text = await (
            await client.get(
                "/corrections", params={"kind": "merge", "left": 'crm:s:1"><script>', "done": "x"}
            )
        ).text()
        assert 'value="crm:s:1&#34;&gt;&lt;script&gt;"' in text
        assert 'value="merge" checked' in text
        assert "It is said" not in text

    visit(tmp_path, story)


def test_a_page_says_what_a_correction_will_not_change(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        fields = {"left": "anon:a", "right": "anon:b"}
        text = await (await post(client, "/corrections", kind="split", **fields)).text()
        assert "Others may still tie them together" in text
        text = await (await post(client, "/corrections", kind="merge", **fields)).text()
        assert "a split stays" not in text
        STORED.found = {**STORED.found, "known": lambda name: replace(known(name), said=SPLIT)}
        text = await (await post(client, "/corrections", kind="merge", **fields)).text()
        assert "a split stays" in text

    visit(tmp_path, story)


def test_dead_letters_are_listed_and_shown_as_text(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        text = await (await client.get("/dead-letters")).text()
        assert "&lt;b&gt;amount&lt;/b&gt;" in text
        assert 'href="/dead-letters/crm.events/1/7"' in text
        text = await (await client.get("/dead-letters/crm.events/1/7")).text()
        assert "&lt;i&gt;\\xff" in text
        for place in ("1/8", "1", "one/7", "1/" + "9" * 30):
            path = f"crm.events/{place}"
            assert (await client.get(f"/dead-letters/{path}")).status == 404, path

    visit(tmp_path, story)


def test_dead_letters_are_sent_again_once_that_is_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Letters, str]] = []

    def send(_: Settings, wanted: Letters, by: str = "", **__: Any) -> Result:
        asked.append((wanted, by))
        if len(asked) > 1:
            raise RedriveError("another `leadtrace dead-letters redrive` is at work")
        return Result(Counter({Outcome.SENT: 2}), Counter({TIRED: 1}))

    async def story(client: Client) -> None:
        answer = await post(client, "/dead-letters", topic="crm.events", reason="schema_invalid")
        text = await answer.text()
        assert "Send 2 records of crm.events again" in text
        assert asked == []
        form = {name: value for name, value in hidden(text).items() if name != "token"}
        done = await (await post(client, "/dead-letters/again", **form)).text()
        assert "2 sent to their topics" in done
        assert "1 left: they were sent again too often" in done
        busy = await post(client, "/dead-letters/again", **form)
        assert busy.status == 503
        assert "Another `leadtrace dead-letters redrive`" in await busy.text()

    monkeypatch.setattr(letters, "send_again", send)
    visit(tmp_path, story)
    assert asked[0] == (Letters(("schema_invalid",), ("crm.events",), 0, "waiting"), machine_user())


OF_CRM = {"topic": "crm.events"}


@pytest.mark.parametrize(
    "fields", [{}, OF_CRM, {"topic": "secrets", "reason": "x"}, OF_CRM | {"reason": "a\nb"}]
)
def test_letters_must_be_named(tmp_path: Path, fields: dict[str, str]) -> None:
    async def story(client: Client) -> None:
        for path in ("/dead-letters", "/dead-letters/again"):
            assert (await post(client, path, **fields)).status == 400

    visit(tmp_path, story)
