"""What a company wishes to be told, where and when: its file of notices, checked."""

import json
import re
import tomllib
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from settings import PREFIX, Settings

FILE: Final = "notices.toml"
TARGETS: Final = f"{PREFIX}NOTICE_TARGETS"
_LARGEST: Final = 1 << 20
_NAME: Final = r"^[a-z0-9_-]{1,40}$"
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

Name = Annotated[str, Field(pattern=_NAME)]
Language = Literal["en", "zh"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class NoticesError(ValueError):
    """The file of notices, a target or what sends can't be used; the text is a sentence, without a secret."""


class Wish(BaseModel):
    """A part of the file: frozen, without names that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Quiet(Wish):
    """When nobody is disturbed: hours of each day (`21:00-08:00`), and whole days, in LEADTRACE_TIMEZONE."""

    language: Language | None = None
    quiet: tuple[str, ...] | None = None
    quiet_days: tuple[Weekday, ...] | None = None

    @field_validator("quiet", mode="before")
    @classmethod
    def _are_hours(cls, given: Any) -> Any:
        told = [given] if isinstance(given, str) else given
        for each in told if isinstance(told, list) else []:
            if not isinstance(each, str) or not _HOURS.fullmatch(each) or each[-5:] > "24:00":
                raise ValueError("hours are written like 21:00-08:00")
        return tuple(told) if isinstance(told, list) else told


class Rule(Wish):
    """What all rules say: whom to tell, and after how many days to tell again what is still so (0: never)."""

    targets: tuple[Name, ...] = Field(min_length=1)
    remind_days: int = Field(0, ge=0, le=366)


class Unanswered(Rule):
    """Leads that sales leaves waiting for longer than `days`; 0: the days of the policy."""

    kind: Literal["unanswered"]
    days: int = Field(0, ge=0, le=3650)
    owner: str = ""
    grade: str = ""
    tag: str = ""
    channel: str = ""
    platform: str = ""
    campaign: str = ""
    keyword: str = ""
    account: str = ""
    region: str = ""
    industry: str = ""


class SilentSources(Rule):
    """Sources that nothing was heard of for `hours`; `sources` and `but` are names, or starts of them."""

    kind: Literal["silent_sources"]
    hours: float = Field(24, gt=0, le=10_000)
    sources: tuple[str, ...] = ()
    but: tuple[str, ...] = ("attendance", "rates")


class MissingCosts(Rule):
    """Accounts whose last day with costs lies more than `days` back; and no costs at all."""

    kind: Literal["missing_costs"]
    days: int = Field(2, ge=1, le=366)
    platforms: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


class DeadLetters(Rule):
    """Records that could not be understood and wait, by topic and reason."""

    kind: Literal["dead_letters"]
    at_least: int = Field(1, ge=1)


class DataQuality(Rule):
    """What stands in the report data_quality, by the starts of its issues, such as unmapped_stage."""

    kind: Literal["data_quality"]
    issues: tuple[str, ...] = ("unmapped_",)
    at_least: int = Field(1, ge=1)


class Digest(Rule):
    """The week before in figures, on a day and a time of each week."""

    kind: Literal["digest"]
    weekday: Weekday = "mon"
    at: str = "09:00"
    currency: str = Field("", pattern=r"^[A-Z]{0,3}$")

    @field_validator("at")
    @classmethod
    def _is_a_time(cls, given: str) -> str:
        if not _CLOCK.fullmatch(given):
            raise ValueError("a time is written like 09:00")
        return given


AnyRule = Annotated[
    Unanswered | SilentSources | MissingCosts | DeadLetters | DataQuality | Digest,
    Field(discriminator="kind"),
]


class Wishes(Quiet):
    """The whole file. Its language and quiet hours are those of each target that says nothing else."""

    every_minutes: int = Field(5, ge=1, le=1440)
    targets: dict[Name, Quiet] = Field(default_factory=dict)
    rules: dict[Name, AnyRule] = Field(min_length=1)

    def language_of(self, target: str) -> Language:
        """In which language a target is told."""
        return self.targets.get(target, Quiet()).language or self.language or "en"

    def is_quiet(self, target: str, local: datetime) -> bool:
        """Whether a target must not be disturbed at this local time."""
        own = self.targets.get(target, Quiet())
        hours = self.quiet if own.quiet is None else own.quiet
        days = self.quiet_days if own.quiet_days is None else own.quiet_days
        if WEEKDAYS[local.weekday()] in (days or ()):
            return True
        return any(_lies_in(local.time(), each) for each in hours or ())

    @property
    def told(self) -> list[str]:
        """The names of all targets that a rule names, each once."""
        return list(dict.fromkeys(name for rule in self.rules.values() for name in rule.targets))


def file_of(given: Settings) -> Path | None:
    """The file of notices; None if nobody wrote one where it is looked for."""
    if given.notices is not None:
        return given.notices
    usual = given.data_dir / FILE
    return usual if usual.exists() else None


def read_wishes(given: Settings) -> Wishes:
    """Read the file of notices, and see that each target has an address. Raises NoticesError."""
    path = file_of(given)
    if path is None:
        raise NoticesError(
            f"no notices are configured: write {given.data_dir / FILE}, or say where they stand with "
            f"{PREFIX}NOTICES (an example is in docs/notices.md)"
        )
    try:
        if path.stat().st_size > _LARGEST:
            raise NoticesError(f"{path} is larger than {_LARGEST >> 20} MB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoticesError(f"{path} can't be read: {type(error).__name__}") from None
    wishes = parse_wishes(text, str(path))
    known = addresses(given)
    for name in wishes.told:
        if name not in known:
            raise NoticesError(f"the target {name} has no address: add {name}=URL to {TARGETS}")
    return wishes


def parse_wishes(text: str, name: str = FILE) -> Wishes:
    """Wishes from the text of a file; `name` is what errors call it. Raises NoticesError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NoticesError(f"{name} is not valid TOML: {error}") from None
    for rule, wish in content.get("rules", {}).items() if isinstance(content.get("rules"), dict) else ():
        if isinstance(wish, dict):
            wish.setdefault("kind", rule)
    for target, wish in (
        content.get("targets", {}).items() if isinstance(content.get("targets"), dict) else ()
    ):
        if not isinstance(wish, dict) or {"url", "urls", "address"} & wish.keys():
            raise NoticesError(
                f"{name}: targets.{target}: addresses hold secrets: they stand in {TARGETS} as NAME=URL"
            )
    try:
        # By way of JSON, since only there strictness still takes arrays for tuples.
        return Wishes.model_validate_json(json.dumps(content, default=str), strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        loc = fault["loc"]
        place = ".".join(str(part) for part in (loc[:2] + loc[3:] if loc[:1] == ("rules",) else loc))
        said = fault["msg"].removeprefix("Value error, ")
        raise NoticesError(f"{name}: {place + ': ' if place else ''}{said}") from None


def addresses(given: Settings) -> dict[str, str]:
    """The URL of each target by its name: they hold secrets, and are never shown."""
    pairs = (each.partition("=") for each in given.notice_targets.get_secret_value().split())
    return {name: url for name, _, url in pairs}


def _lies_in(moment: time, hours: str) -> bool:
    """Whether a time lies in hours that may go over midnight; `00:00-24:00` is all day."""
    first, _, last = hours.partition("-")
    now = f"{moment:%H:%M}"
    return first <= now < last if first < last else now >= first or now < last
