"""The collector over HTTP: what it answers to good requests, to bad ones, and when the broker is away."""

import asyncio
import gzip
import json
import logging
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from collecting import NOW, Site, collecting

from schemas.topics import CRM, UTM, WEBSITE

pytestmark = pytest.mark.enable_socket

PAGE = {"type": "page_viewed", "anonymous_id": "a-1", "url": "https://x.cn/"}
SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data/segment_requests.jsonl").read_text("utf-8").splitlines()
]


def test_the_samples_of_segments_sdks_are_accepted_byte_for_byte() -> None:
    async def story(site: Site) -> None:
        for sample in SAMPLES:
            body = sample["body"].encode()
            headers = {
                k: v for k, v in sample["headers"].items() if k.lower() not in ("host", "content-length")
            }
            data = gzip.compress(body, mtime=0) if sample["gzip"] else body
            status, _, told = await site.request("POST", sample["path"], data=data, headers=headers)
            assert status == 200
            assert told == {"success": True, "accepted": len(json.loads(body)["batch"]), "rejected": []}
        assert [fact.type for fact in site.facts()].count("page_viewed") == 4
        assert len(site.facts()) == 9

    collecting(story)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("page", "page_viewed"), ("p", "page_viewed"), ("screen", "page_viewed"), ("s", "page_viewed"),
     ("track", "custom_tracked"), ("t", "custom_tracked"), ("identify", "visitor_identified"),
     ("i", "visitor_identified"), ("group", "visitor_identified"), ("g", "visitor_identified"),
     ("alias", "visitor_identified"), ("a", "visitor_identified")],
)  # fmt: skip
def test_single_calls_have_a_path_each_and_a_short_one(path: str, kind: str) -> None:
    async def story(site: Site) -> None:
        call = {"anonymousId": "a-1", "userId": "u1", "event": "Played", "writeKey": "wk"}
        assert (await site.post(f"/v1/{path}", call))[0] == 200
        assert [fact.type for fact in site.facts()] == [kind]

    collecting(story)


def test_metrics_of_the_browser_sdk_are_accepted_and_ignored() -> None:
    async def story(site: Site) -> None:
        assert (await site.post("/v1/m", {"series": []}))[0] == 200
        assert site.facts() == []

    collecting(story)


def test_one_bad_event_keeps_no_good_one_out() -> None:
    async def story(site: Site) -> None:
        batch = [
            {"type": "page", "anonymousId": "a"},
            {"type": "page"},
            7,
            {"type": "page", "anonymousId": "b"},
        ]
        status, told = await site.post("/v1/batch", {"batch": batch})
        assert (status, told["accepted"]) == (200, 2)
        assert [each["index"] for each in told["rejected"]] == [1, 2]
        assert [fact.subject for fact in site.facts()] == ["anon:a", "anon:b"]
        status, told = await site.post("/v1/batch", {"batch": batch[1:3]})
        assert status == 400
        assert told["error"] == "an event needs an anonymousId or a userId that names somebody"
        assert len(told["rejected"]) == 2

    collecting(story)


@pytest.mark.parametrize("body", [PAGE, [PAGE], {"events": [PAGE], "sent_at": "2026-11-21T22:13:20Z"}])
def test_our_own_events_come_alone_in_an_array_or_with_the_senders_clock(body: Any) -> None:
    async def story(site: Site) -> None:
        # sendBeacon sends text/plain, from any page, without asking before.
        status, told = await site.post("/v1/events", body, **{"Content-Type": "text/plain;charset=UTF-8"})
        assert (status, told["accepted"]) == (200, 1)
        assert site.facts()[0].url == "https://x.cn/"

    collecting(story)


def test_a_batch_of_a_clock_that_can_t_be_right_keeps_its_order_and_says_so() -> None:
    async def story(site: Site) -> None:
        calls = [
            {"type": "page", "anonymousId": "a-1", "timestamp": f"1970-01-01T00:0{minute}:05Z"}
            for minute in (1, 0, 2)
        ]
        assert (await site.post("/v1/batch", {"batch": calls}))[0] == 200
        assert [(fact.occurred_at, fact.stated_at) for fact in site.facts()] == [
            (NOW - 60_000, 65_000), (NOW - 120_000, 5_000), (NOW, 125_000)
        ]  # fmt: skip

    collecting(story)


