"""Notices on a real ClickHouse: what reports say is told once, and what was told is remembered there."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import facts as f
import pytest
from played import play
from told_notices import Target, notifier

from attribution.policy import Policy
from notices.looking import Notifier
from notices.questions import Questions
from settings import Settings
from sinks.clickhouse import ClickHouse, connect
from sinks.notice_memory import Said, remembered, say
from sinks.rows import COLUMNS, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

WISHES = """
[rules.unanswered]
targets = ["sales"]
[rules.late]
kind = "unanswered"
targets = ["boss"]
days = 3000
[rules.missing_costs]
targets = ["data"]
[rules.silent_sources]
targets = ["data"]
[rules.dead_letters]
targets = ["data"]
[rules.data_quality]
targets = ["data"]
[rules.digest]
targets = ["boss"]
"""


@pytest.fixture
def given(_migrated: tuple[Settings, ClickHouse, list[str]]) -> Settings:
    return _migrated[0]


def qualified(*names: str) -> list[Any]:
    return [
        each
        for name in names
        for each in (f.lead(f"crm:crm:{name}", 0, f"email:{name}"), f.stage(f"crm:crm:{name}", f.DAY, "MQL"))
    ]


def put(client: ClickHouse, policy: Policy, *facts: Any) -> None:
    rows = map(snapshot_row, play(policy, *facts).living().values())
    client.insert("journeys", COLUMNS["journeys"], rows)


def look(given: Settings, process: Notifier) -> list[str]:
    with closing(connect(given)) as client:
        return process.look(client, Questions(client, given, datetime.now(UTC)))


def test_what_reports_say_is_told_once_to_whom_it_concerns(
    client: ClickHouse, given: Settings, policy: Policy
) -> None:
    put(client, policy, *qualified("1", "2"))
    target = Target()
    look(given, notifier(WISHES, target, lambda _: None))
    assert target.titles("sales") == ["Leadtrace: 2 MQLs have waited for sales for more than 5 days"]
    assert target.titles("data") == ["Leadtrace: ad costs are missing"]
    (week,) = target.titles("boss")
    assert week.startswith("Leadtrace: the week from ")
    body = next(message.body for name, message in target.taken if name == "boss")
    assert "for too long: 2" in body
    assert look(given, notifier(WISHES, target, lambda _: None)) == [], "another process, or the same again"
    put(client, policy, *qualified("1", "2", "3"))
    assert look(given, notifier(WISHES, target, lambda _: None)) == ["sent unanswered to sales (1 case)"]
    assert len(target.taken) == 4


def test_the_memory_says_what_was_sent_what_is_over_and_who_is_sending(client: ClickHouse) -> None:
    def said(about: str, state: Any, attempt: str = "", episode: str = "", size: int = 0) -> None:
        say(client, [Said("sales", "r", about, episode, size, state, attempt)])

    said("a", "sending", "1", "yesterday", 3)
    said("a", "sent", "1", "yesterday", 3)
    said("a", "sending", "2", "today", 4)
    said("b", "sending", "3")
    said("b", "failed", "3")
    said("b", "over")
    say(client, [])
    now, (a, b) = remembered(client)
    assert (a.target, a.rule, a.about, a.episode, a.size) == ("sales", "r", "a", "yesterday", 3)
    assert a.sent_at is not None
    assert a.over_at is None
    assert [(name, since) for name, since, _ in a.attempts] == [("2", "today")]
    assert a.sent_at < a.attempts[0][2] <= now
    assert (b.episode, b.size, b.sent_at, b.attempts) == ("", 0, None, ())
    assert b.over_at is not None


def test_of_two_processes_at_once_one_sends(client: ClickHouse, given: Settings, policy: Policy) -> None:
    put(client, policy, *qualified("1"))
    wishes = '[rules.unanswered]\ntargets = ["sales"]'
    target = Target()
    other = notifier(wishes, target, lambda _: None)
    done: list[list[str]] = []
    look(given, notifier(wishes, target, lambda _: done.append(look(given, other))))
    assert done == [[]]
    assert len(target.taken) == 1
