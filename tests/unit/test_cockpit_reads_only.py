"""The cockpit asks as the user who may only read, and holds whoever else it is to that."""

from typing import Any

import pytest
from pydantic import SecretStr

from cockpit import opening
from settings import Settings


def test_questions_are_asked_as_the_reader_within_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(opening, "connect_to_read", lambda *given: asked.append(given) or "a connection")
    given = Settings(clickhouse="127.0.0.1:1", clickhouse_user="writes-all")
    reader = given.model_copy(
        update={"clickhouse_user": "only-reads", "clickhouse_password": SecretStr("secret of the reader")}
    )
    asker = opening.asker(given, reader)
    assert asker._connect() == "a connection"
    ((who, limits),) = asked
    assert who.clickhouse_user == "only-reads"
    assert 0 < limits.seconds <= 60
