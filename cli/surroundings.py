"""Which settings and which servers a command works with: the user's own, or the embedded ones that run."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click
from pydantic import SecretStr

import settings
from cli.trust import demand_trust
from settings import Settings, SettingsError
from stack import addresses

Server = Literal["kafka", "clickhouse"]
VARIABLES: dict[Server, str] = {"kafka": "LEADTRACE_KAFKA", "clickhouse": "LEADTRACE_CLICKHOUSE"}


def surrounded(*servers: Server) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command --data-dir and, as its first argument, settings with these servers' addresses.

    What can't be understood or found ends the command with a sentence.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @click.option(
            "--data-dir",
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder of the embedded servers, instead of LEADTRACE_DATA_DIR.",
        )
        @functools.wraps(function)
        def command(*args: Any, data_dir: Path | None, **options: Any) -> Any:
            try:
                given = located(given_settings(data_dir), *servers)
            except SettingsError as error:
                raise click.ClickException(str(error)) from error
            return function(given, *args, **options)

        return command

    return decorate


def given_settings(data_dir: Path | None) -> Settings:
    """Read the environment; `data_dir` of the command line wins. Raises SettingsError."""
    given = settings.load()
    folder = (data_dir or given.data_dir).expanduser().absolute()
    return given.model_copy(update={"data_dir": folder})


def located(given: Settings, *servers: Server) -> Settings:
    """Fill in the addresses of these servers from the embedded stack that runs, where none are given.

    Raises SettingsError when none runs, when one that was given is not who it says, or when the user gave
    only one of the two: facts in one place and reports in another are hardly meant.
    """
    lacking = [VARIABLES[server] for server in servers if not getattr(given, server)]
    if not lacking:
        demand_trust(given, *servers)
        return given
    if has_own_servers(given):
        raise SettingsError(f"{lacking[0]} is not set: set it as well, or unset the other server's address")
    running = addresses.running(given.data_dir)
    if running is None:
        raise SettingsError("no servers are known: start `leadtrace up`, or set " + " and ".join(lacking))
    return on_stack(given, running)


def on_stack(given: Settings, running: addresses.Addresses) -> Settings:
    """The settings with the embedded servers' addresses and secrets; a token key of the user's stays."""
    mine = {name.removeprefix("LEADTRACE_").lower(): value for name, value in running.environment().items()}
    if given.token_key.get_secret_value():
        mine.pop("token_key")
    return Settings.model_validate({**given.model_dump(), **mine})


def has_own_servers(given: Settings) -> bool:
    """Whether the user gave the address of any server."""
    return bool(given.kafka or given.clickhouse)


def environment(given: Settings) -> dict[str, str]:
    """The variables that say the same as these settings, each of them, for a process of Leadtrace."""
    return {settings.PREFIX + name.upper(): as_text(getattr(given, name)) for name in Settings.model_fields}


def as_text(value: Any) -> str:
    """A setting's value as its variable says it; the empty text stands for the default."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(as_text, value))
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
