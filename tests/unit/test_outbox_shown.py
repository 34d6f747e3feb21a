"""What `outbox plan` and `outbox test` print of a request holds no credential, however it is written."""

import pytest

from outbox.allowed import understood
from outbox.destination import NO_SESSION, Request, Session
from outbox.kinds import DESTINATIONS
from outbox.policy_file import parse_file
from outbox.shown import request_shown

BING = """
since = 2026-11-01
[accounts.bing]
destination = "microsoft"
options = { customer_id = "1", account_id = "2" }
secrets = { developer_token = "BING_TOKEN", client_id = "BING_ID", refresh_token = "BING_REFRESH" }
stages = { won = "Won" }
"""
SECRET = 'se&cret"of ours'


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'<Token>se&amp;cret"of ours</Token><Name>Won</Name>', "<Name>Won</Name>"),
        (b'{"token": "se&cret\\"of ours", "name": "Won"}', '"name": "Won"'),
        (b'se&cret"of ours, and Won', "and Won"),
    ],
)
def test_a_secret_is_hidden_as_the_body_writes_it(body: bytes, kept: str) -> None:
    said = shown(body)
    assert "cret" not in said
    assert kept in said


def test_of_a_token_that_is_longer_than_what_is_shown_no_part_is() -> None:
    token = "eyJhbGciOi" * 300
    said = shown(f"<Token>{token}</Token>".encode() + b"x" * 3000, Session(token=token))
    assert "eyJ" not in said
    assert said.endswith("x\n…")


def shown(body: bytes, session: Session = NO_SESSION) -> str:
    held = {"BING_TOKEN": SECRET, "BING_ID": "an-id-of-ours", "BING_REFRESH": "a-refresh-token"}
    policy = understood(parse_file(BING, "outbox.toml"), DESTINATIONS, "Asia/Shanghai", held=held)
    return request_shown(
        policy.account("bing"), Request(method="POST", url="https://x.example/y", body=body), session
    )
