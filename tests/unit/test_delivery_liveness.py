"""A consumer knows when it last got on, what waits for a commit, and what of its process stood still."""

import threading
from typing import NoReturn

import pytest

from streams import liveness, pulses
from streams.liveness import Liveness
from streams.pulses import CONSUMER_THREAD, EVENT_LOOP, WATCH, Pulses


class StoppedError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by the test; the end of the process becomes an error."""
    times = [100.0]

    def stop(status: int, sentence: str) -> NoReturn:
        raise StoppedError(f"{status} {sentence}")

    monkeypatch.setattr(liveness, "monotonic", lambda: times[-1])
    monkeypatch.setattr(pulses, "monotonic", lambda: times[-1])
    monkeypatch.setattr(liveness, "stop_at_once", stop)
    return times


def beating(*parts: str) -> Pulses:
    found = Pulses()
    for part in parts:
        found.beat(part)
    return found


def test_a_pulse_that_goes_on_ends_nothing(clock: list[float]) -> None:
    signs = Liveness(10, Pulses())
    for _ in range(5):
        clock.append(clock[-1] + 5.9)
        signs.beat()
        signs.check_silence()


def test_a_silence_in_which_the_group_may_have_given_us_up_ends_the_process(clock: list[float]) -> None:
    signs = Liveness(10, beating(CONSUMER_THREAD))
    clock.append(106.1)
    for look in (signs.check_silence, signs.beat):
        with pytest.raises(StoppedError, match="70 the consumer thread stood still for 6 s"):
            look()


def test_a_thread_that_has_not_begun_or_has_ended_is_not_silent(clock: list[float]) -> None:
    signs = Liveness(10, Pulses())
    clock.append(200.0)
    signs.check_silence()
    signs.beat()
    signs.end_beating()
    clock.append(300.0)
    signs.check_silence()


def test_when_all_parts_stood_still_it_was_the_process(clock: list[float]) -> None:
    """Whichever goes on first."""
    parts = beating(WATCH, EVENT_LOOP, CONSUMER_THREAD)
    signs = Liveness(10, parts)
    clock.append(120.0)
    parts.beat(WATCH)
    parts.beat(EVENT_LOOP)
    with pytest.raises(StoppedError, match="this process stood still for 20 s, as one that is suspended"):
        signs.beat()


def test_when_only_one_part_stood_still_it_is_named(clock: list[float]) -> None:
    parts = beating(WATCH, EVENT_LOOP, CONSUMER_THREAD)
    for second in range(101, 120):
        clock.append(second)
        parts.beat(WATCH)
        parts.beat(EVENT_LOOP)
    assert parts.told(CONSUMER_THREAD) == "the consumer thread stood still for 19 s"


def test_two_parts_that_stood_still_while_the_watch_went_on_are_both_named(clock: list[float]) -> None:
    parts = beating(WATCH, EVENT_LOOP, CONSUMER_THREAD)
    for second in range(101, 120):
        clock.append(second)
        parts.beat(WATCH)
    assert parts.told(EVENT_LOOP) == "the event loop and the consumer thread stood still for 19 s"


def test_of_a_part_that_is_still_silent_the_place_in_the_code_is_told(clock: list[float]) -> None:
    parts, begun, over = Pulses(), threading.Event(), threading.Event()

    def stuck() -> None:
        parts.beat(EVENT_LOOP)
        begun.set()
        over.wait(5)

    thread = threading.Thread(target=stuck)
    thread.start()
    assert begun.wait(5)
    clock.append(131.0)
    parts.beat(WATCH)
    told = parts.told(EVENT_LOOP)
    over.set()
    thread.join()
    assert told.startswith("the event loop stood still for 31 s, at threading:")
    assert "test_delivery_liveness:" in told


def test_the_first_batch_that_is_done_starts_the_wait_for_a_commit(clock: list[float]) -> None:
    signs = Liveness(10, Pulses())
    assert signs.uncommitted_since is None
    signs.finished()
    clock.append(103)
    signs.finished()
    assert (signs.moved_at, signs.uncommitted_since) == (103, 100)
    signs.committed(rest=True)
    assert signs.uncommitted_since == 103
    signs.committed(rest=False)
    assert signs.uncommitted_since is None


def test_a_rebalance_forgets_what_was_uncommitted_and_counts_as_getting_on(clock: list[float]) -> None:
    signs = Liveness(10, Pulses())
    signs.finished()
    clock.append(109)
    signs.forget()
    assert (signs.moved_at, signs.uncommitted_since) == (109, None)
