"""The arguments of tools, and what is wrong with them in one sentence."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assistants.told import MOST_ROWS
from sinks.report_values import meant

LONGEST: Final = 2000

Text = Annotated[str, Field(max_length=LONGEST)]
Given = TypeVar("Given", bound="Arguments")


class ArgumentError(ValueError):
    """Arguments that a tool can't take; the text is a sentence."""


class Arguments(BaseModel):
    """What a tool may be given, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Arguments):
    """Of a tool that needs to know nothing."""


class Words(Arguments):
    """Which reports to list."""

    about: Text = Field("", description="only reports whose name, question or parameters hold this word")


class OfReport(Arguments):
    """Which report to describe."""

    name: Text = Field(description="name of the report, as list_reports has it")


class Run(Arguments):
    """Which report to run, and how."""

    name: Text = Field(description="name of the report, as list_reports has it")
    parameters: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict,
        description="values of its parameters, as describe_report has them; during says from and to at once: "
        "2026-Q3, 2026-10, last-month",
    )
    rows: int = Field(50, ge=1, le=MOST_ROWS, description="how many rows to show at most")

    @field_validator("parameters", mode="before")
    @classmethod
    def _may_be_written_as_text(cls, given: Any) -> Any:
        """Some clients send an object as the JSON that it would be."""
        try:
            return json.loads(given) if isinstance(given, str) else given
        except (ValueError, RecursionError):
            return given


class OfLead(Arguments):
    """Which lead."""

    lead: Text = Field(
        min_length=1,
        description="crm:SYSTEM:ID, anon:ID, user:ID, an e-mail address or a phone number; the last two are "
        "replaced by their tokens before anything is looked up",
    )


class During(Arguments):
    """Which days."""

    during: Text = Field("", description="only these days: 2026-Q3, 2026-10, last-month; empty: all")


def read(tool: str, kind: type[Given], given: Mapping[str, Any]) -> Given:
    """The arguments of a tool. Raises ArgumentError."""
    try:
        json.dumps(given, ensure_ascii=False).encode()
        return kind.model_validate(given)
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise ArgumentError("the arguments hold what is no text in UTF-8") from None
        raise ArgumentError(_sentence(tool, kind, error)) from None


def _sentence(tool: str, kind: type[Arguments], error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    known = kind.model_fields
    name = str(first["loc"][0])[:60] if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        has = ", ".join(known) or "none"
        return f"the tool '{tool}' has no argument '{name}'{meant(name, known)}; it has {has}"
    if first["type"] == "missing":
        return f"the tool '{tool}' needs the argument '{name}': {known[name].description}"
    if name == "rows":
        return f"the argument 'rows' must be a number from 1 to {MOST_ROWS}"
    if name == "parameters":
        inner = f"'{str(first['loc'][1])[:60]}' must be one value: " if len(first["loc"]) > 1 else ""
        return f"the argument 'parameters' must be an object: {inner}a text, a number, true or false"
    if first["type"] == "string_too_long":
        return f"the argument '{name}' must have at most {LONGEST} characters"
    return f"the argument '{name}' must be a text: {known[name].description}"
