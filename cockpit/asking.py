"""What pages ask: reports by their names, and look-ups about one person or deal."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from attribution.policy import Policy
from sinks.clickhouse import ClickHouse
from sinks.reports import Result

Value = TypeVar("Value")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A report by its name, and what it is asked."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class Ask(Protocol):
    """What pages need to ask; tests have one that tells stored answers."""

    @property
    def policy(self) -> Policy:
        """The policy by which journeys are read."""
        ...

    async def result(self, name: str, parameters: Mapping[str, str]) -> Result:
        """The answer of a report. Raises ReportError and ClickHouseError."""
        ...

    async def query(self, what: str, look_up: Callable[[ClickHouse], Value], *key: str) -> Value:
        """What a look-up of `sinks.lookups` finds, for example about one person; `what` and `key` name it."""
        ...

    @property
    def state(self) -> str:
        """What is kept now, by a name: while it is the same, so are all answers; empty if nothing is kept."""
        ...

    @property
    def kept_at(self) -> datetime | None:
        """Until when what was stored is in the answers; None: until now."""
        ...


async def ask_all(ask: Ask, questions: Mapping[str, Question]) -> dict[str, Result]:
    """All answers, by the names of the questions. Raises as the first one that fails does."""
    asked = [ask.result(each.name, each.parameters) for each in questions.values()]
    return dict(zip(questions, await asyncio.gather(*asked), strict=True))


def records(result: Result) -> list[Row]:
    """The rows of an answer, by the names of its columns."""
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]
