"""A consumer knows when it last got on, what waits for a commit, and when its own process stood still."""

from typing import NoReturn

import pytest

from streams import liveness
from streams.liveness import Liveness


class StoppedError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by the test; the end of the process becomes an error."""
    times = [100.0]

    def stop(status: int, sentence: str) -> NoReturn:
        raise StoppedError(f"{status} {sentence}")

    monkeypatch.setattr(liveness, "monotonic", lambda: times[-1])
    monkeypatch.setattr(liveness, "stop_at_once", stop)
    return times


def test_a_pulse_that_goes_on_ends_nothing(clock: list[float]) -> None:
    signs = Liveness(session_timeout=10)
    signs.start_beating()
    for _ in range(5):
        clock.append(clock[-1] + 5.9)
        signs.beat()
        signs.check_silence()


def test_a_silence_in_which_the_group_may_have_given_us_up_ends_the_process(clock: list[float]) -> None:
    signs = Liveness(session_timeout=10)
    clock.append(106.1)
    for look in (signs.check_silence, signs.beat):
        with pytest.raises(StoppedError, match="70 this process stood still for 6 s"):
            look()


def test_the_first_batch_that_is_done_starts_the_wait_for_a_commit(clock: list[float]) -> None:
    signs = Liveness(session_timeout=10)
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
    signs = Liveness(session_timeout=10)
    signs.finished()
    clock.append(109)
    signs.forget()
    assert (signs.moved_at, signs.uncommitted_since) == (109, None)
