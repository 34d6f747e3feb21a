"""The header of records by which a damaged state begins anew: which state, and what must not go back."""

from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.terms import Identifier

HEADER: Final = "x-leadtrace-anew"


class Anew(BaseModel):
    """The state of `key` begins anew if it is damaged; a state that can be read is left as it is.

    `floor`: the highest offset of each topic that may have gone into it; its versions go on from there.
    `holders`: the persons that may have been handed its facts, who hear where they are now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    floor: dict[str, int] = {}
    holders: tuple[Identifier, ...] = ()

    def header(self) -> tuple[str, bytes]:
        """Return the header that says this."""
        return HEADER, self.model_dump_json().encode()


def anew_in(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, Anew]:
    """Return what headers say, by key; what says nothing that can be understood is left out."""
    found: dict[str, Anew] = {}
    for name, value in headers:
        if name == HEADER and value is not None:
            try:
                anew = Anew.model_validate_json(value)
            except ValidationError:
                continue
            found[anew.key] = anew
    return found
