"""What `leadtrace up` runs with: written down while it runs, and read by all other commands."""

import json
from pathlib import Path

from pydantic import SecretStr

import settings
from cli.variables import environment
from settings import Settings, SettingsError
from stack import addresses, documents, folder
from stack.addresses import Addresses
from stack.errors import StackError

# These belong to the servers that run: a command can't have others of its own.
OF_SERVERS = tuple(
    name
    for name in Settings.model_fields
    if name.startswith(("kafka", "clickhouse")) and name != "clickhouse_database"
)

# These don't say what is done, only where.
OF_FOLDERS = (
    *("data_dir", "cache_dir", "collector_host", "collector_port", "cockpit_host", "cockpit_port"),
    *("mcp_host", "mcp_port"),
    "installation",
)


def settings_file(data_dir: Path) -> Path:
    """Return the file that says what the `leadtrace up` over this folder runs with."""
    return data_dir / "up.json"


def publish(given: Settings) -> None:
    """Let the other commands find these settings; only the folder's owner can read the file."""
    folder.write_private(settings_file(given.data_dir), json.dumps(environment(given)))


def withdraw(data_dir: Path) -> None:
    """Say that no `leadtrace up` runs over this folder any more; also if none ran."""
    settings_file(data_dir).unlink(missing_ok=True)


def of_up(given: Settings) -> Settings | None:
    """The settings of the `leadtrace up` that runs over the folder of `given`; None when none does.

    What the environment of this command says by itself stays, but for the servers. Raises SettingsError when
    `up` is still starting, or what it wrote down can't be read.
    """
    if not folder.in_use(given.data_dir):
        return None
    ran = ran_with(given.data_dir)
    if ran is None:
        return _on_stack_alone(given)
    kept = given.model_fields_set - {*OF_SERVERS, "installation"}
    own = {name: getattr(given, name) for name in kept}
    return Settings.model_validate({**ran.model_dump(), **own, "data_dir": given.data_dir})


def ran_with(data_dir: Path) -> Settings | None:
    """What the `leadtrace up` over this folder wrote down; None if it has not yet. Raises SettingsError."""
    path = settings_file(data_dir)
    try:
        told = documents.read_object(path)
        if told is None:
            return None
        names = {settings.PREFIX + name.upper() for name in Settings.model_fields}
        if told.keys() != names or not all(isinstance(each, str) for each in told.values()):
            raise documents.DamagedError("has other entries than the settings of this version")
        return settings.load(told)
    except documents.DamagedError as error:
        raise SettingsError(f"{path} {error}: stop `leadtrace up` and start it again") from None
    except SettingsError as error:
        raise SettingsError(
            f"{path} can't be used ({error}): stop `leadtrace up` and start it again"
        ) from None


def differences(given: Settings, ran: Settings) -> list[str]:
    """The variables of this command's environment that say otherwise than what `leadtrace up` runs with."""
    return [
        settings.PREFIX + name.upper()
        for name in Settings.model_fields
        if name in given.model_fields_set
        and name not in OF_FOLDERS
        and getattr(given, name) != getattr(ran, name)
    ]


def on_stack(given: Settings, running: Addresses) -> Settings:
    """The settings with the embedded servers' addresses and secrets; secrets of the user's own stay."""
    mine = {
        name.removeprefix(settings.PREFIX).lower(): value for name, value in running.environment().items()
    }
    for secret in ("token_key", "webhook_key"):
        if getattr(given, secret).get_secret_value():
            mine.pop(secret)
    return Settings.model_validate({**given.model_dump(), **mine})


def as_reader(given: Settings) -> Settings:
    """The settings with the user of the embedded ClickHouse who may only read; those of others stay."""
    try:
        running = addresses.running(given.data_dir)
    except StackError as error:
        raise SettingsError(str(error)) from None
    if running is None or running.clickhouse != given.clickhouse:
        return given
    reader = {"clickhouse_user": running.bi_user, "clickhouse_password": SecretStr(running.bi_password)}
    return given.model_copy(update=reader)


def _on_stack_alone(given: Settings) -> Settings:
    """The settings while only the servers run."""
    try:
        running = addresses.running(given.data_dir)
    except StackError as error:
        raise SettingsError(str(error)) from None
    if running is None:
        raise SettingsError(f"`leadtrace up` over {given.data_dir} is still starting: try again in a moment")
    return on_stack(given, running)
