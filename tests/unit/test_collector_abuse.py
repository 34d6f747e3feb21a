"""The collector among strangers: whatever they send has one answer, and keeps nobody else waiting."""

import asyncio
import gzip
import json
import logging
from typing import Any

import pytest
from collecting import Site, collecting
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from producers.collector.callers import network_of
from producers.collector.rates import Rate

pytestmark = pytest.mark.enable_socket

PAGE = {"type": "page_viewed", "anonymous_id": "a-1", "url": "https://x.cn/"}


async def raw(port: int, request: bytes) -> tuple[int, bytes, Any]:
    """Send bytes as they are; return the status, the head, and the body parsed, of the last answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            while b" 100 " in head:
                head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
            body = await reader.readexactly(length)
        return int(head.split()[1]), head, json.loads(body) if b"application/json" in head else body
    finally:
        writer.close()


REFUSED = {
    b"nonsense\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n": 400,
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n": 400,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": 400,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a hello of TLS\r\n\r\n": 400,
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n": 431,
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 9000 + b"\r\n\r\n": 431,
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200 + b"\r\n": 431,
    b"POST /v1/p HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n": 400,
    b"POST /v1/p HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n": 400,
    b"POST /v1/p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n": 400,
    b"POST /v1/p HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 2\r\n\r\n{}": 417,
    b"CONNECT x.cn:443 HTTP/1.1\r\nHost: x\r\n\r\n": 404,
    b"DELETE /v1/events HTTP/1.1\r\nHost: x\r\n\r\n": 405,
    b"GET /v1/events HTTP/1.0\r\n\r\n": 405,
    b"GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n": 405,
    b"GET /%ff%00/../..//etc HTTP/1.1\r\nHost: x\r\n\r\n": 404,
    b"POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n": 417,
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n": 204,
}


def test_what_the_server_refuses_by_itself_is_answered_in_our_shape() -> None:
    async def story(site: Site) -> None:
        for request, expected in REFUSED.items():
            status, head, told = await raw(site.port, request)
            assert status == expected, request[:60]
            if status != 204:
                assert list(told) == ["error"], request[:60]
                assert b"xxxx" not in told["error"].encode()
            if status == 405:
                assert b"\r\nAllow: " in head
        assert (await site.post("/v1/events", PAGE))[0] == 200

    collecting(story)


def test_who_waits_for_a_word_to_go_on_gets_it_when_the_key_is_right() -> None:
    body = json.dumps(PAGE).encode()
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nAuthorization: Bearer %s\r\n"

    async def story(site: Site) -> None:
        for key, answer in ((b"wrong", b" 401 "), (b"right", b" 100 ")):
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(head % key + b"Content-Length: %d\r\n\r\n" % len(body))
            async with asyncio.timeout(5):
                assert answer in await reader.readline()
                if key == b"right":
                    await reader.readline()
                    writer.write(body)
                    assert b" 200 " in await reader.readline()
            writer.close()

    collecting(story, collector_write_keys=(SecretStr("right"),))


NAMES = ("Authorization", "Content-Type", "Content-Encoding", "Cookie", "Origin", "X-Forwarded-For", "Accept",
         "User-Agent", "Expect", "Transfer-Encoding", "Connection", "Upgrade", "Host", "Range")  # fmt: skip
ANY_LINE = st.binary(max_size=40).filter(lambda line: b"\r" not in line and b"\n" not in line)
HEADER = st.tuples(st.sampled_from([name.encode() for name in NAMES]) | ANY_LINE, ANY_LINE)
PATHS = st.sampled_from([b"/v1/events", b"/v1/batch", b"/v1/t", b"/webhooks/crm/hubspot", b"/v1/import"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
    | st.sampled_from(["page", "track", "identify", "page_viewed", "form_submitted", "a@b.cn", "+861381234"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["type", "batch", "events", "anonymousId", "anonymous_id", "properties", "context",
                         "traits", "attributes", "page", "url", "email", "phone", "sentAt", "timestamp"])
        | st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
BODIES = st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode())
REQUESTS = st.builds(
    lambda method, path, headers, body, packed: (
        b"%s %s HTTP/1.1\r\n%s" % (method, path, b"".join(b"%s: %s\r\n" % each for each in headers))
        + (b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(gzip.compress(body) if packed else body))
        + (gzip.compress(body) if packed else body)
    ),
    st.sampled_from([b"POST"] * 6 + [b"GET", b"HEAD", b"PUT", b"OPTIONS", b"TRACE", b"CONNECT", b"\xff"]),
    PATHS | PATHS | ANY_LINE.map(lambda line: b"/" + line),
    st.lists(HEADER, max_size=4), BODIES, st.booleans(),
)  # fmt: skip


def test_nothing_that_anybody_sends_is_an_error_of_ours() -> None:
    async def story(site: Site) -> None:
        loop = asyncio.get_running_loop()

        async def status_of(request: bytes) -> int:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(request)
            writer.write_eof()
            try:
                async with asyncio.timeout(20):
                    answer = await reader.read()
            except ConnectionError:
                answer = b""
            writer.close()
            return int(answer[9:12] or 0)

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(REQUESTS)
        def any_request(request: bytes) -> None:
            told = asyncio.run_coroutine_threadsafe(status_of(request), loop).result(30)
            assert told < 500, told

        await asyncio.to_thread(any_request)

    collecting(story, most=1000, collector_write_keys=())


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    async def story(site: Site) -> None:
        answers = [await site.request("POST", "/v1/events", json=PAGE) for _ in range(25)]
        assert [status for status, _, _ in answers] == [200] * 20 + [429] * 5
        _, headers, told = answers[-1]
        assert headers["Retry-After"] == "1"
        assert "again later" in told["error"]
        assert (await site.request("GET", "/healthz"))[0] == 200

    collecting(story, collector_address_rate=2)


def test_too_much_with_one_key_keeps_no_other_key_out() -> None:
    async def story(site: Site) -> None:
        for key, expected in (("one", [200] * 10 + [429]), ("two", [200])):
            answers = [await site.post("/v1/events", PAGE | {"write_key": key}) for _ in expected]
            assert [status for status, _ in answers] == expected

    collecting(story, collector_key_rate=1, collector_write_keys=(SecretStr("one"), SecretStr("two")))


def test_behind_proxies_each_visitor_has_an_address_that_nobody_can_claim() -> None:
    async def story(site: Site) -> None:
        async def status(forwarded: str) -> int:
            answer = await site.post("/v1/events", PAGE, **{"X-Forwarded-For": forwarded})
            return answer[0]

        own = [await status(f"203.0.113.{each}, 198.51.100.7, 10.0.0.1") for each in range(11)]
        assert own == [200] * 10 + [429]
        assert await status("198.51.100.7, 198.51.100.8, 10.0.0.1") == 200
        assert await status("198.51.100.7") == 200

    collecting(story, collector_address_rate=1, collector_proxies=2)


def test_without_proxies_nobody_gets_another_address_by_claiming_it() -> None:
    async def story(site: Site) -> None:
        answers = [
            await site.post("/v1/events", PAGE, **{"X-Forwarded-For": f"203.0.113.{each}"})
            for each in range(11)
        ]
        assert [status for status, _ in answers] == [200] * 10 + [429]

    collecting(story, collector_address_rate=1)


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("192.0.2.7:8080", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
     ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
     ("fe80::1%eth0", "fe80::/64"), ("unknown", ""), ("", ""), ("1.2.3.4.5", "")],
)  # fmt: skip
def test_an_address_counts_by_the_line_it_belongs_to(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_bucket_fills_again_and_forgets_who_is_long_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.rates.MOST_CALLERS", 2)
    rate = Rate(per_second=2)
    rate.take("a", 20, now=0)
    assert rate.wait("a", now=0) == 0.5
    assert rate.wait("a", now=0.5) == 0
    assert rate.wait("b", now=0) == 0
    rate.take("b", 1, now=1)
    rate.take("c", 1, now=1)
    assert rate.wait("a", now=0) == 0
    assert Rate(0).wait("a", now=0) == 0


def test_who_sends_more_before_he_has_read_is_refused_and_his_connection_closed() -> None:
    async def story(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 30)
        async with asyncio.timeout(5):
            answers = await reader.read()
        assert (answers.count(b"HTTP/1.1 429"), answers.count(b"HTTP/1.1 200")) == (1, 0)
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        async with asyncio.timeout(5):
            for _ in range(3):
                assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
                await reader.readline()
        writer.close()

    collecting(story)


def test_a_large_body_is_worked_on_in_slices_between_which_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("producers.collector.turns.SLICE_SECONDS", 0)

    async def story(site: Site) -> None:
        large = [PAGE | {"anonymous_id": f"large-{each}"} for each in range(2500)]
        body = gzip.compress(json.dumps(large).encode())
        sending = [asyncio.create_task(site.post("/v1/events", body)) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert (await site.post("/v1/events", PAGE))[0] == 200
        assert not all(each.done() for each in sending)
        assert [(await each)[1]["accepted"] for each in sending] == [2500] * 3

    collecting(story)


def test_a_body_that_takes_longer_than_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.turns.LONGEST_SECONDS", 0.0)

    async def story(site: Site) -> None:
        status, told = await site.post("/v1/events", [PAGE] * 500)
        assert (status, told["error"]) == (413, "reading the body takes too long: send less at once")
        assert (await site.post("/v1/events", PAGE))[0] == 200

    collecting(story)


def test_a_context_that_every_event_of_a_batch_would_get_is_not_larger_than_an_event() -> None:
    async def story(site: Site) -> None:
        batch = [{"type": "page", "anonymousId": "a"}] * 100
        status, told = await site.post("/v1/batch", {"batch": batch, "context": {"x": "y" * 40_000}})
        assert (status, told["error"]) == (400, "the context of the batch is larger than 32 KB")
        deep: Any = {}
        for _ in range(300):
            deep = {"a": deep}
        status, told = await site.post("/v1/batch", {"batch": [*batch, deep, {"x": "y" * 40_000}]})
        assert (status, told["accepted"]) == (200, 100)
        assert told["rejected"][0] == {"index": 100, "error": "the event is nested too deeply"}

    collecting(story)


def test_half_bodies_hold_no_room_that_others_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.intake.IN_WORK", 1 << 20)

    async def story(site: Site) -> None:
        half = b"POST /v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 512000\r\n\r\n" + b" " * 400_000
        for _ in range(8):
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(half)
            await writer.drain()
            assert (await site.post("/v1/events", PAGE))[0] == 200
        large = PAGE | {"title": "x" * 20_000}
        assert (await site.post("/v1/events", [large] * 20))[0] == 200

    collecting(story)


def test_half_bodies_of_who_showed_no_key_go_before_those_of_who_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.intake.IN_WORK", 1 << 20)
    monkeypatch.setattr("producers.collector.bodies.HELD_BACK_SECONDS", 0.1)

    async def story(site: Site) -> None:
        key = b"Authorization: Bearer wk-1\r\n"
        readers = []
        for shown in (key, b"", b""):
            head = b"POST /v1/metrics HTTP/1.1\r\nHost: x\r\n" + shown + b"Content-Length: 400001\r\n\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(head + b" " * 400_000)
            await asyncio.sleep(0.1)
            readers.append((reader, writer))
        async with asyncio.timeout(4):
            assert b" 503 " in await readers[1][0].readline()
            readers[0][1].write(b"1")
            assert b" 200 " in await readers[0][0].readline()
        for _, writer in readers:
            writer.close()

    collecting(story, collector_write_keys=(SecretStr("wk-1"),))


def test_what_a_body_unpacks_to_counts_among_what_is_in_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.intake.IN_WORK", 200 << 10)

    async def story(site: Site) -> None:
        site.publisher.delay = 0.3
        packed = gzip.compress(json.dumps([PAGE | {"title": "x" * 20_000}] * 5).encode())
        answers = await asyncio.gather(*(site.post("/v1/events", packed) for _ in range(2)))
        assert sorted(status for status, _ in answers) == [200, 503]
        assert (await site.post("/v1/events", packed))[0] == 200

    collecting(story)


def test_a_request_that_waits_for_the_broker_makes_no_room_for_new_connections() -> None:
    async def story(site: Site) -> None:
        site.publisher.delay = 0.3
        sending = asyncio.create_task(site.post("/v1/events", PAGE))
        await asyncio.sleep(0.1)
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.close()
        assert (await sending)[0] == 200

    collecting(story, most=1)


def test_a_body_that_drips_in_is_refused_though_it_never_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("producers.collector.bodies.GRACE_SECONDS", 0.2)
    monkeypatch.setattr("producers.collector.bodies.SLOWEST", 1 << 20)

    async def story(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        answer = asyncio.create_task(reader.readline())
        async with asyncio.timeout(4):
            while not answer.done():
                writer.write(b" ")
                await asyncio.sleep(0.05)
        assert b" 408 " in await answer
        writer.close()

    collecting(story)


def test_refusals_are_counted_and_not_written_down(caplog: pytest.LogCaptureFixture) -> None:
    async def story(site: Site) -> None:
        for _ in range(20):
            await site.post("/v1/nothing", b"")
            await raw(site.port, b"nonsense\r\n\r\n")
        site.publisher.away = True
        for _ in range(3):
            assert (await site.post("/v1/events", PAGE))[0] == 503

    with caplog.at_level(logging.INFO):
        collecting(story)
    told = [record.getMessage() for record in caplog.records if record.name.startswith("producers")]
    assert told == [
        "the Kafka broker in memory did not confirm: let it come back",
        "refused in the last minute: 20 with 400, 20 with 404, 3 with 503",
        "2 more times: the Kafka broker in memory did not confirm: let it come back",
    ]
