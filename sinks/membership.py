"""Watches whether the consumer group counts the loader in."""

from typing import Final, Protocol

ASK_AFTER: Final = 15.0
# A member that waits for an answer of ClickHouse joins again a minute later at most; then a group settles.
MOST_ANSWERS: Final = 6


class LeftOutError(RuntimeError):
    """The group has not counted us in for too long, though Kafka answers; the text says so."""


class Group(Protocol):
    """What is asked of Kafka's client; `answers` asks the brokers, and takes a round trip."""

    def is_member(self) -> bool: ...

    def answers(self) -> bool: ...


class Membership:
    """Tells a group that settles from one that left us out, of which nothing would ever come, and nobody
    would notice. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._answers = 0

    def shown(self) -> None:
        """Records came, so we are a member."""
        self._asked = None
        self._answers = 0

    def holds(self, group: Group, now: float) -> bool:
        """Whether we are a member. Raises LeftOutError when we are none for long in which Kafka answers.

        It is asked rarely: the client loses the answer to a join that comes while nobody polls, and where
        answers take a second, no join would ever succeed.
        """
        if group.is_member():
            self.shown()
            return True
        if self._asked is None:
            self._asked = now
        elif now - self._asked >= ASK_AFTER:
            self._asked = now
            self._answers = self._answers + 1 if group.answers() else 0
            if self._answers >= MOST_ANSWERS:
                raise LeftOutError(
                    "Kafka answers, but its group has not counted this loader in for "
                    f"{MOST_ANSWERS * ASK_AFTER:.0f} seconds"
                )
        return False
