"""Orders and requests as people see them: without credentials, and without anybody's address."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from outbox.allowed import Allowed
from outbox.destination import NO_SESSION, Request, Session
from outbox.ledger import Ledger, Line
from producers.privacy.masking import masked

COLUMNS: Final = ("key", "account", "what", "happened_at", "state", "attempts", "why")
_LONGEST: Final = 2000


def rows_of(lines: Iterable[Line], timezone: str) -> list[tuple[str, ...]]:
    """A row for each order, as COLUMNS say."""
    zone = ZoneInfo(timezone)
    return [
        (
            line.key,
            line.account,
            line.stage if line.occasion == "stage" else line.occasion,
            f"{datetime.fromtimestamp(line.happened_at / 1000, zone):%Y-%m-%d %H:%M}",
            line.state,
            str(line.attempt),
            line.answer.why if line.answer is not None and line.state != "planned" else "",
        )
        for line in lines
    ]


def chosen(ledger: Ledger, state: str, account: str) -> list[Line]:
    """The orders in a state and of an account, "" for all, the newest last."""
    return sorted(
        (
            line
            for line in ledger.lines.values()
            if state in ("", line.state) and account in ("", line.account)
        ),
        key=lambda line: (line.planned_at, line.key),
    )


def request_shown(allowed: Allowed, request: Request, session: Session = NO_SESSION) -> str:
    """What a request would say: where it goes, the names of its headers, and its body."""
    parts = urlsplit(request.url)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}{'?…' if parts.query else ''}"
    names = ", ".join(request.headers)
    return "\n".join(
        [
            f"{request.method} {_hidden(address, allowed, session)}",
            f"headers: {names}",
            _cut(masked(_hidden(_body(request.body), allowed, session))),
        ]
    )


def _body(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body.decode("utf-8", "replace")


def _cut(text: str) -> str:
    """The beginning of a text. Secrets are hidden before: of one that is cut in two, half would be shown."""
    return text[:_LONGEST] + ("\n…" if len(text) > _LONGEST else "")


def _hidden(text: str, allowed: Allowed, session: Session) -> str:
    """A text without the account's secrets and the token of its session, also as JSON and XML write them."""
    for secret in (*allowed.account.secrets.values(), session.token):
        for written in (secret, json.dumps(secret, ensure_ascii=False)[1:-1], escape(secret)):
            text = text.replace(written, "…") if len(written) > 5 else text
    return text


def summary(values: Sequence[Any]) -> str:
    """Some values with commas between them; a dash for none."""
    return ", ".join(str(each) for each in values) or "-"
