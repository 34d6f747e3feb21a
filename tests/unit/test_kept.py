"""What is kept for BI tools: which views, what they read, and what tools see of them."""

import re
from datetime import datetime, timedelta
from typing import cast

import pytest

from settings import Settings
from sinks import bi
from sinks.bi_interval import due_interval, intervals
from sinks.clickhouse import Answer, ClickHouse
from sinks.kept import Databases, databases, homes, local_columns, placed, plan, read_view
from sinks.scripts import MigrationError, Script
from sinks.view_texts import views

OURS = databases("leadtrace")
ZONE = "Asia/Shanghai"
NOW = datetime(2026, 10, 5, 12)


def view(
    number: int, name: str, body: str, kept_by: str = "", columns: str = "a String COMMENT 'A'"
) -> Script:
    head = f"-- What?\n-- Grain: one row.\n{f'-- Kept by: {kept_by}' if kept_by else '--'}\n"
    made = f"CREATE OR REPLACE VIEW {name}\n(\n    {columns}\n)\nAS {body}\nCOMMENT 'What?'\n"
    return Script(number, name, head + made)


BASE = view(1, "touched", "SELECT a FROM journeys FINAL", kept_by="a")
READER = view(2, "counted", "SELECT a FROM touched")
ALONE = view(3, "costs", "SELECT a FROM ad_performance FINAL")


def made_of(*scripts: Script) -> dict[str, str]:
    return {f"{each.database}.{each.name}": each.checksum for each in plan(scripts, OURS, ZONE, 60)}


def test_the_databases_are_named_after_the_one_of_the_tables() -> None:
    assert databases("leadtrace") == Databases("leadtrace", "leadtrace_kept", "bi")
    assert databases("other") == Databases("other", "other_kept", "other_bi")


def test_a_view_that_reads_a_kept_one_reads_what_is_kept_and_one_that_reads_none_stays_live() -> None:
    assert homes([BASE, READER, ALONE], OURS) == {"touched": "leadtrace_kept", "counted": "leadtrace_kept"}
    shown = {each.name: each.statement for each in plan([BASE, READER, ALONE], OURS, ZONE, 60)}
    assert "FROM `leadtrace`.`costs`" in shown["costs"]
    assert "FROM `leadtrace_kept`.`counted`" in shown["counted"]


def test_what_was_known_at_a_time_is_not_set_against_what_is_kept() -> None:
    then = view(2, "restated", "SELECT a FROM touched UNION ALL SELECT a FROM touched_as_of(as_of = '')")
    assert homes([BASE, then], OURS) == {"touched": "leadtrace_kept"}


def test_another_text_is_another_table_and_so_is_one_that_reads_it() -> None:
    heavy = view(2, "counted", "SELECT a FROM touched", kept_by="a")
    before = made_of(BASE, heavy, ALONE)
    after = made_of(view(1, "touched", "SELECT a FROM journeys", kept_by="a"), heavy, ALONE)
    kept = [name for name in before if re.search(r"_[0-9a-f]{8}$", name)]
    assert len(kept) == 2
    assert not set(kept) & set(after)
    assert before["bi.costs"] == after["bi.costs"]


def test_a_table_that_reads_another_is_made_anew_as_soon_as_that_was() -> None:
    through = view(3, "heavy", "SELECT a FROM counted", kept_by="a")
    base, heavy = (each for each in plan([BASE, READER, through], OURS, ZONE, 60) if each.view)
    assert "REFRESH AFTER 60 SECOND" in base.statement
    assert f"REFRESH DEPENDS ON `leadtrace_kept`.`{base.name}`" in heavy.statement


def test_tools_see_no_parameters_and_no_arrays() -> None:
    asked = view(1, "asked", "SELECT a FROM journeys WHERE a = {a:String}")
    arrays = view(2, "arrays", "SELECT a FROM journeys", columns="a Array(String) COMMENT 'A'")
    assert [name for name in made_of(asked, arrays, ALONE) if name.startswith("bi.")] == ["bi.costs"]


