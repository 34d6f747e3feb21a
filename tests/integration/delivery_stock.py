"""Stock Faust agents in the patterns that lose events; run as processes of their own by the delivery tests.

Arguments: pattern, prefix, file to which the id of each processed event is appended, folder. The
fault of each pattern strikes once: the marker file in the folder says that it has.
"""

import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import faust

import settings
from streams.app import credentials

Agent = Callable[[Any], Awaitable[None]]


class Stock:
    """The agents; `done` is all that the outside can see of an event."""

    def __init__(self, file: Path, marker: Path) -> None:
        self._file = file
        self._marker = marker

    def done(self, number: int) -> None:
        with self._file.open("a") as file:
            file.write(f"{number}\n")

    def fail_once(self, at: int, numbers: list[int]) -> None:
        if at in numbers and not self._marker.exists():
            self._marker.touch()
            raise RuntimeError("a passing bug")

    async def each_event(self, stream: Any) -> None:
        async for event in stream.events():
            number = json.loads(event.value)["id"]
            self.fail_once(15, [number])
            self.done(number)

    async def take(self, stream: Any) -> None:
        async for batch in stream.take(10, within=1):
            self._batch(15, batch)

    async def noack_take(self, stream: Any) -> None:
        async for events in stream.noack_take(10, within=1):
            self._batch(5, [event.value for event in events])
            for event in events:
                await stream.ack(event)

    async def noack_events(self, stream: Any) -> None:
        async for event in stream.noack().events():
            number = json.loads(event.value)["id"]
            self.fail_once(15, [number])
            self.done(number)
            await stream.ack(event)

    async def poison(self, stream: Any) -> None:
        async for value in stream:
            self.done(value["id"])

    async def filter_take(self, stream: Any) -> None:
        kept: AsyncIterator[list[bytes]] = stream.filter(lambda value: json.loads(value)["id"] != 5)
        async for batch in kept.take(1000, within=30):  # type: ignore[attr-defined]  # a filtered stream has it
            self._batch(-1, batch)

    def _batch(self, at: int, batch: list[bytes]) -> None:
        numbers = [json.loads(value)["id"] for value in batch]
        self.fail_once(at, numbers)
        for number in numbers:
            self.done(number)


def main(pattern: str, prefix: str, file: str, folder: str) -> None:
    logging.disable(logging.CRITICAL)
    given = settings.load()
    app = faust.App(
        f"{prefix}{pattern}",
        broker=f"kafka://{given.kafka}",
        broker_credentials=credentials(given),
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        broker_commit_interval=0.5,
        broker_session_timeout=6,
        broker_heartbeat_interval=1,
        stream_recovery_delay=0.0,
        consumer_auto_offset_reset="earliest",
        datadir=folder,
    )
    serializer = "json" if pattern == "poison" else "raw"
    topic = app.topic(f"{prefix}{pattern}", value_serializer=serializer, key_serializer="raw")
    stock = Stock(Path(file), Path(folder) / "struck")
    app.agent(topic)(getattr(stock, pattern))
    faust.Worker(app, loglevel="CRITICAL", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
