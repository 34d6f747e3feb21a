"""`leadtrace notify`: what somebody has to know, sent once to where they are."""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from types import FrameType
from typing import Final

import click

from attribution.policy import PolicyError
from cli.failures import sentences
from cli.process_logs import configure
from cli.surroundings import surrounded
from notices.looking import Notifier
from notices.planning import Plan
from notices.questions import Questions
from notices.sending import AppriseSender
from notices.texts import hello
from notices.wishes import NoticesError, addresses, read_wishes
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseAwayError, ClickHouseError, connect
from stack import health

log = logging.getLogger(__name__)

BEAT: Final = 10.0


@click.command()
@click.option("--once", is_flag=True, help="Look once and end, for cron.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent now, and send and remember nothing.")
@click.option("--test", "tested", metavar="TARGET", help="Only send a hello to this target.")
@surrounded("clickhouse")
@sentences(ClickHouseError, NoticesError, SettingsError, PolicyError)
def command(given: Settings, once: bool, dry_run: bool, tested: str | None) -> None:
    """Send notices of what somebody has to know.

    The file that LEADTRACE_NOTICES names, or notices.toml in the data folder, says what is told to whom and
    when; LEADTRACE_NOTICE_TARGETS has the addresses. Each notice goes once, whoever sends and whenever it is
    started again: what was sent stands in ClickHouse. It looks every few minutes and ends on SIGTERM.
    """
    if once + dry_run + (tested is not None) > 1:
        raise click.UsageError("--once, --dry-run and --test each do something else: ask for one of them")
    wishes = read_wishes(given)
    plan = Plan(wishes, given.timezone, given.cockpit_public_url)
    if dry_run:
        _show(given, plan)
        return
    known = addresses(given)
    if tested and tested not in known:
        names = ", ".join(known) or "none"
        raise NoticesError(f"there is no target {tested}; those with an address are {names}")
    sender = AppriseSender({name: known[name] for name in ([tested] if tested else wishes.told)})
    if tested:
        outcome = sender.send(tested, hello(tested, plan.reader(tested)))
        if not outcome.was_taken:
            raise NoticesError(f"the hello to {tested} was not sent: {outcome.why}")
        click.echo(f"{tested} took the hello")
        return
    notifier = Notifier(plan, sender)
    if once:
        with closing(connect(given)) as client:
            for line in notifier.look(client, Questions(client, given, datetime.now(UTC))):
                click.echo(line)
    else:
        configure()
        _go_on(given, notifier, wishes.every_minutes * 60.0)


def _show(given: Settings, plan: Plan) -> None:
    with closing(connect(given)) as client:
        told = list(plan.pending(client, Questions(client, given, datetime.now(UTC))))
    for target, message, is_quiet in told:
        later = " (in its quiet hours: later)" if is_quiet else ""
        picture = f"[a picture of {len(message.picture):,} bytes]\n" if message.picture else ""
        click.echo(f"to {target}{later}\n\n{message.title}\n{message.body}\n{picture}")
    if not told:
        click.echo("nothing is to be told")


def _go_on(given: Settings, notifier: Notifier, every: float) -> None:
    """Look every so many seconds, and show that we live, until SIGTERM or Ctrl-C."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    sign = health.sign(given.data_dir, "notifier")
    sign.parent.mkdir(parents=True, exist_ok=True)
    log.info("looking every %.0f minutes", every / 60)
    for is_time in _beats(every):
        sign.touch()
        if is_time:
            _look(given, notifier)
            sign.touch()
        if stop.wait(BEAT):
            return


def _look(given: Settings, notifier: Notifier) -> None:
    try:
        with closing(connect(given)) as client:
            for line in notifier.look(client, Questions(client, given, datetime.now(UTC))):
                log.info("%s", line)
    except ClickHouseAwayError as error:
        log.warning("no look this time: %s", error)


def _beats(every: float) -> Iterator[bool]:
    """Without end: whether it is time to look again."""
    last = float("-inf")
    while True:
        is_time = time.monotonic() - last >= every
        last = time.monotonic() if is_time else last
        yield is_time
