"""Settings of the cockpit: where it is served, and who may see it."""

import ipaddress
import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from setting_groups.group import PREFIX, Group, long_enough, safe_url


class CockpitSettings(Group):
    """Where people reach it, who they are, and for how long a login lasts."""

    cockpit_host: str = "127.0.0.1"
    cockpit_port: int = Field(8090, ge=0, le=65535, description="0: any free port")
    cockpit_public_url: str = Field(
        "", description="where people reach the cockpit, if not on this machine: https://…, without a path"
    )
    cockpit_users: Path | None = Field(
        None, description="file of the users; empty: cockpit-users.toml in the data folder"
    )
    cockpit_idle_minutes: int = Field(480, ge=1, le=43_200, description="without a click end a session")
    cockpit_session_hours: int = Field(168, ge=1, le=8_760, description="after its login end a session")
    cockpit_proxies: int = Field(
        0, ge=0, le=9, description="proxies before the cockpit, each of which adds to X-Forwarded-For"
    )
    cockpit_proxy_addresses: tuple[str, ...] = Field(
        (), description="addresses or networks of the proxies whose word for a user's name is taken"
    )
    cockpit_proxy_user: str = Field("", description="header in which such a proxy says the user's name")
    cockpit_proxy_groups: str = Field("", description="header in which it says the user's groups")
    cockpit_roles: tuple[str, ...] = Field(
        (), description="roles of users of a proxy or an OIDC provider: GROUP=ROLE, of all others *=ROLE"
    )
    cockpit_oidc_issuer: str = Field("", description="OpenID Connect provider; empty: none")
    cockpit_oidc_client: str = Field("", description="client id of the cockpit at the provider")
    cockpit_oidc_secret: SecretStr = SecretStr("")  # empty for a public client, which PKCE protects
    cockpit_oidc_groups: str = Field("groups", description="claim of the id token with the user's groups")

    @field_validator("cockpit_public_url")
    @classmethod
    def _can_be_logged_in_at(cls, url: str) -> str:
        return safe_url(url.rstrip("/"), r"https?://[^\s/?#@]+", "https://leads.example.com, without a path")

    @field_validator("cockpit_oidc_issuer")
    @classmethod
    def _can_be_trusted(cls, url: str) -> str:
        return safe_url(url, r"https?://[^\s/?#@]+(/[^\s?#]*)?", "https://login.example.com/realms/acme")

    @field_validator("cockpit_proxy_addresses")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise ValueError("it may be addresses or networks, such as 10.0.0.7,10.1.0.0/16") from None
        return given

    @field_validator("cockpit_proxy_user", "cockpit_proxy_groups")
    @classmethod
    def _can_be_a_header(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9-]{0,64}", name):
            raise ValueError("it may be the name of a header, such as X-Forwarded-User")
        return name

    @field_validator("cockpit_roles")
    @classmethod
    def _name_roles(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            if not re.fullmatch(r".+=(viewer|analyst|admin)", each):
                raise ValueError(
                    "it may be GROUP=ROLE with viewer, analyst or admin, such as marketing=analyst"
                )
        return given

    @field_validator("cockpit_oidc_secret")
    @classmethod
    def _is_a_secret(cls, given: SecretStr) -> tuple[SecretStr, ...] | SecretStr:
        return long_enough(given)

    @model_validator(mode="after")
    def _say_all_of_who_may(self) -> Self:
        if bool(self.cockpit_proxy_user) != bool(self.cockpit_proxy_addresses):
            raise ValueError(
                f"{PREFIX}COCKPIT_PROXY_USER names a header and {PREFIX}COCKPIT_PROXY_ADDRESSES who may send "
                "it: set both, or none"
            )
        if self.cockpit_oidc_issuer and not (self.cockpit_oidc_client and self.cockpit_public_url):
            raise ValueError(
                f"{PREFIX}COCKPIT_OIDC_ISSUER needs {PREFIX}COCKPIT_OIDC_CLIENT, and "
                f"{PREFIX}COCKPIT_PUBLIC_URL, to which the provider sends people back"
            )
        if (self.cockpit_proxy_user or self.cockpit_oidc_issuer) and not self.cockpit_roles:
            raise ValueError(
                f"{PREFIX}COCKPIT_ROLES must say which roles users get that another program names, such as "
                "marketing=analyst,*=viewer"
            )
        return self
