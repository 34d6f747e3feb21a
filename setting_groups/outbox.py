"""Settings of the way back: the file that says what may be told, and the key of contacts."""

from pathlib import Path

from pydantic import Field

from setting_groups.group import Group


class OutboxSettings(Group):
    """What is told to whom stands in a file, which names the variables that hold the credentials."""

    outbox: Path | None = Field(
        None, description="file of the way back; empty: outbox.toml in the data folder, if there is one"
    )
