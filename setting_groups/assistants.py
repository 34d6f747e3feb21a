"""Settings of what assistants may ask over HTTP: where it is served, and who may."""

from pydantic import Field, SecretStr, field_validator

from setting_groups.group import Group, long_enough, safe_url


class AssistantSettings(Group):
    """Where `leadtrace mcp --http` is reached, and the tokens that open it."""

    mcp_host: str = "127.0.0.1"
    mcp_port: int = Field(8070, ge=0, le=65535, description="0: any free port")
    mcp_public_url: str = Field(
        "", description="where assistants reach it, if not on this machine: https://…, without a path"
    )
    mcp_tokens: tuple[SecretStr, ...] = Field(
        (), description="tokens of assistants, comma-separated; two while one is changed"
    )

    @field_validator("mcp_public_url")
    @classmethod
    def _can_be_shown_a_token(cls, url: str) -> str:
        return safe_url(
            url.rstrip("/"), r"https?://[^\s/?#@]+", "https://assistants.example.com, without a path"
        )

    @field_validator("mcp_tokens")
    @classmethod
    def _are_tokens_of_some_length(cls, given: tuple[SecretStr, ...]) -> tuple[SecretStr, ...] | SecretStr:
        return long_enough(given)
