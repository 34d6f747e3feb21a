"""What is refused and what is due, from files and checksums alone."""

import re

import pytest

from sinks.migrations import compare, migrations
from sinks.scripts import MigrationError, Script
from sinks.view_texts import fill, views

FIRST, SECOND = Script(1, "0001_a", "CREATE TABLE IF NOT EXISTS a;"), Script(2, "0002_b", "x")
VIEW = Script(10, "persons", "CREATE OR REPLACE VIEW persons\nAS SELECT 1")


def test_what_was_not_applied_is_due_in_order() -> None:
    assert compare([FIRST, SECOND], [VIEW], {}, {}).pending == ["0001_a", "0002_b", "persons"]
    applied = {FIRST.name: FIRST.checksum}
    assert compare([FIRST, SECOND], [VIEW], applied, {"persons": VIEW.checksum}).pending == ["0002_b"]


def test_a_view_is_due_when_its_text_changed_or_it_is_gone() -> None:
    assert compare([], [VIEW], {}, {"persons": "older"}).pending == ["persons"]
    assert compare([], [VIEW], {}, {}).pending == ["persons"]


@pytest.mark.parametrize(
    ("applied", "sentence"),
    [
        ({"0001_a": "edited"}, "the migration 0001_a was edited after it had been applied"),
        ({"0003_c": "x"}, "the database is newer than this version of Leadtrace (it has had 0003_c)"),
        ({"0001_gone": "x"}, "the database has had the migration 0001_gone, which this version lacks"),
        (
            {"0002_b": SECOND.checksum},
            "the migration 0001_a is missing in the database, which has had 0002_b",
        ),
    ],
)
def test_a_history_that_differs_is_refused_with_a_sentence(applied: dict[str, str], sentence: str) -> None:
    with pytest.raises(MigrationError, match=re.escape(sentence)):
        compare([FIRST, SECOND], [], applied, {})


def test_statements_end_at_the_end_of_a_line() -> None:
    script = Script(1, "x", "-- a; comment;\nCREATE TABLE a COMMENT 'one; two';\n\nDROP TABLE b;\n")
    assert script.statements == ["CREATE TABLE a COMMENT 'one; two'", "DROP TABLE b"]


def test_only_the_time_zone_is_put_in() -> None:
    assert fill(Script(1, "v", "toDate(at, '{{timezone}}') {as_of:String}"), "Asia/Shanghai") == (
        "toDate(at, 'Asia/Shanghai') {as_of:String}"
    )
    with pytest.raises(MigrationError, match="database"):
        fill(Script(1, "v", "{{database}}"), "UTC")


def test_the_files_are_numbered_one_by_one_and_each_view_makes_itself_alone() -> None:
    assert [script.number for script in migrations()] == list(range(1, len(migrations()) + 1))
    for view in views("UTC"):
        assert [statement.split("\n")[0] for statement in view.statements] == [
            f"CREATE OR REPLACE VIEW {view.name}"
        ]
        assert view.text.startswith("-- ")


def test_views_read_by_bi_hide_versions_and_deleted_rows() -> None:
    tables = r"FROM (journeys|opportunities|ad_performance|dead_letters|events)\b(?! (AS \w+ )?FINAL)"
    for view in views("UTC"):
        text = re.sub(r"-- Replaced ones, too: .+\.\nFROM \w+\n", "", view.text)
        assert not re.search(tables, text), view.name
