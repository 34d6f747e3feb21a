"""Settings of notices: the file that says which, and the addresses that they go to."""

import re
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from setting_groups.group import Group


class NoticeSettings(Group):
    """What is told to whom stands in a file; where they are is a secret: it lets anybody write there."""

    notices: Path | None = Field(
        None, description="file of the notices; empty: notices.toml in the data folder, if there is one"
    )
    notice_targets: SecretStr = Field(
        SecretStr(""), description="addresses of the targets, NAME=URL with blanks between them"
    )

    @field_validator("notice_targets")
    @classmethod
    def _name_their_addresses(cls, given: SecretStr) -> SecretStr:
        names = []
        for each in given.get_secret_value().split():
            found = re.fullmatch(r"([a-z0-9_-]{1,40})=[A-Za-z][A-Za-z0-9+.-]*://\S+", each)
            if found is None:
                raise ValueError(
                    "it may be NAME=URL with blanks between several, such as sales=feishu://…, with names of "
                    "small letters, digits, - and _, and %20 for a blank in a URL"
                )
            names.append(found[1])
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} has two addresses: give each a name of its own")
        return given
