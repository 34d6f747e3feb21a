"""The cockpit over HTTP: pages, files, languages, and what goes wrong."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from cockpits import Stored, cockpit, result, text_of

from answers import picture
from sinks.clickhouse import ClickHouseAwayError, UnknownRefusalError
from sinks.report_files import list_reports

pytestmark = pytest.mark.enable_socket

FUNNEL = result(
    "channel currency impressions clicks cost visits visitors leads mqls sales_qualified opportunities pocs "
    "won revenue",
    ("<script>alert(1)</script>", "CNY", 900, 90, 5, 10, 9, 2, 1, 1, 1, 1, 1, 100),
)


def look(stored: Stored, visit: Callable[[TestClient[Any, Any]], Awaitable[None]], **given: Any) -> None:
    async def run() -> None:
        async with cockpit(stored, **given) as client:
            await visit(client)

    asyncio.run(run())


def test_every_report_is_a_page_and_a_hostile_name_is_text() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = await text_of(client, "/reports/funnel?during=2026-09&by=channel")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "<script>alert" not in text
        assert 'href="/reports/funnel.csv?' in text
        listed = await text_of(client, "/reports")
        for report in list_reports():
            assert f'href="/reports/{report.name}"' in listed

    stored = Stored({"funnel": FUNNEL})
    look(stored, visit)
    name, parameters = next(each for each in stored.asked if each[0] == "funnel")
    assert (name, parameters) == ("funnel", {"by": "channel", "from": "2026-09-01", "to": "2026-09-30"})


def test_an_answer_is_a_file_as_the_command_writes_it() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/reports/funnel.csv")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="funnel.csv"'
        assert (await answer.read()).startswith(b"\xef\xbb\xbfchannel,currency")
        assert (await (await client.get("/reports/funnel.json")).json())[0]["leads"] == 2
        assert (await (await client.get("/reports/funnel.xlsx")).read()).startswith(b"PK")

    look(Stored({"funnel": FUNNEL}), visit)


def test_a_chart_is_a_file_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_can_write", lambda _: True)  # whatever fonts this machine has

    async def visit(client: TestClient[Any, Any]) -> None:
        text = await text_of(client, "/reports/funnel?during=2026-09")
        assert 'href="/reports/funnel/chart-1.png?from=2026-09-01&amp;to=2026-09-30" download' in text
        answer = await client.get("/reports/funnel/chart-1.png")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="funnel-1.png"'
        assert (await answer.read()).startswith(b"\x89PNG")
        drawn = await (await client.get("/reports/funnel/chart-1.svg")).text()
        assert drawn.startswith("<svg")
        assert "<script>" not in drawn

    look(Stored({"funnel": FUNNEL}), visit)


def test_without_a_font_for_a_chart_a_page_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        assert "fonts-wqy-microhei" in await text_of(client, "/reports/funnel/chart-1.png", 404)
        assert (await client.get("/reports/funnel/chart-1.svg")).status == 200

    monkeypatch.setattr(picture, "_can_write", lambda _: False)
    look(Stored({"funnel": FUNNEL}), visit)


def test_a_file_has_what_its_page_shows_whatever_other_filters_the_address_has() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/reports/funnel.csv?during=2026-09&lang=zh&compare=year")
        assert answer.status == 200
        assert (await client.get("/reports/funnel.csv?bye=channel")).status == 400

    stored = Stored({"funnel": FUNNEL})
    look(stored, visit)
    assert ("funnel", {"from": "2026-09-01", "to": "2026-09-30"}) in stored.asked


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/reports/funnel?by=nothing", 400, "the parameter &#39;by&#39; must be"),
        ("/reports/funnel?during=soon", 400, "must be a day like"),
        ("/reports/funnel?bye=channel", 400, "has no parameter"),
        ("/reports/funel", 400, "did you mean &#39;funnel&#39;"),
        ("/reports?modl=first", 400, "did you mean &#39;model&#39;"),
        ("/nowhere", 404, "there is no such page"),
        ("/static/../settings.py", 404, "there is no"),
        ("/static/nothing.css", 404, "there is no file"),
        ("/reports/funnel/chart-99.png", 404, "charts"),
        ("/reports/funel/chart-1.svg", 400, "did you mean &#39;funnel&#39;"),
    ],
)
def test_a_wrong_address_is_a_page_that_says_what_is_wrong(path: str, status: int, says: str) -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = await text_of(client, path, status)
        assert says.lower() in text.lower()
        assert "Traceback" not in text

    look(Stored({"funnel": FUNNEL}), visit)


def test_a_page_says_that_clickhouse_is_away_and_comes_back_by_itself() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/reports/funnel")
        assert answer.status == 503
        assert answer.headers["Refresh"] == "5"
        assert "127.0.0.1:9 does not answer" in await answer.text()

    look(Stored({"trust": ClickHouseAwayError("ClickHouse at 127.0.0.1:9 does not answer")}), visit)


@pytest.mark.parametrize(
    ("error", "status"), [(UnknownRefusalError("it refuses", 999), 502), (RuntimeError("secret"), 500)]
)
def test_what_nobody_foresaw_is_a_page_as_well(error: Exception, status: int) -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = await text_of(client, "/reports/funnel", status)
        assert "secret" not in text

    look(Stored({"funnel": error}), visit)


def test_the_language_is_the_browsers_or_that_of_the_address() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        chinese = await client.get("/reports", headers={"Accept-Language": "fr, zh-CN;q=0.9, en;q=0.1"})
        assert '<html lang="zh">' in (text := await chinese.text())
        assert "全部报表" in text
        assert '<html lang="en">' in await text_of(client, "/reports?lang=en")
        assert '<html lang="zh">' in await text_of(client, "/nowhere?lang=zh", 404)

    look(Stored(), visit)


def test_nothing_from_elsewhere_runs_or_is_loaded() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/reports/funnel")
        text = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", text)
        assert not re.findall(r"<script(?! src)|<style|\sstyle=|\son\w+=", text)
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
            file = await client.get(address)
            assert file.status == 200
            assert "immutable" in file.headers["Cache-Control"]

    look(Stored({"funnel": FUNNEL}), visit)


def test_a_page_says_until_when_and_on_what_its_numbers_stand() -> None:
    kept = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)
    trust = result(
        "area what concerned of_all share newest_at learnt_at says",
        ("completeness", "leads_unattributed", 22, 218, 0.1, None, None, ""),
        ("completeness", "leads_direct", 14, 218, 0.1, None, None, ""),
        ("maturity", "leads_too_young", 3, 218, 0.1, None, None, ""),
        ("waiting", "dead letters", 7, None, None, None, None, ""),
    )

    async def visit(client: TestClient[Any, Any]) -> None:
        text = " ".join((await text_of(client, "/reports/funnel")).split())
        assert "Data to 2026-10-05 09:00" in text
        assert "of 218 leads 22 without any touch before, 14 direct, 3 too young to judge" in text
        assert "7 records could not be understood" in text

    look(Stored({"funnel": FUNNEL, "trust": trust}, kept_at=kept), visit)


def test_a_page_that_the_browser_has_is_not_made_again_until_something_else_is_kept() -> None:
    stored = Stored({"funnel": FUNNEL}, kept_at=datetime(2026, 10, 5, 1, 0, tzinfo=UTC), state="1")

    async def visit(client: TestClient[Any, Any]) -> None:
        first = await client.get("/reports/funnel")
        has = {"If-None-Match": first.headers["ETag"]}
        stored.asked.clear()
        again = await client.get("/reports/funnel", headers=has)
        assert (again.status, await again.text()) == (304, "")
        assert "funnel" not in [name for name, _ in stored.asked]
        assert again.headers["ETag"] == first.headers["ETag"]
        for path in ("/reports/funnel?lang=zh", "/reports/funnel?mode=cohort"):
            assert (await client.get(path, headers=has)).status == 200
        stored.state = "2"
        assert (await client.get("/reports/funnel", headers=has)).status == 200
        stored.state = ""  # of what is stored at this moment, every answer may be another
        assert "ETag" not in (await client.get("/reports/funnel", headers=has)).headers

    look(stored, visit)


def test_of_pages_about_people_no_browser_keeps_anything() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/leads")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers

    look(Stored({}, state="1"), visit)
