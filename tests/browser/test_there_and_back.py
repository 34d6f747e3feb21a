"""The whole way: a click on an ad in Chromium, a form, a lead in HubSpot, won there, told to Baidu."""

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browser.chromium import browser
from receivers.asked import Answered, Asked
from receivers.baidu import FakeBaidu
from receivers.hubspot import FakeHubSpot
from receivers.served import served

pytestmark = [pytest.mark.enable_socket, pytest.mark.browser]

LEADTRACE = (sys.executable, "-P", "-m", "cli.main")
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0 Safari/537.36"
SECRET = "a-secret-of-the-apps-webhooks"
AD = {
    "source": "baidu",
    "plan": "ERP 计划",
    "unit": "进销存 单元",
    "keyword": "erp 系统",
    "e_keywordid": "77001",
    "bd_vid": "nTRkP1rdPWf",
}
POLICY = """
since = {since}
[accounts.baidu]
destination = "baidu"
allow_private = true
base_url = "{baidu}"
secrets = {{ token = "TOKEN_OF_BAIDU" }}
stages = {{ won = "77" }}
[accounts.crm]
destination = "hubspot"
lead_changes = true
allow_private = true
base_url = "{hubspot}"
secrets = {{ token = "TOKEN_OF_HUBSPOT" }}
[accounts.crm.fields]
email = "email"
leadtrace_source = "first_source"
leadtrace_plan = "first_campaign"
leadtrace_unit = "first_ad_group"
leadtrace_keyword = "first_keyword"
leadtrace_landing_page = "first_landing_url"
leadtrace_visitor_id = "visitor_id"
"""
PAGE = """<!doctype html><title>ERP</title><script src="{collector}/leadtrace.js"></script>
<form action="/thanks" data-leadtrace="demo request">
<input type="email" name="mail"><button>send</button></form>"""


@dataclass
class Website:
    """A page with our tag and a form, whatever path is asked for."""

    collector: str = ""

    def answer(self, asked: Asked, now: int) -> Answered:
        return Answered(
            200, PAGE.format(collector=self.collector).encode(), {"Content-Type": "text/html; charset=utf-8"}
        )


class Home:
    """A folder with `leadtrace up` over it, whose way back is asked for when it is wanted."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        mine = {
            "LEADTRACE_DATA_DIR": str(folder / "data"),
            "LEADTRACE_COLLECTOR_PORT": "0",
            "LEADTRACE_COCKPIT_PORT": "0",
            "LEADTRACE_CONTACTS_KEY": "a-key-that-seals-contacts",
            "LEADTRACE_WEBHOOK_SECRETS": f"hubspot={SECRET}",
        }
        self.env = os.environ | mine | variables
        self.policy = folder / "told.toml"

    @contextmanager
    def up(self) -> Iterator[str]:
        """Everything runs, until the block is left; the collector's address."""
        command = [*LEADTRACE, "up"]
        with subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                lines = iter(process.stdout.readline, "")
                found = next(
                    filter(None, (re.search(r"(http://\S+)/v1/events", line) for line in lines)), None
                )
                assert found is not None, "up ended before it said where the collector is"
                yield found[1]
            finally:
                process.terminate()
                process.wait(60)

    def tell_until(self, is_told: Callable[[], bool], within: float = 75) -> None:
        """Let the way back run again and again until something was told."""
        deadline, said = time.monotonic() + within, ""
        while not is_told():
            assert time.monotonic() < deadline, said
            env = self.env | {"LEADTRACE_OUTBOX": str(self.policy)}
            done = subprocess.run(
                [*LEADTRACE, "outbox", "run", "--once"], env=env, capture_output=True, text=True, check=False
            )
            said = done.stdout + done.stderr


