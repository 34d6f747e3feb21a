"""Settings of the way back: the file that says what may be told, and the key of contacts."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from setting_groups.group import Group, long_enough


class OutboxSettings(Group):
    """What is told to whom stands in a file, which names the variables that hold the credentials."""

    outbox: Path | None = Field(
        None, description="file of the way back; empty: outbox.toml in the data folder, if there is one"
    )
    contacts_key: SecretStr = Field(
        SecretStr(""),
        description="secret under which the collector keeps addresses and names that leads give, for the way "
        "back to CRMs; empty: none are kept",
    )

    @field_validator("contacts_key")
    @classmethod
    def _seals_well(cls, given: SecretStr) -> SecretStr:
        long_enough(given)
        return given
