"""The users of the embedded ClickHouse: hashes for passwords, and a bound for whatever can be used up."""

import hashlib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stack import clickhouse_users, machine
from stack.machine import Room

ROOM = Room(memory=8 << 30, processors=4)
PASSWORDS = {"pipeline": "of the pipeline", "bi": "of BI", "dbt": "of dbt"}
BOUNDED = (
    "max_memory_usage",
    "max_memory_usage_for_user",
    "max_threads",
    "max_execution_time",
    "max_result_rows",
    "max_concurrent_queries_for_user",
)


@pytest.fixture
def written() -> ElementTree.Element:
    text = clickhouse_users.document(PASSWORDS, ("leadtrace", "bi"), ROOM)
    assert not [password for password in PASSWORDS.values() if password in text]
    return ElementTree.fromstring(text)


def test_each_user_has_a_password_but_the_engine_itself(
    written: ElementTree.Element,
) -> None:
    users = written.find("users")
    assert users is not None
    empty = hashlib.sha256(b"").hexdigest()
    unguarded = [user.tag for user in users if user.findtext("password_sha256_hex") in ("", empty, None)]
    assert unguarded == ["default"]
    assert written.findtext("profiles/itself/max_sessions_for_user") == "1"
    assert written.find("profiles/itself/constraints/max_sessions_for_user/const") is not None
    assert {user.tag: user.findtext("profile") for user in users} == {
        "default": "itself",
        "pipeline": "pipeline",
        "bi": "bi",
        "dbt": "dbt",
    }


@pytest.mark.parametrize("user", ["pipeline", "bi", "dbt"])
@pytest.mark.parametrize("setting", BOUNDED)
def test_what_a_user_can_use_up_is_bounded(written: ElementTree.Element, user: str, setting: str) -> None:
    value = int(written.findtext(f"profiles/{user}/{setting}") or 0)
    assert value > 0
    rule = written.find(f"profiles/{user}/constraints/{setting}")
    assert rule is not None
    if rule.find("const") is None:
        assert int(rule.findtext("min") or 0) == 1
        assert int(rule.findtext("max") or 0) >= value


def test_bi_leaves_room_for_the_pipeline(written: ElementTree.Element) -> None:
    assert int(written.findtext("profiles/bi/max_memory_usage") or 0) == 2 << 30
    assert int(written.findtext("profiles/bi/max_memory_usage_for_user") or 0) == 4 << 30
    assert written.findtext("profiles/bi/readonly") == "1"


def test_a_container_has_less_room_than_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "CONTAINER_LIMITS", (limit, tmp_path / "missing"))
    limit.write_text("max\n")
    whole = machine.room()
    limit.write_text(f"{3 << 30}\n")
    assert machine.room() == Room(min(whole.memory, 3 << 29), whole.processors)
    limit.write_text("1000\n")
    assert machine.room().memory == machine.LEAST_MEMORY
