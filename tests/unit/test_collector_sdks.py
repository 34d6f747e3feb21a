"""Segment's, RudderStack's, Jitsu's and PostHog's protocols over HTTP: what they send and need."""

import gzip
import json
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from collecting import KEYS, NOW, WEBSITE_KEY, Site, collecting
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.collector.protocols.lz64 import LONGEST, unpacked_lz64
from producers.collector.unpacking import MalformedError, TooLargeError

pytestmark = pytest.mark.enable_socket

PAGE = {"Origin": "https://www.x.cn"}
CALL = {"anonymousId": "a-1", "messageId": "m-1", "context": {"page": {"url": "https://x.cn/"}}}
VIEW = {
    "uuid": "01a2002b-9f1f-7c03-8ae1-05fb19eff4d2",
    "event": "$pageview",
    "distinct_id": "u1",
    "properties": {},
}
PAID = {
    "uuid": "01a2002b-9f1f-7c03-8ae1-05fb19eff4d3",
    "event": "paid",
    "distinct_id": "u1",
    "properties": {},
}
# {"api_key": "key-in-a-web-page", "event": "plan chosen 申请😀", …}, as LZString's compressToBase64 packs it
PACKED = (
    "N4IghgDglg+g1gUwJ4gFwkUgtFAdlsLAdwQCMsIwBzBEAGhAQDcFcAXNECAGzFwAIAxgAsA9gGdW/QMyugd+jAvBuAAPfpcATqIgJVbKAnF"
    "pQAEyjiduQWxhRDnAK4BGFWE5hSg1+7cfvblW1GIuJwAHiAAvmFAA"
)
LEFT_TO_HTTP = ("host", "content-length")
CAPTURES = ("/e", "/capture", "/track", "/i/v0/e", "/batch")


SAMPLES = Path(__file__).parents[1] / "data/posthog_requests.jsonl"


def coded(value: Any) -> str:
    return b64encode(json.dumps(value).encode()).decode()


def test_segments_browser_sdk_is_told_to_send_here() -> None:
    async def story(site: Site) -> None:
        path = f"/v1/projects/{WEBSITE_KEY}/settings"
        status, headers, told = await site.request("GET", path, headers={"Origin": "http://www.x.cn"})
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "http://www.x.cn")
        home = f"127.0.0.1:{site.port}/v1"
        assert told["integrations"]["Segment.io"] == {
            "apiKey": WEBSITE_KEY,
            "apiHost": home,
            "protocol": "http",
        }
        for secure in (PAGE, {"X-Forwarded-Proto": "https"}):
            _, _, told = await site.request("GET", path, headers=secure)
            assert told["integrations"]["Segment.io"]["protocol"] == "https"

    collecting(story, **KEYS)


def test_rudderstacks_browser_sdk_gets_a_source_that_is_on_and_sends_to_nobody_else() -> None:
    async def story(site: Site) -> None:
        status, _, told = await site.request("GET", "/sourceConfig/?p=npm&writeKey=any", headers=PAGE)
        assert (status, told["source"]["enabled"], told["source"]["destinations"]) == (200, True, [])
        assert told["source"]["id"]

    collecting(story)


def test_a_call_of_rudderstacks_is_known_by_what_only_its_sdks_say() -> None:
    async def story(site: Site) -> None:
        await site.post("/v1/page", CALL)
        await site.post("/v1/page", {**CALL, "channel": "web"})
        await site.post(
            "/v1/page", {**CALL, "context": {"library": {"name": "com.rudderstack.android.sdk.core"}}}
        )
        assert [fact.source for fact in site.facts()] == ["segment", "rudderstack", "rudderstack"]

    collecting(story)


def test_the_end_of_a_page_by_rudderstack_is_the_time_on_it() -> None:
    async def story(site: Site) -> None:
        left = {"event": "Page Unloaded", "type": "track", "properties": {"timeOnPage": 8123}}
        status, _ = await site.post(f"/beacon/v1/batch?writeKey={WEBSITE_KEY}", {"batch": [{**CALL, **left}]})
        assert status == 200
        (fact,) = site.facts()
        assert (fact.type, fact.dwell_ms, fact.url) == ("page_engaged", 8123, "https://x.cn/")
        assert (await site.post("/beacon/v1/batch?writeKey=wrong", {"batch": [CALL]}))[0] == 401

    collecting(story, **KEYS)


