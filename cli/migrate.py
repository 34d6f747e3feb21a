"""`leadtrace migrate`: tables and views of this version."""

import json

import click

from attribution.policy import PolicyError
from cli.failures import sentences
from cli.surroundings import surrounded
from settings import Settings, SettingsError
from sinks.bi import migrate_all, planned_all
from sinks.clickhouse import ClickHouseError, connect_server
from sinks.scripts import MigrationError


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("clickhouse")
@sentences(ClickHouseError, MigrationError, SettingsError, PolicyError)
def command(given: Settings, dry_run: bool, as_json: bool) -> None:
    """Bring the tables and views in ClickHouse up to date.

    It creates the database if need be, and may be stopped or repeated at any time. ClickHouse also learns how
    long it keeps every version of a journey, as the policy says ([retention] all_versions_days).
    """
    client = connect_server(given)
    try:
        names = planned_all(client, given) if dry_run else migrate_all(client, given)
    finally:
        client.close()
    if as_json:
        click.echo(
            json.dumps({"database": given.clickhouse_database, "applied": not dry_run, "names": names})
        )
        return
    for name in names:
        click.echo(f"{'would apply' if dry_run else 'applied'} {name}")
    if not names:
        click.echo(f"The database {given.clickhouse_database} is up to date.")