def test_facts_go_to_the_topic_of_their_kind_under_their_subject() -> None:
    async def story(site: Site) -> None:
        scan = {"type": "qr_scan", "anonymous_id": "a-1", "url": "https://x.cn/?utm_source=poster"}
        await site.post("/v1/events", [PAGE, scan])
        stage = {"subscriptionType": "contact.propertyChange", "propertyName": "lifecyclestage",
                 "propertyValue": "lead", "objectId": 7, "occurredAt": NOW}  # fmt: skip
        await site.hook("hubspot", [stage])
        assert [(record.topic, record.key) for record in site.publisher.records] == [
            (WEBSITE.name, b"anon:a-1"), (UTM.name, b"anon:a-1"), (CRM.name, b"crm:hubspot:7"),
        ]  # fmt: skip

    collecting(story)


BAD_BODIES = [
    (b"", "not JSON"), (b"{", "not JSON"), (b'{"type": "page_viewed", "an', "not JSON"), (b"NaN", "not JSON"),
    (b'{"type": "page_engaged", "dwell_ms": NaN}', "not JSON"), (b'"\\ud800"', "not JSON"),
    (b"null", "must be an event"), ('{"类型": 1}'.encode("gbk"), "not JSON"),
    ('{"type": 1}'.encode("utf-16"), "not JSON"),
    (b"[" * 100_000, "not JSON"), (b'{"a":' * 100_000, "not JSON"), (b"[]", "must be an event"),
    (gzip.compress(b"[1]", mtime=0)[:-4], "not complete"), (b"\x1f\x8bxxxx", "damaged"),
    (b"[1e400]", "not JSON"),
    (b'{"events": {}}', "must be an event"), (b"[" + b"1," * 3000 + b"1]", "at most 2500"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), BAD_BODIES)
def test_a_bad_body_is_answered_with_a_sentence(body: bytes, said: str) -> None:
    async def story(site: Site) -> None:
        status, told = await site.post("/v1/events", body)
        assert status == 400
        assert said in told["error"]
        assert (await site.post("/v1/events", PAGE))[0] == 200

    collecting(story)


def test_a_byte_order_mark_and_numbers_of_any_size_do_no_harm() -> None:
    async def story(site: Site) -> None:
        assert (await site.post("/v1/events", b"\xef\xbb\xbf" + json.dumps(PAGE).encode()))[0] == 200
        for digits, answer in ((25, 200), (4300, 400)):
            huge = json.dumps(PAGE)[:-1] + ', "user_id": ' + "9" * digits + "}"
            assert (await site.post("/v1/events", huge.encode()))[0] == answer
        assert [fact.others for fact in site.facts()] == [(), ()]

    collecting(story)


def test_too_much_is_413_however_it_is_packed_or_announced() -> None:
    async def story(site: Site) -> None:
        large = json.dumps(PAGE | {"title": "x" * (600 << 10)}).encode()

        async def in_pieces() -> Any:
            for start in range(0, len(large), 65536):
                yield large[start : start + 65536]

        for body in (large, gzip.compress(large, mtime=0), gzip.compress(bytes(50 << 20))):
            status, told = await site.post("/v1/batch", body)
            assert (status, told["error"]) == (413, "the body is larger than 500 KB: send less at once")
        assert (await site.request("POST", "/v1/batch", data=in_pieces()))[0] == 413
        assert (await site.post("/v1/track", b'"' + b"x" * 40_000 + b'"'))[0] == 413
        assert site.facts() == []

    collecting(story)


def test_an_event_beyond_32_kb_is_rejected_and_its_neighbours_are_not() -> None:
    async def story(site: Site) -> None:
        large = {"type": "page", "anonymousId": "a", "properties": {"x": "y" * 40_000}}
        status, told = await site.post("/v1/batch", {"batch": [large, {"type": "page", "anonymousId": "b"}]})
        assert (status, told["accepted"]) == (200, 1)
        assert told["rejected"] == [{"index": 0, "error": "the event is larger than 32 KB"}]

    collecting(story)


def test_while_the_broker_is_away_nothing_is_accepted_and_the_sender_shall_come_again() -> None:
    async def story(site: Site) -> None:
        site.publisher.away = True
        status, headers, told = await site.request("POST", "/v1/events", json=PAGE)
        assert (status, headers["Retry-After"]) == (503, "5")
        assert "again later" in told["error"]
        assert (await site.request("GET", "/healthz"))[0] == 503
        site.publisher.away = False
        assert (await site.post("/v1/events", PAGE))[0] == 200
        await asyncio.sleep(1.1)
        assert (await site.request("GET", "/healthz"))[0] == 200
        assert len(site.facts()) == 1

    collecting(story)


def test_the_answer_waits_for_the_broker() -> None:
    async def story(site: Site) -> None:
        site.publisher.delay = 0.3
        began = asyncio.get_running_loop().time()
        assert (await site.post("/v1/events", PAGE))[0] == 200
        assert asyncio.get_running_loop().time() - began >= 0.3

    collecting(story)


