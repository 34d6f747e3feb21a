"""What each target has to be told now, in its words: cases that are so, without what it was told already."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notices.cases import Case
from notices.digest import digest_message
from notices.due import Attempt, Memory, Remembered, due, is_doubtful, over
from notices.questions import Questions
from notices.texts import Message, Reader, message
from notices.wishes import Digest, Wishes
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError
from sinks.notice_memory import Said, remembered
from sinks.report_values import ReportError

log = logging.getLogger(__name__)

# What is remembered by target and rule, then by what a case is about.
Known = Mapping[tuple[str, str], Remembered]
Answered = Mapping[str, Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Notice:
    """What one rule has to tell one target now."""

    target: str
    rule: str
    cases: tuple[Case, ...]
    is_doubtful: bool = False


class Plan:
    """Whom to tell what, by the wishes of a company; `cockpit` is where links lead, empty: nowhere."""

    def __init__(self, wishes: Wishes, timezone: str, cockpit: str = "") -> None:
        self._wishes, self._timezone, self._cockpit = wishes, timezone, cockpit

    def answered(self, questions: Questions) -> Answered:
        """The cases of each rule that can be answered. Raises ClickHouseAwayError."""
        there = {name: questions.cases(rule) for name, rule in self._wishes.rules.items()}
        return {name: cases for name, cases in there.items() if cases is not None}

    def notices(self, there: Answered, known: Known, now: datetime) -> Iterator[Notice]:
        """What each target was not told yet, quiet hours or not."""
        for target in self._wishes.told:
            for name, cases in there.items():
                rule = self._wishes.rules[name]
                if target in rule.targets:
                    memory = known.get((target, name), {})
                    news = due(cases, memory, now, rule.remind_days)
                    if news:
                        yield Notice(target, name, tuple(news), is_doubtful(news, memory, now))

    def ended(self, there: Answered, known: Known) -> Iterator[Said]:
        """What was told once and is over, so that it is told again when it begins again."""
        for (target, rule), memory in known.items():
            for case in over(there[rule], memory) if rule in there else ():
                yield Said(target, rule, case.about, "", 0, "over")

    def texts(self, wanted: Iterable[Notice], questions: Questions) -> Iterator[tuple[Notice, Message]]:
        """Each notice with its text; one that can't be put into words is left out, with a line in the log.

        Raises ClickHouseAwayError.
        """
        for each in wanted:
            try:
                yield each, self.text(each, questions)
            except ClickHouseAwayError:
                raise
            except (ClickHouseError, ReportError) as error:
                log.warning("the rule %s can't be put into words: %s", each.rule, error)

    def text(self, notice: Notice, questions: Questions) -> Message:
        """The text of a notice. Raises ReportError and ClickHouseError."""
        rule = self._wishes.rules[notice.rule]
        reader = self.reader(notice.target)
        if isinstance(rule, Digest):
            return digest_message(notice.cases[0], rule, questions.ask, reader, notice.is_doubtful)
        return message(rule.kind, notice.cases, reader, questions.limit(rule), notice.is_doubtful)

    def reader(self, target: str) -> Reader:
        """Who reads at a target."""
        return Reader(self._wishes.language_of(target), self._timezone, self._cockpit)

    def is_quiet(self, target: str, now: datetime) -> bool:
        """Whether nobody is disturbed there at this time."""
        return self._wishes.is_quiet(target, now.astimezone(ZoneInfo(self._timezone)))

    def pending(self, client: ClickHouse, questions: Questions) -> Iterator[tuple[str, Message, bool]]:
        """What would be sent now to which target, and whether it is quiet there: nothing is done."""
        now, known = memory_of(client)
        for notice, text in self.texts(self.notices(self.answered(questions), known, now), questions):
            yield notice.target, text, self.is_quiet(notice.target, now)


def memory_of(client: ClickHouse) -> tuple[datetime, Known]:
    """The time by the server, and what is remembered. Raises ClickHouseError."""
    now, rows = remembered(client)
    known: dict[tuple[str, str], dict[str, Memory]] = {}
    for row in rows:
        attempts = tuple(Attempt(*each) for each in row.attempts)
        memory = Memory(row.episode, row.size, row.sent_at, row.over_at, attempts)
        known.setdefault((row.target, row.rule), {})[row.about] = memory
    return now, known
