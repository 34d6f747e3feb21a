"""Workers and loaders that die with SIGKILL at a chosen point of the delivery path; a process of its own.

It imports everything once, and then forks a program for each line of JSON on its standard input:

    {"role": "worker" or "loader", "log": file, "settings": variables, "marker": text, "at": number}

and answers with a line `{"pid": …}`. The program dies at the point with this number, counted from the first
record that contains the marker. A worker passes a point where its delivery path gives up the
processor or gets it back, and anything has been sent, acknowledged or committed since the last one; a loader
where one of its steps begins or ends. What happens between two points is seen by nobody outside.
"""

import inspect
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import aiokafka
import faust.transport.drivers.aiokafka

import settings
from attribution.policy import parse_policy
from sinks import broker, loader
from stack import tied
from streams import consumer, delivery
from streams.handlers import agent_specs
from streams.limits import Limits
from streams.worker import run_worker

STREAMS = Path(delivery.__file__).parent
# Loops that wait for work pass points all the time, whether there is any or not.
WAITING = {"consumer", "consumer_thread", "watch", "worker", "maintenance_loop", "restoring", "retry"}
EFFECTS = {"insert", "send", "commit", "write", "_flush", "_write_all", "_persist"}
SINKS = Path(loader.__file__).parent
SESSION = 3.0


class Points:
    """Counts the points that are passed, and ends the process at one of them."""

    def __init__(self, at: int, counts: Callable[[CodeType], bool]) -> None:
        self._at = at
        self._counts = counts
        self._known: dict[CodeType, bool] = {}
        self._passed = 0
        self._last = ""
        self._news = True
        self.watches_effects = False
        self.armed = False

    def happened(self, *_what: object) -> None:
        """Something has changed outside."""
        self._news = True

    def arm(self) -> None:
        """Count from here on, in this thread."""
        if not self.armed:
            self.armed = True
            sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, _value: Any) -> Any:
        code = frame.f_code
        if code not in self._known:
            self._known[code] = self._counts(code)
        if not self._known[code]:
            return None
        frame.f_trace_lines = False
        # Callers give up the processor with what they call, at the same moment.
        if event != self._last and self._news:
            self._last = event
            self._news = not self.watches_effects
            self._passed += 1
            if self._passed == self._at:
                logging.getLogger("mortal").critical("died at %d: %s %s", self._at, event, code.co_qualname)
                os.kill(os.getpid(), signal.SIGKILL)
        return self._trace


def of_worker(code: CodeType) -> bool:
    path = Path(code.co_filename)
    if path.parent != STREAMS or not code.co_flags & inspect.CO_COROUTINE:
        return False
    return path.stem not in WAITING or code.co_name == "_commit_offsets"


def of_loader(code: CodeType) -> bool:
    return Path(code.co_filename).parent == SINKS and code.co_name in EFFECTS


def be_worker(given: settings.Settings, points: Points, marker: bytes) -> int:
    deliver = delivery.Delivery.deliver

    async def watched(self: delivery.Delivery, message: Any) -> None:
        if any(marker in (record.value or b"") for record in message.value.records):
            points.arm()
        await deliver(self, message)

    send = aiokafka.AIOKafkaProducer.send_batch

    async def noticed(self: Any, *args: Any, **options: Any) -> Any:
        acknowledgement = await send(self, *args, **options)
        points.happened()
        acknowledgement.add_done_callback(points.happened)
        return acknowledgement

    commit = consumer.BatchConsumer._commit_offsets

    async def committing(self: Any, *args: Any, **options: Any) -> bool:
        points.happened()
        done = await commit(self, *args, **options)
        points.happened()
        return done

    points.watches_effects = True
    delivery.Delivery.deliver = watched  # type: ignore[method-assign]  # the story begins there
    aiokafka.AIOKafkaProducer.send_batch = noticed
    consumer.BatchConsumer._commit_offsets = committing  # type: ignore[method-assign]  # as above
    policy = parse_policy(settings.policy_text(given))
    return run_worker(given, agent_specs(policy, given.partitions), Limits(session_timeout=SESSION))


def be_loader(given: settings.Settings, points: Points, marker: bytes) -> int:
    read, consumer = broker.Source.read, broker.KafkaConsumer

    def watched(self: broker.Source, seconds: float) -> list[Any]:
        found = read(self, seconds)
        if any(marker in (record.value or b"") for record in found):
            points.arm()
        return found

    def impatient(**options: Any) -> Any:
        return consumer(**options | {"session_timeout_ms": int(SESSION * 1000), "heartbeat_interval_ms": 500})

    broker.Source.read = watched  # type: ignore[method-assign]  # the story begins there
    broker.KafkaConsumer = impatient
    logging.basicConfig(level=logging.INFO)
    return loader.run_loader(given)


ROLES = {"worker": (be_worker, of_worker), "loader": (be_loader, of_loader)}


def live(order: dict[str, Any]) -> int:
    """Be the program that was ordered, until it dies or is told to stop."""
    tied.ask_kernel()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    be, counts = ROLES[order["role"]]
    return be(settings.load(order["settings"]), Points(order["at"], counts), order["marker"].encode())


def main() -> None:
    assert faust.transport.drivers.aiokafka.Transport
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they don't linger
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(live(json.loads(line)))
        print(json.dumps({"pid": pid}), flush=True)


if __name__ == "__main__":
    main()