def test_pages_of_other_origins_may_send_where_that_is_allowed() -> None:
    async def story(site: Site) -> None:
        ours, theirs = {"Origin": "https://www.x.cn"}, {"Origin": "https://evil.example"}
        status, headers, _ = await site.request("OPTIONS", "/v1/t", headers=ours)
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, "https://www.x.cn")
        assert "Content-Type" in headers["Access-Control-Allow-Headers"]
        status, headers, _ = await site.request("POST", "/v1/events", json={}, headers=ours)
        assert (status, headers["Access-Control-Allow-Origin"]) == (400, "https://www.x.cn")
        for method in ("OPTIONS", "POST"):
            status, headers, _ = await site.request(method, "/v1/events", data=b"{}", headers=theirs)
            assert status == 403
            assert "Access-Control-Allow-Origin" not in headers
        assert (await site.post("/v1/events", PAGE))[0] == 200

    collecting(story, collector_origins=("https://www.x.cn",))


def test_any_origin_may_send_by_default_also_with_credentials_and_read_what_is_answered() -> None:
    """A browser hides an answer that "*" allows from whoever asks with credentials, who then sends again."""

    async def story(site: Site) -> None:
        page = {"Origin": "https://x.cn"}
        _, headers, _ = await site.request("POST", "/v1/events", json=PAGE, headers=page)
        assert headers["Access-Control-Allow-Origin"] == "https://x.cn"
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert headers["Access-Control-Expose-Headers"] == "Retry-After"
        assert headers["Vary"] == "Origin"

    collecting(story)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("anonymousid,authorization,content-type,sentat", "anonymousid,authorization,content-type,sentat"),
        ("rsa-retry-attempt, rsa-since-last-attempt", "rsa-retry-attempt, rsa-since-last-attempt"),
        ("", "Authorization, Content-Type, Content-Encoding"),
        ("a b", "Authorization, Content-Type, Content-Encoding"),
        (",".join(["x"] * 99), "Authorization, Content-Type, Content-Encoding"),
    ],
)
def test_a_tracker_may_send_the_headers_that_it_has(asked: str, allowed: str) -> None:
    async def story(site: Site) -> None:
        page = {"Origin": "https://x.cn", "Access-Control-Request-Headers": asked}
        _, headers, _ = await site.request("OPTIONS", "/v1/track", headers=page)
        assert headers["Access-Control-Allow-Headers"] == allowed
        assert headers["Access-Control-Max-Age"] == "86400"

    collecting(story)


def test_a_slash_at_the_end_of_a_path_is_none() -> None:
    async def story(site: Site) -> None:
        assert (await site.post("/v1/events/", PAGE))[0] == 200
        assert (await site.post("/v1/page/", {"anonymousId": "a"}))[0] == 200
        assert len(site.facts()) == 2

    collecting(story)


