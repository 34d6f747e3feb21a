"""Snowplow's, Matomo's, Sensors Data's and GA4's protocols over HTTP: bodies, keys, cookies and answers."""

import gzip
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from collecting import ADMIN_KEY, KEYS, NOW, WEBSITE_KEY, Site, collecting

pytestmark = pytest.mark.enable_socket

TP2 = "/com.snowplowanalytics.snowplow/tp2"
ORIGIN = {"Origin": "https://www.x.cn"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HIT = {"idsite": "1", "rec": "1", "_id": "0123456789abcdef", "url": "https://x.cn/", "r": "123456"}
CLIENT = {"client_id": "c-1", "timestamp_micros": NOW * 1000}


def viewed(n: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "e": "pv",
        "eid": f"0000000{n}-40c9-4d0b-9b4f-2f7d8a3c1e55",
        "duid": f"b-{n}",
        "url": "https://x.cn/",
        **more,
    }


def batch(*events: Any) -> dict[str, Any]:
    return {
        "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
        "data": list(events),
    }


def seen(name: str = "$pageview", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": name, "time": NOW, "distinct_id": "b-1", "properties": {}, **more}


def coded(value: Any, packed: bool = False) -> str:
    text = json.dumps(value).encode()
    return b64encode(gzip.compress(text, mtime=0) if packed else text).decode()


def test_a_snowplow_batch_is_answered_200_whatever_is_wrong_with_one_of_its_events() -> None:
    async def story(site: Site) -> None:
        status, told = await site.post(TP2, batch(viewed(1), {"e": "??"}, viewed(2)))
        assert (status, told["accepted"], [each["index"] for each in told["rejected"]]) == (200, 2, [1])
        # A 4xx would make the tracker forget its batch, a 5xx make it send the same for ever.
        status, told = await site.post(TP2, batch({"e": "??"}))
        assert (status, told["accepted"]) == (200, 0)
        assert [fact.subject for fact in site.facts()] == ["anon:b-1", "anon:b-2"]

    collecting(story)


@pytest.mark.parametrize("path", ["/i", "/ice.png", TP2])
def test_a_snowplow_event_in_the_query_of_a_picture(path: str) -> None:
    async def story(site: Site) -> None:
        query = urlencode({"e": "pv", "duid": "b-1", "page": "价格", "stm": str(NOW)})
        status, headers, _ = await site.request(
            "GET", f"{path}?{query}", headers={"Referer": "https://x.cn/a?bd_vid=9"}
        )
        assert (status, headers["Content-Type"]) == (200, "image/gif")
        assert "no-store" in headers["Cache-Control"]
        (fact,) = site.facts()
        assert (fact.url, fact.title) == ("https://x.cn/a?bd_vid=9", "价格")

    collecting(story)


def test_snowplows_preflight_names_credentials_the_origin_and_the_trackers_headers() -> None:
    async def story(site: Site) -> None:
        asked = ORIGIN | {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,sp-anonymous",
        }
        status, headers, _ = await site.request("OPTIONS", TP2, headers=asked)
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, ORIGIN["Origin"])
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert headers["Access-Control-Allow-Headers"] == "content-type,sp-anonymous"

    collecting(story)


def test_a_browser_gets_an_id_in_a_cookie_and_is_known_by_it_when_it_comes_back() -> None:
    async def story(site: Site) -> None:
        _, headers, _ = await site.request("POST", TP2, json=batch(viewed()), headers=ORIGIN)
        cookie = headers["Set-Cookie"]
        given = cookie.partition("=")[2].partition(";")[0]
        assert all(
            each in cookie
            for each in ("sp=", "HttpOnly", "Secure", "SameSite=None", "Path=/", "Max-Age=31536000")
        )
        _, headers, _ = await site.request(
            "POST", TP2, json=batch(viewed(2)), headers={"Cookie": f"sp={given}"}
        )
        assert f"sp={given};" in headers["Set-Cookie"]
        assert [fact.others for fact in site.facts()] == [(), (f"anon:{given}",)]
        _, headers, _ = await site.request("GET", "/i?e=pv&nuid=n-7")
        assert "sp=n-7;" in headers["Set-Cookie"]
        assert site.facts()[2].subject == "anon:n-7"

    collecting(story)


def test_whoever_wants_to_be_unknown_keeps_no_id() -> None:
    async def story(site: Site) -> None:
        unknown = {"SP-Anonymous": "*", "Cookie": "sp=n-7"}
        _, headers, _ = await site.request("POST", TP2, json=batch(viewed(tnuid="n-7")), headers=unknown)
        assert "Max-Age=0" in headers["Set-Cookie"]
        _, headers, _ = await site.request("POST", TP2, json=batch(viewed(2)), headers={"SP-Anonymous": "*"})
        assert "Set-Cookie" not in headers
        assert [fact.others for fact in site.facts()] == [(), ()]

    collecting(story)


def test_a_picture_that_knows_nobody_is_of_whoever_gets_the_id() -> None:
    async def story(site: Site) -> None:
        _, headers, _ = await site.request("GET", "/i?e=pv&url=https%3A%2F%2Fx.cn%2F")
        given = headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        await site.request("GET", "/i?e=pv&url=https%3A%2F%2Fx.cn%2Fa", headers={"Cookie": f"sp={given}"})
        assert [fact.subject for fact in site.facts()] == [f"anon:{given}"] * 2

    collecting(story)


def test_no_cookie_is_given_where_that_is_switched_off() -> None:
    async def story(site: Site) -> None:
        _, headers, _ = await site.request("POST", TP2, json=batch(viewed()))
        assert "Set-Cookie" not in headers
        await site.request("GET", "/i?e=pv&url=https%3A%2F%2Fx.cn%2F")
        assert [fact.subject for fact in site.facts()] == ["anon:b-1"], "a picture is of nobody then"

    collecting(story, collector_network_cookie=False)


@pytest.mark.parametrize(
    ("sent", "status", "kind"),
    [
        (("GET", f"?{urlencode(HIT)}", None), 200, "image/gif"),
        (("GET", f"?{urlencode(HIT | {'send_image': '0'})}", None), 204, ""),
        (("POST", "", urlencode(HIT)), 200, "image/gif"),
        (("POST", f"?{urlencode(HIT)}", ""), 200, "image/gif"),  # how a beacon sends a short hit
        (("POST", "", json.dumps({"requests": [f"?{urlencode(HIT)}"]})), 200, "application/json"),
        (("POST", "", json.dumps({"requests": [HIT]})), 200, "application/json"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/matomo.php", "/piwik.php"])
def test_matomos_hits_come_in_a_query_a_form_or_json(path: str, sent: Any, status: int, kind: str) -> None:
    async def story(site: Site) -> None:
        method, query, body = sent
        got, headers, _ = await site.request(
            method, path + query, data=body, headers=FORM if body is not None else {}
        )
        assert got == status
        assert headers.get("Content-Type", "").startswith(kind) or status == 204
        (fact,) = site.facts()
        assert (fact.type, fact.subject, fact.url) == (
            "page_viewed",
            "anon:0123456789abcdef",
            "https://x.cn/",
        )

    collecting(story)


def test_of_several_hits_of_matomo_each_is_judged_by_itself() -> None:
    async def story(site: Site) -> None:
        hits = [
            f"?{urlencode(HIT)}",
            "?idsite=1",
            7,
            f"?{urlencode(HIT | {'ping': '1'})}",
            "https://m.cn/matomo.php?" + urlencode(HIT),
        ]
        status, told = await site.post("/matomo.php", {"requests": hits, "send_image": 0}, **FORM)
        assert (status, told["status"], told["tracked"], told["invalid"]) == (200, "success", 3, 2)
        assert told["invalid_indices"] == [1, 2]
        assert [fact.type for fact in site.facts()] == ["page_viewed", "page_engaged", "page_viewed"]
        status, told = await site.post("/matomo.php", {"requests": ["?idsite=1"]}, **FORM)
        assert status == 400
        assert (await site.request("GET", "/matomo.php?idsite=1"))[0] == 400

    collecting(story)


@pytest.mark.parametrize(
    ("method", "path", "body", "count"),
    [
        ("GET", f"/sa.gif?data={quote(coded(seen()))}&ext=crc%3D-1", None, 1),
        ("GET", f"/sa?data={coded(seen()).replace('=', '%3D')}", None, 1),
        ("POST", "/sa", urlencode({"data": coded(seen()), "ext": "crc=1"}), 1),
        ("POST", "/sa", urlencode({"data_list": coded([seen(), seen("$WebClick")])}), 2),
        ("POST", "/sa", urlencode({"data_list": coded([seen(), seen("$WebClick")], True), "gzip": "1"}), 2),
        ("POST", "/sa.gif", urlencode({"data": coded(seen(), True), "gzip": "1"}), 1),
        ("POST", "/sa", urlencode({"data": json.dumps(seen())}), 1),
        ("POST", "/sa", json.dumps([seen()]), 1),
    ],
)  # fmt: skip
def test_sensors_events_come_in_base64_packed_or_not(method: str, path: str, body: Any, count: int) -> None:
    async def story(site: Site) -> None:
        status, _, _ = await site.request(method, path, data=body, headers=FORM if body else {})
        assert status == 200
        assert len(site.facts()) == count

    collecting(story)


def test_an_event_of_sensors_that_can_t_be_used_is_not_sent_for_ever() -> None:
    async def story(site: Site) -> None:
        body = urlencode({"data_list": coded([{"type": "??"}])})
        status, _, told = await site.request("POST", "/sa", data=body, headers=FORM)
        assert (status, told["accepted"], len(told["rejected"])) == (200, 0, 1)
        for bad in (
            "",
            "data=",
            "data=%21%21",
            urlencode({"data": coded("x" * 3)[:-3]}),
            urlencode({"data_list": coded([])}),
        ):
            assert (await site.request("POST", "/sa", data=bad, headers=FORM))[0] == 400
        bomb = b64encode(gzip.compress(bytes(50 << 20))).decode()
        assert (await site.request("POST", "/sa", data=urlencode({"data": bomb}), headers=FORM))[0] == 413

    collecting(story)


def test_the_measurement_protocol_is_answered_with_nothing_and_asked_for_reasons_elsewhere() -> None:
    async def story(site: Site) -> None:
        events = [
            {"name": "page_view", "params": {"page_location": "https://x.cn/", "engagement_time_msec": 5000}},
            {},
        ]
        status, _, told = await site.request(
            "POST", "/mp/collect?measurement_id=G-1", json=CLIENT | {"events": events}
        )
        assert (status, told) == (204, "")
        assert [fact.type for fact in site.facts()] == ["page_viewed", "page_engaged"]
        status, _, told = await site.request("POST", "/debug/mp/collect", json=CLIENT | {"events": events})
        assert (status, [each["fieldPath"] for each in told["validationMessages"]]) == (200, ["events[1]"])
        assert len(site.facts()) == 2
        assert (await site.request("POST", "/mp/collect", json=CLIENT | {"events": [{}]}))[0] == 204
        assert (await site.request("POST", "/mp/collect", json=CLIENT))[0] == 400

    collecting(story)


KEYED = {
    "snowplow": ("POST", TP2, json.dumps(batch(viewed(aid="KEY")))),
    "snowplow's picture": ("GET", "/i?e=pv&duid=b-1&dtm=1795299000000&aid=KEY", None),
    "matomo's site": ("GET", f"/matomo.php?{urlencode(HIT | {'idsite': 'KEY'})}", None),
    "matomo's token": ("POST", "/matomo.php", json.dumps({"requests": [HIT], "token_auth": "KEY"})),
    "sensors' token": ("GET", f"/sa.gif?project=default&token=KEY&data={quote(coded(seen()))}", None),
    "sensors' project": ("POST", "/sa?project=KEY", urlencode({"data": coded(seen())})),
    "sensors' event": ("POST", "/sa?project=default", json.dumps(seen(token="KEY"))),
    "ga4": ("POST", "/mp/collect?api_secret=KEY", json.dumps(CLIENT | {"events": [{"name": "scroll"}]})),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYED)
def test_the_write_key_stands_where_each_sdk_has_room_for_one(name: str) -> None:
    async def story(site: Site) -> None:
        method, path, body = KEYED[name]
        for key, answers in ((WEBSITE_KEY, {200, 204}), ("another", {401}), ("", {401})):
            data = body and body.replace("KEY", key)
            status, _, _ = await site.request(method, path.replace("KEY", key), data=data, headers=FORM)
            assert status in answers, key
        assert len(site.facts()) == 1

    collecting(story, **KEYS)


@pytest.mark.parametrize("name", KEYED)
def test_what_is_sent_again_becomes_the_same_fact(name: str) -> None:
    async def story(site: Site) -> None:
        method, path, body = KEYED[name]
        for _ in range(2):
            await site.request(method, path, data=body, headers=FORM)
        once, again = site.facts()
        assert once.event_id == again.event_id

    collecting(story)


@pytest.mark.parametrize("path", [TP2, "/matomo.php", "/sa", "/mp/collect", "/debug/mp/collect"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b"%", b"a=" * 5000, b"[" * 9000]
)
def test_no_body_makes_the_collector_fail(path: str, body: bytes) -> None:
    async def story(site: Site) -> None:
        status, headers, _ = await site.request("POST", path, data=body, headers=ORIGIN)
        assert 400 <= status < 500
        assert headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
        assert site.facts() == []

    collecting(story)


def test_what_trackers_bring_is_counted_among_the_events() -> None:
    async def story(site: Site) -> None:
        for method, path, body in KEYED.values():
            await site.request(method, path, data=body, headers=FORM)
        shown = {"Authorization": f"Bearer {ADMIN_KEY}"}
        _, _, told = await site.request("GET", "/status", headers=shown)
        assert told["answers"] == {"events": {"401": len(KEYED)}}

    collecting(story, **KEYS)
