"""The demo would notice a report that is wrong, and deletes nothing that isn't its own."""

import fcntl
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.demo_feed import Posted, corrections_in, ids_of_requests, sem_kind
from cli.demo_folder import MARK, PLACE, claimed, freed_for, here, recipe_of
from cli.demo_show import UNKNOWABLE, Progress, show_unknowable
from cli.demo_truth import PersonNames, compared, normal
from producers.corrections import said_by_hand
from producers.privacy.personal_data import Tokeniser
from schemas.codec import decode
from schemas.identity import IdentityBlocked, IdentitySplit
from sinks.clickhouse import Answer
from stack import folder
from stack.errors import StackError

TOKENS = Tokeniser("a secret of tests only")
TRUE = [{"channel": "email", "leads": 2, "cost": 1.5}, {"channel": "direct", "leads": 1, "cost": 0.0}]


class Views:
    """A ClickHouse that answers every query with the same rows."""

    def __init__(self, columns: Sequence[str], *rows: tuple[Any, ...]) -> None:
        self._answer = Answer(tuple(columns), ("",) * len(columns), rows)

    def query(self, _: str, __: object = None) -> Answer:
        return self._answer


def found(*rows: tuple[Any, ...]) -> Any:
    return compared("funnel", TRUE, Views(("channel", "leads", "cost"), *rows))  # type: ignore[arg-type]  # a stand-in


def test_equal_rows_are_equal_in_any_order_and_number_type() -> None:
    result = found(("direct", 1, Decimal("0.00")), ("email", 2, Decimal("1.50")))
    assert result.is_equal
    assert result.rows == 2


def test_a_wrong_number_a_missing_and_a_doubled_row_are_found() -> None:
    assert not found(("direct", 1, 0), ("email", 2, Decimal("1.51"))).is_equal
    assert found(("direct", 1, 0)).missing == (normal(TRUE[0]),)
    assert found(("direct", 1, 0), ("direct", 1, 0), ("email", 2, 1.5)).invented == (normal(TRUE[1]),)


def test_times_and_days_are_compared_as_the_truth_writes_them() -> None:
    at = datetime(2025, 3, 2, 16, 0, 0, 1000, tzinfo=UTC)
    assert normal({"at": at, "day": date(2025, 3, 3)}) == normal({"at": 1740931200001, "day": "2025-03-03"})


def test_people_are_called_by_the_smallest_of_their_tokens() -> None:
    addresses = ["email:a@site.example", "email:b@site.example"]
    tokens = sorted(str(TOKENS.email(each.partition(":")[2])) for each in addresses)
    told = [
        {"person": addresses[0], "identifiers": ["anon:x", *addresses], "shared": ["anon:x"], "deleted": []},
        {"person": "crm:s:1", "identifiers": addresses, "shared": [], "deleted": ["crm:s:1"]},
    ]
    people = PersonNames(told, TOKENS)
    assert people.renamed({"person": addresses[0]}) == {"person": tokens[0]}, "a shared browser is nobody"
    assert people.renamed({"person": "crm:s:1"}) == {"person": "crm:s:1"}
    assert people.renamed({"person": "", "deal": "deal:s:1"}) == {"person": "", "deal": "deal:s:1"}
    assert people.renamed({"channel": "direct"}) == {"channel": "direct"}
    assert people.described(told[0]) == {
        "person": tokens[0],
        "identifiers": ", ".join(["anon:x", *tokens]),
    }