def test_each_time_stands_there_in_local_time_too_with_its_day_and_hour() -> None:
    columns = [
        ("at", "DateTime64(3, 'UTC')", "When"),
        ("day", "Date", "Day"),
        ("closed_at", "Nullable(DateTime64(3, 'UTC'))", "When closed"),
    ]
    added = {name: kind for (name, kind, _), _ in local_columns(columns, ZONE)}
    assert added == {
        "at_local": f"DateTime64(3, '{ZONE}')",
        "hour": "UInt8",
        "closed_at_local": f"Nullable(DateTime64(3, '{ZONE}'))",
        "closed_day": "Nullable(Date)",
        "closed_hour": "Nullable(UInt8)",
    }


def test_only_names_of_what_is_read_are_placed() -> None:
    text = (
        "SELECT deals.a FROM deals ARRAY JOIN deals LEFT JOIN deals ON 1 WHERE x IN (SELECT a FROM deals.b)"
    )
    assert placed(text, {"deals": "kept"}) == (
        "SELECT deals.a FROM `kept`.`deals` ARRAY JOIN deals LEFT JOIN `kept`.`deals` ON 1 "
        "WHERE x IN (SELECT a FROM deals.b)"
    )


def test_no_view_calls_a_part_of_itself_by_the_name_of_a_view() -> None:
    scripts = views(ZONE)
    names = {script.name for script in scripts}
    for script in scripts:
        parts = set(re.findall(r"\b(\w+) AS\s*\(", "".join(script.statements)))
        assert not parts & names, script.name


def test_a_file_of_another_shape_is_refused() -> None:
    with pytest.raises(MigrationError, match="the file of the view odd is not one CREATE OR REPLACE VIEW"):
        read_view(Script(1, "odd", "CREATE VIEW odd AS SELECT 1;"))


class Told:
    """A client of a server on which refreshes take so long, and are due so often."""

    def __init__(self, took: float | None, seconds: str) -> None:
        self._took, self._seconds = took, seconds

    def query(self, text: str, _: object) -> Answer:
        if "view_refreshes" in text:
            return Answer((), (), ((self._took, int(self._took is None)),))
        made = f"CREATE MATERIALIZED VIEW kept.a REFRESH AFTER {self._seconds} (a String)"
        follower = "CREATE MATERIALIZED VIEW kept.b REFRESH DEPENDS ON kept.a (a String)"
        return Answer((), (), (("a", made), ("b", follower)))


@pytest.mark.parametrize(
    ("took", "now", "due"),
    [
        (2.0, "1 MINUTE", 60),  # a machine that has time
        (40.0, "1 MINUTE", 600),  # ten times as long as it takes
        (40.0, "10 MINUTE", 600),
        (60.0, "10 MINUTE", 600),  # a little longer than before
        (300.0, "10 MINUTE", 3600),
        (2.0, "1 HOUR 30 MINUTE", 60),  # much less than before
        (None, "10 MINUTE", 600),  # the server has just started
        (99999.0, "1 MINUTE", 86400),
    ],
)
def test_so_much_time_passes_that_refreshes_take_little_of_the_machine(
    took: float | None, now: str, due: int
) -> None:
    client = cast(ClickHouse, Told(took, now))
    assert due_interval(client, "kept", 60) == due


class Stale:
    """A client of a server on which every table was made anew so many seconds ago."""

    def __init__(self, settings: Settings, age: int) -> None:
        self._tables, self._age = [each for each in bi.wanted(settings) if each.view], age

    def query(self, text: str, _: object = None) -> Answer:
        if text.startswith("SELECT view, status"):
            at = NOW - timedelta(seconds=self._age)
            return Answer((), (), tuple((each.name, "Scheduled", at, at, "", 0.1) for each in self._tables))
        if "create_table_query" in text:
            return Answer((), (), (("a", "CREATE MATERIALIZED VIEW a REFRESH AFTER 5 MINUTE (a String)"),))
        return Answer((), (), ((NOW,),))


@pytest.mark.parametrize(("age", "told"), [(400, ""), (3600, "is 3600 seconds old, where 300 should pass")])
def test_what_is_not_made_anew_any_more_is_told_in_a_sentence(age: int, told: str) -> None:
    given = Settings()
    found = bi.health(cast(ClickHouse, Stale(given, age)), given)
    assert found.oldest == age
    assert len(found.problems) == bool(told)
    assert told in "".join(found.problems)


def test_only_tables_that_follow_no_other_have_an_interval() -> None:
    assert intervals(cast(ClickHouse, Told(1.0, "1 HOUR 30 MINUTE")), "kept") == {"a": 5400}
