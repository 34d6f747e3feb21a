"""One line per event on stderr: no payload, no storm while a broker is away."""

import logging
import re
import sys
from collections.abc import Callable
from time import monotonic

from ending import cause_of

LIBRARIES = ("aiokafka", "faust", "mode", "asyncio", "kafka")
WINDOW = 30.0
PER_WINDOW = 3
LONGEST = 300
# Settings see to it that this happens within this machine or a trusted network alone.
MOOT = "Sending username and password in the clear"


class RateLimit(logging.Filter):
    """Lets each message of a library through a few times per window, then says how many it held back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], list[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not is_library(record.name):
            return True
        if record.msg == MOOT:
            return False
        now = self._clock()
        # The template, not the text: texts differ by correlation id, topic and node.
        key = (record.name, re.sub(r"\d+", "#", str(record.msg))[:80])
        started, count = self._seen.get(key, (now, 0))
        if now - started >= WINDOW:
            held_back = int(count) - PER_WINDOW
            if held_back > 0:
                record.msg = f"{record.getMessage()} (and {held_back} times in the last {WINDOW:.0f} s)"
                record.args = None
            started, count = now, 0
        self._seen[key] = [started, count + 1]
        return count < PER_WINDOW


class OneLine(logging.Formatter):
    """`time level logger: text`; of a library's exceptions only the class, since texts may quote data."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if is_library(record.name):
            text = text.split("\n", 1)[0][:LONGEST]
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error is not None:
            text += f" [{cause_of(error)}]"
        text = text.replace("\n", " | ")
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {text}"


def is_library(name: str) -> bool:
    """Say whether a logger belongs to a library, by its name."""
    return name.split(".", 1)[0] in LIBRARIES


def configure(level: int = logging.INFO) -> None:
    """Send all logging of this process to stderr, one line per event."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # Faust's base classes log through the module of their subclass: these are ours, but speak like them.
    for name in ("streams.consumer", "streams.table"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
