"""What runs beside the main flow of a process has a name, and doesn't end without one who hears of it."""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import NoReturn

import pytest

import background
from background import BackgroundTask, end_within, must_succeed, notice_ends_in_libraries, start_thread

SECRET = "geheim@example.com"
# The stand-in for the end of a process ends a thread by an exception.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Ends:
    """Hears how the process would have ended."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._heard = threading.Event()

    def stop_at_once(self, status: int, sentence: str) -> NoReturn:
        assert status == 70
        self.sentences.append(sentence)
        self._heard.set()
        raise SystemExit

    def heard(self) -> list[str]:
        assert self._heard.wait(5)
        return self.sentences


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    ends = Ends()
    monkeypatch.setattr(background, "stop_at_once", ends.stop_at_once)
    monkeypatch.setattr(background, "CLOSING", 0.01)
    hook = threading.excepthook
    # SystemExit ends a thread silently, as the end of the process would.
    yield ends
    threading.excepthook = hook


async def fails() -> None:
    raise ValueError(SECRET)


async def returns() -> None:
    """Work that should not have ended."""


async def goes_on() -> None:
    await asyncio.sleep(60)


def run(work: Callable[[], Awaitable[None]]) -> None:
    with suppress(SystemExit):  # the process would be over
        asyncio.run(work())  # type: ignore[arg-type]  # it is a coroutine


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (fails, "background work 'the watch' ended: ValueError test_background:"),
        (returns, "background work 'the watch' ended: it returned"),
    ],
)
def test_a_task_that_ends_by_itself_ends_the_process_with_its_name_and_cause(
    ends: Ends, work: Callable[[], Awaitable[None]], sentence: str
) -> None:
    async def main() -> None:
        BackgroundTask("the watch", work())  # type: ignore[arg-type]  # it is a coroutine
        await asyncio.sleep(0.1)

    run(main)
    (said,) = ends.heard()
    assert sentence in said.replace("tests.unit.", "")
    assert SECRET not in said


def test_a_task_that_somebody_else_cancels_ends_the_process_as_well(ends: Ends) -> None:
    async def main() -> None:
        BackgroundTask("the watch", goes_on())
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.2)

    run(main)
    assert ends.heard() == ["background work 'the watch' ended: it was cancelled"]


def test_a_task_that_was_told_to_end_and_one_whose_loop_ends_end_nothing(ends: Ends) -> None:
    async def main() -> None:
        told = BackgroundTask("told", goes_on())
        BackgroundTask("left over", goes_on())
        await asyncio.sleep(0)
        told.end()
        await asyncio.sleep(0.05)

    run(main)
    assert ends.sentences == []


def test_a_thread_that_fails_or_returns_ends_the_process_with_its_name_and_cause(ends: Ends) -> None:
    def fail() -> None:
        raise KeyError(SECRET)

    start_thread("keeper", fail).join()
    start_thread("watch", lambda: None).join()
    start_thread("timer", lambda: None, endless=False).join()
    first, second = ends.sentences
    assert first.startswith("background work 'keeper' ended: KeyError")
    assert SECRET not in first
    assert second == "background work 'watch' ended: it returned"


def test_a_thread_of_a_library_that_fails_is_named_too(ends: Ends) -> None:
    def fail() -> None:
        raise RuntimeError(SECRET)

    notice_ends_in_libraries()
    thread = threading.Thread(target=fail, name="sender of a client")
    thread.start()
    thread.join()
    assert ends.heard()[0].startswith("background work 'sender of a client' ended: RuntimeError")
    assert SECRET not in ends.sentences[0]


def test_a_task_of_a_library_that_nobody_waited_for_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        notice_ends_in_libraries(asyncio.get_running_loop())
        asyncio.create_task(fails(), name="reader of a client")  # noqa: RUF006 - nobody keeps it
        await asyncio.sleep(0.01)

    with caplog.at_level(logging.ERROR):
        run(main)
    assert "background work 'reader of a client' ended: ValueError" in caplog.text
    assert SECRET not in caplog.text


def test_work_in_a_pool_that_nobody_waits_for_has_to_succeed(ends: Ends) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        must_succeed("feeding", pool.submit(lambda: None))
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        done.set_exception(ValueError(SECRET))
        with suppress(SystemExit):
            must_succeed("feeding", done)
    (said,) = ends.sentences
    assert said == "background work 'feeding' ended: ValueError"


def test_a_shutdown_has_a_limit_and_says_so(ends: Ends) -> None:
    end_within(0.01)
    assert ends.heard()[0] == "the shutdown took longer than 0 s"
