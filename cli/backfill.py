"""`leadtrace backfill`: what a CRM changed since a day, from its interface."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp
import click

from answers.clock import as_millis, now
from cli.failures import sentences
from cli.import_options import DAY
from cli.import_run import ROWS_LEFT_OUT, SHOWN
from cli.surroundings import surrounded
from producers.crm.backfill.asking import Asker, BackfillError
from producers.crm.backfill.running import Crm, Reached, Told, backfill
from producers.crm.hubspot import backfill as hubspot
from producers.crm.salesforce import backfill as salesforce
from producers.privacy.tokenisers import tokeniser_of
from producers.publishing.collected import record
from producers.publishing.publisher import Publisher, PublishError
from schemas.envelope import Fact
from schemas.terms import Millis
from settings import PREFIX, Settings, SettingsError
from stack import folder
from stack.errors import StackError

SYSTEMS: Final = ("hubspot", "salesforce")
Publish = Callable[[Sequence[Fact]], Awaitable[None]]


@click.command()
@click.argument("system", type=click.Choice(SYSTEMS))
@click.option("--since", type=DAY, default=None, help="First day; else where the last run ended.")
@click.option("--dry-run", is_flag=True, help="Read, and say what there is; publish nothing.")
@surrounded("kafka")
@sentences(BackfillError, PublishError, SettingsError, StackError, OSError)
def command(given: Settings, system: str, since: datetime | None, dry_run: bool) -> None:
    """Read what SYSTEM changed since a day from its interface.

    Records with their histories, people on deals, what was merged and deleted.

    LEADTRACE_BACKFILL_… say where it is and how to log in. A run that was interrupted goes on where it
    stopped, also with the same --since. What is read twice, or told by webhooks or exports as well, is the
    same facts. Salesforce's gaps in change events are closed by it.

    Exit status: 0 if all was read, 1 if it could not be, 3 if single records were left out.
    """
    begin = as_millis(since, given.timezone) if since else None
    if begin is not None and begin > now():
        raise click.UsageError("--since is in the future")
    told = asyncio.run(_run(given, system, begin, dry_run))
    for part in told.went_on:
        click.echo(f"{system}: went on with {part} where it had stopped")
    counts = ", ".join(f"{number:,} {part}" for part, number in told.records.items()) or "nothing changed"
    click.echo(f"{system}: {counts}; {told.facts:,} facts {'found' if dry_run else 'published'}")
    for note in told.notes:
        click.echo(f"  note: {note}")
    for fault in told.faults[:SHOWN]:
        click.echo(f"  left out: {fault.column}: {fault.reason}", err=True)
    if len(told.faults) > SHOWN:
        click.echo(f"  and {len(told.faults) - SHOWN} more", err=True)
    sys.exit(ROWS_LEFT_OUT if told.faults else 0)


async def _run(given: Settings, system: str, since: Millis | None, dry_run: bool) -> Told:
    at = now()
    async with aiohttp.ClientSession() as session:
        crm = crm_of(given, system, session, at)
        places = PlacesFile(given.data_dir / "backfill", system)
        if dry_run:
            return await backfill(crm, since, at, ReadOnly(places), _nowhere)
        tokeniser = tokeniser_of(given)
        with closing(Publisher(given)) as publisher:

            async def publish(facts: Sequence[Fact]) -> None:
                await asyncio.to_thread(publisher.publish, [record(fact, tokeniser) for fact in facts])

            return await backfill(crm, since, at, places, publish)


def crm_of(given: Settings, system: str, session: aiohttp.ClientSession, at: Millis) -> Crm:
    """Return a CRM to read from as the settings say. Raises SettingsError for what is missing."""
    tokeniser = tokeniser_of(given)
    if system == "hubspot":
        token = _demanded(given, "backfill_hubspot_token")
        asker = Asker(session, given.backfill_hubspot_url, _bearer(token), hubspot.hopeless)
        return hubspot.HubSpotRecords(asker, tokeniser, at)
    _demanded(given, "backfill_salesforce_url")
    fixed = given.backfill_salesforce_token.get_secret_value()
    secrets = None
    if not fixed:
        own = _demanded(given, "backfill_salesforce_client_id")
        secrets = (own, _demanded(given, "backfill_salesforce_client_secret"))
    headers = _bearer(fixed) if fixed else {}
    asker = Asker(session, given.backfill_salesforce_url, headers, salesforce.hopeless)
    return salesforce.SalesforceRecords(asker, tokeniser, at, secrets)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _demanded(given: Settings, name: str) -> str:
    value = getattr(given, name)
    text = value if isinstance(value, str) else value.get_secret_value()
    if not text:
        raise SettingsError(f"{PREFIX}{name.upper()} is not set, and without it nobody can read there")
    return str(text)


async def _nowhere(_: Sequence[Fact]) -> None:
    return


class PlacesFile:
    """How far each part of a CRM is read, in a file of the data folder."""

    def __init__(self, directory: Path, system: str) -> None:
        self._path = directory / f"{system}.json"

    def read(self, part: str) -> Reached | None:
        """Return how far a part is read, None if it never was, or the file can't be read."""
        told = self._all().get(part)
        try:
            return Reached(int(told["since"]), int(told["until"]), bool(told["done"])) if told else None
        except (TypeError, KeyError, ValueError):
            return None

    def write(self, part: str, reached: Reached) -> None:
        """Keep how far a part is read. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        folder.write_private(self._path, json.dumps({**self._all(), part: asdict(reached)}))

    def _all(self) -> dict[str, dict[str, int]]:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}


class ReadOnly:
    """How far each part is read, for a run that changes nothing."""

    def __init__(self, places: PlacesFile) -> None:
        self._places = places

    def read(self, part: str) -> Reached | None:
        """Return how far a part is read."""
        return self._places.read(part)

    def write(self, part: str, reached: Reached) -> None:
        """Keep nothing."""
