"""Which settings and which servers a command works with: the user's own, or the embedded ones that run."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click

import settings
from cli.running import of_up
from cli.trust import demand_trust
from settings import Settings, SettingsError

Server = Literal["kafka", "clickhouse"]
# What can't stand in the configuration of a server.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
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
    """Read the environment; `data_dir` of the command line wins. Raises SettingsError.

    Files and folders are named from the root on, as other commands find them from elsewhere.
    """
    given = settings.load()
    try:
        folder = (data_dir or given.data_dir).expanduser().absolute()
        named = {name: getattr(given, name) for name in given.model_fields_set}
        files = {
            name: path.expanduser().absolute()
            for name, path in named.items()
            if isinstance(path, Path) and name != "data_dir"
        }
    except (RuntimeError, OSError) as error:  # no such user's home, or no working directory
        raise SettingsError(f"{settings.PREFIX}DATA_DIR: the folder can't be found: {error}") from None
    for name, path in (("DATA_DIR", folder), ("CACHE_DIR", given.cache_dir)):
        if UNPRINTABLE.search(str(path)):
            raise SettingsError(
                f"{settings.PREFIX}{name}: the folder's name holds what is no letter in UTF-8"
            )
    return given.model_copy(update={**files, "data_dir": folder})


def located(given: Settings, *servers: Server) -> Settings:
    """Fill in what `leadtrace up` runs with, first of all the addresses of its servers, where none are given.

    Raises SettingsError when none runs, when one that was given is not who it says, or when the user gave
    only one of the two: facts in one place and reports in another are hardly meant.
    """
    if not has_own_servers(given):
        if not servers:
            return given
        running = of_up(given)
        if running is None:
            names = " and ".join(VARIABLES[server] for server in servers)
            raise SettingsError(f"no servers are known: start `leadtrace up`, or set {names}")
        return running
    settled = _beside_up(given)
    for server in servers:
        if not getattr(settled, server):
            raise SettingsError(
                f"{VARIABLES[server]} is not set: set it as well, or unset the other server's address"
            )
    demand_trust(settled, *servers)
    return settled


def has_own_servers(given: Settings) -> bool:
    """Whether the user gave the address of any server."""
    return bool(given.kafka or given.clickhouse)


def _beside_up(given: Settings) -> Settings:
    """What `leadtrace up` runs with, if it runs with the servers that are given; else what is given."""
    try:
        running = of_up(given)
    except SettingsError:
        return given
    if running is None or {given.kafka, given.clickhouse} - {"", running.kafka, running.clickhouse}:
        return given
    return running
