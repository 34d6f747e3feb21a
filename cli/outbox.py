"""`leadtrace outbox`: tell CRMs, ad platforms and others what became of leads, once, as the policy file
allows.
"""

import asyncio
import logging
import signal
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from answers.tables import text_table
from attribution.policy import PolicyError
from background import end_within
from cli.failures import sentences
from cli.identifiers import identifier_in
from cli.outbox_plan import show_plan, show_test
from cli.process_logs import configure
from cli.surroundings import given_settings, surrounded
from ending import GAVE_UP
from outbox.allowed import read_policy
from outbox.kinds import DESTINATIONS
from outbox.ledger import Ledger
from outbox.log import OutboxLog, Store, SupersededError, decide
from outbox.made import clock, contacts_of, planner_of, store_of, whole_policy
from outbox.policy_file import OutboxError
from outbox.running import Outbox
from outbox.shown import COLUMNS, chosen, rows_of, summary
from outbox.speaking import HttpSpeaker
from schemas.outbox import AccountSet, OrderDecided
from settings import Settings, SettingsError
from sinks.broker import KafkaAwayError
from sinks.clickhouse import ClickHouseError, connect
from sinks.lookups import journey_of
from stack import health

log = logging.getLogger(__name__)

_STOP_WITHIN = 30.0
_FORESEEN = (OutboxError, KafkaAwayError, ClickHouseError, SettingsError, PolicyError, SupersededError)


@click.group()
def command() -> None:
    """Tell CRMs, ad platforms and others what became of leads.

    The file that LEADTRACE_OUTBOX names, or outbox.toml in the data folder, says what may be told to whom;
    nothing else is sent. Each order goes once, over restarts and with several senders.
    """


@command.command()
@click.option("--once", is_flag=True, help="Send what is due and end, for cron.")
@surrounded("kafka", "clickhouse")
@sentences(*_FORESEEN)
def run(given: Settings, once: bool) -> None:
    """Plan and send until SIGTERM.

    A process that begins takes over from the one before, which then ends with status 70.
    """
    policy = whole_policy(given)
    planner = planner_of(given, policy)
    if not once:
        configure()
    with store_of(given) as store, contacts_of(given) as contacts:

        async def work() -> None:
            async with HttpSpeaker() as speaker:
                box = Outbox(policy, planner, store, speaker, contacts, clock)
                await box.claim()
                if once:
                    await box.run_once()
                    _say_states(box.journal.ledger)
                else:
                    await _go_on(given, box)
                box.journal.close()

        if once:
            asyncio.run(work())
            return
        try:
            asyncio.run(work())
        except (SupersededError, KafkaAwayError) as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence is for a person, a traceback isn't
            raise SystemExit(GAVE_UP) from None


async def _go_on(given: Settings, box: Outbox) -> None:
    loop = asyncio.get_running_loop()

    def end() -> None:
        box.stop.set()
        end_within(_STOP_WITHIN)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, end)
    sign = health.sign(given.data_dir, "outbox")
    sign.parent.mkdir(parents=True, exist_ok=True)
    log.info("telling %d accounts", len(box.tasks))
    await box.run(sign.touch)


@command.command()
@click.option("--dry-run", is_flag=True, hidden=True, help="It is one anyway.")
@click.option("--requests", type=click.IntRange(0, 100), default=0, help="Print so many requests whole.")
@surrounded("kafka", "clickhouse")
@sentences(*_FORESEEN)
def plan(given: Settings, dry_run: bool, requests: int) -> None:
    """Print what would be told now, to whom, and what can't be told and why.

    Nothing is sent, and nothing written down.
    """
    del dry_run
    policy = read_policy(given, DESTINATIONS)
    with store_of(given) as store:
        show_plan(store, planner_of(given, policy), policy, requests)


