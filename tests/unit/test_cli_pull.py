"""`leadtrace pull` says what is missing before it asks anybody, and shows no secret."""

import asyncio
import json
import stat
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner, Result

import settings
from cli.main import main
from cli.pull_platforms import KeptFile, accounts_of, chosen, configured
from producers.sem.pull.platform import Platform
from settings import Settings, SettingsError

SECRET = "a secret that nobody may see"
GOOGLE = {
    "LEADTRACE_PULL_GOOGLE_ACCOUNTS": "123-456-7890=North, 42=",
    "LEADTRACE_PULL_GOOGLE_DEVELOPER_TOKEN": SECRET,
    "LEADTRACE_PULL_GOOGLE_CLIENT_ID": "client",
    "LEADTRACE_PULL_GOOGLE_CLIENT_SECRET": SECRET,
    "LEADTRACE_PULL_GOOGLE_REFRESH_TOKEN": SECRET,
}
SERVERS = {"LEADTRACE_KAFKA": "127.0.0.1:1", "LEADTRACE_CLICKHOUSE": "127.0.0.1:1"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + name.upper(), raising=False)
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path / "data"))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["pull", *words], prog_name="leadtrace")


def made(given: Settings, *names: str, only: tuple[str, ...] = ()) -> list[Platform]:
    async def make() -> list[Platform]:
        async with aiohttp.ClientSession() as session:
            return chosen(given, session, names, only)

    return asyncio.run(make())


def test_without_servers_nothing_is_pulled() -> None:
    assert "start `leadtrace up`" in run("baidu").stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("yahoo",), "'yahoo' is not one of 'baidu', 'google', 'microsoft'"),
        (("--every", "often"), "--every may be hours or days, such as 6h or 1d"),
        (("--every", "6h", "--dry-run"), "leave out the others"),
        (
            ("--since", "2026-03-02", "--until", "2026-03-01"),
            "--since 2026-03-02 is after --until 2026-03-01",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADTRACE_TOKEN_KEY", "a key for tests only")
    for name, value in SERVERS.items():
        monkeypatch.setenv(name, value)
    done = run(*words)

    assert done.exit_code == 2
    assert says in done.stderr


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("variables", "names", "says"),
    [
        ({}, (), "set one of LEADTRACE_PULL_BAIDU_ACCOUNTS, LEADTRACE_PULL_GOOGLE_ACCOUNTS"),
        ({}, ("baidu",), "no account of baidu is given: set LEADTRACE_PULL_BAIDU_ACCOUNTS"),
        ({"LEADTRACE_PULL_BAIDU_ACCOUNTS": "a"}, (), "LEADTRACE_PULL_BAIDU_REFRESH_TOKEN is not set"),
        (GOOGLE | {"LEADTRACE_PULL_GOOGLE_CLIENT_ID": ""}, (), "LEADTRACE_PULL_GOOGLE_CLIENT_ID is not set"),
        ({"LEADTRACE_PULL_MICROSOFT_ACCOUNTS": "7"}, (), "PULL_MICROSOFT_DEVELOPER_TOKEN is not set"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(variables: dict[str, str], names: tuple[str, ...], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as told:
        made(settings.load(variables), *names)
    assert SECRET not in str(told.value)


@pytest.mark.anyio
def test_accounts_have_the_names_that_files_call_them() -> None:
    given = settings.load(GOOGLE)

    assert configured(given) == ("google",)
    assert [(each.id, each.name) for each in accounts_of(given, "google")] == [
        ("123-456-7890", "North"),
        ("42", ""),
    ]
    (google,) = made(given, only=("North",))
    assert [each.name for each in google.accounts] == ["North"]
    assert SECRET not in repr(google)
    with pytest.raises(
        SettingsError, match="there is no account South; those given are 123-456-7890, 42, North"
    ):
        made(given, only=("South",))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PULL_GOOGLE_ACCOUNTS", "north", "an id of digits"),
        ("PULL_BAIDU_ACCOUNTS", "a,b=1=2", "it may be ID or ID=NAME"),
        ("PULL_BAIDU_ACCOUNTS", "a,a=b", "a stands there twice"),
        ("PULL_BAIDU_URL", "http://api.example.com", "clear text"),
        ("PULL_GOOGLE_URL", "https://example.com/path", "it may be a URL like"),
        ("PULL_GOOGLE_LOGIN_URL", "ftp://example.com", "it may be a URL like"),
        ("PULL_GOOGLE_VERSION", "v26/../x", "String should match"),
        ("PULL_RESTATED_DAYS", "0", "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        settings.load({f"LEADTRACE_{name}": value})


def test_tokens_that_were_exchanged_are_for_the_folders_owner_alone(tmp_path: Path) -> None:
    kept = KeptFile(tmp_path / "pull", "baidu")
    assert kept.read("a") == ""
    kept.write("a", SECRET)

    assert KeptFile(tmp_path / "pull", "baidu").read("a") == SECRET
    assert stat.S_IMODE((tmp_path / "pull" / "baidu.json").stat().st_mode) == 0o600
    kept.write("b", "x")
    assert kept.read("a") == ""
    (tmp_path / "pull" / "baidu.json").write_text(json.dumps([1]), "utf-8")
    assert kept.read("b") == ""
