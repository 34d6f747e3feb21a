"""Canaries through every entrance: no record, answer, log or line for people holds anything of them."""

import asyncio
import copy
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import canaries
import pytest
from click.testing import CliRunner
from memory_publisher import MemoryPublisher
from pydantic import SecretStr
from tokens import KEY, TOKENISER

from cli.main import main
from producers.collector.server import build_collector, listening
from producers.crm.mapping import parse_mapping
from producers.crm.shipped import shipped_mapping, shipped_mappings
from producers.crm.webhook import facts_of_webhook
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.facts import record_of
from producers.privacy.masking import masked
from producers.publishing.collected import Collected
from producers.website.facts import Reception
from producers.website.segment import fact_of_call
from schemas.codec import Encoded
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from settings import Settings

TESTS = Path(__file__).parents[1]
BODIES = sorted(
    path for path in TESTS.glob("samples/crm/*/*.json") if not path.name.endswith(".expected.json")
)
SEGMENT = [
    json.loads(line) for line in (TESTS / "data/segment_requests.jsonl").read_text("utf-8").splitlines()
]
MAPPINGS = [parse_mapping(shipped_mapping(name)) for name in shipped_mappings()]


def stored(records: list[Encoded]) -> bytes:
    """Keys and texts of records; an amount may have the digits of a phone number."""
    texts = (re.sub(rb":\d+(?=[,}])", b":0", record.value) for record in records)
    return b"\n".join(record.key + b"|" + text for record, text in zip(records, texts, strict=True))


def allowed(system: str, records: bytes) -> bytes:
    """Leave out ids of these systems' own making: one may look like a phone number, and is none."""
    own = (f":{system}:{canaries.PHONE}", f'"account_id":"{canaries.PHONE}"')
    for each in own:
        records = records.replace(each.encode(), b"")
    return records


@pytest.mark.enable_socket
def test_nothing_that_is_posted_stands_in_a_record_an_answer_or_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    publisher = MemoryPublisher((WEBSITE.name, UTM.name, CRM.name, LINKS.name))
    answers: list[tuple[str, bytes]] = []

    async def play() -> None:
        given = Settings(collector_admin_keys=(SecretStr(canaries.KEY),), webhook_key=SecretStr("w" * 40))
        mappings = {"our": [parse_mapping(canaries.MAPPING)]}
        for each in MAPPINGS:
            mappings.setdefault(each.system, []).append(each)
        app = build_collector(given, publisher, TOKENISER, lambda: canaries.AT + 1000, lambda: mappings)
        async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
            for path, body in canaries.requests():
                for key in (canaries.KEY, "no key"):
                    data = body if isinstance(body, str) else json.dumps(body)
                    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
                    url = f"http://127.0.0.1:{port}{path}"
                    async with client.post(url, data=data.encode(), headers=headers) as response:
                        answers.append((path, await response.read()))
                        assert response.status < 500
            for request in canaries.astray():
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                answers.append((repr(request), await asyncio.wait_for(reader.read(4096), 5)))
                writer.close()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(play())
    assert len(publisher.records) > 100
    assert canaries.traces_in(stored(publisher.records)) == []
    assert [(path, told) for path, told in answers if canaries.traces_in(told)] == []
    assert canaries.traces_in(caplog.text.encode()) == []


def test_nothing_of_any_file_stands_in_a_record_or_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Encoded] = []

    class Published:
        def __init__(self, _: Settings) -> None: ...

        def publish(self, records: Iterator[Encoded]) -> None:
            published.extend(records)

        def close(self) -> None: ...

    monkeypatch.setattr("cli.import_run.Publisher", Published)
    monkeypatch.setenv("LEADTRACE_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("LEADTRACE_TOKEN_KEY", KEY)
    topics = set()
    for words in canaries.files(tmp_path / "files"):
        for more in ((), ("--dry-run",)):
            done = CliRunner().invoke(main, ["import", *words, *more], prog_name="leadtrace")
            assert not done.exception or isinstance(done.exception, SystemExit), words
            said = done.output.replace(str(tmp_path), "")
            assert canaries.traces_in(said.encode()) == [], words
        topics |= {(words[0], record.topic) for record in published}
    assert {word for word, _ in topics} == {"crm", "sem", "attendance", "history"}
    assert canaries.traces_in(stored(published)) == []


def in_each_place(value: Any) -> Iterator[Any]:
    """Copies of a JSON value in each of which one text, number or name is a canary."""
    for place in places(value):
        for text in (canaries.MAIL, canaries.PHONE):
            changed = copy.deepcopy(value)
            *way, last = place
            inner = changed
            for step in way:
                inner = inner[step]
            if isinstance(inner, dict) and not isinstance(inner[last], dict | list):
                renamed = copy.deepcopy(changed)
                inside = renamed
                for step in way:
                    inside = inside[step]
                inside[text] = inside.pop(last)
                yield renamed
            inner[last] = text
            yield changed


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        if isinstance(inner, dict | list):
            yield from places(inner, (*way, name))
        else:
            yield (*way, name)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_wherever_it_stands_in_what_a_crm_posts_it_stands_in_no_record(path: Path) -> None:
    system = path.parent.name
    mappings = {system: tuple(each for each in MAPPINGS if each.system == system)}
    for body in in_each_place(json.loads(path.read_text("utf-8"))):
        try:
            told = facts_of_webhook(system, body, mappings, TOKENISER, canaries.AT + 1000)
        except UnusableError as error:
            told = Collected(rejected=(LeftOut(0, "", str(error)),))
        left = " ".join(masked(each.reason) for each in (*told.rejected, *told.ignored))
        assert canaries.traces_in(allowed(system, stored(list(told.records))) + left.encode()) == []


@pytest.mark.parametrize("number", range(len(SEGMENT)))
def test_wherever_it_stands_in_what_an_sdk_sends_it_stands_in_no_record(number: int) -> None:
    reception = Reception(TOKENISER, canaries.AT)
    body = SEGMENT[number].get("body", SEGMENT[number])
    calls = json.loads(body)["batch"] if isinstance(body, str) else body.get("batch", [body])
    for call in (changed for each in calls for changed in in_each_place(each)):
        try:
            fact = fact_of_call(call, reception)
        except UnusableError as error:
            said = masked(str(error))
        else:
            said = stored([record_of(fact, WEBSITE.name, TOKENISER)]).decode()
        assert canaries.traces_in(said.encode()) == []
