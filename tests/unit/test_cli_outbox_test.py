"""`leadtrace outbox test` says what is missing at a platform, makes it if told so, and shows no secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from receivers.asked import Receiver
from receivers.hubspot import FakeHubSpot
from receivers.microsoft import FakeMicrosoft
from receivers.served import served

from cli.main import main

pytestmark = pytest.mark.enable_socket

HUBSPOT = """
since = 2026-01-01
[accounts.crm]
destination = "hubspot"
lead_changes = true
allow_private = true
base_url = "{url}"
secrets = {{ token = "TOKEN_OF_HUBSPOT" }}
fields = {{ email = "email", leadtrace_keyword = "first_keyword" }}
"""
MICROSOFT = """
since = 2026-01-01
[accounts.search]
destination = "microsoft"
allow_private = true
base_url = "{url}"
options = {{ customer_id = "1", account_id = "12345", token_url = "{url}/token" }}
secrets = {{ developer_token = "DEVELOPER", client_id = "CLIENT", refresh_token = "REFRESH" }}
stages = {{ won = "Won" }}
"""


@contextmanager
def policy(folder: Path, text: str, receiver: Receiver) -> Iterator[list[str]]:
    """The arguments that name a folder with this policy file, whose platform is a fake."""
    with served(receiver) as url:
        (folder / "outbox.toml").write_text(text.format(url=url), encoding="utf-8")
        yield ["--data-dir", str(folder)]


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["outbox", "test", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_what_is_missing_in_hubspot_is_said_and_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hubspot = FakeHubSpot()
    monkeypatch.setenv("TOKEN_OF_HUBSPOT", hubspot.token)
    with policy(tmp_path, HUBSPOT, hubspot) as folder:
        before = said("crm", *folder)
        assert "the property leadtrace_keyword of contacts is missing" in before
        assert "`leadtrace outbox test crm --make` makes 3 of these" in before
        assert "leadtrace_keyword: made" in said("crm", "--make", *folder)
        after = said("crm", *folder)
    assert "nothing is missing there" in after
    assert "leadtrace_id" in hubspot.unique
    assert hubspot.token not in before + after
    assert not hubspot.contacts


def test_the_token_of_a_session_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    microsoft = FakeMicrosoft()
    monkeypatch.setenv("DEVELOPER", microsoft.developer_token)
    monkeypatch.setenv("CLIENT", "us")
    monkeypatch.setenv("REFRESH", microsoft.refresh_token)
    with policy(tmp_path, MICROSOFT, microsoft) as folder:
        shown = said("search", *folder)
    assert "the login works" in shown
    assert "<MicrosoftClickId>0000000000000000</MicrosoftClickId>" in shown
    assert "EwC" not in shown
    assert microsoft.developer_token not in shown
    assert not microsoft.bodies
