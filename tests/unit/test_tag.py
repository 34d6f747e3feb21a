"""The tag as the collector serves it: small, kept by browsers, true to its source; and the id that lasts."""

import asyncio
import gzip
import re
from typing import Any

import pytest
from collecting import Site, collecting

from producers.collector.tag import PATH, squeezed, tag_of, tag_source

KIB = 1024
PAGE = {"type": "page_viewed", "anonymous_id": "0f" * 16, "url": "https://www.shop.cn/"}


def test_the_tag_is_smaller_than_three_kilobytes_as_it_is_served() -> None:
    assert len(tag_of(tag_source()).packed) < 3 * KIB


def test_only_comments_and_blanks_are_left_out_of_it() -> None:
    source = tag_source()
    plain = squeezed(source)
    assert "//" not in plain.replace("://", "")
    code = "".join(line for line in source.splitlines() if not line.strip().startswith("//"))
    assert re.sub(r"\s", "", plain) == re.sub(r"\s", "", code)
    texts = re.compile(r'"(?:[^"\\]|\\.)*"')
    assert texts.findall(plain) == texts.findall(code)


def test_its_source_has_nothing_that_loses_its_meaning_with_a_blank() -> None:
    code = [line.strip() for line in tag_source().splitlines() if not line.strip().startswith("//")]
    for line in code:
        # Texts of another kind, signs that would become others, comments behind a statement.
        assert not re.search(r"[`']|\+ \+|- -|\s//|/\*", line), line


def test_blanks_within_texts_stay() -> None:
    assert (
        squeezed('  let a = "b = (c) ; \\" d" + e;\n  // no\n\n  f();\n')
        == 'let a="b = (c) ; \\" d"+e;\nf();\n'
    )


@pytest.mark.enable_socket
def test_it_is_served_packed_and_kept_by_browsers() -> None:
    async def story(site: Site) -> None:
        status, headers, told = await site.request("GET", PATH)
        assert (status, told) == (200, tag_of(tag_source()).plain.decode())
        assert headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert headers["Cache-Control"] == "public, max-age=3600"
        assert headers["Vary"] == "Accept-Encoding"
        again, _, nothing = await site.request("GET", PATH, headers={"If-None-Match": f"W/{headers['ETag']}"})
        assert (again, nothing) == (304, "")
        other, _, _ = await site.request("GET", PATH, headers={"If-None-Match": '"old"'})
        assert other == 200
        _, of_a_page, _ = await site.request("GET", PATH, headers={"Origin": "https://www.shop.cn"})
        assert of_a_page["Vary"] == "Accept-Encoding, Origin"
        raw = await _raw(site.port, "Accept-Encoding: gzip")
        assert gzip.decompress(raw.partition(b"\r\n\r\n")[2]).decode() == told
        assert b"text/javascript" in await _raw(site.port, "Accept-Encoding: identity")
        assert (await site.request("HEAD", PATH))[0] == 200

    collecting(story)


async def _raw(port: int, header: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("page", "host", "domain"),
    [
        ("https://www.shop.cn", "collect.shop.cn", "shop.cn"),
        ("http://shop.com.cn:8000", "t.shop.com.cn:8080", "shop.com.cn"),
        ("https://www.shop.cn", "collect.example.com", ""),
        ("https://a.com.cn", "b.com.cn", ""),
        ("null", "collect.shop.cn", ""),
        ("", "collect.shop.cn", ""),
    ],
)
def test_the_id_of_a_browser_lasts_where_page_and_collector_are_of_one_site(
    page: str, host: str, domain: str
) -> None:
    async def story(site: Site) -> None:
        headers = {"Host": host} | ({"Origin": page} if page else {})
        _, given, _ = await site.request("POST", "/v1/events", json=PAGE, headers=headers)
        cookie = given.get("Set-Cookie", "")
        assert cookie.startswith(f"_leadtrace={'0f' * 16}; Domain={domain};") if domain else not cookie
        assert ("Secure" in cookie) == (bool(domain) and page.startswith("https"))
        assert "Max-Age=34560000" in cookie or not domain
        assert "HttpOnly" not in cookie

    collecting(story)


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "event",
    [{"user_id": "u1"}, {"email": "wang@acme.cn"}, {"anonymous_id": "a;b=c" * 4}, {"anonymous_id": "a" * 65}],
)
def test_only_what_looks_like_the_id_of_a_browser_is_kept_for_it(event: dict[str, Any]) -> None:
    async def story(site: Site) -> None:
        told = {"type": "page_viewed", "url": "https://www.shop.cn/", **event}
        headers = {"Host": "collect.shop.cn", "Origin": "https://www.shop.cn"}
        status, given, _ = await site.request("POST", "/v1/events", json=told, headers=headers)
        assert (status, "Set-Cookie" in given) == (200, False)

    collecting(story)
