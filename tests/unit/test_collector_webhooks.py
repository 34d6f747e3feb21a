"""Who may post the webhooks of a CRM: only who knows the secret of that CRM, and has not altered anything."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from collecting import ADMIN_KEY, CRM_KEY, KEYS, NOW, WEBHOOK_KEY, WEBSITE_KEY, Site, collecting, secret_of
from pydantic import SecretStr

from producers.crm.signatures import secrets_of

pytestmark = pytest.mark.enable_socket

WON = [
    {
        "subscriptionType": "deal.propertyChange",
        "objectId": 900,
        "occurredAt": NOW - 9000,
        "propertyName": "dealstage",
        "propertyValue": "closedwon",
    }
]
BODY = json.dumps(WON).encode()
HOOK = "/webhooks/crm/hubspot"
URL = "https://collect.acme.example"
OURS, OLD, THEIRS = ("of-hubspots-app-0001", "of-hubspots-app-0000", "of-another-crm-00001")
SECRETS = tuple(SecretStr(each) for each in (f"hubspot={OURS}", f"hubspot={OLD}", f"other={THEIRS}"))


def by_hubspot(
    secret: str = OURS, uri: str = URL + HOOK, body: bytes = BODY, at: object = NOW, method: str = "POST"
) -> dict[str, str]:
    """The headers with which HubSpot signs a request, version 3."""
    signed = hmac.new(secret.encode(), f"{method}{uri}".encode() + body + str(at).encode(), hashlib.sha256)
    return {
        "X-HubSpot-Signature-v3": base64.b64encode(signed.digest()).decode(),
        "X-HubSpot-Request-Timestamp": str(at),
    }


def by_standard(
    key: bytes, body: bytes = BODY, at: int = NOW // 1000, name: str = "msg_1", more: str = ""
) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    signed = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
    told = f"v1,{base64.b64encode(signed.digest()).decode()}"
    return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": f"{more}{told}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def raw_request(target: bytes, host: bytes, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    lines = [b"POST " + target + b" HTTP/1.1", b"Host: " + host, b"Connection: close"]
    lines += [f"{name}: {value}".encode() for name, value in headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


async def raw_answer(site: Site, request: bytes) -> bytes:
    """Send bytes as they are; all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(request)
    async with asyncio.timeout(4):
        told = await reader.read()
    writer.close()
    return told


def answers(*requests: tuple[str, bytes, dict[str, str]], **given: Any) -> list[tuple[int, str]]:
    """Status and sentence of each request; given keys and secrets, and no others."""
    told: list[tuple[int, str]] = []

    async def story(site: Site) -> None:
        for path, body, headers in requests:
            status, answer = await site.post(path, body, **headers)
            told.append((status, answer.get("error", "")))

    said = {"webhook_key": SecretStr(""), "webhook_secrets": SECRETS, "collector_public_url": URL, **given}
    collecting(story, **said)
    return told


def statuses(*requests: tuple[str, bytes, dict[str, str]], **given: Any) -> list[int]:
    return [status for status, _ in answers(*requests, **given)]


def test_what_hubspot_signed_is_taken() -> None:
    assert statuses((HOOK, BODY, by_hubspot())) == [200]


def test_whatever_was_altered_hubspots_signature_does_not_fit() -> None:
    forged = BODY.replace(b"900", b"901")
    good = by_hubspot()
    assert statuses(
        (HOOK, forged, good),
        (HOOK, BODY + b" ", good),
        (HOOK + "?a=1", BODY, good),
        (HOOK, BODY, by_hubspot(uri=HOOK)),
        (HOOK, BODY, by_hubspot(uri="http://collect.acme.example" + HOOK)),
        (HOOK, BODY, by_hubspot(method="PUT")),
        (HOOK, BODY, by_hubspot(THEIRS)),
        (HOOK, BODY, by_hubspot(WEBSITE_KEY), ),
        (HOOK, BODY, good | {"X-HubSpot-Request-Timestamp": str(NOW - 1)}),
        (HOOK, BODY, good | {"X-HubSpot-Signature-v3": "A" * 44}),
        (HOOK, BODY, good | {"X-HubSpot-Signature-v3": "ü"}),
    ) == [401] * 11  # fmt: skip


def test_the_old_secret_counts_beside_the_new_one_until_it_is_taken_away() -> None:
    assert statuses((HOOK, BODY, by_hubspot(OLD)), (HOOK, BODY, by_hubspot(OURS))) == [200, 200]
    assert statuses((HOOK, BODY, by_hubspot(OLD)), webhook_secrets=SECRETS[:1]) == [401]


