"""Drives a real Chromium by its own protocol (CDP), and hears what it complains of."""

import asyncio
import base64
import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientWebSocketResponse

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PHONE, DESK = (390, 844), (1360, 900)
STARTS_WITHIN, LOADS_WITHIN = 30.0, 40.0


def find() -> str | None:
    """The path of a Chromium on this machine; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """One page in the browser. `complaints`: errors in its console, and what its policy forbade."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.status = 0

    async def listen(self) -> None:
        """Take what the browser tells until it ends."""
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._waiting.pop(told["id"]).set_result(told)
                continue
            self._hear(told["method"], told["params"])

    def _hear(self, what: str, told: dict[str, Any]) -> None:
        match what:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["exceptionDetails"].get("text")))
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning"):
                self.complaints.append(str([each.get("value") for each in told["args"]]))
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Network.responseReceived" if told["type"] == "Document":
                self.status = told["response"]["status"]

    async def ask(self, method: str, **parameters: Any) -> Any:
        """Send a command; return its result."""
        number = next(self._numbers)
        self._waiting[number] = answer = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        told = await asyncio.wait_for(answer, LOADS_WITHIN)
        assert "error" not in told, told["error"]
        return told["result"]

    async def go(self, url: str) -> None:
        """Open an address, and wait until it is there."""
        self._loaded.clear()
        await self.ask("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), LOADS_WITHIN)

    async def evaluate(self, script: str) -> Any:
        """What a script says in the page; of promises, what they come to."""
        told = await self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def click(self, selector: str) -> None:
        """Click an element as a mouse does, and wait for the page that it leads to."""
        where = await self.evaluate(
            f"(e => {{ e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect();"
            f" return [b.x + Math.min(b.width / 2, 30), b.y + b.height / 2] }})"
            f"(document.querySelector({json.dumps(selector)}))"
        )
        self._loaded.clear()
        for kind in ("mousePressed", "mouseReleased"):
            place = {"x": where[0], "y": where[1]}
            await self.ask("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)
        await asyncio.wait_for(self._loaded.wait(), LOADS_WITHIN)

    async def click_here(self, selector: str) -> None:
        """Click an element that leads to no other page, by its own click."""
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def press(self, key: str, text: str = "") -> None:
        """Press a key."""
        await self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=text or None)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def type(self, text: str, *, and_enter: bool = False) -> None:
        """Type into what has the focus."""
        await self.ask("Input.insertText", text=text)
        if and_enter:
            self._loaded.clear()
            enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            await self.ask("Input.dispatchKeyEvent", type="keyDown", **enter)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", **enter)
            await asyncio.wait_for(self._loaded.wait(), LOADS_WITHIN)

    async def text(self, selector: str = "main") -> str:
        """What is to be read in an element; empty if it isn't there."""
        told = await self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return str(told)

    async def size(self, width: int, height: int, is_dark: bool = False) -> None:
        """Be a screen of this size, in light or dark."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]
        await self.ask("Emulation.setEmulatedMedia", features=scheme)

    async def picture(self, path: Path, most: int = 2400) -> None:
        """Write a PNG of the page, as long as it is, at most so many pixels high."""
        full = await self.ask("Page.getLayoutMetrics")
        size = full["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
        told = await self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(told["data"]))

    def strangers(self, origin: str) -> list[str]:
        """Requests to anybody else than this origin."""
        mine = urlsplit(origin).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in ("", mine)]


@asynccontextmanager
async def browser(path: str, language: str = "en-US", more: Sequence[str] = ()) -> AsyncIterator[Tab]:
    """A browser of its own with one page, until the block is left; `more` are options of its command line."""
    with tempfile.TemporaryDirectory(prefix="leadtrace-browser-", ignore_cleanup_errors=True) as folder:
        options = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0"]
        options += [f"--user-data-dir={folder}", f"--accept-lang={language}", *more, "about:blank"]
        process = subprocess.Popen([path, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = await _port(Path(folder) / "DevToolsActivePort", process)
            async with ClientSession() as session, await _socket(session, port) as socket:
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                for domain in ("Page", "Runtime", "Log", "Network"):
                    await tab.ask(f"{domain}.enable")
                await tab.size(*DESK)
                try:
                    yield tab
                finally:
                    listening.cancel()
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


async def _port(path: Path, process: "subprocess.Popen[bytes]") -> int:
    for _ in range(round(STARTS_WITHIN / 0.1)):
        if process.poll() is not None:
            break
        if path.exists() and (lines := path.read_text().splitlines()):
            return int(lines[0])
        await asyncio.sleep(0.1)
    raise RuntimeError("the browser does not start")


async def _socket(session: ClientSession, port: int) -> ClientWebSocketResponse:
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [each for each in await answer.json() if each["type"] == "page"]
    return await session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=64 << 20)
