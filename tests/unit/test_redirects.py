"""Tagged links as they are clicked: who is sent where, what becomes a touch, and whom it is tied to."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar
from collecting import NOW, TOKENISER
from memory_publisher import MemoryPublisher

from producers.collector.server import build_collector, listening
from producers.publishing.publisher import PublishError
from schemas.codec import Encoded, decode
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from schemas.utm import CampaignTouched
from schemas.website import PageViewed
from settings import Settings

pytestmark = pytest.mark.enable_socket

TARGET = "https://www.shop.cn/offer?p=1#top"
TAGS = {"utm_source": "edm", "utm_medium": "email", "utm_campaign": "spring"}
SPRING = {"code": "spring", "target": TARGET, "tags": TAGS, "kind": "email_click"}
PDF = SPRING | {"code": "pdf", "target": "https://www.shop.cn/a.pdf", "knows_at_click": True}
WANG = TOKENISER.email("wang@acme.cn")
RECIPIENT = {"recipient": "abcdefgh12", "who": WANG, "link": "spring"}
LANDING = "https://www.shop.cn/offer?p=1&utm_source=edm&utm_medium=email&utm_campaign=spring"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) MicroMessenger/8.0"
ELSEWHERE = {"Host": "t.example.com", "User-Agent": BROWSER}
SAME_SITE = {"Host": "t.shop.cn", "User-Agent": BROWSER}


class Clicks:
    """A collector with links, and whoever clicks on them."""

    def __init__(self, port: int, publisher: MemoryPublisher, client: ClientSession) -> None:
        self.publisher, self._port, self._client = publisher, port, client

    async def click(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
        """Follow a link; return status, where it leads, and all headers."""
        url = f"http://127.0.0.1:{self._port}{path}"
        async with self._client.request(method, url, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), answer.headers

    async def view(self, url: str, agent: str = BROWSER, **more: Any) -> PageViewed:
        """Tell that a browser shows a page; return what became of it."""
        event = {"type": "page_viewed", "anonymous_id": "0f" * 16, "url": url, **more}
        address = f"http://127.0.0.1:{self._port}/v1/events"
        async with self._client.post(address, json=event, headers={"User-Agent": agent}) as answer:
            assert answer.status == 200
        return self.facts()[-1]

    def facts(self) -> list[Any]:
        return [decode(each.topic, each.value) for each in self.publisher.records]


def clicking(
    folder: Path,
    story: Callable[[Clicks], Awaitable[None]],
    lines: list[Any] | None = None,
    publisher: MemoryPublisher | None = None,
    **settings: Any,
) -> None:
    held = [SPRING, PDF, RECIPIENT] if lines is None else lines
    (folder / "links.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in held))
    given = {"data_dir": folder, "link_targets": ("shop.cn",), **settings}

    async def play() -> None:
        keeping = publisher or MemoryPublisher((WEBSITE.name, UTM.name, CRM.name, LINKS.name))
        app = build_collector(
            Settings(**given),
            keeping,
            TOKENISER,
            lambda: NOW,
            is_machine=lambda agent: "bot" in agent.lower(),
        )
        async with (
            listening(app, "127.0.0.1", 0) as port,
            ClientSession(cookie_jar=DummyCookieJar()) as client,
        ):
            await story(Clicks(port, keeping, client))

    asyncio.run(play())


def test_a_click_is_a_touch_and_leads_on_with_the_tags_of_the_link(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        status, landing, headers = await clicks.click(
            "/l/Spring", Referer="https://mail.example/?u=wang@acme.cn", **SAME_SITE
        )
        (touch,) = clicks.facts()
        assert isinstance(touch, CampaignTouched)
        assert status == 302
        assert landing == f"{LANDING}&lt_click={touch.event_id.replace('-', '')}#top"
        assert (touch.kind, touch.url, touch.occurred_at) == ("email_click", f"{LANDING}#top", NOW)
        assert "wang" not in touch.referrer
        assert headers["Cache-Control"] == "no-store"

    clicking(tmp_path, story)


def test_where_page_and_links_are_of_one_site_the_cookie_says_who_it_is(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        _, landing, headers = await clicks.click("/l/spring", **SAME_SITE)
        cookie = headers["Set-Cookie"]
        browser = cookie.partition("=")[2].partition(";")[0]
        assert "Domain=shop.cn" in cookie
        assert "Max-Age=34560000" in cookie
        _, _, again = await clicks.click("/l/spring", Cookie=f"_leadtrace={browser}", **SAME_SITE)
        assert again["Set-Cookie"].startswith(f"_leadtrace={browser};")
        assert {touch.subject for touch in clicks.facts()} == {f"anon:{browser}"}
        assert browser not in landing

    clicking(tmp_path, story)


def test_on_another_site_the_page_is_told_whose_browser_clicked(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        _, landing, headers = await clicks.click("/l/spring", **ELSEWHERE)
        assert "Domain=example.com" in headers["Set-Cookie"]
        (touch,) = clicks.facts()
        view = await clicks.view(landing)
        assert view.others == (touch.subject,)
        assert view.url == f"{LANDING}&lt_click={touch.event_id.replace('-', '')}#top"

    clicking(tmp_path, story)


def test_a_recipients_click_names_the_mailbox_once_a_page_has_been_seen(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        _, landing, _ = await clicks.click("/l/spring?r=abcdefgh12", **SAME_SITE)
        (touch,) = clicks.facts()
        assert touch.others == ()
        assert WANG.partition(":")[2] not in landing
        assert (await clicks.view(landing)).others == (WANG,)
        engaged = {"type": "page_engaged", "dwell_ms": 5}
        told = await clicks.view(landing, **engaged)
        assert (told.others, told.url) == ((), f"{LANDING}&lt_click={touch.event_id.replace('-', '')}#top")

    clicking(tmp_path, story)


def test_where_no_page_can_prove_it_the_click_itself_may(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        await clicks.click("/l/pdf?r=abcdefgh12", **ELSEWHERE)
        await clicks.click("/l/pdf?r=nobodyhas1", **ELSEWHERE)
        assert [touch.others for touch in clicks.facts()] == [(WANG,), ()]

    clicking(tmp_path, story)


@pytest.mark.parametrize("case", ["another browser", "another touch", "another recipient"])
def test_an_address_that_was_passed_on_or_made_up_ties_nobody(tmp_path: Path, case: str) -> None:
    async def story(clicks: Clicks) -> None:
        _, landing, _ = await clicks.click("/l/spring?r=abcdefgh12", **ELSEWHERE)
        before, _, rest = landing.partition("lt_click=")
        told = {
            "another browser": landing,
            "another touch": f"{before}lt_click={'0' * 32}{rest[32:]}",
            "another recipient": landing.replace(".abcdefgh12.", ".abcdefgh13."),
        }
        view = await clicks.view(told[case], "Mozilla/5.0 (X11)" if case == "another browser" else BROWSER)
        assert view.others == ()
        assert "abcdefgh" not in view.url

    lines = [SPRING, RECIPIENT, RECIPIENT | {"recipient": "abcdefgh13"}]
    clicking(tmp_path, story, lines)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Slackbot-LinkExpanding 1.0"},
        {"User-Agent": ""},
        {"Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"X-Purpose": "preview"},
        {"Sec-Fetch-Dest": "image"},
        {"DNT": "1"},
        {"Sec-GPC": "1"},
    ],
    ids=str,
)
def test_machines_previews_and_who_wants_no_trace_are_sent_on_and_leave_none(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async def story(clicks: Clicks) -> None:
        status, landing, given = await clicks.click("/l/spring?r=abcdefgh12", **(ELSEWHERE | headers))
        assert (status, landing) == (302, f"{LANDING}#top")
        assert "Set-Cookie" not in given
        assert clicks.facts() == []
        status, landing, _ = await clicks.click("/l/spring", "HEAD", **ELSEWHERE)
        assert (status, landing, clicks.facts()) == (302, f"{LANDING}#top", [])

    clicking(tmp_path, story)


def test_without_the_cookie_each_click_is_of_a_browser_that_the_page_then_names(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        known = {"Cookie": f"_leadtrace={'ab' * 16}"}
        _, landing, headers = await clicks.click("/l/spring", **known, **SAME_SITE)
        (touch,) = clicks.facts()
        assert "Set-Cookie" not in headers
        assert touch.subject != f"anon:{'ab' * 16}"
        assert (await clicks.view(landing)).others == (touch.subject,)

    clicking(tmp_path, story, link_cookie=False)


def test_click_ids_of_ad_platforms_are_handed_on_and_nothing_else(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        query = "gclid=Ab-1_2&x=<script>&utm_source=other&bd_vid=a%20b&msclkid=%22%3E"
        _, landing, _ = await clicks.click(f"/l/spring?{query}", **SAME_SITE)
        assert landing.startswith(f"{LANDING}&gclid=Ab-1_2&bd_vid=a%20b&msclkid=%22%3E&lt_click=")

    clicking(tmp_path, story)


@pytest.mark.parametrize(
    "code",
    ["nothing", "ended", "..%2f..%2fetc", "%00", "a" * 65, "spring%0d%0aSet-Cookie:x", "%E9%93%BE", "a;x"],
)  # fmt: skip
def test_a_code_that_nobody_knows_leads_to_a_plain_page(tmp_path: Path, code: str) -> None:
    async def story(clicks: Clicks) -> None:
        status, landing, headers = await clicks.click(f"/l/{code}", **ELSEWHERE)
        assert (status, landing, headers.get("Set-Cookie")) == (404, "", None)
        assert headers["Content-Type"].startswith("text/html")
        assert clicks.facts() == []

    clicking(tmp_path, story, [SPRING, SPRING | {"code": "ended", "is_ended": True}])


def test_or_to_the_page_that_a_setting_names(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        assert (await clicks.click("/l/nothing", **ELSEWHERE))[:2] == (302, "https://www.shop.cn/")

    clicking(tmp_path, story, link_fallback="https://www.shop.cn/")


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "https://shop.cn.evil.example/", "https://evilshop.cn/", "//evil.example/",
     "https://shop.cn@evil.example/", "https://shop.cn\\@evil.example/", "https:\\\\evil.example\\",
     "javascript:alert(1)", "data:text/html,x", "https://www.shop.cn/\r\nSet-Cookie: a=b", "https:///evil.example",
     "https://www.shop.cn:99999/", "/offer", "https://www.shop.cn /", "http://[::1/"],
)  # fmt: skip
def test_no_link_leads_to_a_host_that_is_not_listed_whatever_the_file_says(
    tmp_path: Path, target: str
) -> None:
    async def story(clicks: Clicks) -> None:
        status, landing, headers = await clicks.click("/l/evil", **ELSEWHERE)
        assert (status, landing, headers.get("Set-Cookie")) == (404, "", None)
        assert clicks.facts() == []

    clicking(tmp_path, story, [{"code": "evil", "target": target}])


def test_without_hosts_to_lead_to_there_are_no_links(tmp_path: Path) -> None:
    async def story(clicks: Clicks) -> None:
        assert (await clicks.click("/l/spring", **ELSEWHERE))[0] == 404

    clicking(tmp_path, story, link_targets=())


def test_a_link_is_followed_at_once_when_it_was_added_and_a_bad_line_stops_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(clicks: Clicks) -> None:
        assert (await clicks.click("/l/new", **ELSEWHERE))[0] == 404
        with (tmp_path / "links.jsonl").open("a") as file:
            file.write('{"code": "NEW"}\nnonsense wang@acme.cn\n[]\n' + json.dumps(SPRING | {"code": "new"}))
            file.flush()
            assert (await clicks.click("/l/new", **ELSEWHERE))[0] == 404
            file.write("\n")
        assert (await clicks.click("/l/new", **ELSEWHERE))[0] == 302
        (tmp_path / "links.jsonl").unlink()
        assert (await clicks.click("/l/new", **ELSEWHERE))[0] == 404

    clicking(tmp_path, story)
    said = [record.getMessage() for record in caplog.records if record.name == "producers.links.link_file"]
    assert [line.partition(" of ")[0] for line in said] == ["line 4", "line 5", "line 6"]
    assert "wang" not in caplog.text


class SlowPublisher(MemoryPublisher):
    """A broker that takes its time, or is away for as long as anybody waits for it."""

    def __init__(self, seconds: float, is_lost: bool) -> None:
        super().__init__((WEBSITE.name, UTM.name))
        self.seconds, self.is_lost = seconds, is_lost

    async def apublish(self, records: Any) -> None:
        given: list[Encoded] = list(records)
        await asyncio.sleep(self.seconds)
        if self.is_lost:
            raise PublishError("the Kafka broker did not confirm in time")
        self.publish(given)


@pytest.mark.parametrize("is_lost", [False, True])
def test_whoever_clicks_never_waits_for_the_broker_and_what_is_lost_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, is_lost: bool
) -> None:
    publisher = SlowPublisher(0.8, is_lost)

    async def story(clicks: Clicks) -> None:
        began = asyncio.get_running_loop().time()
        status, landing, _ = await clicks.click("/l/spring", **SAME_SITE)
        assert asyncio.get_running_loop().time() - began < 0.75
        assert (status, landing.startswith(LANDING), clicks.facts()) == (302, True, [])

    clicking(tmp_path, story, publisher=publisher)
    # What was on its way when the collector ended came to its end.
    assert len(publisher.records) == (0 if is_lost else 1)
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == (
        ["a click on a tagged link was lost, and its visitor sent on: the broker did not confirm"] * is_lost
    )
