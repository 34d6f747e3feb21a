"""Messages go out by apprise as it is, to real servers: slow, away or against it; no secret comes out."""

import base64
import io
import json
import logging
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from notices import sending
from notices.sending import AppriseSender, Outcome
from notices.texts import Message
from notices.wishes import NoticesError

pytestmark = pytest.mark.enable_socket

PNG = b"\x89PNG\r\n\x1a\n and so on"
TOLD = Message("Leadtrace:1 条 MQL", "南京示例公司 · <b> & 销售一组\n\n怎么办", PNG)
SECRET = "S3cretS3cret"


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hook() -> Iterator[Any]:
    """A webhook that keeps what comes, and answers with the status and after the seconds that it is given."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.told.append(json.loads(body))
            time.sleep(server.seconds)
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(server.answer)

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.told, server.status, server.seconds = [], 200, 0.0
    server.answer = b"no: " + SECRET.encode()
    server.url = f"json://user:{SECRET}@127.0.0.1:{server.server_port}/{SECRET}"
    with served(server):
        yield server


@pytest.fixture
def mailbox() -> Iterator[Any]:
    """A server for mail that takes all that comes."""

    class Mail(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().strip():
                match line.split()[0].upper():
                    case b"DATA":
                        self._say("354 go on")
                        lines = iter(self.rfile.readline, b".\r\n")
                        server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
                        self._say("250 taken")
                    case b"QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 yes")

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
    server.mails = []
    with served(server):
        yield server


def send(url: str) -> Outcome:
    return AppriseSender({"sales": url}).send("sales", TOLD)


def test_a_webhook_gets_title_text_and_picture(hook: Any) -> None:
    assert send(hook.url).was_taken
    (told,) = hook.told
    assert (told["title"], told["message"]) == (TOLD.title, TOLD.body)
    assert base64.b64decode(told["attachments"][0]["base64"]) == PNG


def test_a_mail_has_the_text_and_the_picture_as_a_file(mailbox: Any) -> None:
    port = mailbox.server_address[1]
    assert send(f"mailto://127.0.0.1:{port}/?to=boss@example.com&from=leadtrace@example.com").was_taken
    (mail,) = mailbox.mails
    assert mail["subject"] == TOLD.title
    assert mail["to"] == "boss@example.com"
    parts = {part.get_content_type(): part for part in mail.walk()}
    texts = "".join(part.get_content() for kind, part in parts.items() if kind.startswith("text/"))
    assert "南京示例公司" in texts
    assert parts["image/png"].get_content() == PNG
    assert parts["image/png"].get_filename() == "leadtrace.png"


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_target_that_refuses_says_with_which_status(hook: Any, status: int) -> None:
    hook.status = status
    assert send(hook.url).why == f"it answered with HTTP status {status}"


@pytest.mark.parametrize("name", ["wecombot", "dingtalk", "feishu"])
@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [({"errcode": 0, "code": 0}, True), ({"errcode": 310000, "code": 19024}, False), ([], True)],
)
def test_a_bot_that_refuses_with_a_number_did_not_take_it(
    hook: Any, monkeypatch: pytest.MonkeyPatch, name: str, answer: Any, is_taken: bool
) -> None:
    """Their status is 200 also where the keyword is missing, the key is unknown or there was too much."""
    url = f"{name}://{'a1' * 32}"
    service = type(AppriseSender({"sales": url})._services["sales"])
    monkeypatch.setattr(service, "notify_url", f"http://127.0.0.1:{hook.server_port}/")
    sender = AppriseSender({"sales": url})
    hook.answer = json.dumps(answer).encode()
    assert sender.send("sales", TOLD).was_taken is is_taken
    assert TOLD.body.splitlines()[0] in json.dumps(hook.told, ensure_ascii=False)


def test_a_target_that_is_away_can_not_be_reached(hook: Any) -> None:
    hook.shutdown()
    hook.server_close()
    outcome = send(hook.url)
    assert outcome == Outcome("it can't be reached")
    assert send("mailto://127.0.0.1:9/?to=a@example.com&from=b@example.com").why == "it can't be reached"


def test_of_a_slow_target_nobody_knows_whether_it_took_it(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SEND_WITHIN", 0.2)
    hook.seconds = 0.6
    outcome = send(hook.url)
    assert not outcome.was_taken
    assert not outcome.is_known


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that our log would hold; caplog listens also to those that we made quiet."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_secret_stands_in_what_is_said_or_logged(hook: Any, log: io.StringIO) -> None:
    hook.status = 500
    said = [send(hook.url).why]
    hook.shutdown()
    hook.server_close()
    said.append(send(hook.url).why)
    for url in (f"json://{SECRET}@:0:0/", f"nothing://{SECRET}", f"mailto://{SECRET}"):
        with pytest.raises(NoticesError, match="the address of the target sales") as refused:
            AppriseSender({"sales": url})
        said.append(str(refused.value))
    assert SECRET not in " ".join(said)
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize(
    "url",
    [
        f"feishu://{SECRET}", f"dingtalk://{SECRET}@{'a' * 64}", f"wecombot://{'693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa'}",
        f"slack://T{'1' * 8}/B{'2' * 8}/{'c' * 24}", "mailtos://user:pass@example.com?to=a@example.com,b@example.com",
        "json://localhost", "jsons://example.com/hook",
    ],
    ids=lambda url: url.partition(":")[0],
)  # fmt: skip
def test_apprise_knows_the_chats_that_companies_use(url: str) -> None:
    AppriseSender({"sales": url})
