"""What a browser, and whoever pretends to be one, gets from the cockpit: logins, roles, refusals."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient
from argon2 import PasswordHasher
from cockpits import Stored, cockpit, result

from cockpit.access import users
from cockpit.access.gate import ACCESS, open_access
from cockpit.access.passwords import hashed
from cockpit.access.roles import Role
from settings import Settings, SettingsError

pytestmark = pytest.mark.enable_socket

Client = TestClient[Any, Any]
PASSWORD = "correct horse battery"
HASH = PasswordHasher(1, 8, 1).hash(PASSWORD)  # as any other, in a hundredth of its time
SAME = {"Sec-Fetch-Site": "same-origin"}
STORED = Stored(
    {"content": result("content author visits leads won revenue"), "identities": result("person")}
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, role in (("vera", Role.VIEWER), ("anna", Role.ANALYST), ("adam", Role.ADMIN)):
        users.add(tmp_path / "cockpit-users.toml", name, role, HASH, date(2026, 5, 1))
    return tmp_path


def visit(story: Callable[[Client], Awaitable[None]], **given: Any) -> None:
    async def run() -> None:
        async with cockpit(STORED, **given) as client:
            client.session._cookie_jar = CookieJar(unsafe=True)
            await story(client)

    asyncio.run(run())


async def token_of(client: Client, path: str = "/login") -> str:
    text = await (await client.get(path)).text()
    found = re.search(r'name="token" value="(\w+)"', text)
    assert found is not None, text
    return found[1]


async def post(client: Client, path: str, headers: Any = SAME, **fields: str) -> ClientResponse:
    return await client.post(path, data=fields, headers=headers, allow_redirects=False)


async def log_in(client: Client, name: str, password: str = PASSWORD, to: str = "") -> ClientResponse:
    token = await token_of(client)
    return await post(client, "/login", token=token, name=name, password=password, to=to)


async def status(client: Client, path: str, **headers: str) -> int:
    return (await client.get(path, headers=headers, allow_redirects=False)).status


def secret_of(client: Client) -> str:
    (found,) = [each.value for each in client.session.cookie_jar if "session" in each.key]
    return found


def test_who_is_unknown_is_sent_to_the_login_and_then_to_where_he_wanted(folder: Path) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/reports/content?limit=5", allow_redirects=False)
        assert answer.status == 303
        assert answer.headers["Location"] == "/login?to=/reports/content?limit%3D5"
        assert await status(client, "/nothing/here") == 303, "what there is and what not is nobody's business"
        answer = await log_in(client, "Vera ", to="/reports/content?limit=5")
        assert (answer.status, answer.headers["Location"]) == (303, "/reports/content?limit=5")
        assert await status(client, "/reports/content?limit=5") == 200
        assert await status(client, "/nothing/here") == 404

    visit(story, data_dir=folder)


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(folder: Path) -> None:
    async def story(client: Client) -> None:
        texts = []
        for name, password in (("vera", "wrong wrong wrong"), ("nobody", PASSWORD), ("", ""), ("vera", "")):
            answer = await log_in(client, name, password)
            assert answer.status == 403
            texts.append(re.sub(r'value="\w+"', "", await answer.text()))
        assert len(set(texts)) == 1
        assert "name or the password is wrong" in texts[0]
        assert await status(client, "/reports") == 303

    visit(story, data_dir=folder)


@pytest.mark.parametrize(
    ("name", "opened"),
    [("vera", [200, 403, 403, 403, 403]), ("anna", [200, 200, 200, 403, 403]), ("adam", [200] * 5)],
)
def test_each_role_sees_what_is_its_own(folder: Path, name: str, opened: list[int]) -> None:
    async def story(client: Client) -> None:
        await log_in(client, name)
        paths = (
            "/reports/content",
            "/reports/identities",
            "/reports/content.csv",
            "/corrections",
            "/account",
        )
        assert [await status(client, path) for path in paths[:4]] == opened[:4]
        for spelling in ("/reports/%69dentities", "/reports/identities?x", "/%72eports/identities"):
            found = await status(client, spelling)
            assert (found == 403) is (name == "vera"), spelling
        assert await status(client, "/account") == 200

    visit(story, data_dir=folder)


def test_an_address_that_nobody_gave_a_role_is_for_admins_alone(folder: Path) -> None:
    async def story(client: Client) -> None:
        await log_in(client, "anna")
        access = client.app[ACCESS]
        forgotten = next(each for each in access.needs if each and each.canonical == "/reports")
        del access.needs[forgotten]
        assert await status(client, "/reports") == 403
        await log_out(client)
        await log_in(client, "adam")
        assert await status(client, "/reports") == 200

    visit(story, data_dir=folder)


async def log_out(client: Client) -> None:
    answer = await post(client, "/logout", token=await token_of(client, "/account"))
    assert answer.headers["Location"] == "/login"


def test_a_login_begins_a_session_under_a_secret_that_nobody_could_plant(folder: Path) -> None:
    async def story(client: Client) -> None:
        port = client.server.port
        client.session.cookie_jar.update_cookies(
            {f"leadtrace-session-{port}": "planted"}, client.make_url("/")
        )
        answer = await log_in(client, "vera")
        cookie = answer.cookies[f"leadtrace-session-{port}"]
        assert len(cookie.value) >= 43
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert not cookie["max-age"], "it goes with the browser"
        first = secret_of(client)
        assert first != "planted"
        client.session.cookie_jar.clear()
        await log_in(client, "vera")
        assert secret_of(client) != first
        client.session.cookie_jar.clear()
        assert await status(client, "/reports", Cookie=f"leadtrace-session-{port}=planted") == 303

    visit(story, data_dir=folder)


def test_over_tls_cookies_are_secure_and_of_this_host_alone(folder: Path) -> None:
    async def story(client: Client) -> None:
        host = {"Host": "leads.example.com"}
        answer = await client.get("/login", headers=host)
        (cookie,) = answer.cookies.values()
        assert cookie.key == "__Host-leadtrace-visit"
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    visit(story, data_dir=folder, cockpit_public_url="https://leads.example.com")


def test_who_logs_out_is_out_with_that_session_for_ever(folder: Path) -> None:
    async def story(client: Client) -> None:
        await log_in(client, "vera")
        name, secret = f"leadtrace-session-{client.server.port}", secret_of(client)
        await log_out(client)
        assert await status(client, "/reports", Cookie=f"{name}={secret}") == 303

    visit(story, data_dir=folder)


def test_a_new_password_or_role_and_a_user_who_is_gone_count_at_once(folder: Path) -> None:
    async def story(client: Client) -> None:
        path = folder / "cockpit-users.toml"
        await log_in(client, "adam")
        assert await status(client, "/corrections") == 200
        users.add(path, "adam", Role.VIEWER, HASH, date(2026, 5, 1))
        assert await status(client, "/corrections") == 403
        users.add(path, "adam", Role.ADMIN, hashed("another password"), date(2026, 5, 1))
        assert await status(client, "/reports") == 303
        await log_in(client, "vera")
        users.remove(path, "vera")
        assert await status(client, "/reports") == 303

    visit(story, data_dir=folder)


def test_a_file_of_users_that_breaks_lets_nobody_in_and_says_so_in_the_log_alone(folder: Path) -> None:
    async def story(client: Client) -> None:
        await log_in(client, "adam")
        (folder / "cockpit-users.toml").write_text(f'[users.adam\npassword = "{HASH}"')
        answer = await client.get("/reports", allow_redirects=False)
        assert answer.status == 503
        text = await answer.text()
        assert "the log of the cockpit says why" in text
        assert str(folder) not in text
        (folder / "cockpit-users.toml").unlink()
        assert await status(client, "/reports") == 303, "a file that is gone opens no door"

    visit(story, data_dir=folder)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "/same"},
    ],
)
def test_a_form_of_another_site_changes_nothing(folder: Path, headers: dict[str, str]) -> None:
    async def story(client: Client) -> None:
        here = str(client.make_url("")).rstrip("/")
        told = {name: value.replace("/same", here) for name, value in headers.items()}
        await log_in(client, "adam")
        token = await token_of(client, "/account")
        for path in ("/logout", "/corrections", "/dead-letters/again", "/login"):
            answer = await post(client, path, told, token=token)
            assert answer.status == 403, path
        assert await status(client, "/reports") == 200
        old = await post(client, "/logout", {"Origin": here}, token=token)
        assert old.status == 303, "a browser of before 2023 says only the origin"

    visit(story, data_dir=folder)


@pytest.mark.parametrize("token", ["", "x", "é", "0" * 64, "\x00", "a" * 60_000])
def test_a_form_without_the_token_of_its_session_is_refused(folder: Path, token: str) -> None:
    async def story(client: Client) -> None:
        await log_in(client, "adam")
        before = await token_of(client, "/account")
        for path in ("/logout", "/corrections", "/corrections/said", "/dead-letters", "/account/sessions"):
            assert (await post(client, path, token=token)).status == 403, path
        await log_out(client)
        await log_in(client, "adam")
        assert (await post(client, "/logout", token=before)).status == 403, "each session has its own"

    visit(story, data_dir=folder)


def test_forms_are_small_and_nothing_but_forms(folder: Path) -> None:
    async def story(client: Client) -> None:
        token = await token_of(client)
        assert (await post(client, "/login", token=token, name="x" * 100_000)).status == 413
        for content in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
            answer = await client.post("/login", data=b"{}", headers={**SAME, "Content-Type": content})
            assert answer.status == 415
        many = {f"f{number}": "1" for number in range(200)}
        assert (await post(client, "/login", **many, token=token)).status == 400
        broken = b"token=%FF%FE&name=%00&password=%ED%A0%80"
        kind = {**SAME, "Content-Type": "application/x-www-form-urlencoded"}
        assert (await client.post("/login", data=broken, headers=kind)).status == 403
        odd = {**SAME, "Content-Type": "application/x-www-form-urlencoded; charset=rot13"}
        assert (await client.post("/login", data=b"a=b", headers=odd)).status == 400

    visit(story, data_dir=folder)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "", "[", "10.0.0.1"]
)
def test_an_address_that_only_leads_here_is_not_answered(folder: Path, host: str) -> None:
    async def story(client: Client) -> None:
        assert await status(client, "/login", Host=host) in (400, 421)
        assert await status(client, "/healthz", Host="10.0.0.1") == 200, "load balancers ask by number"
        for ours in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "localhost."):
            assert await status(client, "/login", Host=ours) == 200, ours

    visit(story, data_dir=folder)


@pytest.mark.parametrize(
    "cookie",
    [
        "leadtrace-session-{port}=" + "x" * 3000,
        'leadtrace-session-{port}="a\\"b"; leadtrace-visit-{port}=\\001',
        "=; ==; ;;; leadtrace-session-{port}",
        "$Version=1; leadtrace-session-{port}=é",
        "leadtrace-session-{port}=' OR 1=1 --",
        "leadtrace-device-{port}=.; leadtrace-session-{port}=..%00",
    ],
)
def test_hostile_cookies_are_no_session(folder: Path, cookie: str) -> None:
    async def story(client: Client) -> None:
        told = cookie.format(port=client.server.port)
        assert await status(client, "/reports", Cookie=told) in (303, 400)
        assert await status(client, "/login", Cookie=told) in (200, 400)

    visit(story, data_dir=folder)


def test_guessing_is_slowed_down_and_says_for_how_long(folder: Path) -> None:
    async def story(client: Client) -> None:
        await log_in(client, "vera")
        await log_out(client)
        client.session.cookie_jar.clear()
        answers = [await log_in(client, "vera", "wrong wrong wrong") for _ in range(7)]
        assert [answer.status for answer in answers] == [403] * 5 + [429] * 2
        assert 50 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert "try again in" in await answers[-1].text()
        assert (await log_in(client, "vera")).status == 429, "the right one too, or guessing would go on"
        assert (await log_in(client, "anna")).status == 303

    visit(story, data_dir=folder)


def test_many_who_log_in_at_once_all_get_in_or_are_told_to_come_again(folder: Path) -> None:
    async def story(client: Client) -> None:
        token = await token_of(client)
        tries = [
            post(client, "/login", token=token, name="vera", password=PASSWORD, to="/") for _ in range(5)
        ]
        answers = await asyncio.gather(*tries)
        assert [answer.status for answer in answers] == [303] * 5
        secrets = {
            morsel.value for each in answers for name, morsel in each.cookies.items() if "session" in name
        }
        assert len(secrets) == 5

    visit(story, data_dir=folder)


def test_all_answers_carry_what_keeps_others_out(folder: Path) -> None:
    async def story(client: Client) -> None:
        for path in ("/login", "/reports", "/nothing", "/static/cockpit.css", "/static/none", "/healthz"):
            answer = await client.get(path, allow_redirects=False)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert answer.headers["Server"] == "leadtrace"
            if "cockpit.css" not in path:
                assert answer.headers["Cache-Control"] == "no-store"

    visit(story, data_dir=folder)


def test_on_ones_own_machine_nobody_logs_in_until_there_is_a_user(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        assert await status(client, "/corrections") == 200
        assert await status(client, "/login") == 303
        assert await status(client, "/reports", **{"X-Forwarded-For": "10.0.0.1"}) == 403
        assert (await post(client, "/corrections", token="x")).status == 403
        users.add(tmp_path / "cockpit-users.toml", "vera", Role.VIEWER, HASH, date(2026, 5, 1))
        assert await status(client, "/reports") == 303

    visit(story, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"cockpit_host": "0.0.0.0"},
            "LEADTRACE_COCKPIT_HOST=0.0.0.0 lets other machines in, and nobody may log in",
        ),
        ({"cockpit_public_url": "https://l.example"}, "LEADTRACE_COCKPIT_PUBLIC_URL=https://l.example lets"),
    ],
)
def test_without_users_the_cockpit_does_not_start_for_other_machines(
    tmp_path: Path, given: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)):
        open_access(Settings.model_validate({"data_dir": tmp_path, **given}))


def test_with_users_it_wants_to_know_the_address_with_tls(folder: Path) -> None:
    with pytest.raises(SettingsError, match="passwords must not travel in clear text"):
        open_access(Settings(data_dir=folder, cockpit_host="0.0.0.0"))
    open_access(
        Settings(data_dir=folder, cockpit_host="0.0.0.0", cockpit_public_url="https://leads.example.com")
    ).sessions.close()
