"""Settings of the collector and of the webhooks that it takes."""

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from setting_groups.group import PREFIX, SHORTEST_SECRET, Group, long_enough


class CollectorSettings(Group):
    """Where it listens, who may send, and how much."""

    collector_host: str = "127.0.0.1"
    collector_port: int = Field(8080, ge=0, le=65535, description="0: any free port")
    collector_origins: tuple[str, ...] = Field(
        ("*",), description="origins that may send from a browser, comma-separated"
    )
    collector_public_url: str = Field(
        "", description="where others reach the collector, if not at its own address: HubSpot signs it"
    )
    collector_write_keys: tuple[SecretStr, ...] = Field(
        (), description="keys of websites and apps, comma-separated; empty: any, on this machine only"
    )
    collector_crm_keys: tuple[SecretStr, ...] = Field(
        (), description="keys of programs that may post the webhooks of any CRM, comma-separated"
    )
    collector_admin_keys: tuple[SecretStr, ...] = Field(
        (), description="keys that open all of the collector, also its figures at /status, comma-separated"
    )
    collector_address_rate: float = Field(
        5000, ge=0, le=1e6, description="requests a second that one address may send; 0: no limit"
    )
    collector_key_rate: float = Field(
        5000, ge=0, le=1e6, description="requests a second that may be sent with one write key; 0: no limit"
    )
    collector_proxies: int = Field(
        0, ge=0, le=9, description="proxies before the collector, each of which adds to X-Forwarded-For"
    )
    collector_network_cookie: bool = Field(
        True, description="give browsers of Snowplow's trackers an id of the collector's own, in a cookie"
    )
    collector_snowplow_ping_seconds: float = Field(
        10, ge=0, le=3600, description="time on a page for each page ping of Snowplow's: its heartbeatDelay"
    )
    collector_matomo_ping_seconds: float = Field(
        15, ge=0, le=3600, description="time on a page for each ping of Matomo's: its heart-beat timer"
    )
    collector_sensors_engagement: Literal["WebPageLeave", "WebStay"] = Field(
        "WebPageLeave", description="event of Sensors Data's SDK by which time on a page is counted"
    )
    webhook_key: SecretStr = Field(
        SecretStr(""),
        description="secret from which `leadtrace webhook SYSTEM` makes that of each system; "
        "empty: the one that the embedded stack keeps in its data folder",
    )
    webhook_secrets: tuple[SecretStr, ...] = Field(
        (),
        description="secrets that a CRM has chosen, SYSTEM=SECRET, comma-separated; two while one is changed",
    )
    installation: str = Field(
        "", description="what /healthz answers with, so that no collector is taken for another's"
    )

    @field_validator("collector_public_url")
    @classmethod
    def _is_the_start_of_a_url(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
            raise ValueError("it may be a URL like https://collect.example.com, without a question mark")
        return url.rstrip("/")

    @field_validator("webhook_secrets")
    @classmethod
    def _name_their_systems(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for each in secrets:
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}=.{16,}", each.get_secret_value(), re.DOTALL):
                raise ValueError(
                    "it may be SYSTEM=SECRET, comma-separated, such as hubspot=…, with a secret of at least "
                    f"{SHORTEST_SECRET} characters"
                )
        return secrets

    @field_validator("collector_crm_keys", "collector_admin_keys", "webhook_key")
    @classmethod
    def _are_secrets(cls, given: tuple[SecretStr, ...] | SecretStr) -> tuple[SecretStr, ...] | SecretStr:
        return long_enough(given)

    @model_validator(mode="after")
    def _give_each_key_one_scope(self) -> Self:
        of_websites = {key.get_secret_value() for key in self.collector_write_keys}
        others = {
            "COLLECTOR_CRM_KEYS": {key.get_secret_value() for key in self.collector_crm_keys},
            "COLLECTOR_ADMIN_KEYS": {key.get_secret_value() for key in self.collector_admin_keys},
            "WEBHOOK_SECRETS": {key.get_secret_value().partition("=")[2] for key in self.webhook_secrets},
            "WEBHOOK_KEY": {self.webhook_key.get_secret_value()},
        }
        for name, keys in others.items():
            if keys & of_websites:
                raise ValueError(
                    f"{PREFIX}{name} holds a key of {PREFIX}COLLECTOR_WRITE_KEYS, which stand in web pages: "
                    "take another one (openssl rand -hex 32)"
                )
        return self
