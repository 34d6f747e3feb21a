"""Take the pictures of the cockpit in docs/pictures anew, of the demo, in a real Chromium.

`--demo FOLDER` takes the data of a demo that was run already; without it a demo is run first.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser.chromium import PHONE, browser, find

FOLDER = ROOT / "docs/pictures"
LEADTRACE = (sys.executable, "-P", "-m", "cli.main")
DESK = (1280, 800)
# The name of each picture, its address, the reader's language, the screen, and whether it is dark.
PICTURES = (
    ("overview", "/", "en", DESK, False),
    ("overview-zh", "/", "zh", DESK, False),
    ("overview-phone", "/", "zh", PHONE, True),
    ("funnel", "/funnel?during=all", "en", DESK, False),
    ("funnel-zh", "/funnel?during=all", "zh", DESK, False),
    ("channels", "/channels?during=all&level=keyword", "en", DESK, False),
    ("channels-zh", "/channels?during=all&level=keyword", "zh", DESK, False),
    ("lead", "/leads/crm:sales:L900001", "en", DESK, False),
    ("lead-zh", "/leads/crm:sales:L900001", "zh", DESK, False),
    ("response", "/response", "en", DESK, True),
    ("response-zh", "/response", "zh", DESK, True),
)
HIGHEST = 1500


def main(arguments: list[str]) -> int:
    """Take all pictures, or those whose names are given; return 1 if there is no browser."""
    path = find()
    if path is None:
        print("there is no Chromium here: install Debian's package chromium, and fonts-noto-cjk")
        return 1
    given = arguments[arguments.index("--demo") + 1] if "--demo" in arguments else ""
    wanted = [each for each in arguments if not each.startswith("--") and each != given]
    with ExitStack() as until_end:
        home = Path(given) if given else until_end.enter_context(demo())
        address = until_end.enter_context(served(home))
        asyncio.run(take(path, address, wanted))
    return 0


@contextmanager
def demo() -> Iterator[Path]:
    """A folder with the data of the demo."""
    with tempfile.TemporaryDirectory(prefix="leadtrace-") as folder:
        subprocess.run([*LEADTRACE, "demo", "--data-dir", folder], check=True, stdout=subprocess.DEVNULL)
        yield Path(folder) / "demo"


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of the cockpit over a folder."""
    ports = {"LEADTRACE_COLLECTOR_PORT": "0", "LEADTRACE_COCKPIT_PORT": "0"}
    command = [*LEADTRACE, "up", "--data-dir", str(home)]
    with subprocess.Popen(command, env=os.environ | ports, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            told = next(filter(None, (re.search(r"Cockpit\s+(http://\S+)", line) for line in lines)), None)
            if told is None:
                raise SystemExit("`leadtrace up` ended before it said where the cockpit is")
            yield told[1]
        finally:
            process.terminate()
            process.wait(60)


async def take(path: str, address: str, wanted: list[str]) -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    async with browser(path) as tab:
        for name, page, language, size, is_dark in PICTURES:
            if wanted and name not in wanted:
                continue
            await tab.size(*size, is_dark=is_dark)
            await tab.go(f"{address}{page}{'&' if '?' in page else '?'}lang={language}")
            if tab.status != 200:
                raise SystemExit(f"{page} is answered with {tab.status}")
            await tab.picture(FOLDER / f"{name}.png", HIGHEST)
            print(f"wrote docs/pictures/{name}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
