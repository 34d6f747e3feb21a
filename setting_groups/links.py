"""Settings of tagged links: where they are, where they may lead, and what a click may leave in a browser."""

import re
from pathlib import Path

from pydantic import Field, field_validator

from setting_groups.group import Group


class LinkSettings(Group):
    """Without hosts that they may lead to, there are no tagged links."""

    links: Path | None = Field(None, description="file of the links; empty: links.jsonl in the data folder")
    link_naming: Path | None = Field(
        None,
        description="file of how links are named; empty: naming.toml in the data folder, else ours",
    )
    link_targets: tuple[str, ...] = Field(
        (), description="hosts that links may lead to, with those below them, comma-separated"
    )
    link_fallback: str = Field("", description="where an unknown link leads; empty: a page that says so")
    link_cookie: bool = Field(
        True, description="whether a click gives a browser its id; without, each click is one of its own"
    )

    @field_validator("link_targets")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for each in hosts:
            if not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", each):
                raise ValueError("it may be hosts, such as www.example.com,example.org, without a path")
        return hosts

    @field_validator("link_fallback")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s\\/?#@]+(/\S*)?", url):
            raise ValueError("it may be an address like https://www.example.com/")
        return url
