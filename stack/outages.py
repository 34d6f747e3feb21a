"""Which supervised programs are down: told to people, and written down for commands that ask."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from stack import documents, folder
from stack.errors import StackError

FILE = "outages.json"
LASTING_DEATHS = 5
# Seconds since 1970 that every system can tell as a time of day.
LATEST = 1 << 33
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "since": (int, float), "deaths": int, "why": str, "lasting": bool,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outage:
    """A program that ended and doesn't do its work again yet: since when, how often it ended, and why.

    `since` is in seconds since 1970; `lasting` once it has ended so often that people were told.
    """

    since: float
    deaths: int
    why: str
    lasting: bool = False

    def sentence(self, name: str) -> str:
        """For a person: what is down since when, and the cause."""
        clock = time.strftime("%H:%M:%S", time.localtime(self.since))
        times = f", having ended {self.deaths} times; the last time" if self.deaths > 1 else ":"
        return f"{name} is down since {clock}{times} it {self.why}"


class Outages:
    """The programs of one supervisor that are down, by name."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        """`logs` is the folder of the logs. At first nothing is down, whatever a former run left there."""
        self._logs = logs
        self._say = say
        self._down: dict[str, Outage] = {}
        self._write()

    def of(self, name: str) -> Outage | None:
        """What is known of this program, if it is down."""
        return self._down.get(name)

    def begin(self, name: str, deaths: int, why: str, longest: float) -> None:
        """A program has ended, `deaths` times in a row soon after its start.

        People hear of the first end, and once more when it keeps ending: from then on it is tried again
        every `longest` seconds.
        """
        before = self._down.get(name)
        lasting = deaths >= LASTING_DEATHS
        self._down[name] = Outage(before.since if before else time.time(), deaths, why, lasting)
        self._write()
        if lasting and not (before and before.lasting):
            self._say(
                f"{name} ended {deaths} times in a row, the last time it {why}; "
                f"it is tried again every {longest:g} s, and all else goes on"
            )
        elif before is None:
            self._say(f"{name} {why}; it is started again, and all else goes on")

    def end(self, name: str) -> None:
        """The program does its work again."""
        over = self._down.pop(name)
        self._write()
        self._say(f"{name} works again, after {time.time() - over.since:.0f} s")

    def forget(self) -> None:
        """Nothing is down, since all are stopped."""
        self._down.clear()
        self._write()

    def _write(self) -> None:
        # A disk that is full doesn't stop anybody.
        with suppress(OSError, StackError):
            if self._down:
                told = {name: asdict(outage) for name, outage in self._down.items()}
                folder.write_private(self._logs / FILE, json.dumps(told))
            else:
                (self._logs / FILE).unlink(missing_ok=True)


def read(data_dir: Path) -> dict[str, Outage]:
    """The programs over this folder that are down, by name; none when nothing is known."""
    try:
        told = documents.read_object(data_dir / "logs" / FILE) or {}
    except documents.DamagedError:
        return {}
    return {name: Outage(**each) for name, each in told.items() if _is_outage(each)}


def _is_outage(told: object) -> bool:
    return (
        isinstance(told, dict)
        and told.keys() == _TYPES.keys()
        and all(isinstance(value, _TYPES[name]) for name, value in told.items())
        and 0 <= told["since"] <= LATEST
    )
