"""Settings of what is pulled from ad platforms: whose accounts, and the secrets that open them."""

import re
from typing import Final

from pydantic import Field, SecretStr, field_validator

from setting_groups.group import Group, safe_url

_ACCOUNT: Final = r"[^\s=,][^=,]{0,127}(=[^=,]{0,255})?"
_URL: Final = r"https?://[^\s/?#@]+"


class PullSettings(Group):
    """An account is what its platform knows it by, and behind a = what reports call it.

    URLs are others than the platforms' own only for a proxy, or for a test.
    """

    pull_every_hours: int = Field(6, ge=1, le=168, description="between two pulls of `leadtrace up`")
    pull_restated_days: int = Field(7, ge=1, le=90, description="up to now that are pulled anew each time")

    pull_baidu_accounts: tuple[str, ...] = Field((), description="user names of accounts, USER or USER=NAME")
    pull_baidu_app_id: str = ""
    pull_baidu_secret_key: SecretStr = SecretStr("")
    pull_baidu_user_id: str = Field("", description="id of the account that authorised the app")
    pull_baidu_refresh_token: SecretStr = SecretStr("")
    pull_baidu_access_token: SecretStr = Field(SecretStr(""), description="one that needs no refreshing")
    pull_baidu_feed: bool = Field(False, description="pull what feed ads cost by campaign, too")
    pull_baidu_url: str = "https://api.baidu.com"
    pull_baidu_login_url: str = "https://u.baidu.com"

    pull_google_accounts: tuple[str, ...] = Field((), description="customer ids, ID or ID=NAME")
    pull_google_developer_token: SecretStr = SecretStr("")
    pull_google_client_id: str = ""
    pull_google_client_secret: SecretStr = SecretStr("")
    pull_google_refresh_token: SecretStr = SecretStr("")
    pull_google_manager: str = Field("", description="the account that sees the others; empty: none")
    pull_google_clicks: bool = Field(True, description="pull the keyword of each click, too")
    pull_google_version: str = Field("v26", pattern=r"^v[1-9][0-9]{0,2}$")
    pull_google_url: str = "https://googleads.googleapis.com"
    pull_google_login_url: str = "https://oauth2.googleapis.com"

    pull_microsoft_accounts: tuple[str, ...] = Field((), description="account ids, ID or ID=NAME")
    pull_microsoft_developer_token: SecretStr = SecretStr("")
    pull_microsoft_client_id: str = ""
    pull_microsoft_client_secret: SecretStr = SecretStr("")  # empty for a public client
    pull_microsoft_refresh_token: SecretStr = SecretStr("")
    pull_microsoft_customer: str = Field("", description="id of the customer that the accounts belong to")
    pull_microsoft_time_zone: str = Field(
        "BeijingChongqingHongKongUrumqi", pattern=r"^[A-Za-z]{2,64}$", description="in Microsoft's words"
    )
    pull_microsoft_url: str = "https://reporting.api.bingads.microsoft.com"
    pull_microsoft_login_url: str = "https://login.microsoftonline.com"

    @field_validator("pull_baidu_accounts", "pull_google_accounts", "pull_microsoft_accounts")
    @classmethod
    def _name_accounts(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            if not re.fullmatch(_ACCOUNT, each):
                raise ValueError("it may be ID or ID=NAME, comma-separated, such as 123-456-7890=North")
        ids = [each.partition("=")[0] for each in given]
        for each in ids:
            if ids.count(each) > 1:
                raise ValueError(f"{each} stands there twice")
        return given

    @field_validator("pull_google_accounts", "pull_microsoft_accounts")
    @classmethod
    def _are_numbers(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            if not re.fullmatch(r"[0-9-]{1,20}", each.partition("=")[0]):
                raise ValueError("it may be ID or ID=NAME with an id of digits, such as 123-456-7890=North")
        return given

    @field_validator(
        *("pull_baidu_url", "pull_baidu_login_url", "pull_google_url", "pull_google_login_url"),
        *("pull_microsoft_url", "pull_microsoft_login_url"),
    )
    @classmethod
    def _keep_secrets(cls, url: str) -> str:
        return safe_url(url.rstrip("/"), _URL, "https://api.example.com, without a path")