@pytest.mark.parametrize(
    ("age", "status", "said"),
    [
        (299_000, 200, ""),
        (301_000, 401, "older than five minutes"),
        (-20_000, 200, ""),
        (-31_000, 401, "in the future"),
    ],
)
def test_a_signature_counts_for_five_minutes_and_not_before_its_time(
    age: int, status: int, said: str
) -> None:
    at = NOW - age
    for headers in (by_hubspot(at=at), by_standard(OURS.encode(), at=at // 1000)):
        ((told, sentence),) = answers((HOOK, BODY, headers))
        assert told == status
        assert said in sentence


@pytest.mark.parametrize("at", ["", "soon", "-5", "1e12", "١٧٩٥", "9" * 40, f"{NOW} ", f"{NOW}.0"])
def test_a_time_that_is_none_is_refused_in_a_sentence(at: str) -> None:
    ((status, sentence),) = answers((HOOK, BODY, by_hubspot(at=at) | {"X-HubSpot-Request-Timestamp": at}))
    assert status == 401
    assert sentence


def test_a_request_that_shows_nothing_is_told_what_to_show() -> None:
    for headers in ({}, {"X-HubSpot-Request-Timestamp": str(NOW)}, {"X-HubSpot-Signature": "v1"}):
        ((status, sentence),) = answers((HOOK, BODY, headers))
        assert status == 401
        assert "X-HubSpot-Signature-v3" in sentence
        assert "webhook-signature" in sentence
    ((status, sentence),) = answers((HOOK, BODY, {"X-HubSpot-Signature-v3": "A" * 44}))
    assert (status, sentence) == (401, "the header X-HubSpot-Request-Timestamp is missing")


def test_a_header_that_stands_there_twice_is_refused() -> None:
    async def story(site: Site) -> None:
        good = by_hubspot()
        standard = by_standard(OURS.encode())
        for headers in (
            [*good.items(), ("x-hubspot-signature-v3", good["X-HubSpot-Signature-v3"])],
            [*good.items(), ("X-HubSpot-Request-Timestamp", str(NOW))],
            [*standard.items(), ("webhook-id", "msg_1")],
            [("Authorization", f"Bearer {OURS}"), ("authorization", f"Bearer {OURS}")],
        ):
            answer = await raw_answer(site, raw_request(HOOK.encode(), b"x", headers, BODY))
            assert b" 401 " in answer
            assert b"stands there 2 times" in answer

    collecting(story, webhook_key=SecretStr(""), webhook_secrets=SECRETS, collector_public_url=URL)


@pytest.mark.parametrize(
    ("target", "signed"),
    [
        ("?mail=a%40b.cn&x=%2Fa%3F%3A", "?mail=a@b.cn&x=/a?:"),
        ("?mail=a%40b.cn", "?mail=a%40b.cn"),
        ("?l=%2c%3b%21%24%27%28%29%2a", "?l=,;!$'()*"),
        ("?q=%E4%BD%A0%20%26%25", "?q=%E4%BD%A0%20%26%25"),
        ("?b=2&a=1&a=1", "?b=2&a=1&a=1"),
    ],
)
def test_the_url_counts_as_hubspot_saw_it_with_its_escapes_or_without(target: str, signed: str) -> None:
    async def story(site: Site) -> None:
        for prefix, ending, status in (
            (URL, "", b" 200 "),
            (URL, "&", b" 401 "),
            ("http://internal:8080", "", b" 401 "),
        ):
            headers = by_hubspot(uri=prefix + HOOK + signed + ending).items()
            request = raw_request((HOOK + target).encode(), b"internal:8080", headers, BODY)
            assert status in await raw_answer(site, request)

    collecting(story, webhook_secrets=SECRETS, collector_public_url=URL)


def test_without_a_public_url_the_host_that_was_asked_for_counts() -> None:
    async def story(site: Site) -> None:
        own = f"http://127.0.0.1:{site.port}{HOOK}"
        assert (await site.post(HOOK, BODY, **by_hubspot(uri=own)))[0] == 200
        status, told = await site.post(HOOK, BODY, **by_hubspot())
        assert status == 401
        assert f"compared for the URL {own}" in told["error"]
        assert "set LEADTRACE_COLLECTOR_PUBLIC_URL" in told["error"]

    collecting(story, webhook_secrets=SECRETS)


def test_what_a_proxy_in_front_cuts_off_belongs_to_the_public_url() -> None:
    shown = by_hubspot(uri="https://acme.example/leads" + HOOK)
    assert statuses((HOOK, BODY, shown), collector_public_url="https://acme.example/leads") == [200]


def test_any_system_may_sign_by_standard_webhooks() -> None:
    secret = "whsec_" + base64.b64encode(b"\x00\xff raw bytes of a key, 24+").decode()
    path = "/webhooks/crm/mycrm"
    row = b'{"subscriptionType": "x"}'
    given = (SecretStr(f"mycrm={THEIRS}"), SecretStr(f"mycrm={secret}"))
    good = by_standard(THEIRS.encode(), row)
    told = answers(
        (path, row, good),
        (path, row, by_standard(b"\x00\xff raw bytes of a key, 24+", row)),
        (path, row, by_standard(THEIRS.encode(), row, more="v1a,ed25519 v1,AAAA ")),
        (path, row, by_standard(OURS.encode(), row)),
        (path, row + b" ", good),
        (path, row, good | {"webhook-id": "msg_2"}),
        (path, row, good | {"webhook-timestamp": str(NOW // 1000 + 1)}),
        (path, row, good | {"webhook-signature": good["webhook-signature"][3:]}),
        (path, row, {name: good[name] for name in ("webhook-id", "webhook-signature")}),
        webhook_secrets=given,
    )
    # No mapping is known for this system: whoever is told so was let in.
    assert [status for status, _ in told] == [400] * 3 + [401] * 6
    assert "no mapping" in told[0][1]


NEEDED = [name for name in ("bash", "curl", "openssl", "base64") if shutil.which(name) is None]


@pytest.mark.skipif(bool(NEEDED), reason=f"this machine has no {', '.join(NEEDED)}")
def test_the_example_in_the_documents_signs_so_that_it_is_taken() -> None:
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    (script,) = [block for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) if "openssl" in block]

    async def story(site: Site) -> None:
        async def answer(**changed: str) -> bytes:
            said = {"SECRET": secret_of("mycrm"), "COLLECTOR": f"http://127.0.0.1:{site.port}"}
            process = await asyncio.create_subprocess_exec(
                "bash", "-ec", script, env={**os.environ, **said, **changed}, stdout=asyncio.subprocess.PIPE
            )
            told, _ = await process.communicate()
            return told

        # Who is let in is told that there is no mapping for this system; it would be one of the reader's own.
        assert b"no mapping is known" in await answer()
        assert b"the signature fits neither" in await answer(SECRET=secret_of("another"))

    collecting(story, clock=lambda: time.time_ns() // 1_000_000)


def test_a_crm_that_can_t_sign_shows_its_secret() -> None:
    pipedrive = (SecretStr("pipedrive=leads:correct horse"), SecretStr("other=" + THEIRS))
    path, body = "/webhooks/crm/pipedrive", b'{"meta": {}, "current": null}'
    told = statuses(
        (path, body, basic("leads", "correct horse")),
        (path, body, basic("leads", "correct horse ")),
        (path, body, basic("correct horse", "leads")),
        ("/webhooks/crm/other", b'{"id": "1"}', basic("anybody", THEIRS)),
        ("/webhooks/crm/other", b'{"id": "1"}', {"Authorization": f"Bearer {THEIRS}"}),
        ("/webhooks/crm/other", b'{"id": "1"}', {"Authorization": f"Digest {THEIRS}"}),
        webhook_secrets=pipedrive,
    )
    assert told[1:3] == [401, 401]
    assert (told[0], told[3:]) == (400, [400, 400, 401])


def test_the_secret_of_one_system_opens_no_other() -> None:
    bearer = {"Authorization": f"Bearer {THEIRS}"}
    assert statuses((HOOK, BODY, bearer), (HOOK, BODY, by_standard(THEIRS.encode()))) == [401, 401]
    shown = {"Authorization": f"Bearer {secret_of('salesforce')}"}
    assert statuses((HOOK, BODY, shown), webhook_secrets=(), webhook_key=SecretStr(WEBHOOK_KEY)) == [401]


def test_a_key_anywhere_but_in_a_header_opens_no_webhook() -> None:
    told = statuses(
        (f"{HOOK}?key={OURS}&access_token={OURS}&secret={CRM_KEY}", BODY, {}),
        (HOOK, json.dumps(WON[0] | {"writeKey": CRM_KEY, "secret": OURS}).encode(), {}),
        (HOOK, json.dumps([WON[0] | {"writeKey": WEBSITE_KEY}]).encode(), {}),
        (HOOK, BODY, {"X-Api-Key": OURS, "Cookie": f"key={OURS}"}),
        **KEYS,
    )
    assert told == [401] * 4


def test_everything_that_is_shown_has_to_be_right() -> None:
    right = {"Authorization": f"Bearer {OURS}"}
    assert statuses(
        (HOOK, BODY, right | by_hubspot()),
        (HOOK, BODY, right | by_hubspot(THEIRS)),
        (HOOK, BODY, by_hubspot() | {"Authorization": "Bearer wrong"}),
        (HOOK, BODY, by_hubspot() | by_standard(THEIRS.encode())),
    ) == [200, 401, 401, 401]


def test_without_a_secret_a_system_is_closed_and_the_sentence_names_the_setting() -> None:
    ((status, sentence),) = answers(("/webhooks/crm/mycrm", b"{}", {"Authorization": "Bearer guess"}))
    assert status == 403
    assert "set LEADTRACE_WEBHOOK_SECRETS=mycrm=SECRET, or LEADTRACE_WEBHOOK_KEY" in sentence
    ((status, sentence),) = answers(("/webhooks/crm/%E4%BD%A0%20%3Cb%3E", b"{}", {}))
    assert (status, "SYSTEM=SECRET" in sentence) == (403, True)


def test_nobody_without_a_proof_makes_us_read_a_body() -> None:
    async def story(site: Site) -> None:
        for shown in ({}, {"Authorization": "Bearer wrong"}, by_hubspot(at=NOW - 400_000)):
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            head = raw_request(HOOK.encode(), b"x", shown.items(), b"").replace(
                b"Length: 0", b"Length: 900000"
            )
            writer.write(head)
            async with asyncio.timeout(4):
                assert b" 401 " in await reader.readline()
            writer.close()

    collecting(story, webhook_secrets=SECRETS, collector_public_url=URL)


def test_pages_in_a_browser_are_told_nothing_about_webhooks() -> None:
    async def story(site: Site) -> None:
        page = {"Origin": "https://any.example"}
        asked = page | {"Access-Control-Request-Method": "POST"}
        status, headers, _ = await site.request("OPTIONS", HOOK, headers=asked)
        assert status == 405
        assert not [name for name in headers if name.lower().startswith("access-control")]
        status, headers, _ = await site.request("POST", HOOK, data=BODY, headers=page | by_hubspot())
        assert status == 200
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert (await site.request("OPTIONS", "/v1/events", headers=asked))[0] == 204

    collecting(story, webhook_secrets=SECRETS, collector_public_url=URL)


def test_what_is_sent_again_within_its_time_is_the_same_facts() -> None:
    async def story(site: Site) -> None:
        for _ in range(3):
            assert (await site.post(HOOK, BODY, **by_hubspot()))[0] == 200
        assert len(site.facts()) == 3
        assert len({fact.event_id for fact in site.facts()}) == 1

    collecting(story, webhook_secrets=SECRETS, collector_public_url=URL)


def test_no_answer_quotes_a_secret_or_a_key() -> None:
    wrong = "canary-of-a-wrong-key"
    told = answers(
        (HOOK, BODY, {"Authorization": f"Bearer {wrong}"}),
        (HOOK, BODY, basic(wrong, wrong)),
        (HOOK, BODY, by_hubspot(wrong) | {"X-HubSpot-Signature-v3": wrong}),
        (f"{HOOK}?{wrong}", BODY, {}),
        (HOOK, BODY, by_standard(wrong.encode())),
        **KEYS,
    )
    for _, sentence in told:
        assert not [
            each for each in (wrong, OURS, OLD, THEIRS, WEBSITE_KEY, CRM_KEY, ADMIN_KEY) if each in sentence
        ]


def test_secrets_of_systems_follow_from_one_key_and_tell_nothing_about_each_other() -> None:
    made = {secrets_of(system, (), WEBHOOK_KEY) for system in ("a", "b", "ab", "hubspot", "HubSpot", "你")}
    assert len(made) == 6
    assert all(len(secret) == 64 for (secret,) in made)
    assert secrets_of("a", ("a=chosen", "ab=other", "a=old"), WEBHOOK_KEY) == (b"chosen", b"old")
    assert secrets_of("a", ("ab=other",), "") == ()
