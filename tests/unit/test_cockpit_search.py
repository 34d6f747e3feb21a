"""The search of the cockpit: names by address, and people's contacts in a form, as tokens at once."""

import asyncio
import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from cockpits import Stored, cockpit, result, text_of
from stored_people import HOSTILE, look

from cockpit.searching import is_contact, only_hit

pytestmark = pytest.mark.enable_socket

FOUND = "kind id person name detail place"
DEAL = ("deal", "deal:hub:D9", "", HOSTILE, "won", 0)
LEAD = ("lead", "crm:hub:1", "crm:hub:1", "Corp", "lead", 2)
WORD = ("keyword", "crm", "", "crm", "baidu", 2)
KEY = "k" * 40


async def send(client: TestClient[Any, Any], text: str) -> tuple[int, str, str]:
    """Type something into the field of a page: the status, where that leads, and what is said."""
    page = await text_of(client, "/reports?during=30")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    form = {"q": text, "token": token[1]}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = await client.post("/search?during=30", data=form, headers=headers, allow_redirects=False)
    return answer.status, answer.headers.get("Location", ""), await answer.text()


def test_what_is_meant_beyond_doubt_opens_at_once_and_everything_else_is_a_list() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        assert (await send(client, "D9"))[:2] == (303, "/deals/deal%3Ahub%3AD9?during=30")
        assert (await send(client, " two  words "))[:2] == (303, "/search?during=30&q=two+words")
        assert (await send(client, ""))[:2] == (303, "/search?during=30")
        text = await text_of(client, "/search?q=two+words")
        assert HOSTILE not in text
        assert "<h1>Search</h1>" in text
        assert text.index('href="/leads/crm%3Ahub%3A1"') < text.index('href="/leads?keyword=crm"')
        assert len(re.findall(r"<a autofocus", text)) == 1
        assert "in its name or number" in await text_of(client, "/search?q=nothing")
        assert (await send(client, "x" * 201))[0] == 400

    def answer(values: dict[str, str]) -> Any:
        rows = {"D9": (DEAL, LEAD), "two words": (LEAD, WORD)}
        return result(FOUND, *rows.get(values["text"], ()))

    look(Stored({"search": answer}), visit)


def test_a_contact_becomes_a_token_and_no_address_and_no_question_holds_it() -> None:
    looked_up: list[str] = []

    def journey(*key: str) -> dict[str, str] | None:
        looked_up.extend(key)
        return {"person": "crm:hub:7"} if key[0].startswith("email:") else None

    stored = Stored({"search": result(FOUND)}, {"search": journey})

    async def run() -> None:
        async with cockpit(stored, token_key=KEY) as client:
            assert (await send(client, "somebody@corp.example"))[:2] == (
                303,
                "/leads/crm%3Ahub%3A7?during=30",
            )
            for number in ("13800138000", "+86 138 0013 8000", "(0571) 8888 1234"):
                status, leads_to, said = await send(client, number)
                assert (status, leads_to) == (404, "")
                assert "Nobody is known" in said
                assert number not in said
            status, _, said = await send(client, "no such @ address")
            assert (status, "no such @" in said) == (404, False)

    asyncio.run(run())
    assert looked_up
    assert all(re.fullmatch(r"(email|phone):[0-9a-f]{64}", each) for each in looked_up)
    assert not [name for name, _ in stored.asked if name == "search"]


def test_without_the_key_of_tokens_a_contact_is_refused_in_a_sentence() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        status, _, said = await send(client, "somebody@corp.example")
        assert status == 503
        assert "LEADTRACE_TOKEN_KEY" in said
        assert "somebody@" not in said

    look(Stored(), visit)


def test_an_address_with_a_contact_is_refused() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = (await text_of(client, "/search?q=13800138000", 400)).partition("<main")[2]
        assert "type it into the search field" in text
        assert "13800138000" not in text

    stored = Stored()
    look(stored, visit)
    assert "search" not in [name for name, _ in stored.asked]


def test_a_search_from_elsewhere_is_refused() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = await client.post("/search", data={"q": "x"}, headers=headers, allow_redirects=False)
        assert answer.status == 403
        answer = await client.post("/search", data={"q": "x"}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status == 403

    look(Stored(), visit)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a@b", True),
        ("13800138000", True),
        ("400 800 1234", True),
        ("+1 (650) 555-0100", True),
        ("D90001", False),
        ("90000009", False),
        ("2026-10", False),
        ("crm:sales:L900001", False),
        ("数据治理", False),
        ("anon:51070000-0000-4000-8000-000000000001", False),
    ],
)
def test_what_may_be_a_contact_is_kept_out_of_addresses(text: str, is_one: bool) -> None:
    assert is_contact(text) is is_one


def test_of_several_that_are_found_the_one_with_the_whole_number_is_meant() -> None:
    rows = [{"place": 0, "id": "a"}, {"place": 2, "id": "b"}]
    assert only_hit(rows) == rows[0]
    assert only_hit(rows[1:]) == rows[1]
    assert only_hit([rows[1], rows[1]]) is None
    assert only_hit([]) is None
