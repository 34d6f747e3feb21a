"""Settings of what is read back from CRMs: where they are, and the secrets that open them."""

from typing import Final

from pydantic import Field, SecretStr, field_validator

from setting_groups.group import Group, safe_url

_URL: Final = r"https?://[^\s/?#@]+"


class BackfillSettings(Group):
    """URLs are others than the CRMs' own only for a proxy, or for a test."""

    backfill_hubspot_token: SecretStr = Field(SecretStr(""), description="of a private app that may read")
    backfill_hubspot_url: str = "https://api.hubapi.com"
    backfill_salesforce_url: str = Field("", description="My Domain, like https://acme.my.salesforce.com")
    backfill_salesforce_client_id: str = Field("", description="of a connected app, client credentials flow")
    backfill_salesforce_client_secret: SecretStr = SecretStr("")
    backfill_salesforce_token: SecretStr = Field(SecretStr(""), description="a session instead of the app")

    @field_validator("backfill_hubspot_url", "backfill_salesforce_url")
    @classmethod
    def _ask_over_tls(cls, url: str) -> str:
        return safe_url(url.rstrip("/"), _URL, "https://api.example.com, without a path") if url else url