@command.command(name="list")
@click.option("--state", default="", help="Only orders in this state, for example unknown or refused.")
@click.option("--account", default="", help="Only orders of this account.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="The newest so many.")
@surrounded("kafka")
@sentences(*_FORESEEN)
def list_(given: Settings, state: str, account: str, limit: int) -> None:
    """List orders and what became of them, by the log itself."""
    with store_of(given) as store:
        ledger = _ledger(store)
    lines = chosen(ledger, state, account)
    click.echo(text_table(COLUMNS, rows_of(lines[-limit:], given.timezone), given.timezone))
    if len(lines) > limit:
        click.echo(f"{limit} of {len(lines):,} orders")
    for name, each in ledger.accounts.items():
        if each.closed:
            click.echo(f"{name} takes nothing: {each.closed} (`leadtrace outbox open {name}`)")


@command.command()
@click.option("--data-dir", type=click.Path(), default=None, help="Folder of outbox.toml.")
@sentences(*_FORESEEN)
def check(data_dir: str | None) -> None:
    """Check the policy file, and say what it allows. Nothing is asked of anybody."""
    given = given_settings(Path(data_dir) if data_dir else None)
    policy = read_policy(given, DESTINATIONS)
    rows = [
        (
            each.name,
            each.account.destination,
            summary(list(each.account.stages)),
            summary(sorted(each.occasions - {"stage"})),
            f"{datetime.fromtimestamp(each.since / 1000, UTC):%Y-%m-%d %H:%M} UTC",
            "yes" if each.account.dry_run else "",
        )
        for each in policy.accounts
    ]
    click.echo(text_table(("account", "destination", "stages", "also", "since", "dry run"), rows, "UTC"))
    if policy.missing:
        raise OutboxError(f"the policy file names variables that are not set: {', '.join(policy.missing)}")


@command.command()
@click.argument("account")
@click.option("--send", is_flag=True, help="Send it, too: the receiver gets an order that is made up.")
@click.option("--make", is_flag=True, help="Make what is missing there, as far as that can be asked for.")
@click.option("--data-dir", type=click.Path(), default=None, help="Folder of outbox.toml.")
@sentences(*_FORESEEN)
def test(account: str, send: bool, make: bool, data_dir: str | None) -> None:
    """Log in to ACCOUNT, say what is missing there, and print the requests that a made-up order makes."""
    given = given_settings(Path(data_dir) if data_dir else None)
    asyncio.run(show_test(whole_policy(given).account(account), send, make))


@command.command()
@click.argument("key")
@click.argument("decision", type=click.Choice(["sent", "again"]))
@surrounded("kafka")
@sentences(*_FORESEEN)
def resolve(given: Settings, key: str, decision: str) -> None:
    """Say of the order KEY that it was taken (sent), or send it again, which may be for the second time."""
    with store_of(given) as store:
        line = _ledger(store).lines.get(key)
        if line is None:
            raise OutboxError(f"there is no order {key}: see `leadtrace outbox list`")
        chosen_one = "sent" if decision == "sent" else "again"
        decide(store, OrderDecided.model_validate({"at": clock(), "key": key, "decision": chosen_one}))
    click.echo(f"order {key} ({line.account}, {line.stage or line.occasion}): {line.state} → {decision}")


@command.command(name="open")
@click.argument("account")
@surrounded("kafka")
@sentences(*_FORESEEN)
def open_(given: Settings, account: str) -> None:
    """Let ACCOUNT be told again, after what closed it was put right."""
    with store_of(given) as store:
        state = _ledger(store).accounts.get(account)
        if state is None or not state.closed:
            raise OutboxError(f"the account {account} is not closed")
        kind = read_policy(given, DESTINATIONS).account(account).account.destination
        decide(store, AccountSet(at=clock(), destination=kind, account=account, is_open=True))
    click.echo(f"{account} is told again; it took nothing since: {state.closed}")


@command.command()
@click.argument("lead")
@surrounded("kafka", "clickhouse")
@sentences(*_FORESEEN)
def forget(given: Settings, lead: str) -> None:
    """Delete what LEAD gave of itself: its addresses, numbers and names kept for the way back.

    LEAD is an e-mail address, a phone number, or an identifier such as crm:hubspot:17; - reads it from
    standard input, so that it stands in no list of processes.
    """
    identifier = identifier_in(lead, given)
    with closing(connect(given)) as client:
        found = journey_of(client, identifier)
    names = {identifier, *(found["identifiers"] if found else ())}
    with contacts_of(given) as contacts:
        if contacts is None:
            raise OutboxError("nothing of leads is kept: LEADTRACE_CONTACTS_KEY is not set")
        contacts.catch_up()
        gone = contacts.forget(names)
    click.echo(f"forgot what {gone} identifiers had given" if gone else "nothing of it was kept")


def _ledger(store: Store) -> Ledger:
    seen = OutboxLog(store, "")
    seen.catch_up()
    return seen.ledger


def _say_states(ledger: Ledger) -> None:
    counts = Counter((line.account, line.state) for line in ledger.lines.values())
    rows = [(account, state, f"{count:,}") for (account, state), count in sorted(counts.items())]
    click.echo(text_table(("account", "state", "orders"), rows, "UTC") if rows else "nothing is to be told")
