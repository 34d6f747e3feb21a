"""Which facts a rebuild copies first: what the SQL says of a fact is what the core says of it."""

import re
from pathlib import Path

import pytest

from attribution.at_once import is_telling
from schemas.codec import decode, encode
from schemas.sem import OF_REPORTS
from schemas.topics import FACT_TOPICS
from sinks.rebuild.shadow import RebuildError, Shadow

EXAMPLES = [
    (topic.name, path)
    for topic in FACT_TOPICS
    for path in sorted(Path("schemas/examples", topic.name).glob("*.v1/*.json"))
]
CONDITION = Path("sinks/sql/rebuild/is_telling.sql").read_text(encoding="utf-8")
TYPES = set(re.findall(r"'([a-z_]+)'", CONDITION.partition("type IN (")[2].partition(")")[0]))


@pytest.mark.parametrize(("topic", "path"), EXAMPLES, ids=lambda each: getattr(each, "stem", each))
def test_a_fact_that_tells_of_others_is_copied_first(topic: str, path: Path) -> None:
    """A new type of fact that ties anybody has to be known to both."""
    fact = decode(topic, path.read_bytes())
    if isinstance(fact, OF_REPORTS):
        return
    found = fact.type in TYPES or fact.subject.startswith("deal:") or b'"others":["' in encode(fact)
    assert found == is_telling(fact)


def test_the_condition_is_what_this_test_takes_it_for() -> None:
    assert "startsWith(subject, 'deal:')" in CONDITION
    assert 'position(payload, \'"others":["\') > 0' in CONDITION
    assert len(TYPES) == 6


@pytest.mark.parametrize("name", ["", "Trial", "a__b", "_a", "a_", "a-b", "a;b", "a" * 33, "ä"])
def test_a_name_that_can_be_no_part_of_a_tables_is_refused(name: str) -> None:
    with pytest.raises(RebuildError, match="can't be the name of a rebuild"):
        Shadow(name)


def test_tables_of_a_rebuild_bear_its_name() -> None:
    assert Shadow("q3_2026").table("journeys") == "journeys__q3_2026"