def webhook(collector: str, events: list[dict[str, Any]]) -> None:
    """Post what HubSpot tells of its records, signed as HubSpot signs."""
    body, stamp = json.dumps(events).encode(), str(int(time.time() * 1000))
    uri = f"{collector}/webhooks/crm/hubspot".encode()
    signed = hmac.new(SECRET.encode(), b"POST" + uri + body + stamp.encode(), hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": base64.b64encode(signed).decode(),
        "X-HubSpot-Request-Timestamp": stamp,
    }
    connection = http.client.HTTPConnection(collector.removeprefix("http://"), timeout=20)
    connection.request("POST", "/webhooks/crm/hubspot", body, headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def told_by_hubspot(contact: str, properties: dict[str, str]) -> list[dict[str, Any]]:
    """The events of a contact that was made, and of a deal with it that was won."""
    now = int(time.time() * 1000)

    def changed(what: str, of: int, name: str, value: str) -> dict[str, Any]:
        return {
            "subscriptionType": f"{what}.propertyChange",
            "objectId": of,
            "propertyName": name,
            "propertyValue": value,
        }

    told: list[dict[str, Any]] = [
        {"subscriptionType": "contact.creation", "objectId": int(contact)},
        *(changed("contact", int(contact), name, value) for name, value in properties.items()),
        {"subscriptionType": "deal.creation", "objectId": 9001},
        {
            "subscriptionType": "deal.associationChange",
            "associationType": "DEAL_TO_CONTACT",
            "fromObjectId": 9001,
            "toObjectId": int(contact),
        },
        changed("deal", 9001, "deal_currency_code", "CNY"),
        changed("deal", 9001, "amount", "128000"),
        changed("deal", 9001, "dealstage", "closedwon"),
    ]
    return [{"eventId": nth, "occurredAt": now + nth, **each} for nth, each in enumerate(told)]


def test_a_click_on_an_ad_becomes_a_lead_and_what_sales_won_with_it_a_conversion(
    chromium: str, tmp_path: Path
) -> None:
    baidu, hubspot, website = FakeBaidu(clicks=frozenset({AD["bd_vid"]})), FakeHubSpot(), Website()
    home = Home(tmp_path, {"TOKEN_OF_BAIDU": baidu.token, "TOKEN_OF_HUBSPOT": hubspot.token})
    hubspot.unique.add("leadtrace_id")
    hubspot.properties |= {"leadtrace_id", "leadtrace_planned_at"} | set(re.findall(r"leadtrace_\w+", POLICY))
    with ExitStack() as stack:
        of_baidu, of_hubspot, shop = (stack.enter_context(served(each)) for each in (baidu, hubspot, website))
        since = (datetime.now(UTC) - timedelta(days=2)).date()
        home.policy.write_text(
            POLICY.format(since=since, baidu=of_baidu, hubspot=of_hubspot), encoding="utf-8"
        )
        collector = website.collector = stack.enter_context(home.up())
        landing = f"{shop}/erp?{urlencode(AD)}"
        asyncio.run(register(chromium, landing))

        home.tell_until(lambda: bool(hubspot.contacts))
        ((number, contact),) = hubspot.contacts.items()
        assert contact["email"] == "li.na@nanjing-erp.example"
        assert contact["leadtrace_source"] == "baidu"
        assert (contact["leadtrace_plan"], contact["leadtrace_unit"]) == ("ERP 计划", "进销存 单元")
        assert contact["leadtrace_keyword"] == "erp 系统"
        assert contact["leadtrace_landing_page"] == landing
        assert not baidu.counted

        known = {name: contact[name] for name in ("email", "leadtrace_visitor_id")}
        webhook(collector, told_by_hubspot(number, known))
        home.tell_until(lambda: bool(baidu.counted))
        ((kind, click, _),) = baidu.counted
        assert (kind, click) == (77, AD["bd_vid"])
        assert list(baidu.values.values()) == [12_800_000]
        home.tell_until(lambda: True)
        assert (len(hubspot.contacts), list(baidu.counted.values())) == (1, [1])


async def register(chromium: str, landing: str) -> None:
    """Somebody comes by the ad, and fills the form."""
    async with browser(chromium) as tab:
        await tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        # A headless browser says so, and would be left out as a machine.
        await tab.ask("Network.setUserAgentOverride", userAgent=PERSON)
        await tab.go(landing)
        await tab.evaluate("document.querySelector('[type=email]').value = 'li.na@nanjing-erp.example'")
        await tab.evaluate("document.forms[0].requestSubmit()")
        await asyncio.sleep(2)
        assert tab.complaints == []
