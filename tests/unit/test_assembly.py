"""Snapshots become rows only with all their touchpoints, wherever these are remembered, and whatever dies."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables_in_memory import Tables, closed, loader_of, record, snapshot

from schemas.journey import ClosedTouchpoint, Journey
from sinks import assembly
from sinks.assembly import INCOMPLETE, ClosedTouchpoints, assembled
from sinks.batches import Snapshot
from sinks.clickhouse import Answer, ClickHouseAwayError


def test_touchpoints_are_stored_before_the_snapshot_that_names_them() -> None:
    servers = Tables()
    servers.coming = [[record(0, closed("anon:1", 1)), record(1, snapshot("anon:1", 5, 1))]]
    loader_of(servers).load_once()
    assert [entry[1] for entry in servers.log if entry[0] == "insert"] == [
        "closed_touchpoints",
        "journey_days",
        "journey_versions",
        "journeys",
    ]
    assert servers.journeys() == {"anon:1": (5, ("t1", "t1005"))}
    assert (servers.asked, servers.committed) == (0, 2), "nobody need be asked for what just came"


def test_who_remembers_nothing_asks_once_for_all_people_of_a_load() -> None:
    servers, people = Tables(), [f"anon:{number}" for number in range(50)]
    servers.coming = [[record(n, closed(person, 1)) for n, person in enumerate(people)]]
    loader_of(servers).load_once()
    servers.coming = [[record(50 + n, snapshot(person, 5, 1)) for n, person in enumerate(people)]]
    another = loader_of(servers)
    another.load_once()
    assert servers.journeys() == dict.fromkeys(people, (5, ("t1", "t1005")))
    assert servers.asked == 1
    servers.coming = [[record(100 + n, snapshot(person, 6, 1)) for n, person in enumerate(people)]]
    another.load_once()
    assert servers.asked == 1, "and then knows them"


def test_a_snapshot_that_can_t_be_whole_is_put_aside_and_stops_no_other() -> None:
    servers = Tables()
    servers.coming = [
        [
            record(0, closed("anon:1", 1)),
            record(1, snapshot("anon:1", 5, 1, 2)),
            record(2, snapshot("anon:2", 5)),
        ]
    ]
    loader_of(servers).load_once()
    assert servers.journeys() == {"anon:2": (5, ("t1005",))}
    assert ("letters", [(1, INCOMPLETE)]) in servers.log
    assert servers.committed == 3


def test_of_a_person_only_the_newest_snapshot_of_a_load_is_a_row_as_first_published() -> None:
    servers = Tables()
    versions = [4, 6, 5, 6]
    servers.coming = [[record(n, snapshot("anon:1", version)) for n, version in enumerate(versions)]]
    loader_of(servers).load_once()
    assert [(row["version"], row["published_at"]) for row in servers.rows["journey_versions"]] == [(6, 101)]
    assert [row["version"] for row in servers.rows["journeys"]] == [6]
    assert servers.committed == 4


def test_what_is_asked_for_while_clickhouse_is_away_is_asked_for_again() -> None:
    servers = Tables()
    servers.coming = [[record(0, closed("anon:1", 1))]]
    loader_of(servers).load_once()
    servers.coming = [[record(1, snapshot("anon:1", 5, 1))]]
    answer, failures = servers.query, [ClickHouseAwayError("away")]

    def query(*given: Any) -> Answer:
        if failures:
            raise failures.pop()
        return answer(*given)

    servers.query = query  # type: ignore[method-assign]  # away for a moment
    loader_of(servers).load_once()
    assert servers.journeys() == {"anon:1": (5, ("t1", "t1005"))}


def test_who_was_not_asked_for_longest_is_forgotten_first() -> None:
    memory = ClosedTouchpoints(most=300)
    for person in ("anon:1", "anon:2", "anon:3"):
        memory.learn(closed(person, 1), 100)
    assert memory.of("anon:1")
    memory.learn(closed("anon:1", 1), 100)
    memory.learn(closed("anon:4", 1), 100)
    assert not memory.of("anon:2")
    assert all(memory.of(person) for person in ("anon:1", "anon:3", "anon:4"))


def test_a_large_load_becomes_blocks_that_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "AT_ONCE", 10)
    memory = ClosedTouchpoints()
    for number in range(4):
        memory.learn(closed("anon:1", number), 100)
    some = [Snapshot(record(n, each), each) for n in range(5) for each in [snapshot("anon:1", n, 0, 1, 2, 3)]]
    blocks = list(assembled(Tables(), memory, some, UTC))  # type: ignore[arg-type]  # nobody is asked
    assert [len(block.lines["journeys"].rows) for block in blocks] == [2, 2, 1]


STEPS = st.lists(
    st.tuples(st.integers(1, 6), st.none() | st.integers(0, 5), st.sampled_from((0, 400, 1 << 20))),
    max_size=25,
)
STORY = st.lists(st.tuples(st.sampled_from(("anon:1", "anon:2")), st.integers(0, 5)), min_size=1, max_size=25)


@given(STORY, STEPS)
def test_loaders_that_die_anywhere_lose_no_touchpoint_and_show_no_half_journey(
    story: list[tuple[str, int]], steps: list[tuple[int, int | None, int]]
) -> None:
    """Each step is a loader that reads some records from where the last one had committed, and may die."""
    log: list[ClosedTouchpoint | Journey] = []
    named: dict[str, list[int]] = {"anon:1": [], "anon:2": []}
    whole: dict[tuple[str, int], tuple[str, ...]] = {}
    for version, (person, number) in enumerate(story):
        if number not in named[person]:
            log.append(closed(person, number))
            named[person] = sorted([*named[person], number])
        log.append(snapshot(person, version, *named[person]))
        whole[person, version] = (*(f"t{each}" for each in named[person]), f"t{1000 + version}")
    records = [record(offset, each) for offset, each in enumerate(log)]
    servers = Tables()
    for some, crash_in, remembered in [*steps, (len(records), None, 0)]:
        start = servers.committed
        servers.coming, servers.crash_in = [records[start : start + some]], crash_in
        try:
            loader_of(servers, remembered).load_once()
        except KeyboardInterrupt:
            continue
        assert not [entry for entry in servers.log if entry[0] == "letters"]
        for row in servers.rows["journeys"]:
            assert tuple(row["touchpoints.id"]) == whole[row["person"], row["version"]]
    newest = {person: version for version, (person, _) in enumerate(story)}
    assert servers.journeys() == {
        person: (version, whole[person, version]) for person, version in newest.items()
    }
