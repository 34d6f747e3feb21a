"""What each key opens, where it may stand, and which keys are refused at the start."""

import asyncio
import base64
import re
from typing import Any

import pytest
from collecting import ADMIN_KEY, CRM_KEY, KEYS, NOW, WEBSITE_KEY, Site, collecting
from pydantic import SecretStr

import settings
from producers.collector.keys import refuse_open_door
from settings import Settings, SettingsError

pytestmark = pytest.mark.enable_socket

PAGE = {"type": "page_viewed", "anonymous_id": "a-1", "url": "https://x.cn/"}
HOOK = "/webhooks/crm/hubspot"
WON = [
    {
        "subscriptionType": "deal.propertyChange",
        "objectId": 900,
        "occurredAt": NOW - 9000,
        "propertyName": "dealstage",
        "propertyValue": "closedwon",
    }
]
SECRET = "of-hubspots-app-0001"


def test_write_keys_are_asked_for_where_they_are_set() -> None:
    async def story(site: Site) -> None:
        def basic(text: str) -> str:
            return "Basic " + base64.b64encode(text.encode()).decode()

        call = {"type": "page", "anonymousId": "a"}
        for key in ("wk-canary-1", "wk-canary-2"):
            assert (await site.post("/v1/p", call, Authorization=basic(f"{key}:")))[0] == 200
            assert (await site.post("/v1/p", call, Authorization=f"Bearer {key}"))[0] == 200
            assert (await site.post("/v1/p", call | {"writeKey": key}))[0] == 200
            assert (await site.post("/v1/b", {"batch": [call], "writeKey": key}))[0] == 200
            assert (await site.post("/v1/b", {"batch": [call | {"writeKey": key}]}))[0] == 200
            assert (await site.post("/v1/events", [PAGE | {"write_key": key}]))[0] == 200
        accepted = len(site.facts())
        for wrong in (
            "",
            basic("wk-canary-3:"),
            basic(":wk-canary-1"),
            "Bearer wk",
            "Basic %%%",
            "wk-canary-1",
        ):
            status, told = await site.post("/v1/p", call, Authorization=wrong)
            assert status == 401
            assert "wk" not in told["error"]
        assert (await site.post("/v1/p", call | {"writeKey": ["wk-canary-1"]}))[0] == 401
        assert len(site.facts()) == accepted

    collecting(story, collector_write_keys=(SecretStr("wk-canary-1"), SecretStr("wk-canary-2")))


def test_a_wrong_key_in_a_header_is_refused_with_the_body_unread() -> None:
    async def story(site: Site) -> None:
        head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\nAuthorization: "
        for shown in (b"Bearer wrong", b"Basic \xff", b"Basic wrong", b"Bearer \xff", b"Negotiate \xe4"):
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(head + shown + b"\r\n\r\n" + b" " * 1000)
            async with asyncio.timeout(4):
                assert b" 401 " in await reader.readline()
            writer.close()

    collecting(story, collector_write_keys=(SecretStr("wk-canary-1"),))


def test_each_key_opens_what_it_is_for() -> None:
    async def story(site: Site) -> None:
        opened, told = {}, {}
        for key in (WEBSITE_KEY, CRM_KEY, ADMIN_KEY, "nobody's key, but long"):
            shown = {"Authorization": f"Bearer {key}"}
            answers = [await site.post("/v1/events", PAGE, **shown), await site.post(HOOK, WON, **shown)]
            opened[key] = [status for status, _ in answers]
            told[key] = [answer.get("error", "").partition(":")[0] for _, answer in answers]
        assert [*opened.values()] == [[200, 403], [403, 200], [200, 200], [401, 401]]
        assert told[WEBSITE_KEY][1] == "this key is for events of websites"
        assert told[CRM_KEY][0] == "this key is for webhooks of a CRM"

    collecting(story, **KEYS)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "collect.acme.example", "::ffff:10.0.0.1"])
def test_other_machines_come_in_only_with_a_key(host: str) -> None:
    with pytest.raises(SettingsError, match=f"^LEADTRACE_COLLECTOR_HOST={re.escape(host)} lets other"):
        refuse_open_door(Settings(collector_host=host))
    refuse_open_door(Settings(collector_host=host, collector_write_keys=(SecretStr("k"),)))
    for own in ("127.0.0.1", "localhost", "::1"):
        refuse_open_door(Settings(collector_host=own))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WEBHOOK_SECRETS", "hubspot", "may be SYSTEM=SECRET"),
        ("WEBHOOK_SECRETS", "hubspot=short", "at least 16 characters"),
        ("WEBHOOK_SECRETS", f"a={SECRET},a b={SECRET}", "may be SYSTEM=SECRET"),
        ("WEBHOOK_KEY", "short", "16 characters or more"),
        ("COLLECTOR_CRM_KEYS", "short", "16 characters or more"),
        ("COLLECTOR_ADMIN_KEYS", f"{ADMIN_KEY},short", "16 characters or more"),
        ("COLLECTOR_PUBLIC_URL", "collect.acme.example", "may be a URL"),
        ("COLLECTOR_PUBLIC_URL", "https://a.example/?x=1", "may be a URL"),
        ("COLLECTOR_PUBLIC_URL", "https://user:word@a.example", "may be a URL"),
    ],
)
def test_keys_and_secrets_that_are_none_are_refused_unquoted(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        settings.load({f"LEADTRACE_{name}": value})
    assert str(error.value).startswith(f"LEADTRACE_{name}: ")
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("name", ["COLLECTOR_CRM_KEYS", "COLLECTOR_ADMIN_KEYS", "WEBHOOK_KEY"])
def test_what_stands_in_web_pages_opens_nothing_else(name: str) -> None:
    for given in ({f"LEADTRACE_{name}": WEBSITE_KEY}, {"LEADTRACE_WEBHOOK_SECRETS": f"a={WEBSITE_KEY}"}):
        with pytest.raises(SettingsError, match="which stand in web pages: take another one") as error:
            settings.load({"LEADTRACE_COLLECTOR_WRITE_KEYS": f"x,{WEBSITE_KEY}", **given})
        assert WEBSITE_KEY not in str(error.value)


def test_figures_are_for_whoever_runs_the_collector() -> None:
    async def story(site: Site) -> None:
        async def status(key: str = "") -> tuple[int, Any]:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            code, _, told = await site.request("GET", "/status", headers=headers)
            return code, told

        await site.post("/v1/events", PAGE, Authorization=f"Bearer {WEBSITE_KEY}")
        await site.post("/v1/events", PAGE)
        await site.post(HOOK, WON)
        assert [(await status(key))[0] for key in ("", "nobody's", WEBSITE_KEY, CRM_KEY)] == [
            401,
            401,
            403,
            403,
        ]
        code, told = await status(ADMIN_KEY)
        assert code == 200
        assert told["answers"] == {
            "events": {"200": 1, "401": 1},
            "others": {"401": 2, "403": 2},
            "webhooks": {"401": 1},
        }

    collecting(story, **KEYS)


def test_without_an_admin_key_there_are_no_figures_for_anybody() -> None:
    async def story(site: Site) -> None:
        status, _, told = await site.request("GET", "/status", headers={"Authorization": "Bearer "})
        assert (status, "set LEADTRACE_COLLECTOR_ADMIN_KEYS" in told["error"]) == (403, True)

    collecting(story)
