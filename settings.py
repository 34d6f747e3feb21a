"""The only reader of the environment: every setting of every process, as one frozen value."""

import ipaddress
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

PREFIX = "LEADTRACE_"


class SettingsError(ValueError):
    """The environment can't be understood; the text says which variable, and what it may be."""


class Settings(BaseModel):
    """What a process needs to know of its surroundings; `load()` reads it once, at the start.

    No settings exist by which a password would leave this machine in clear text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

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
    plaintext_hosts: tuple[str, ...] = Field(
        (),
        description="hosts to which passwords may travel without TLS, comma-separated: "
        "those on a network that nobody else listens to",
    )

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


def host_of(address: str) -> str:
    """The host of host:port, of [host]:port, or of a host alone."""
    if address.count(":") > 1 and not address.startswith("["):
        return address
    host, colon, _ = address.rpartition(":")
    return (host if colon and not address.endswith("]") else address).strip("[]")


def is_loopback(address: str) -> bool:
    """Whether what is sent to this address never leaves the machine."""
    host = host_of(address)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


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
    for listed in ("collector_origins", "collector_write_keys", "plaintext_hosts"):
        if listed in values:
            values[listed] = tuple(part.strip() for part in str(values[listed]).split(",") if part.strip())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if not first["loc"]:
            raise SettingsError(str(first["ctx"]["error"])) from None
        raise SettingsError(f"{PREFIX}{str(first['loc'][0]).upper()}: {first['msg']}") from None


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
