"""The one way to start what runs beside the main flow of a process: named, and it can't end unnoticed."""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Callable, Coroutine
from time import sleep
from typing import Any, TypeVar

from ending import GAVE_UP, cause_of, stop_at_once

T = TypeVar("T")

log = logging.getLogger(__name__)

# A loop that is being closed cancels all of its tasks, and lives no longer than this.
CLOSING = 0.5


class BackgroundTask:
    """Work in an event loop that goes on until `end` is called; any other end stops the process."""

    def __init__(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Call it in the event loop; `name` says in the log what the work is."""
        self.name = name
        self._wanted = False
        self._task = asyncio.create_task(work, name=name)
        self._task.add_done_callback(self._ended)

    def end(self) -> None:
        """Cancel the work; call it in the event loop that it runs in."""
        self._wanted = True
        self._task.cancel()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            if not self._wanted:
                # At its end a loop cancels whatever is left in it, and then this is never called.
                task.get_loop().call_later(CLOSING, _stop, self.name, "it was cancelled")
        elif (error := task.exception()) is not None:
            _stop(self.name, cause_of(error))
        elif not self._wanted:
            _stop(self.name, "it returned")


def start_thread(name: str, work: Callable[[], None], *, endless: bool = True) -> threading.Thread:
    """Start a thread that doesn't keep the process alive. An exception in it stops the process, and so does
    its return, if it is `endless`.
    """

    def run() -> None:
        try:
            work()
        except BaseException as error:
            _stop(name, cause_of(error))
        if endless:
            _stop(name, "it returned")

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def begin(name: str, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Start work whose end, result and exception the caller waits for."""
    return asyncio.create_task(work, name=name)


def must_succeed(name: str, done: "concurrent.futures.Future[Any]") -> None:
    """See to it that an exception in work that nobody waits for stops the process."""

    def ended(done: "concurrent.futures.Future[Any]") -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            _stop(name, cause_of(error))

    done.add_done_callback(ended)


def end_within(seconds: float) -> None:
    """From now on the process has so many seconds to end by itself."""

    def limit() -> None:
        sleep(seconds)
        stop_at_once(GAVE_UP, f"the shutdown took longer than {seconds:.0f} s")

    start_thread("limit of the shutdown", limit)


def notice_ends_in_libraries(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Have a thread of a library that an exception ends stop this process, and the exception of a task of a
    library that nobody waited for logged; `loop`: the event loop with such tasks."""

    def thread_ended(end: threading.ExceptHookArgs) -> None:
        if end.exc_value is not None:
            _stop(end.thread.name if end.thread else "of a library", cause_of(end.exc_value))

    threading.excepthook = thread_ended
    if loop is not None:
        loop.set_exception_handler(_task_of_library_ended)


def _task_of_library_ended(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    task, error = context.get("task") or context.get("future"), context.get("exception")
    name = task.get_name() if isinstance(task, asyncio.Task) else "of a library"
    # Its own message quotes the exception's text.
    log.error("background work %r ended: %s", name, cause_of(error) if error else context.get("message"))


def _stop(name: str, cause: str) -> None:
    stop_at_once(GAVE_UP, f"background work {name!r} ended: {cause}")
