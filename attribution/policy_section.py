"""What the sections of the policy are made of: frozen, checked values, and the types of their fields."""

import codecs
import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError(f"{name!r} is not a text encoding") from error
    return name


Name = Annotated[str, StringConstraints(min_length=1, pattern=r"^[a-z0-9_]+$")]
Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]
# Sorted when written down: a set's own order differs between processes, and the policy's version must not.
Texts = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str])]
Words = Annotated[frozenset[Word], PlainSerializer(sorted, return_type=list[str])]
Pattern = Annotated[str, AfterValidator(_pattern)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of the policy: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 - pydantic's signature
        """A changed copy, validated; it inherits nothing that was computed from the one it was made from."""
        return type(self).model_validate(
            {**{key: getattr(self, key) for key in type(self).model_fields}, **(update or {})}
        )
