"""Whom another program knows: a provider of logins by OpenID Connect, or a proxy before the cockpit."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import CookieJar, encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer, unused_port
from cockpits import Stored, cockpit
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

pytestmark = pytest.mark.enable_socket

Client = TestClient[Any, Any]
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
SECRET = "the secret of the client"
CLIENT = "leadtrace"


class Provider:
    """A provider of logins as it is on paper; a test may change what it claims, and what it signs with."""

    def __init__(self) -> None:
        self.changes: dict[str, Any] = {}
        self.key, self.algorithm, self.shown_keys = KEY, "RS256", [KEY]
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.metadata)
        app.router.add_get("/authorize", self.authorize)
        app.router.add_post("/token", self.token)
        app.router.add_get("/keys", self.keys)
        self.server = TestServer(app)

    @property
    def issuer(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def metadata(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["code_challenge_method"] == "S256"
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        back = f"{query['redirect_uri']}?code={code}&state={query['state']}"
        return web.Response(status=302, headers={"Location": back})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        begun = self.codes.pop(str(form["code"]), None)
        assert request.headers["Authorization"] == encode_basic_auth(CLIENT, SECRET.replace(" ", "+"))
        if begun is None or not is_proof(str(form["code_verifier"]), begun["code_challenge"]):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "7",
            "preferred_username": "olga",
            "groups": ["staff", "marketing"],
            "nonce": begun["nonce"],
            "iat": now,
            "exp": now + 300,
        } | self.changes
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        algorithms = [self.algorithm]
        return web.json_response({"id_token": jwt.encode(header, claims, self.key, algorithms=algorithms)})

    async def keys(self, _: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.shown_keys]})


def is_proof(verifier: str, challenge: str) -> bool:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode() == challenge


def visit(story: Callable[[Client, Provider], Awaitable[None]], folder: Path, **given: Any) -> None:
    async def run() -> None:
        provider = Provider()
        await provider.server.start_server()
        told = {
            "data_dir": folder,
            "cockpit_oidc_issuer": provider.issuer,
            "cockpit_oidc_client": CLIENT,
            "cockpit_oidc_secret": SECRET,
            "cockpit_public_url": f"http://127.0.0.1:{unused_port()}",
            "cockpit_roles": ("marketing=analyst", "bosses=admin"),
        } | given
        try:
            async with cockpit(Stored(), **told) as client:
                client.session._cookie_jar = CookieJar(unsafe=True)
                await story(client, provider)
        finally:
            await provider.server.close()

    asyncio.run(run())


async def to_provider(client: Client, to: str = "") -> str:
    """Where the provider sends somebody back to who has logged in there: path and query."""
    begun = await client.get("/login/oidc", params={"to": to}, allow_redirects=False)
    assert begun.status == 303, await begun.text()
    answer = await client.session.get(begun.headers["Location"], allow_redirects=False)
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/login/oidc/back"
    return f"{back.path}?{back.query}"


async def get(client: Client, path: str) -> tuple[int, str]:
    answer = await client.get(path, allow_redirects=False)
    return answer.status, answer.headers.get("Location", "")


def test_who_logs_in_at_the_provider_has_the_role_of_the_group_and_comes_to_where_he_wanted(
    tmp_path: Path,
) -> None:
    async def story(client: Client, _: Provider) -> None:
        assert await get(client, "/reports?lang=zh") == (303, "/login?to=/reports?lang%3Dzh")
        assert await get(client, await to_provider(client, "/reports?lang=zh")) == (303, "/reports?lang=zh")
        text = await (await client.get("/account")).text()
        assert "olga" in text
        assert "analyst" in text
        assert (await get(client, "/corrections"))[0] == 403

    visit(story, tmp_path)


def test_an_answer_is_good_once_and_for_the_browser_that_began(tmp_path: Path) -> None:
    async def story(client: Client, _: Provider) -> None:
        back = await to_provider(client)
        mine = client.session.cookie_jar
        client.session._cookie_jar = CookieJar(unsafe=True)
        assert (await get(client, back))[0] == 403, "somebody else's browser"
        client.session._cookie_jar = mine
        assert (await get(client, back))[0] == 303
        assert (await get(client, back))[0] == 403, "said again"

    visit(story, tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        lambda back: back.replace("state=", "state=x"),
        lambda back: back.partition("&state")[0],
        lambda back: back + "&iss=https://evil.example",
        lambda back: back.replace("code=code0", "error=access_denied"),
        lambda back: back.replace("code=code0", "code="),
        lambda back: back.replace("code=code0", "code=guessed"),
        lambda _: "/login/oidc/back",
        lambda _: "/login/oidc/back?code=1&state=%ff.%ff",
    ],
)
def test_an_answer_that_is_not_the_provider_s_lets_nobody_in(
    tmp_path: Path, changed: Callable[[str], str]
) -> None:
    async def story(client: Client, _: Provider) -> None:
        assert (await get(client, changed(await to_provider(client))))[0] == 403
        assert (await get(client, "/reports"))[0] == 303

    visit(story, tmp_path)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["another", CLIENT]},
        {"azp": "another"},
        {"nonce": "replayed"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 99_999_999_999},
        {"sub": None},
        {"preferred_username": "", "email": 7, "sub": "\x00"},
        {"groups": ["strangers"]},
        {"groups": {"marketing": 1}},
        {"groups": None},
    ],
)
def test_an_id_token_that_does_not_say_all_of_it_lets_nobody_in(tmp_path: Path, claims: Any) -> None:
    async def story(client: Client, provider: Provider) -> None:
        provider.changes = claims
        assert (await get(client, await to_provider(client)))[0] == 403
        assert (await get(client, "/reports"))[0] == 303

    visit(story, tmp_path)


def test_a_token_signed_by_somebody_else_lets_nobody_in(tmp_path: Path) -> None:
    async def story(client: Client, provider: Provider) -> None:
        provider.key = OTHER
        assert (await get(client, await to_provider(client)))[0] == 403
        shared = OctKey.import_key(json.dumps(KEY.as_dict(private=False)), {"kid": "one"})
        provider.key, provider.algorithm = shared, "HS256"  # type: ignore[assignment]  # a key of the wrong kind is the point
        assert (await get(client, await to_provider(client)))[0] == 403

    visit(story, tmp_path)


def test_new_keys_of_the_provider_are_asked_for_but_seldom(tmp_path: Path) -> None:
    async def story(client: Client, provider: Provider) -> None:
        assert (await get(client, await to_provider(client)))[0] == 303
        provider.key, provider.shown_keys = OTHER, [KEY, OTHER]
        for _ in range(5):
            assert (await get(client, await to_provider(client)))[0] == 403
        assert provider.asked == ["keys"], "not for each token that cannot be read"

    visit(story, tmp_path)


def test_a_provider_who_is_away_is_told_to_people_in_a_sentence(tmp_path: Path) -> None:
    async def story(client: Client, provider: Provider) -> None:
        await provider.server.close()
        answer = await client.get("/login/oidc", allow_redirects=False)
        assert answer.status == 502
        assert "try it once more" in await answer.text()

    visit(story, tmp_path)


def test_the_login_asks_for_no_password_where_nobody_has_one(tmp_path: Path) -> None:
    async def story(client: Client, _: Provider) -> None:
        text = await (await client.get("/login?to=/reports")).text()
        assert 'href="/login/oidc?to=%2Freports"' in text
        assert 'type="password"' not in text

    visit(story, tmp_path)


PROXY = {
    "cockpit_proxy_user": "X-Forwarded-User",
    "cockpit_proxy_groups": "X-Forwarded-Groups",
    "cockpit_proxy_addresses": ("127.0.0.1",),
    "cockpit_roles": ("marketing=analyst", "bosses=admin"),
}


def behind(story: Callable[[Client], Awaitable[None]], folder: Path, **given: Any) -> None:
    async def run() -> None:
        async with cockpit(Stored(), **{"data_dir": folder, **PROXY, **given}) as client:
            await story(client)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Forwarded-User": "paul", "X-Forwarded-Groups": "staff, bosses"}, 200),
        ({"X-Forwarded-User": "paul", "X-Forwarded-Groups": "marketing"}, 403),
        ({"X-Forwarded-User": "paul"}, 403),
        ({"X-Forwarded-User": "", "X-Forwarded-Groups": "bosses"}, 403),
        ({"X-Forwarded-User": "p" * 200, "X-Forwarded-Groups": "bosses"}, 403),
        ({"X-Forwarded-Groups": "bosses"}, 303),
    ],
)
def test_who_the_proxy_names_has_the_role_of_the_group(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/corrections", headers=headers, allow_redirects=False)
        assert answer.status == status
        two = [("X-Forwarded-User", "paul"), ("X-Forwarded-User", "eve"), ("X-Forwarded-Groups", "bosses")]
        assert (await client.get("/corrections", headers=two)).status == 403

    behind(story, tmp_path)


def test_only_the_proxy_s_own_word_counts(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        headers = {"X-Forwarded-User": "eve", "X-Forwarded-Groups": "bosses", "X-Forwarded-For": "10.0.0.7"}
        answer = await client.get("/corrections", headers=headers, allow_redirects=False)
        assert answer.status == 303

    behind(story, tmp_path, cockpit_proxy_addresses=("10.0.0.7",))


def test_an_email_as_a_name_stays_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(client: Client) -> None:
        headers = {"X-Forwarded-User": "paul@corp.example", "X-Forwarded-Groups": "bosses"}
        assert (await client.get("/corrections", headers=headers)).status == 200

    with caplog.at_level("INFO"):
        behind(story, tmp_path)
    assert "(admin) saw /corrections" in caplog.text
    assert "corp.example" not in caplog.text
