"""`leadtrace webhook`: the secret of a CRM's webhooks, and how they show it."""

import json
import re

import click

from cli.failures import sentences
from cli.next_steps import in_folder, me
from cli.processes import collector_url
from cli.running import of_up, ran_with
from cli.surroundings import surrounded
from producers.crm.signatures import secrets_of
from settings import Settings, SettingsError

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@click.command()
@click.argument("system")
@click.option("--secret", "only", is_flag=True, help="Print the secret alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded()
@sentences(SettingsError)
def command(given: Settings, system: str, only: bool, as_json: bool) -> None:
    """Say the URL and the secret of the webhooks of SYSTEM.

    SYSTEM is the name in the URL and in the mapping, such as hubspot or mycrm. Its secret is the one that
    LEADTRACE_WEBHOOK_SECRETS names, else it follows from LEADTRACE_WEBHOOK_KEY, or from what `leadtrace up`
    keeps in its data folder.
    """
    if not NAME.fullmatch(system):
        raise click.UsageError("SYSTEM is letters, digits, points, underscores and hyphens, such as hubspot")
    here = of_up(given) or given
    heard_at = ran_with(given.data_dir) or given if here.installation else given
    chosen = [each.get_secret_value() for each in here.webhook_secrets]
    secrets = secrets_of(system, chosen, here.webhook_key.get_secret_value())
    if not secrets:
        raise click.ClickException(
            f"no secret of {system} is known: start `leadtrace up`, or set LEADTRACE_WEBHOOK_KEY "
            f"(openssl rand -hex 32) or LEADTRACE_WEBHOOK_SECRETS={system}=SECRET, for the collector too"
        )
    secret = secrets[0].decode("utf-8", "replace")
    url = f"{here.collector_public_url or collector_url(heard_at)}/webhooks/crm/{system}"
    if as_json:
        click.echo(json.dumps({"system": system, "url": url, "secret": secret}))
    elif only:
        click.echo(secret)
    else:
        click.echo("\n".join(lines(given, system, url, secret)))


def lines(given: Settings, system: str, url: str, secret: str) -> list[str]:
    """What a person has to know who sets up the CRM."""
    call = f"{me()} webhook {system} --secret {in_folder(given)}"
    return [
        f"URL     {url}",
        f"Secret  {secret}",
        "It is shown as Authorization: Bearer SECRET, as the password of HTTP Basic, or by a signature that",
        "is made with it (Standard Webhooks, HubSpot v3), see docs/importing.md. For example:",
        f"""  curl {url} -H "Authorization: Bearer $({call})" \\
    -H 'Content-Type: application/json' -d '{{"id": "1"}}'""",
    ]