def test_a_pixel_of_rudderstack_is_a_picture_and_each_showing_counts() -> None:
    now = [NOW]

    async def story(site: Site) -> None:
        shown = urlencode({
            "writeKey": WEBSITE_KEY, "anonymousId": "a-1", "properties.title": "试用",
            "context": '{"campaign": {"source": "baidu"}}',
        })  # fmt: skip
        for _ in range(2):
            status, headers, _ = await _raw(site, f"/pixel/v1/page?{shown}", Referer="https://x.cn/p")
            assert (status, headers["Content-Type"]) == (200, "image/gif")
            now[0] += 60_000
        first, second = site.facts()
        assert (first.url, first.title, first.source) == (
            "https://x.cn/p?utm_source=baidu",
            "试用",
            "rudderstack",
        )
        assert first.event_id != second.event_id
        assert (await site.request("GET", "/pixel/v1/page?writeKey=wrong&anonymousId=a"))[0] == 401

    collecting(story, clock=lambda: now[0], **KEYS)


@pytest.mark.parametrize(
    "query", ["context=7", "context.page=x", "a.b.c.d.e.f.g.h.i.j=1", "properties={", "x=1&x.y=2"]
)
def test_a_strange_pixel_is_still_a_picture_or_a_sentence(query: str) -> None:
    async def story(site: Site) -> None:
        status, _, _ = await _raw(site, f"/pixel/v1/track?anonymousId=a&event=e&{query}")
        assert status in (200, 400)

    collecting(story)


async def _raw(site: Site, path: str, **headers: str) -> tuple[int, Any, bytes]:
    url = f"http://127.0.0.1:{site.port}{path}"
    async with site._client.request("GET", url, headers=headers) as response:
        return response.status, response.headers, await response.read()


@pytest.mark.parametrize("base", ["/api/s", "/api/s/s2s"])
def test_a_call_of_jitsus_shows_its_key_in_a_header_of_its_own(base: str) -> None:
    async def story(site: Site) -> None:
        for key in (WEBSITE_KEY, f"site:{WEBSITE_KEY}"):
            status, told = await site.post(
                f"{base}/page", {**CALL, "writeKey": "site:***"}, **{"X-Write-Key": key}
            )
            assert (status, told) == (200, {"ok": True})
        assert {fact.source for fact in site.facts()} == {"jitsu"}
        masked = {**CALL, "writeKey": WEBSITE_KEY}
        assert (await site.post(f"{base}/page", masked))[0] == 401
        assert (await site.post(f"{base}/page", CALL, **{"X-Write-Key": "site:***"}))[0] == 401

    collecting(story, **KEYS)


def test_a_call_of_jitsus_that_names_nobody_says_so() -> None:
    async def story(site: Site) -> None:
        status, told = await site.post("/api/s/track", {"event": "paid"})
        assert (status, told["error"]) == (
            400,
            "an event needs an anonymousId or a userId that names somebody",
        )
        status, told = await site.post("/api/s/batch", {"batch": [{**CALL, "type": "page"}, {}]})
        assert (status, told["ok"], [each["index"] for each in told["rejected"]]) == (200, True, [1])

    collecting(story)


@pytest.mark.parametrize("path", CAPTURES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_each_path_of_posthogs_takes_a_batch_and_answers_exactly_200(path: str, slash: str) -> None:
    async def story(site: Site) -> None:
        body = {"api_key": WEBSITE_KEY, "batch": [VIEW, PAID], "sent_at": "2026-11-21T22:13:20Z"}
        assert await site.post(path + slash, body) == (200, {"status": 1})
        assert [fact.type for fact in site.facts()] == ["page_viewed", "custom_tracked"]

    collecting(story, **KEYS)


EVENT = {**PAID, "api_key": WEBSITE_KEY}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
IN_PROPERTIES = [{**PAID, "properties": {"token": WEBSITE_KEY}}]
BODIES: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "packed, and called text": ("", gzip.compress(json.dumps([EVENT]).encode(), mtime=0), TEXT),
    "one event": ("", json.dumps(EVENT).encode(), {}),
    "an array": ("", json.dumps([EVENT]).encode(), {}),
    "the key among the properties": ("", json.dumps(IN_PROPERTIES).encode(), {}),
    "the key as a token": ("", json.dumps({"token": WEBSITE_KEY, "batch": [PAID]}).encode(), {}),
    "a form with base64": (
        "?compression=base64&_=1795299200000&ip=1", f"data={quote(coded(EVENT), safe='')}".encode(), FORM,
    ),
    "a form whose plus is a space": ("", f"data={coded({**EVENT, 'x': '>>>???~~~'})}&ver=1".encode(), FORM),
    "a form with JSON": ("", f"data={quote(json.dumps(EVENT))}".encode(), FORM),
    "base64 as it is": ("?compression=base64", coded(EVENT).encode(), {}),
    "LZ-string": ("?compression=lz64", PACKED.encode(), {}),
    "a form with LZ-string": ("?compression=lz64", f"data={quote(PACKED, safe='')}".encode(), FORM),
}  # fmt: skip