def test_corrections_are_what_the_commands_say_and_sent_again_they_are_the_same(tmp_path: Path) -> None:
    lines = (
        {"at": 1000, "names": ["crm:s:1", "email:a@site.example"], "reason": "a colleague's address"},
        {"at": 2000, "names": ["email:team@site.example"], "reason": "read by all"},
    )
    (tmp_path / "corrections.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    records = corrections_in(tmp_path, TOKENS)
    split, block = (decode(record.topic, record.value) for record in records)

    assert split == said_by_hand(
        IdentitySplit,
        1000,
        left="crm:s:1",
        right=str(TOKENS.email("a@site.example")),
        reason="a colleague's address",
    )
    assert isinstance(block, IdentityBlocked)
    assert block.identifier == TOKENS.email("team@site.example")
    assert {record.topic for record in records} == {"identity.links"}
    assert corrections_in(tmp_path, TOKENS) == records


def test_each_file_of_ads_is_imported_as_what_it_is() -> None:
    assert sem_kind("keyword_list_360.csv") == "dictionary"
    assert sem_kind("google_clicks.csv") == "clicks"
    assert sem_kind("baidu_keywords_2025-03-03_2025-05-17.csv") == "keywords"


def test_what_nobody_can_know_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "truth").mkdir()
    counts = {name: 1_000 + number for number, name in enumerate(UNKNOWABLE)}
    (tmp_path / "truth" / "unknowable.json").write_bytes(orjson.dumps([counts]))
    show_unknowable(tmp_path, Progress())

    (line,) = capsys.readouterr().out.splitlines()
    assert "beyond what anybody can know: 1,000 people seen as several, 1,001 visits" in line


def test_an_event_sent_twice_must_arrive_once() -> None:
    own = Posted("/v1/events", orjson.dumps({"id": "one"}), {})
    several = Posted("/v1/events", orjson.dumps([{"id": "one"}, {"id": "two"}]), {})
    segment = Posted("/v1/batch", orjson.dumps({"batch": [{"messageId": "one"}]}), {})
    assert len(ids_of_requests([own, own, several])) == 2
    assert len(ids_of_requests([own, segment])) == 2, "ids of two senders are two"


def test_the_recipe_changes_with_what_it_is_made_of() -> None:
    assert recipe_of("a", "b") == recipe_of("a", "b")
    assert recipe_of("a", "b") != recipe_of("ab", "")


def test_the_data_of_another_recipe_are_removed_and_those_of_this_one_stay(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    assert not freed_for(home, "one")
    (home / "kafka").mkdir()
    (home / "kafka" / "log").touch()
    (home / "ports.json").touch()
    assert not freed_for(home, "one")
    assert (home / "kafka" / "log").exists()
    assert freed_for(home, "two")
    assert {path.name for path in home.iterdir()} == {MARK, PLACE}


def test_two_demos_at_once_have_two_folders_and_the_first_is_taken_again(tmp_path: Path) -> None:
    with claimed(tmp_path, here()) as one, claimed(tmp_path, here()) as two:
        assert (one.name, two.name) == ("demo", "demo-2")
    with claimed(tmp_path, here()) as again:
        assert again == one


def test_a_checkout_leaves_the_demo_of_another_alone_as_long_as_that_is_there(tmp_path: Path) -> None:
    other = tmp_path / "other checkout"
    other.mkdir()
    with claimed(tmp_path, str(other)) as theirs:
        freed_for(theirs, "one")
    (theirs / PLACE).write_text(str(other))
    with claimed(tmp_path, here()) as ours:
        assert ours.name == "demo-2"
    other.rmdir()
    with claimed(tmp_path, here()) as ours:
        assert ours == theirs


def test_a_demo_that_is_being_looked_at_is_left_alone(tmp_path: Path) -> None:
    with claimed(tmp_path, here()) as home:
        freed_for(home, "one")
    with folder.owned(home), claimed(tmp_path, here()) as another:
        assert another.name == "demo-2"


@pytest.mark.parametrize("what", ["folder", "binary", "huge"])
def test_whatever_says_whose_a_demo_is_the_next_one_finds_a_folder(tmp_path: Path, what: str) -> None:
    with claimed(tmp_path, here()) as home:
        freed_for(home, "one")
    mark = home / PLACE
    mark.unlink()
    if what == "folder":
        mark.mkdir()
    else:
        mark.write_bytes(b"\0\xff" if what == "binary" else b"x" * 1_000_000)
    with claimed(tmp_path, here()) as found:
        assert found.name in ("demo", "demo-2")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(StackError, match="not the demo's"):
        freed_for(tmp_path, "one")
    assert (tmp_path / "thesis.txt").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    freed_for(tmp_path, "one")
    descriptor = os.open(folder.lock_file(tmp_path), os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(StackError, match="in use"):
        freed_for(tmp_path, "two")
    os.close(descriptor)
    assert folder.lock_file(tmp_path).exists()
