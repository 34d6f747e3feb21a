"""The only reader of the environment: every setting of every process, as one frozen value."""

import os
import re
import zoneinfo
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self, get_origin

import phonenumbers
import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from hosts import host_of, is_loopback
from setting_groups.assistants import AssistantSettings
from setting_groups.backfill import BackfillSettings
from setting_groups.cockpit import CockpitSettings
from setting_groups.collector import CollectorSettings
from setting_groups.group import PREFIX as PREFIX  # others read it here
from setting_groups.links import LinkSettings
from setting_groups.notices import NoticeSettings
from setting_groups.outbox import OutboxSettings
from setting_groups.pull import PullSettings

LARGEST_POLICY = 4 << 20


class SettingsError(ValueError):
    """The environment can't be understood; the text says which variable, and what it may be."""


class Settings(
    CollectorSettings,
    LinkSettings,
    CockpitSettings,
    AssistantSettings,
    NoticeSettings,
    OutboxSettings,
    PullSettings,
    BackfillSettings,
):
    """What a process needs to know of its surroundings; `load()` reads it once, at the start.

    No settings exist by which a password would leave this machine in clear text.
    """

    kafka: str = Field("", description="bootstrap servers, host:port[,host:port]; empty: the embedded broker")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_user: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_ca_file: Path | None = Field(None, description="certificate authority of the brokers")
    dead_letters_in_a_row: int = Field(
        100, ge=0, description="of a partition; more end a process; 0: none do"
    )
    topic_prefix: str = Field("", description="put before each topic and group name")
    partitions: int = Field(4, ge=1, le=1024, description="of every topic with a key; fixed at creation")
    replication: int = Field(1, ge=1, le=9, description="replication factor of the topics")

    clickhouse: str = Field("", description="native protocol, host:port; empty: the embedded server")
    clickhouse_http: str = Field("", description="HTTP protocol, host:port; only shown to people")
    clickhouse_user: str = "default"
    clickhouse_password: SecretStr = SecretStr("")
    clickhouse_database: str = Field("leadtrace", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")
    clickhouse_secure: bool = Field(False, description="speak TLS to ClickHouse")
    bi_password: SecretStr = SecretStr("")  # of the users that migrate makes for BI tools
    bi_refresh: int = Field(
        60, ge=0, le=86400, description="seconds between refreshes for BI; 0: no such database"
    )
    clickhouse_ca_file: Path | None = None
    plaintext_hosts: tuple[str, ...] = Field(
        (), description="hosts to which passwords may travel without TLS: nobody else listens there"
    )

    token_key: SecretStr = Field(
        SecretStr(""),
        description="secret of the HMAC that replaces e-mail addresses and phone numbers; "
        "at least 16 characters; empty: the one that the embedded stack keeps in its data folder",
    )
    # Fields of names that become tokens as a whole.
    tokenised_fields: tuple[Literal["owner", "company", "title", "deal_name"], ...] = ()
    numbers_are_ids: tuple[str, ...] = Field((), description="utm_campaign, crm:SYSTEM, comma-separated")
    timezone: str = Field("Asia/Shanghai", description="of the days in reports")
    phone_region: str = Field("CN", description="of phone numbers without a +")

    state_store: Literal["memory", "rocksdb"] = Field("memory", description="where workers keep states")
    state_dir: Path | None = Field(
        None,
        description="folder of the states on disk, of one worker; empty: states/ in the data folder",
    )
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("leadtrace"))
    cache_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("leadtrace"))
    policy: Path | None = Field(None, description="a policy file; empty: the one in the package")

    @field_validator("topic_prefix")
    @classmethod
    def _can_begin_a_topic(cls, prefix: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{0,40}", prefix):
            raise ValueError("it may be 40 letters of A to Z, digits, points, underscores and hyphens")
        return prefix

    @field_validator("timezone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        if len(name) > 64 or not re.fullmatch(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*", name):
            raise ValueError("it may be the name of a time zone, like Europe/Berlin or UTC")
        try:
            zoneinfo.ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            raise ValueError("it may be a time zone that this machine knows, like Europe/Berlin") from None
        return name

    @field_validator("phone_region")
    @classmethod
    def _is_a_region(cls, region: str) -> str:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("it may be the two capital letters of a country with telephones, like CN")
        return region

    @model_validator(mode="after")
    def _send_no_password_in_clear_text(self) -> Self:
        if self.kafka_security == "SASL_PLAINTEXT":
            for address in self._listened_to(self.brokers):
                raise ValueError(
                    f"LEADTRACE_KAFKA_SECURITY=SASL_PLAINTEXT would send the password to {address} in clear "
                    f"text: use SASL_SSL, or {self._trust(address)}"
                )
        if self.clickhouse_password.get_secret_value() and not self.clickhouse_secure:
            for address in self._listened_to((self.clickhouse,)):
                raise ValueError(
                    f"LEADTRACE_CLICKHOUSE_PASSWORD would be sent to {address} in clear text: set "
                    "LEADTRACE_CLICKHOUSE_SECURE=true and the port for TLS (mostly 9440), or "
                    f"{self._trust(address)}"
                )
        return self

    def _listened_to(self, addresses: tuple[str, ...]) -> Iterator[str]:
        """The addresses on the way to which others may listen."""
        trusted = {host.lower() for host in self.plaintext_hosts}
        for address in addresses:
            if address and not is_loopback(address) and host_of(address).lower() not in trusted:
                yield address

    def _trust(self, address: str) -> str:
        hosts = ",".join((*self.plaintext_hosts, host_of(address)))
        return f"set {PREFIX}PLAINTEXT_HOSTS={hosts} if nobody else listens to that network"

    @property
    def states_on_disk(self) -> Path | None:
        """The folder in which a worker keeps its states; None if it keeps them in memory."""
        return (self.state_dir or self.data_dir / "states") if self.state_store == "rocksdb" else None

    @property
    def brokers(self) -> tuple[str, ...]:
        """The bootstrap servers of Kafka, host:port each."""
        return tuple(server.strip() for server in self.kafka.split(",") if server.strip())

    def kafka_options(self) -> dict[str, Any]:
        """What every client of Kafka needs to connect, in the words of kafka-python: addresses, TLS, SASL."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.brokers),
            "security_protocol": self.kafka_security,
        }
        if self.kafka_ca_file is not None:
            options["ssl_cafile"] = str(self.kafka_ca_file)
        if self.kafka_security.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.kafka_mechanism,
                "sasl_plain_username": self.kafka_user,
                "sasl_plain_password": self.kafka_password.get_secret_value(),
            }
        return options


def load(environ: dict[str, str] | None = None) -> Settings:
    """Read the environment once.

    Raises SettingsError for a name that doesn't exist or a value that can't be used.
    """
    given = dict(os.environ) if environ is None else environ
    mine = {name: value for name, value in given.items() if name.upper().startswith(PREFIX)}
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(set(map(str.upper, mine)) - known)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting; the settings are {', '.join(sorted(known))}")
    values: dict[str, object] = {
        name.upper().removeprefix(PREFIX).lower(): value for name, value in mine.items() if value
    }
    for listed in (
        name for name, field in Settings.model_fields.items() if get_origin(field.annotation) is tuple
    ):
        if listed in values:
            values[listed] = tuple(part.strip() for part in str(values[listed]).split(",") if part.strip())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if not first["loc"]:
            raise SettingsError(str(first["ctx"]["error"])) from None
        may_be = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"]
        raise SettingsError(f"{PREFIX}{str(first['loc'][0]).upper()}: {may_be}") from None


def variables() -> dict[str, str]:
    """The environment variables that are no settings: a file may name those that hold secrets."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}


def policy_text(settings: Settings) -> str:
    """Return the text of the policy file that was chosen, or of the one in the package.

    Raises SettingsError if the file can't be read.
    """
    if settings.policy is None:
        return resources.files("attribution").joinpath("policies/default.toml").read_text(encoding="utf-8")
    try:
        with settings.policy.open("rb") as file:
            content = file.read(LARGEST_POLICY + 1)
        if len(content) > LARGEST_POLICY:
            raise SettingsError(f"{PREFIX}POLICY: {settings.policy} is larger than {LARGEST_POLICY >> 20} MB")
        return content.decode("utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(f"{PREFIX}POLICY: {settings.policy} can't be read: {error}") from None