@pytest.mark.parametrize("way", BODIES)
def test_every_way_in_which_posthogs_sdks_ever_packed_their_events(way: str) -> None:
    query, body, headers = BODIES[way]

    async def story(site: Site) -> None:
        status, told = await site.post(f"/e/{query}", body, **headers)
        assert (status, told) == (200, {"status": 1})
        (fact,) = site.facts()
        assert fact.name in ("paid", "plan chosen 申请😀")

    collecting(story, **KEYS)


def test_an_event_in_the_query_of_a_get() -> None:
    async def story(site: Site) -> None:
        status, _, told = await site.request(
            "GET", f"/e/?data={quote(coded(EVENT), safe='')}&_=1795299200000"
        )
        assert (status, told, len(site.facts())) == (200, {"status": 1}, 1)

    collecting(story, **KEYS)


def test_the_samples_of_posthogs_sdks_for_servers_are_accepted_byte_for_byte() -> None:
    async def story(site: Site) -> None:
        for sample in map(json.loads, SAMPLES.read_text("utf-8").splitlines()):
            body = sample["body"].encode()
            data = gzip.compress(body, mtime=0) if sample["gzip"] else body
            headers = {
                name: text for name, text in sample["headers"].items() if name.lower() not in LEFT_TO_HTTP
            }
            status, _, told = await site.request("POST", sample["path"], data=data, headers=headers)
            assert (status, told) == (200, {"status": 1})
        facts = site.facts()
        assert [fact.type for fact in facts] == ["page_viewed", "form_submitted", "page_viewed"]
        assert {fact.subject for fact in facts} == {"user:u1"}
        assert all("bd_vid=1234567890" in fact.url for fact in facts if fact.type == "page_viewed")
        assert facts[1].form == "trial"

    collecting(story)


def test_a_beacon_is_answered_with_nothing() -> None:
    async def story(site: Site) -> None:
        status, _, told = await site.request("POST", "/e/?beacon=1", json={"batch": [VIEW]})
        assert (status, told, len(site.facts())) == (204, "", 1)

    collecting(story)


def test_half_a_batch_by_a_beacon_and_then_the_whole_are_the_same_events() -> None:
    async def story(site: Site) -> None:
        await site.post("/e/?beacon=1", {"batch": [VIEW]})
        await site.post("/e/?retry_count=1", {"batch": [VIEW, PAID]})
        assert {fact.event_id for fact in site.facts()} == {VIEW["uuid"], PAID["uuid"]}

    collecting(story)


def test_a_bad_event_of_posthogs_keeps_no_good_one_out() -> None:
    async def story(site: Site) -> None:
        status, told = await site.post("/batch/", {"batch": [VIEW, {"event": "paid"}, 7]})
        assert (status, told["status"], [each["index"] for each in told["rejected"]]) == (200, 1, [1, 2])
        status, told = await site.post("/batch/", {"batch": [{"event": "paid"}]})
        assert (status, told["error"]) == (400, "distinct_id: an event needs one that names somebody")

    collecting(story)


def test_a_batch_of_nothing_but_recordings_is_taken_and_kept_nowhere() -> None:
    async def story(site: Site) -> None:
        assert await site.post("/e/", {"batch": [{**VIEW, "event": "$snapshot"}]}) == (200, {"status": 1})
        assert site.facts() == []

    collecting(story)


def test_what_old_sdks_say_of_a_person_is_said_of_who_they_name() -> None:
    async def story(site: Site) -> None:
        told = {"$token": WEBSITE_KEY, "$distinct_id": "u1", "$set": {"company": "某某科技"}}
        assert (await site.post("/engage/", f"data={coded(told)}".encode()))[0] == 200
        (fact,) = site.facts()
        assert (fact.type, fact.subject, fact.attributes) == (
            "visitor_identified",
            "user:u1",
            {"company": "某某科技"},
        )

    collecting(story, **KEYS)


