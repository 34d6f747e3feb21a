"""Which supervised programs are down, as the supervisor writes it down for commands that ask."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from stack import folder

FILE = "outages.json"


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


def write(logs: Path, down: Mapping[str, Outage]) -> None:
    """Replace what is known, in the folder of the logs. A disk that is full doesn't stop anybody."""
    with suppress(OSError):
        if down:
            told = {name: asdict(outage) for name, outage in down.items()}
            folder.write_private(logs / FILE, json.dumps(told))
        else:
            (logs / FILE).unlink(missing_ok=True)


def read(data_dir: Path) -> dict[str, Outage]:
    """The programs over this folder that are down, by name; none when nothing is known."""
    try:
        told = json.loads((data_dir / "logs" / FILE).read_text(encoding="utf-8"))
        return {name: Outage(**outage) for name, outage in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
