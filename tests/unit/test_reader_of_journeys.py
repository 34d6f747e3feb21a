"""The reader who looks on while faults strike would see it if the loader stored half a journey."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from faults.reading import Seen, not_whole
from tables_in_memory import Tables, closed, loader_of, record, snapshot

from schemas.codec import Encoded, output_record
from schemas.journey import ClosedTouchpoint, Journey, StageEntry, Touchpoint
from schemas.terms import Stage
from sinks import assembly

VISITOR = StageEntry(stage=Stage.VISITOR, at=1, occurrence=1, id="t1")
TOLD: list[ClosedTouchpoint | Journey] = [
    replace(snapshot("anon:1", 1), stages=(replace(VISITOR, id="t1001"),)),
    closed("anon:1", 1),
    closed("anon:1", 2),
    replace(snapshot("anon:1", 2, 1, 2), stages=(VISITOR,)),
]


def loaded() -> tuple[list[Seen], list[Encoded]]:
    """Load all of it, each record by itself, and look at what is there after each."""
    servers, seen = Tables(), []
    loader = loader_of(servers)
    for offset, each in enumerate(TOLD):
        servers.coming = [[record(offset, each)]]
        loader.load_once()
        seen += [
            Seen(row["person"], row["version"], tuple(row["touchpoints.id"]), row["stages.id"][0])
            for row in servers.rows["journeys"]
        ]
    return seen, [output_record(each) for each in TOLD]


def test_whole_journeys_are_all_that_is_ever_seen() -> None:
    seen, published = loaded()
    assert {each.touchpoints for each in seen} == {("t1001",), ("t1", "t2", "t1002")}
    assert not_whole(seen, published) == []


@pytest.mark.parametrize("left_out", [0, 1])
def test_a_loader_that_leaves_out_a_touchpoint_is_found_out(
    left_out: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_hole(journey: Journey, known: Mapping[str, Touchpoint]) -> Journey:
        parts: list[Any] = list(known.values())
        del parts[left_out : left_out + 1]
        return replace(journey, touchpoints=(*parts, *journey.touchpoints), closed="")

    monkeypatch.setattr(assembly, "whole", with_a_hole)
    seen, published = loaded()
    assert [each.version for each in not_whole(seen, published)] == [2]


def test_so_is_a_worker_that_does_not_name_the_first_visit() -> None:
    """Whatever was published, a journey lacks something if what made somebody a visitor isn't on it."""
    sent = replace(snapshot("anon:1", 2), stages=(VISITOR,))
    seen = Seen("anon:1", 2, ("t1002",), "t1")
    assert not_whole([seen], [output_record(sent)]) == [seen]