def test_history_keeps_the_times_that_it_states() -> None:
    async def story(site: Site) -> None:
        old = {**PAID, "timestamp": "2026-11-01T00:00:00Z"}
        # Sent by a clock that is two hours ahead.
        body = {"batch": [old], "sent_at": "2026-11-01T02:00:00Z", "historical_migration": True}
        await site.post("/batch/", body)
        await site.post("/batch/", {**body, "historical_migration": False})
        kept, corrected = (fact.occurred_at for fact in site.facts())
        assert kept == 1_793_491_200_000
        assert corrected == kept + NOW - (kept + 7_200_000)

    collecting(story)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/e/", b"", 400), ("/e/", b"data=", 400), ("/e/", b"data=%%%", 400), ("/e/", b"{", 400),
     ("/e/", b"[]", 400), ("/e/", b'{"batch": 7}', 400), ("/e/?compression=lz64", b"A", 400),
     ("/e/?compression=lz64", b"%", 400),
     ("/e/?compression=lz64", b"Q" * (LONGEST + 1), 413), ("/e/", b"null", 400), ("/engage", b"[7]", 400),
     ("/batch/", b'{"batch": [{"event": "a", "distinct_id": "u", "properties": 7, "$set": []}]}', 200),
     ("/batch/", b'{"batch": [{"event": "$pageview", "distinct_id": 7, "timestamp": [1]}]}', 400)],
)  # fmt: skip
def test_what_posthogs_sdks_never_send_is_answered_too(path: str, body: bytes, status: int) -> None:
    async def story(site: Site) -> None:
        assert (await site.post(path, body))[0] == status

    collecting(story)


def test_a_wrong_key_is_401_and_so_is_none() -> None:
    async def story(site: Site) -> None:
        assert (await site.post("/e/", {"api_key": "wrong", "batch": [VIEW]}))[0] == 401
        assert (await site.post("/batch/", [VIEW]))[0] == 401
        assert site.facts() == []

    collecting(story, **KEYS)


def test_posthogs_sdk_is_never_told_429_since_it_forgets_what_gets_one() -> None:
    async def story(site: Site) -> None:
        body = {"batch": [VIEW]}
        assert (await site.post("/e/", body))[0] == 200
        status, headers, _ = await site.request("POST", "/e/", json=body)
        assert (status, int(headers["Retry-After"]) >= 1) == (503, True)
        assert (await site.post("/v1/page", CALL))[0] == 429

    collecting(story, collector_address_rate=0.05)


@pytest.mark.parametrize("path", ["/flags/?v=2", "/decide/?v=3"])
def test_no_flag_of_posthogs_is_switched_on(path: str) -> None:
    async def story(site: Site) -> None:
        status, told = await site.post(path, {"token": "any", "distinct_id": "u1"})
        assert (status, told["flags"], told["featureFlags"]) == (200, {}, {})
        assert told["errorsWhileComputingFlags"] is False

    collecting(story)


def test_posthogs_configuration_switches_nothing_on() -> None:
    async def story(site: Site) -> None:
        status, _, told = await site.request("GET", "/array/phc_x/config", headers=PAGE)
        assert (status, told["hasFeatureFlags"], told["sessionRecording"]) == (200, False, False)
        assert "surveys" not in told
        status, headers, script = await site.request("GET", "/array/phc_x/config.js")
        assert (status, headers["Content-Type"].partition(";")[0]) == (200, "application/javascript")
        assert script.endswith("};")
        assert json.loads(script.partition("]=")[2][:-1])["config"]["token"] == "phc_x"
        for strange in ("');alert(1);('", "<script>", "a%22b"):
            assert (await site.request("GET", f"/array/{quote(strange)}/config.js"))[0] == 404

    collecting(story)


def test_what_lz_string_packed_is_unpacked_within_bounds() -> None:
    assert "plan chosen 申请😀" in unpacked_lz64(PACKED, 1000)
    with pytest.raises(TooLargeError):
        unpacked_lz64(PACKED, 20)
    with pytest.raises(MalformedError, match="not complete"):
        unpacked_lz64(PACKED[:40], 1000)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ABQZaz09+/=", max_size=80))
def test_no_text_takes_the_unpacking_by_surprise(text: str) -> None:
    with suppress(MalformedError, TooLargeError):
        assert isinstance(unpacked_lz64(text, 10_000), str)