def test_events_left_out_of_a_request_are_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Few trackers tell anybody what was left out."""

    async def story(site: Site) -> None:
        batch = [{"type": "page", "anonymousId": "a"}, {"type": "page"}, {"type": "page"}, 7]
        await site.post("/v1/batch", {"batch": batch})

    collecting(story)
    told = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert told == [
        "events left out in the last minute: 2, as an event needs an anonymousId or a userId that names "
        "somebody",
        "events left out in the last minute: 1, as an event is a JSON object",
    ]


def test_a_webhook_says_what_had_an_effect_and_why_the_rest_has_none() -> None:
    async def story(site: Site) -> None:
        deleted = {"subscriptionType": "deal.deletion", "objectId": 7, "occurredAt": NOW - 9}
        forgotten = {"subscriptionType": "contact.privacyDeletion", "objectId": 9, "occurredAt": NOW - 9}
        coloured = {"subscriptionType": "contact.propertyChange", "objectId": 9, "occurredAt": NOW,
                    "propertyName": "hs_color", "propertyValue": "red"}  # fmt: skip
        status, told = await site.hook("hubspot", [deleted, forgotten, coloured, {**deleted, "objectId": ""}])
        assert (status, told["accepted"], told["success"]) == (200, 2, True)
        assert told["ignored"] == [{"index": 2, "reason": "hs_color says nothing that a journey knows"}]
        assert [each["index"] for each in told["rejected"]] == [3]
        assert [fact.type for fact in site.facts()] == [
            "deletion_recorded", "deletion_recorded", "identity_blocked",
        ]  # fmt: skip
        status, told = await site.hook("hubspot", [coloured])
        assert (status, told["accepted"], len(told["ignored"])) == (200, 0, 1)

    collecting(story)


def test_wrong_paths_and_methods_are_answered_with_a_sentence() -> None:
    async def story(site: Site) -> None:
        status, _, told = await site.request("POST", "/v2/batch", json=PAGE)
        assert (status, "/v1/events" in told["error"]) == (404, True)
        assert (await site.request("GET", "/v1/batch"))[0] == 405
        status, _, told = await site.request("GET", "/")
        assert (status, told.count("\n")) == (200, 1)
        assert (await site.hook("unknown", {"id": "1"}))[0] == 400

    collecting(story)


def test_what_we_did_not_foresee_is_500_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def story(site: Site) -> None:
        async def broken(_: Any) -> None:
            raise RuntimeError("canary wang@acme.cn")

        site.publisher.apublish = broken  # type: ignore[method-assign]  # broken on purpose
        status, told = await site.post("/v1/events", PAGE)
        assert status == 500
        assert "canary" not in json.dumps(told)

    with caplog.at_level(logging.DEBUG):
        collecting(story)
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_nothing_of_a_request_stands_in_logs_or_refusals(caplog: pytest.LogCaptureFixture) -> None:
    canaries = ("canary.person", "13912345678", "wk-canary")

    async def story(site: Site) -> None:
        person = {"email": "canary.person@acme.cn", "phone": "139 1234 5678", "writeKey": "wk-canary"}
        good = {
            "type": "form_submitted",
            "anonymous_id": "a",
            "attributes": {"company": "x", "note": "13912345678"},
        }
        for body in (good | person, person, [person, good | person], {"events": [person], "x": person}):
            _, told = await site.post("/v1/events", body, Authorization="Bearer wk-canary")
            assert not any(canary in json.dumps(told) for canary in canaries)
        for body in (b'{"email": "canary.person@acme.cn", 13912345678', b"canary.person@acme.cn"):
            _, told = await site.post("/v1/events?mail=canary.person@acme.cn", body)
            assert not any(canary in json.dumps(told) for canary in canaries)
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /v1/p HTTP/1.1\r\nAuthorization: Bearer wk-canary" + b"x" * 9000 + b"\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        stored = b"".join(record.key + record.value for record in site.publisher.records).decode()
        assert len(site.publisher.records) == 2
        assert not any(canary in stored for canary in canaries)

    with caplog.at_level(logging.DEBUG):
        collecting(story)
    assert not any(canary in caplog.text for canary in (*canaries, "127.0.0.1"))


async def says_nothing_more(port: int, first: bytes, within: float) -> bool:
    """Connect, send the beginning of something, and tell whether the other side hangs up in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    try:
        async with asyncio.timeout(within):
            await reader.read()
        return True
    except (TimeoutError, ConnectionError) as error:
        return isinstance(error, ConnectionError)
    finally:
        writer.close()


ANSWERED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "first", [b"", b"POST /v1/ev", b"POST /v1/events HTTP/1.1\r\nHost: x\r\n", ANSWERED, ANSWERED + b"GET /"]
)
def test_who_never_comes_to_the_point_is_cut_off(first: bytes) -> None:
    async def story(site: Site) -> None:
        assert await says_nothing_more(site.port, first, within=2)

    collecting(story, patience=0.3)


def test_half_a_body_is_waited_for_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.bodies.STALLED_SECONDS", 0.3)

    async def story(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        async with asyncio.timeout(4):
            assert b" 408 " in await reader.readline()
        writer.close()

    collecting(story)


def test_two_hundred_silent_connections_keep_nobody_out() -> None:
    async def story(site: Site) -> None:
        silent = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(200)]
        for _, writer in silent:
            writer.write(b"POST /v1/events HT")
        for _ in range(10):
            assert (await site.post("/v1/events", PAGE))[0] == 200
        for _, writer in silent:
            writer.close()

    collecting(story, most=50, patience=60)


async def timed(sending: Awaitable[tuple[int, Any]]) -> tuple[int, float]:
    """Wait for an answer, and return its status and after how many seconds it came."""
    began = asyncio.get_running_loop().time()
    status, _ = await sending
    return status, asyncio.get_running_loop().time() - began


def test_too_much_in_work_is_refused_and_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.intake.IN_WORK", 1000)
    monkeypatch.setattr("producers.collector.bodies.HELD_BACK_SECONDS", 0.1)

    async def story(site: Site) -> None:
        site.publisher.delay = 0.3
        title = {"title": "x" * 400}
        answers = await asyncio.gather(*(timed(site.post("/v1/events", PAGE | title)) for _ in range(5)))
        assert sorted(status for status, _ in answers) == [200, 200, 503, 503, 503]
        assert all(seconds >= 0.1 for _, seconds in answers)
        assert (await site.post("/v1/events", PAGE))[0] == 200

    collecting(story)
