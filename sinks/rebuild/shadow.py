"""The tables of a rebuild: what it writes stands beside the tables that everybody reads, under its name."""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from sinks.clickhouse import Answer, ClickHouse, Parameter, Row

LARGEST_NAME: Final = 32
_NAME: Final = re.compile(rf"[a-z](_?[a-z0-9]){{0,{LARGEST_NAME - 1}}}")
_COMMENT: Final = re.compile(r"^--.*\n", re.MULTILINE)
_PROGRESS: Final = "rebuild__"
# The tables of a rebuild, each with its name behind it; that of its progress goes last.
TABLES: Final = ("rebuild_facts", "journeys", "opportunities", "rebuild")


class RebuildError(RuntimeError):
    """A rebuild can't be begun or go on; the text is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """The tables of one rebuild. Raises RebuildError if it can't be called so."""

    name: str

    def __post_init__(self) -> None:
        if len(self.name) > LARGEST_NAME or not _NAME.fullmatch(self.name):
            raise RebuildError(
                f"{self.name!r} can't be the name of a rebuild: give small letters, digits and single _, "
                f"beginning with a letter, at most {LARGEST_NAME} of them"
            )

    def table(self, kind: str) -> str:
        """The name of one of its tables."""
        return f"{kind}__{self.name}"

    def text(self, file: str) -> str:
        """The text of sql/rebuild/<file>.sql for this rebuild."""
        condition = _read("is_telling").strip()
        return _read(file).replace("{{name}}", self.name).replace("{{is_telling}}", condition)

    def create(self, client: ClickHouse, file: str) -> None:
        """Create the tables of sql/rebuild/<file>.sql that are missing."""
        for statement in self.text(file).split(";\n"):
            if statement.strip():
                client.command(statement)

    def command(self, client: ClickHouse, file: str) -> None:
        """Run the statement of sql/rebuild/<file>.sql."""
        client.command(self.text(file))

    def ask(self, client: ClickHouse, file: str) -> Answer:
        """Run the query of sql/rebuild/<file>.sql."""
        return client.query(self.text(file))

    def stream(
        self, client: ClickHouse, file: str, parameters: Mapping[str, Parameter] | None = None
    ) -> Generator[Row, None, None]:
        """Yield the rows of the query of sql/rebuild/<file>.sql, texts as bytes."""
        return client.stream(self.text(file), parameters)

    def is_there(self, client: ClickHouse) -> bool:
        """Whether it was begun."""
        return self.name in names(client)

    def drop(self, client: ClickHouse) -> None:
        """Remove all that there is of it."""
        for kind in TABLES:
            client.command(f"DROP TABLE IF EXISTS {self.table(kind)} SYNC")

    def forget_facts(self, client: ClickHouse) -> None:
        """Remove the facts that it worked on."""
        client.command(f"DROP TABLE IF EXISTS {self.table('rebuild_facts')} SYNC")


def names(client: ClickHouse) -> list[str]:
    """The names of all rebuilds of this database."""
    found = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        " AND startsWith(name, {prefix:String}) ORDER BY name",
        {"prefix": _PROGRESS},
    )
    return [str(table).removeprefix(_PROGRESS) for (table,) in found.rows]


def _read(file: str) -> str:
    text = resources.files("sinks.sql").joinpath("rebuild", f"{file}.sql").read_text(encoding="utf-8")
    return _COMMENT.sub("", text.replace("\r\n", "\n"))
