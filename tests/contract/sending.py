"""Lets an unmodified SDK send to a collector that listens, and says what became of its events.

To add an SDK:

1. Pin it in package.json (npm) or sdks.txt (pip) beside this file.
2. Write a program in programs/ that plays the visitor's story: it opens LANDING, sends a form named "trial"
   with EMAIL, says who he is, and makes an event of its own. A program for Python or Node gets the address
   of the collector, the write key and LANDING as arguments, and ends by itself when all is sent, or with an
   error. One for browsers is an HTML page: it is opened at LANDING's path and query, `/sdks/` are the npm
   packages, and the fragment says `#collector=…&key=…`.
3. Add an Sdk to SDKS in test_sdks.py: how many events its program sends, and what facts they must be.

`make contract` installs and runs all; then SDKS=.venv/sdks and pytest's `-k NAME` run one.
"""

import asyncio
import importlib.metadata
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from browser.chromium import browser
from memory_publisher import MemoryPublisher
from pydantic import SecretStr
from tokens import TOKENISER

from producers.collector.server import build_collector, listening
from producers.publishing.publisher import PublishError
from schemas.codec import Encoded, decode
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from settings import Settings

HERE = Path(__file__).parent
KEY = "key-in-a-web-page"
EMAIL = "wang@acme.cn"
QUERY = "?utm_source=baidu&utm_medium=cpc&utm_term=%E5%AE%A2%E6%88%B7&bd_vid=8123"
LANDING = f"https://www.site.cn/demo{QUERY}"
ENDS_WITHIN, ARRIVES_WITHIN = 60.0, 40.0
SETTLES = 1.0  # seconds in which nothing more comes


@dataclass(frozen=True)
class Sdk:
    """An SDK, the program that uses it, and what its events must become.

    `sent` are its events, `facts` how many of each type they make, `by_leaving` those that come only when the
    visitor leaves the page. `again` says whether it sends again what was not confirmed, `way` which of
    its ways to send this is, if it has several.
    """

    package: str
    runs_in: Literal["python", "node", "browser"]
    program: str
    source: str
    sent: int
    facts: Mapping[str, int]
    again: bool = True
    by_leaving: Mapping[str, int] = field(default_factory=dict)
    way: str = ""

    def version(self, folder: Path) -> str | None:
        """The version that is installed in a folder, None if none is."""
        if self.runs_in == "python":
            found = importlib.metadata.distributions(name=self.package, path=[str(folder / "python")])
            return next((each.version for each in found), None)
        about = folder / "node_modules" / self.package / "package.json"
        return str(json.loads(about.read_text("utf-8"))["version"]) if about.exists() else None


class Unsure(MemoryPublisher):
    """Keeps what it gets, but the first time doesn't say so: who sends again then sends what is there."""

    def __init__(self, topics: Iterable[str], unsure: int) -> None:
        super().__init__(topics)
        self._unsure = unsure

    async def apublish(self, records: Iterable[Encoded]) -> None:
        kept = list(records)
        self.publish(kept)
        if kept and self._unsure > 0:
            self._unsure -= 1
            raise PublishError("the Kafka broker in memory did not confirm in time")


@dataclass
class Outcome:
    """What came of a run: facts, one for each id, all records, and what the browser complained of."""

    facts: list[Any]
    records: int
    complaints: list[str]


async def sending(sdk: Sdk, folder: Path, chromium: str | None, unsure: int = 0) -> Outcome:
    """Let an SDK send its events; the first `unsure` requests are stored, and answered as if they weren't."""
    publisher = Unsure((WEBSITE.name, UTM.name, CRM.name, LINKS.name), unsure)
    settings = Settings(collector_write_keys=(SecretStr(KEY),))
    app = build_collector(settings, publisher, TOKENISER, lambda: time.time_ns() // 1_000_000)
    complaints: list[str] = []
    async with listening(app, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        if sdk.runs_in == "browser":
            assert chromium is not None
            complaints = await _in_a_browser(sdk, folder, chromium, url, publisher, unsure)
        else:
            await _in_a_process(sdk, folder, url)
            await _arrived(lambda: len(_facts(publisher)) >= sum(sdk.facts.values()))
    return Outcome(_facts(publisher), len(publisher.records), complaints)


def _facts(publisher: MemoryPublisher) -> list[Any]:
    """The facts; of several with one id the first, as everybody who reads the topics takes them."""
    first: dict[str, Any] = {}
    for record in publisher.records:
        fact: Any = decode(record.topic, record.value)
        first.setdefault(fact.event_id, fact)
    return list(first.values())


async def _arrived(is_there: Callable[[], bool]) -> None:
    """Wait until something is there, and then as long as more might come; whoever waits in vain goes on."""
    until = time.monotonic() + ARRIVES_WITHIN
    while not is_there() and time.monotonic() < until:
        await asyncio.sleep(0.05)
    await asyncio.sleep(SETTLES)


async def _in_a_process(sdk: Sdk, folder: Path, url: str) -> None:
    program = str(HERE / "programs" / sdk.program)
    packages = {"PYTHONPATH": str(folder / "python"), "NODE_PATH": str(folder / "node_modules")}
    command = [sys.executable, program] if sdk.runs_in == "python" else ["node", program]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("LEADTRACE_")}
    process = await asyncio.create_subprocess_exec(
        *command, url, KEY, LANDING,
        env=surroundings | packages, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(ENDS_WITHIN):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode("utf-8", "replace")


async def _in_a_browser(
    sdk: Sdk, folder: Path, chromium: str, url: str, publisher: MemoryPublisher, unsure: int
) -> list[str]:
    """Open the page of the program in a browser, wait for its events, leave it, and wait again."""

    def is_there(facts: int) -> Callable[[], bool]:
        def told() -> bool:
            ids = len(_facts(publisher))
            return ids >= facts and (not unsure or not sdk.again or len(publisher.records) > ids)

        return told

    stayed = sum(sdk.facts.values())
    async with _pages(sdk, folder) as site, browser(chromium) as tab:
        await tab.go(f"{site}/demo{QUERY}#collector={url}&key={KEY}")
        await _arrived(is_there(stayed))
        if sdk.by_leaving:
            await tab.go("about:blank")
            await _arrived(is_there(stayed + sum(sdk.by_leaving.values())))
        return tab.complaints


@asynccontextmanager
async def _pages(sdk: Sdk, folder: Path) -> AsyncIterator[str]:
    """A website at another origin than the collector's, with one page and the packages from npm."""

    async def page(_: web.Request) -> web.Response:
        text = (HERE / "programs" / sdk.program).read_text("utf-8")
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    app = web.Application()
    app.router.add_get("/demo", page)
    app.router.add_static("/sdks", folder / "node_modules")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def types_of(outcome: Outcome) -> dict[str, int]:
    """How many facts there are of each type."""
    return dict(Counter(fact.type for fact in outcome.facts))


def people_in(outcome: Outcome) -> list[set[str]]:
    """The identifiers of the facts, together where one fact says that they are one person."""
    groups: list[set[str]] = []
    for fact in outcome.facts:
        mine = {fact.subject, *fact.others}
        for group in [each for each in groups if each & mine]:
            groups.remove(group)
            mine |= group
        groups.append(mine)
    return groups
