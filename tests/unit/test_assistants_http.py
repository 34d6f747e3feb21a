"""Over HTTP an assistant shows a token; without one nothing is served, and nothing is learnt."""

import asyncio
import socket
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

import settings
from assistants.desk import Desk
from assistants.http import HEALTH, LARGEST, PATH, application, listening, refuse_open_door, who_is_meant
from assistants.server import build_server
from settings import Settings, SettingsError

TOKEN, OTHER = "t" * 32, "o" * 32
GIVEN = settings.load({"LEADTRACE_MCP_TOKENS": f"{TOKEN},{OTHER}"})
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {TOKEN}"}


def nowhere() -> Settings:
    raise SettingsError("no servers are known")


def answered(
    method: str = "POST",
    path: str = PATH,
    content: Any = HELLO,
    given: Settings = GIVEN,
    address: str = "http://127.0.0.1:8070",
    **headers: str,
) -> httpx2.Response:
    """The answer of the application to one request, with these headers beside the usual ones, "" for none."""
    server = build_server(Desk(given, nowhere))
    app: ASGIApp = application(server, given)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**HEADERS, **named}.items() if value}

    async def ask() -> httpx2.Response:
        async with server.session_manager.run():
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url=address) as client:
                return await client.request(method, path, json=content, headers=sent)

    return asyncio.run(ask())


def test_who_shows_a_token_is_answered() -> None:
    for token in (TOKEN, OTHER):
        answer = answered(authorization=f"Bearer {token}")
        assert answer.status_code == 200
        assert answer.json()["result"]["serverInfo"]["name"] == "leadtrace"


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN]
)
def test_who_shows_none_learns_nothing(shown: str) -> None:
    for method, path in (("POST", PATH), ("GET", PATH), ("DELETE", PATH), ("GET", "/"), ("POST", HEALTH)):
        answer = answered(method, path, authorization=shown)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json() == {"error": "show a token of LEADTRACE_MCP_TOKENS: Authorization: Bearer …"}


def test_whether_it_lives_may_be_asked_without_one() -> None:
    answer = answered("GET", HEALTH, authorization="")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_another_name_of_this_machine_is_not_answered_to() -> None:
    """A page of others could have its own name point here."""
    assert answered(host="evil.example:8070").status_code == 421
    assert answered(host="localhost:1234").status_code == 200
    assert answered(origin="https://evil.example").status_code == 403
    assert answered(origin="http://localhost:6274").status_code == 200


def test_the_public_name_is_answered_to() -> None:
    given = GIVEN.model_copy(update={"mcp_public_url": "https://assistants.example.com"})
    assert answered(given=given, host="assistants.example.com").status_code == 200
    assert who_is_meant(given)[1][-1] == "https://assistants.example.com"


def test_what_is_too_large_or_no_message_is_refused() -> None:
    assert answered(content={"x": "y" * LARGEST}).status_code == 413
    assert answered(content=["no message"]).status_code == 400
    assert answered(content_type="text/plain").status_code == 400


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "LEADTRACE_MCP_TOKENS is not set: over HTTP whoever reaches the port could ask"),
        (
            {"LEADTRACE_MCP_TOKENS": TOKEN, "LEADTRACE_MCP_HOST": "0.0.0.0"},
            "LEADTRACE_MCP_HOST=0.0.0.0 is open to others: set LEADTRACE_MCP_PUBLIC_URL",
        ),
    ],
)
def test_an_open_door_is_not_opened(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        refuse_open_door(settings.load(given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"LEADTRACE_MCP_TOKENS": "short"}, "LEADTRACE_MCP_TOKENS: it may be 16 characters or more"),
        (
            {"LEADTRACE_MCP_PUBLIC_URL": "http://assistants.example.com"},
            "LEADTRACE_MCP_PUBLIC_URL: passwords would travel in clear text",
        ),
        ({"LEADTRACE_MCP_PUBLIC_URL": "https://a.example/mcp"}, "LEADTRACE_MCP_PUBLIC_URL: it may be a URL"),
    ],
)
def test_settings_that_would_give_a_token_away_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings.load(given)


@pytest.mark.enable_socket
def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"nothing can be served at 127.0.0.1:{port}"):
            listening("127.0.0.1", port)
