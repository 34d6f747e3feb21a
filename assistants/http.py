"""Serves assistants over HTTP: to whoever shows a token, and to nobody's web pages."""

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from hosts import is_loopback
from settings import PREFIX, Settings, SettingsError

PATH: Final = "/mcp"
HEALTH: Final = "/healthz"
LARGEST: Final = 1 << 20
_CONNECTIONS: Final = 64
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


def serve(server: Server[Any], given: Settings, say: Callable[[str], None]) -> None:
    """Serve until stopped. Raises SettingsError if it would be open, or the port is taken."""
    refuse_open_door(given)
    door = listening(given.mcp_host, given.mcp_port)
    host, port = door.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        application(server, given),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
    )
    where = given.mcp_public_url or address
    say(f"assistants are answered at {where}{PATH}, with a token of {PREFIX}MCP_TOKENS")
    uvicorn.Server(config).run(sockets=[door])


def refuse_open_door(given: Settings) -> None:
    """Raise SettingsError if anybody could ask, or a token would travel in clear text."""
    if not given.mcp_tokens:
        raise SettingsError(
            f"{PREFIX}MCP_TOKENS is not set: over HTTP whoever reaches the port could ask, so it needs a "
            "token (openssl rand -hex 32)"
        )
    if not is_loopback(given.mcp_host) and not given.mcp_public_url:
        raise SettingsError(
            f"{PREFIX}MCP_HOST={given.mcp_host} is open to others: set {PREFIX}MCP_PUBLIC_URL to the "
            "https://… address of the proxy before it, or leave it at 127.0.0.1"
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"nothing can be served at {host}:{port} ({error}): set {PREFIX}MCP_PORT to another port (0: any)"
        ) from None


def application(server: Server[Any], given: Settings) -> ASGIApp:
    """The application: each request stands alone, and is answered as one piece of JSON."""
    hosts, origins = who_is_meant(given)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=LARGEST,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
    )
    return Door(app, [token.get_secret_value() for token in given.mcp_tokens])


def who_is_meant(given: Settings) -> tuple[list[str], list[str]]:
    """By which names this server may be called, and from which origins: of this machine, or public."""
    hosts = [form for name in _LOOPBACK for form in (name, f"{name}:*")]
    origins = [f"http://{name}" for name in hosts]
    if given.mcp_public_url:
        parts = urlsplit(given.mcp_public_url)
        hosts.append(parts.netloc)
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return hosts, origins


class Door:
    """Lets in who shows one of the tokens, in a time that tells nothing of them; others learn nothing."""

    def __init__(self, app: ASGIApp, tokens: list[str]) -> None:
        self._app = app
        self._known = [_digest(token.encode()) for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == HEALTH and scope["method"] == "GET":
            await _answer(send, 200, {"status": "ok"})
        elif self._opens(dict(scope["headers"]).get(b"authorization", b"")):
            await self._app(scope, receive, send)
        else:
            sentence = f"show a token of {PREFIX}MCP_TOKENS: Authorization: Bearer …"
            await _answer(send, 401, {"error": sentence}, ((b"www-authenticate", b"Bearer"),))

    def _opens(self, shown: bytes) -> bool:
        scheme, _, token = shown.partition(b" ")
        digest = _digest(token.strip())
        found = [hmac.compare_digest(digest, known) for known in self._known]
        return scheme.lower() == b"bearer" and any(found)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


async def _answer(
    send: Send, status: int, body: dict[str, str], headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    content = json.dumps(body, ensure_ascii=False).encode()
    length = (b"content-length", str(len(content)).encode())
    about = [(b"content-type", b"application/json; charset=utf-8"), length, *headers]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": content})
