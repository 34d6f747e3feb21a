"""`leadtrace cockpit user`: who may log in to the cockpit."""

from datetime import UTC, datetime

import click

from answers.tables import json_text, text_table
from cli.failures import sentences
from cli.surroundings import surrounded
from cockpit.access import users
from cockpit.access.passwords import LONGEST, PasswordError, hashed
from cockpit.access.roles import Role
from cockpit.access.sessions import Sessions, SessionsError, sessions_file
from cockpit.access.users import UsersError, users_file
from settings import Settings
from stack.errors import StackError

FORESEEN = (UsersError, PasswordError, SessionsError, StackError)


@click.group(name="user")
def user() -> None:
    """Say who may log in to the cockpit.

    Users stand in LEADTRACE_COCKPIT_USERS, or in cockpit-users.toml of the data folder, with a hash of the
    password. A cockpit that runs reads them again. Once there is one, nobody gets in without a login.
    """


@user.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What the user may do: see reports; people and downloads too; corrections too.",
)
@surrounded()
@sentences(*FORESEEN)
def add(given: Settings, name: str, role: str) -> None:
    """Add a user, or give one another role and password.

    The password is asked for, or read from a line of standard input.

    \b
    leadtrace cockpit user add anna --role analyst
    pass show leadtrace/anna | leadtrace cockpit user add anna --role analyst
    """
    path = users_file(given)
    secret = hashed(typed())
    is_new = users.add(path, name, Role(role), secret, datetime.now(UTC).date())
    click.echo(f"{name} may log in as {role}" if is_new else f"{name} is {role} now, with another password")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded()
@sentences(*FORESEEN)
def listed(given: Settings, as_json: bool) -> None:
    """List the users, and how often each is logged in."""
    path = users_file(given)
    known = users.read(path) if path.exists() else {}
    sessions = sessions_of(given)
    try:
        rows = [
            (each.name, each.role.value, each.added.isoformat(), len(sessions.of(each.name)))
            for each in known.values()
        ]
    finally:
        sessions.close()
    columns = ("name", "role", "added", "sessions")
    if as_json:
        click.echo(json_text([dict(zip(columns, row, strict=True)) for row in rows]))
    elif rows:
        click.echo(text_table(columns, rows, given.timezone))
    else:
        click.echo(f"There are no users in {path}: leadtrace cockpit user add NAME --role admin")


@user.command()
@click.argument("name")
@surrounded()
@sentences(*FORESEEN)
def remove(given: Settings, name: str) -> None:
    """Take a user away, who is logged out at once."""
    left = users.remove(users_file(given), name)
    ended(given, name)
    click.echo(f"{name} may log in no longer")
    if not left:
        click.echo("nobody is left: without users, the cockpit lets nobody in until the file is removed")


@user.command()
@click.argument("name")
@surrounded()
@sentences(*FORESEEN)
def logout(given: Settings, name: str) -> None:
    """End all sessions of somebody, also of one whom a provider of logins names."""
    click.echo(f"{ended(given, name)} sessions of {name} are over")


def ended(given: Settings, name: str) -> int:
    """End all sessions of somebody, and say how many these were."""
    sessions = sessions_of(given)
    try:
        return sessions.end_all(name)
    finally:
        sessions.close()


def sessions_of(given: Settings) -> Sessions:
    """The sessions of the cockpit over this folder. Raises SessionsError."""
    idle, longest = given.cockpit_idle_minutes * 60, given.cockpit_session_hours * 3600
    return Sessions(sessions_file(given.data_dir), idle, longest)


def typed() -> str:
    """A password, from the terminal or from standard input; no list of processes shows it."""
    stdin = click.get_text_stream("stdin")
    if stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return password
    return stdin.readline(LONGEST + 2).rstrip("\r\n")
