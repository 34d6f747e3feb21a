"""The SQL files that make a database: numbered, checksummed, each statement by itself."""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Final

_NAME: Final = re.compile(r"^(\d{2,4})_([a-z0-9_]+)\.sql$")
_COMMENT: Final = re.compile(r"^\s*--.*$", re.MULTILINE)
_COLUMN: Final = re.compile(r"^    (\w+) (.+?) COMMENT '((?:[^']|'')*)',?$", re.MULTILINE)
_END: Final = re.compile(r";[ \t]*$", re.MULTILINE)


class MigrationError(RuntimeError):
    """The database and this version of Leadtrace don't go together; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Script:
    """One SQL file: a migration, or the text of a view."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the text, without regard to how lines end."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The statements of the file: each ends with a semicolon at the end of a line."""
        return [part.strip() for part in _END.split(_COMMENT.sub("", self.text)) if part.strip()]


def columns_in(text: str) -> list[tuple[str, str, str]]:
    """Name, type and comment of each column that the text of a view explains, as they stand there, in SQL."""
    return _COLUMN.findall(text)


def read_scripts(folder: str) -> list[Script]:
    """Read the files of a folder of sinks/sql, in order; MigrationError if two have one number."""
    scripts = []
    for file in resources.files("sinks.sql").joinpath(folder).iterdir():
        found = _NAME.match(file.name)
        if found:
            name = file.name.removesuffix(".sql") if folder == "migrations" else found.group(2)
            text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            scripts.append(Script(int(found.group(1)), name, text))
    scripts.sort(key=lambda script: script.number)
    if len({script.number for script in scripts}) < len(scripts):
        raise MigrationError(f"two files in sql/{folder} have the same number")
    return scripts
