"""The only reader of the environment: every setting of every process, as one frozen value."""

import os
from importlib import resources
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

PREFIX = "LEADTRACE_"


class SettingsError(ValueError):
    """The environment can't be understood; the text says which variable, and what it may be."""


class Settings(BaseModel):
    """What a process needs to know of its surroundings; `load()` reads it once, at the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka: str = Field("", description="bootstrap servers, host:port[,host:port]; empty: the embedded broker")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_user: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_ca_file: Path | None = Field(None, description="certificate authority of the brokers")
    topic_prefix: str = Field("", description="put before each topic and group name", max_length=40)
    partitions: int = Field(4, ge=1, le=1024, description="of every topic with a key; fixed at creation")
    replication: int = Field(1, ge=1, le=9, description="replication factor of the topics")

    clickhouse: str = Field("", description="native protocol, host:port; empty: the embedded server")
    clickhouse_http: str = Field("", description="HTTP protocol, host:port; only shown to people")
    clickhouse_user: str = "default"
    clickhouse_password: SecretStr = SecretStr("")
    clickhouse_database: str = Field("leadtrace", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")
    clickhouse_secure: bool = Field(False, description="speak TLS to ClickHouse")
    clickhouse_ca_file: Path | None = None

    token_key: SecretStr = Field(
        SecretStr(""),
        description="secret of the HMAC that replaces e-mail addresses and phone numbers; "
        "at least 16 characters; empty: the one that the embedded stack keeps in its data folder",
    )
    collector_host: str = "127.0.0.1"
    collector_port: int = Field(8080, ge=0, le=65535, description="0: any free port")
    collector_origins: tuple[str, ...] = Field(
        ("*",), description="origins that may send from a browser, comma-separated"
    )
    collector_write_keys: tuple[SecretStr, ...] = Field(
        (), description="accepted write keys, comma-separated; empty: any"
    )
    timezone: str = Field(
        "Asia/Shanghai", pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$", description="of the days in reports"
    )
    phone_region: str = Field("CN", pattern=r"^[A-Z]{2}$", description="of phone numbers without a +")

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("leadtrace"))
    cache_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("leadtrace"))
    policy: Path | None = Field(None, description="a policy file; empty: the one in the package")


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
    for listed in ("collector_origins", "collector_write_keys"):
        if listed in values:
            values[listed] = tuple(part.strip() for part in str(values[listed]).split(",") if part.strip())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + str(first["loc"][0] if first["loc"] else "?").upper()
        raise SettingsError(f"{name}: {first['msg']}") from None


def policy_text(settings: Settings) -> str:
    """Return the text of the policy file that was chosen, or of the one in the package.

    Raises SettingsError if the file can't be read.
    """
    try:
        if settings.policy is not None:
            return settings.policy.read_text(encoding="utf-8")
        return resources.files("attribution").joinpath("policies/default.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{PREFIX}POLICY: {settings.policy} can't be read: {error}") from None
