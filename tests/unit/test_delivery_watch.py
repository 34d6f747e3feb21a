"""What counts as standing still, and what is only an outage that is being borne."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streams.batches import round_robin
from streams.limits import Limits
from streams.progress import Progress
from streams.retry import Retry
from streams.watch import Watch

LIMITS = Limits(stall=100, rebalance_timeout=50, progress_budget=600)


def watch_of(*, rebalancing: bool = False, crashed: bool = False) -> Watch:
    app: Any = SimpleNamespace(rebalancing=rebalancing, crashed=crashed, crash_reason=ValueError("secret"))
    return Watch(app, LIMITS, Path("health"))


def consumer_with(*, busy: bool = False, uncommitted_since: float | None = None) -> Any:
    progress: Progress[str] = Progress()
    if busy:
        progress.hand_out("p", 0, 1)
    liveness = SimpleNamespace(moved_at=0.0, uncommitted_since=uncommitted_since)
    return SimpleNamespace(progress=progress, liveness=liveness)


def test_work_that_does_not_get_done_is_a_problem_after_a_while() -> None:
    watch, consumer = watch_of(), consumer_with(busy=True)
    assert watch._problem(consumer, 99) is None
    assert "nothing got done" in (watch._problem(consumer, 101) or "")


def test_to_be_idle_is_none() -> None:
    assert watch_of()._problem(consumer_with(), 100_000) is None


def test_an_outage_is_borne_as_long_as_its_own_budget_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "failing", 1)
    assert watch_of()._problem(consumer_with(busy=True), 101) is None


def test_a_group_that_never_settles_is_a_problem() -> None:
    watch, consumer = watch_of(rebalancing=True), consumer_with()
    assert watch._problem(consumer, 149) is None
    assert "did not settle" in (watch._problem(consumer, 151) or "")


def test_what_is_done_has_to_be_committed_some_time() -> None:
    assert "committed" in (watch_of()._problem(consumer_with(uncommitted_since=0.0), 601) or "")


def test_a_crash_is_named_without_its_text() -> None:
    assert watch_of(crashed=True)._problem(consumer_with(), 0) == "Faust crashed: ValueError"


def test_partitions_take_turns() -> None:
    batches: dict[str, Any] = {"long": iter([(1,), (2,), (3,)]), "short": iter([(9,)])}
    turns: list[Any] = list(round_robin(batches))
    assert turns == [("long", (1,)), ("short", (9,)), ("long", (2,)), ("long", (3,))]
