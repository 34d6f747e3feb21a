"""What notices need around them, in Python: a memory like that in ClickHouse, answers, and a target."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from notices.cases import Case
from notices.looking import Notifier
from notices.planning import Plan
from notices.sending import Outcome
from notices.texts import Message
from notices.wishes import AnyRule, parse_wishes
from sinks.clickhouse import Answer

BEGAN = datetime(2026, 3, 4, 10, tzinfo=UTC)  # a Wednesday, 18:00 in Shanghai


class Remembering:
    """The table of notices, and a clock that goes on a bit with each thing that is said."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.rows: list[dict[str, Any]] = []

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        assert table == "notices"
        self.now += timedelta(milliseconds=1)
        self.rows += [dict(zip(columns, row, strict=True), at=self.now) for row in rows]

    def query(self, text: str, parameters: object = None, as_bytes: bool = False) -> Answer:
        if "now64" in text:
            return Answer(("now",), ("DateTime64",), ((self.now,),))
        keys = sorted({(row["target"], row["rule"], row["about"]) for row in self.rows})
        return Answer((), (), tuple((*key, *self._known(*key)) for key in keys))

    def _known(self, *key: str) -> tuple[Any, ...]:
        rows = [row for row in self.rows if (row["target"], row["rule"], row["about"]) == key]
        sent = [row for row in rows if row["state"] == "sent"]
        newest = sent[-1] if sent else {"episode": "", "size": 0, "at": None}
        over = [row["at"] for row in rows if row["state"] == "over"]
        ended = [row["attempt"] for row in rows if row["state"] in ("sent", "failed")]
        open_ones = [
            (row["attempt"], row["episode"], row["at"])
            for row in rows
            if row["state"] == "sending" and row["attempt"] not in ended
        ]
        return newest["episode"], newest["size"], newest["at"], over[-1] if over else None, ended, open_ones

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Answers:
    """What is so at this moment, by the kind of a rule; None: it can't be answered."""

    def __init__(self, there: Mapping[str, Sequence[Case] | None] | None = None) -> None:
        self.there = dict(there or {})

    def cases(self, rule: AnyRule) -> Sequence[Case] | None:
        return self.there.get(rule.kind, [])

    def limit(self, rule: AnyRule) -> int:
        return 5

    def ask(self, name: str, parameters: Mapping[str, str]) -> Any:
        raise AssertionError(name, parameters)


class Target:
    """Takes messages for all targets, or does not: `refusing` names those that don't, with what they say."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Message]] = []
        self.refusing: dict[str, Outcome] = {}
        self.waiting_for: dict[str, threading.Event] = {}

    def send(self, target: str, message: Message) -> Outcome:
        if target in self.waiting_for:
            assert self.waiting_for[target].wait(5)
        if target in self.refusing:
            return self.refusing[target]
        self.taken.append((target, message))
        return Outcome()

    def titles(self, target: str) -> list[str]:
        return [message.title for name, message in self.taken if name == target]


def notifier(text: str, target: Target, settle: Any = lambda _: None) -> Notifier:
    """One who looks by the wishes in this text, in Shanghai."""
    return Notifier(Plan(parse_wishes(text), "Asia/Shanghai", "https://leads.example"), target, settle)


def waiting(*names: str, since: str = "2026-02-20") -> list[Case]:
    """Cases of leads that nobody called."""
    told = {"company": "", "owner": "", "days": 12.0}
    return [Case(name, since, told={**told, "person": name}) for name in names]


def letters(count: int, reason: str = "bad_json") -> Case:
    """A case of dead letters."""
    told = {"topic": "crm.events", "reason": reason, "count": count, "since": BEGAN}
    return Case(f"crm.events {reason}", size=count, told=told)
