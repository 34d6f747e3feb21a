"""The cockpit over stored answers, without any server behind it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from attribution.policy import Policy, parse_policy
from cockpit.access.gate import open_access
from cockpit.asking import Ask
from cockpit.menu import PAGES
from cockpit.server import make_app
from settings import Settings, policy_text
from sinks.clickhouse import ClickHouse
from sinks.headings import heading
from sinks.report_files import list_reports
from sinks.report_values import check, find
from sinks.reports import Result, run

TODAY = date(2026, 10, 5)
KNOWN = datetime(2026, 10, 5, 1, 30, tzinfo=UTC)


@cache
def shipped_policy() -> Policy:
    """The policy that Leadtrace ships."""
    return parse_policy(policy_text(Settings()))


def result(columns: str, *rows: tuple[Any, ...]) -> Result:
    """An answer with these columns, said in one line."""
    names = tuple(columns.split())
    return Result(names, tuple(map(heading, names)), rows)


@dataclass
class Stored:
    """Tells stored answers by the names of reports; what is asked is checked as the real one checks it.

    A value may be an answer, a function from the parameters to one, or an error to raise.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    kept_at: datetime | None = None
    state: str = ""
    policy: Policy = field(default_factory=shipped_policy)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def result(self, name: str, parameters: Mapping[str, str]) -> Result:
        """The stored answer; an empty one where none is stored."""
        values = check(find(list_reports(), name), parameters, TODAY)
        self.asked.append((name, dict(parameters)))
        answer = self.answers.get(name, result("nothing"))
        if name == "trust" and name not in self.answers:
            answer = result("area what concerned of_all share newest_at learnt_at says")
        if isinstance(answer, Exception):
            raise answer
        told: Result = answer(values) if callable(answer) else answer
        return Result(told.columns, told.headings, told.rows, tuple(values.items()))

    async def query(self, what: str, look_up: Callable[[ClickHouse], Any], *key: str) -> Any:
        """What is stored for a look-up; of the known state always something."""
        if what == "known_state":
            return self.found.get(what, (KNOWN, "c0ffee00c0ffee00"))
        answer = self.found.get(what)
        if isinstance(answer, Exception):
            raise answer
        return answer(*key) if callable(answer) else answer


@dataclass
class Connected:
    """Answers over one connection to a real server, so that pages can be compared with reports."""

    client: ClickHouse
    kept_at: datetime | None = None
    state: str = ""
    policy: Policy = field(default_factory=shipped_policy)

    async def result(self, name: str, parameters: Mapping[str, str]) -> Result:
        """What the report says now."""
        return run(self.client, find(list_reports(), name), parameters, TODAY)

    async def query(self, what: str, look_up: Callable[[ClickHouse], Any], *key: str) -> Any:
        """What the look-up finds."""
        return look_up(self.client)


@asynccontextmanager
async def cockpit(stored: Ask, **given: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of the cockpit that tells these answers."""
    with TemporaryDirectory() as folder:
        settings = Settings.model_validate({"timezone": "Asia/Shanghai", "data_dir": folder, **given})
        access = open_access(settings)
        app = make_app(settings, stored, access, PAGES)
        async with TestClient(TestServer(app)) as client:
            yield client
        access.sessions.close()


async def text_of(client: TestClient[Any, Any], path: str, status: int = 200) -> str:
    """The text of a page that must be answered with a status."""
    answer: ClientResponse = await client.get(path, allow_redirects=False)
    text = await answer.text()
    assert answer.status == status, (answer.status, text[:500])
    return text
