"""The policy file of the way back, as it is written: TOML, without names that nobody knows."""

import json
import re
import tomllib
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from outbox.destination import Limits
from outbox.orders import STAGES
from settings import PREFIX

Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
Text = Annotated[str, Field(max_length=2000)]
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")


class OutboxError(ValueError):
    """The policy file, an order or what sends can't be used; the text is a sentence, without a secret."""


class Wish(BaseModel):
    """A part of the file: frozen, without names that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StageWish(Wish):
    """How a stage is told; in place of it the file may have its code alone, as a text."""

    code: str = Field("", max_length=200)
    worth: Decimal | None = Field(None, ge=0, decimal_places=2, max_digits=18)
    currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    repeated: bool = False

    @field_validator("worth", mode="before")
    @classmethod
    def _is_exact(cls, given: Any) -> Any:
        if given is None:
            return None
        try:
            return Decimal(str(given))
        except InvalidOperation:
            raise ValueError("an amount is written like 1200 or 99.50") from None

    @model_validator(mode="after")
    def _is_worth_something_in_a_currency(self) -> "StageWish":
        if self.worth is not None and not self.currency:
            raise ValueError("worth needs a currency, such as CNY")
        return self


class LimitWish(Wish):
    """Limits below those of the platform; 0: those of the platform."""

    orders_per_request: int = Field(0, ge=0)
    per_second: float = Field(0, ge=0)
    per_minute: int = Field(0, ge=0)
    per_day: int = Field(0, ge=0)
    seconds_to_wait: float = Field(0, ge=0, le=120)

    def lowered(self, of_platform: Limits) -> Limits:
        """The limits of a platform, as far as they are not higher than these."""
        return Limits(
            orders_per_request=min(self.orders_per_request or 1 << 30, of_platform.orders_per_request),
            bytes_per_request=of_platform.bytes_per_request,
            per_second=_lower(self.per_second, of_platform.per_second),
            per_minute=int(_lower(self.per_minute, of_platform.per_minute)),
            per_day=int(_lower(self.per_day, of_platform.per_day)),
            seconds_to_wait=_lower(self.seconds_to_wait, of_platform.seconds_to_wait),
        )


def _lower(one: float, other: float) -> float:
    return min(one or other, other or one)


class ConsentWish(Wish):
    """Only leads whose attribute has one of these values are told about."""

    attribute: str = Field(min_length=1, max_length=200)
    values: tuple[str, ...] = Field(min_length=1)


class AccountWish(Wish):
    """One account of a destination."""

    destination: str
    dry_run: bool = False
    since: date | None = None
    stages: dict[str, StageWish] = Field(default_factory=dict)
    lead_changes: bool = False
    invalid: StageWish | None = None
    options: dict[str, Text] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    switches: tuple[str, ...] = ()
    click_days: int | None = Field(None, ge=0, le=3650)
    base_url: str = Field("", pattern=r"^(https?://[^\s/]+[^\s]*)?$")
    allow_private: bool = False
    wait_minutes: int = Field(0, ge=0, le=100_000)
    give_up_days: int = Field(7, ge=1, le=90)
    consent: ConsentWish | None = None
    limits: LimitWish = LimitWish()

    @field_validator("stages", mode="before")
    @classmethod
    def _are_stages(cls, given: Any) -> Any:
        stages = dict.fromkeys(given, "") if isinstance(given, list | tuple) else given
        if not isinstance(stages, dict):
            raise ValueError('stages are a list, or a table of codes such as won = "77"')  # noqa: TRY004 - pydantic's
        for each in stages:
            if each not in STAGES:
                raise ValueError(f"{each} is no stage; stages are {', '.join(STAGES)}")
        return {stage: _as_rule(rule) for stage, rule in stages.items()}

    @field_validator("invalid", mode="before")
    @classmethod
    def _is_a_code(cls, given: Any) -> Any:
        return _as_rule(given)

    @field_validator("options", mode="before")
    @classmethod
    def _are_texts(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: _as_text(value) for name, value in given.items()}

    @field_validator("secrets")
    @classmethod
    def _name_variables(cls, given: dict[str, str]) -> dict[str, str]:
        for name, variable in given.items():
            if not _VARIABLE.fullmatch(variable) or variable.upper().startswith(PREFIX):
                raise ValueError(
                    f"{name} is not the credential itself, but the name of the variable that holds "
                    f'it, such as {name} = "{name.upper()}_OF_ACCOUNT"'
                )
        return given


def _as_rule(given: Any) -> Any:
    return {"code": str(given)} if isinstance(given, str | int) and not isinstance(given, bool) else given


def _as_text(given: Any) -> Any:
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given) if isinstance(given, int | float) else given


class PolicyFile(Wish):
    """The whole file. `since` has no default: nobody shall be told years of history by surprise."""

    since: date
    every_minutes: int = Field(5, ge=1, le=1440)
    consent: ConsentWish | None = None
    accounts: dict[Name, AccountWish] = Field(min_length=1)


def parse_file(text: str, name: str) -> PolicyFile:
    """The file from its text; `name` is what errors call it. Raises OutboxError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OutboxError(f"{name} is not valid TOML: {error}") from None
    try:
        # By way of JSON, since only there strictness still takes arrays for tuples.
        return PolicyFile.model_validate_json(json.dumps(content, default=str), strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        said = fault["msg"].removeprefix("Value error, ")
        raise OutboxError(f"{name}: {place + ': ' if place else ''}{said}") from None
