"""One look: what is new is claimed, sent to all targets at once, and remembered."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import sleep
from typing import Final

from notices.due import mine
from notices.planning import Notice, Plan, memory_of
from notices.questions import Questions
from notices.sending import Outcome, Sender
from notices.texts import Message
from sinks.clickhouse import ClickHouse
from sinks.notice_memory import Said, State, say

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
# Two who claim the same case at once see each other after this.
SETTLE: Final = 0.3
_AT_ONCE: Final = 8

Told = tuple[Notice, Message]


@dataclass(slots=True)
class Patience:
    """How long to leave a target alone that does not take anything."""

    pause: timedelta = timedelta(0)
    until: datetime | None = None

    def failed(self, now: datetime) -> None:
        """It took nothing: twice as long as the last time, up to an hour."""
        self.pause = min(max(2 * self.pause, FIRST_PAUSE), LONGEST_PAUSE)
        self.until = now + self.pause


class Notifier:
    """Tells each target what it has to know, once; what it told is remembered in ClickHouse."""

    def __init__(self, plan: Plan, sender: Sender, settle: Callable[[float], None] = sleep) -> None:
        self._plan, self._sender, self._settle = plan, sender, settle
        self._patience: dict[str, Patience] = {}

    def look(self, client: ClickHouse, questions: Questions) -> list[str]:
        """Tell what is new, and return what was done, a line each. Raises ClickHouseError.

        Cases are claimed before they are sent, so that of two who look at once only one sends, and a crash
        between sending and remembering is known to be one.
        """
        now, known = memory_of(client)
        there = self._plan.answered(questions)
        say(client, self._plan.ended(there, known))
        wanted = [each for each in self._plan.notices(there, known, now) if self._may_tell(each.target, now)]
        texts = list(self._plan.texts(wanted, questions))
        if not texts:
            return []
        attempt = secrets.token_hex(8)
        claimed = self._claimed(client, texts, attempt, questions)
        return list(self._sent(client, claimed, attempt, now))

    def _may_tell(self, target: str, now: datetime) -> bool:
        """Whether it is neither night there, nor a moment after it did not take anything."""
        until = self._patience.get(target, Patience()).until
        return not self._plan.is_quiet(target, now) and (until is None or now >= until)

    def _claimed(
        self, client: ClickHouse, texts: Sequence[Told], attempt: str, questions: Questions
    ) -> list[Told]:
        """The notices without what others began to send at the same time."""
        say(client, [said for each, _ in texts for said in _said(each, "sending", attempt)])
        self._settle(SETTLE)
        now, known = memory_of(client)
        claimed = []
        for each, text in texts:
            own = tuple(mine(each.cases, known.get((each.target, each.rule), {}), attempt, now))
            lost = replace(each, cases=tuple(case for case in each.cases if case not in own))
            say(client, _said(lost, "failed", attempt))
            less = replace(each, cases=own)
            if own:
                claimed.append((less, self._plan.text(less, questions) if lost.cases else text))
        return claimed

    def _sent(
        self, client: ClickHouse, claimed: Sequence[Told], attempt: str, now: datetime
    ) -> Iterator[str]:
        """Send to all targets at once, so that a slow one holds up no other; to each one after another."""
        lines: dict[str, list[Told]] = {}
        for each in claimed:
            lines.setdefault(each[0].target, []).append(each)
        with ThreadPoolExecutor(_AT_ONCE, "notices") as pool:
            going = {pool.submit(self._sender.send, name, of[0][1]): name for name, of in lines.items()}
            while going:
                done = next(as_completed(going))
                name = going.pop(done)
                notice, _ = lines[name].pop(0)
                yield self._remember(client, notice, done.result(), attempt, now)
                if not done.result().was_taken:
                    # It gets the rest when it takes something again.
                    for rest, _ in lines.pop(name):
                        say(client, _said(rest, "failed", attempt))
                elif lines[name]:
                    going[pool.submit(self._sender.send, name, lines[name][0][1])] = name

    def _remember(
        self, client: ClickHouse, notice: Notice, outcome: Outcome, attempt: str, now: datetime
    ) -> str:
        count = len(notice.cases)
        told = f"{notice.rule} to {notice.target} ({count:,} {'case' if count == 1 else 'cases'})"
        if outcome.was_taken:
            say(client, _said(notice, "sent", attempt))
            self._patience.pop(notice.target, None)
            return f"sent {told}"
        if outcome.is_known:
            say(client, _said(notice, "failed", attempt))
        patience = self._patience.setdefault(notice.target, Patience())
        patience.failed(now)
        minutes = patience.pause.total_seconds() / 60
        return f"not sent {told}: {outcome.why}; next try after {minutes:.0f} min"


def _said(notice: Notice, state: State, attempt: str) -> Iterator[Said]:
    for case in notice.cases:
        yield Said(notice.target, notice.rule, case.about, case.episode, case.size, state, attempt)
