"""`leadtrace migrate`: tables and views of this version."""

import json
from dataclasses import asdict

import click

from attribution.policy import PolicyError
from cli.failures import sentences
from cli.surroundings import surrounded
from settings import Settings, SettingsError
from sinks.bi import migrate_all, planned_all
from sinks.bi_users import UserError, make_reader, make_writer
from sinks.clickhouse import ClickHouseError, connect_server
from sinks.scripts import MigrationError


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@click.option("--bi-user", metavar="NAME", help="Make a user who may read the database for BI tools.")
@click.option("--dbt-user", metavar="NAME", help="Make one who may also write in a database of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("clickhouse")
@sentences(ClickHouseError, MigrationError, SettingsError, PolicyError, UserError)
def command(given: Settings, dry_run: bool, bi_user: str | None, dbt_user: str | None, as_json: bool) -> None:
    """Bring the tables and views in ClickHouse up to date.

    It creates the database if need be, and may be stopped or repeated at any time. ClickHouse also learns how
    long it keeps every version of a journey, as the policy says ([retention] all_versions_days).

    Users get LEADTRACE_BI_PASSWORD, or a password that is made up and shown once; made again, a user gets the
    password and the rights of now.
    """
    wanted = [(make_reader, bi_user), (make_writer, dbt_user)]
    client = connect_server(given)
    try:
        names = planned_all(client, given) if dry_run else migrate_all(client, given)
        users = [] if dry_run else [make(client, given, name) for make, name in wanted if name]
    finally:
        client.close()
    if as_json:
        done = {"database": given.clickhouse_database, "applied": not dry_run, "names": names}
        click.echo(json.dumps(done | {"users": [asdict(user) for user in users]}))
        return
    for name in names:
        click.echo(f"{'would apply' if dry_run else 'applied'} {name}")
    if not names:
        click.echo(f"The database {given.clickhouse_database} is up to date.")
    for user in users:
        click.echo(f"made the user {user.name}, whose database is {user.database}")
        if user.password:
            click.echo(f"    password {user.password} (it is shown this once)")
