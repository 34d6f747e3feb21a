"""Which cases are to be told now: each once, and again when it begins again or is much worse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notices.cases import Case

# So many times as large as it was when it was told, a case is told again.
MUCH_WORSE: Final = 10
# After so long, who said that it is sending has ended before it could say how that went.
ABANDONED: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody said that they are about to send a case, and not yet how it went."""

    name: str
    episode: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a case of one target and rule: the newest notice, its end, and who is sending."""

    episode: str = ""
    size: int = 0
    sent_at: datetime | None = None
    over_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()


Remembered = Mapping[str, Memory]
NOTHING: Final = Memory()


def due(cases: Iterable[Case], known: Remembered, now: datetime, remind_days: int) -> list[Case]:
    """The cases that this target has not been told yet, and that nobody else is telling it at this moment."""
    return [
        case
        for case in cases
        if _is_news(case, memory := known.get(case.about, NOTHING), now, remind_days)
        and not any(_is_alive(each, now) for each in memory.attempts)
    ]


def mine(cases: Iterable[Case], known: Remembered, attempt: str, now: datetime) -> list[Case]:
    """Of cases that were claimed by `attempt`, those that nobody had claimed before."""
    return [case for case in cases if _first(known.get(case.about, NOTHING).attempts, now) == attempt]


def is_doubtful(cases: Iterable[Case], known: Remembered, now: datetime) -> bool:
    """Whether somebody ended while sending one of the cases: it may have come, or not."""
    return any(
        each.episode == case.episode and not _is_alive(each, now) and _is_newer(each.at, memory.sent_at)
        for case, memory in ((case, known.get(case.about, NOTHING)) for case in cases)
        for each in memory.attempts
    )


def over(cases: Iterable[Case], known: Remembered) -> list[Case]:
    """The cases that were told and are not any more, of those that would begin again without a sign of it."""
    there = {case.about for case in cases}
    return [
        Case(about)
        for about, memory in known.items()
        if about not in there and memory.sent_at is not None and not memory.episode and not _is_over(memory)
    ]


def _is_news(case: Case, memory: Memory, now: datetime, remind_days: int) -> bool:
    if memory.sent_at is None or case.episode != memory.episode or _is_over(memory):
        return True
    if memory.size and case.size >= MUCH_WORSE * memory.size:
        return True
    return remind_days > 0 and now - memory.sent_at >= timedelta(days=remind_days)


def _is_over(memory: Memory) -> bool:
    return memory.over_at is not None and _is_newer(memory.over_at, memory.sent_at)


def _is_newer(at: datetime, than: datetime | None) -> bool:
    return than is None or at > than


def _is_alive(attempt: Attempt, now: datetime) -> bool:
    return now - attempt.at < ABANDONED


def _first(attempts: Sequence[Attempt], now: datetime) -> str:
    alive = sorted((each.at, each.name) for each in attempts if _is_alive(each, now))
    return alive[0][1] if alive else ""
