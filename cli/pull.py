"""`leadtrace pull`: what ads cost, from the platforms' interfaces, once or every few hours."""

import asyncio
import json
import logging
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from types import FrameType
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp
import click

from answers.clock import now
from attribution.policy import PolicyError
from background import start_thread
from cli.failures import sentences
from cli.process_logs import configure
from cli.pull_platforms import PLATFORMS, chosen
from cli.surroundings import surrounded
from producers.privacy.facts import record_of
from producers.privacy.tokenisers import tokeniser_of
from producers.publishing.publisher import Publisher, PublishError
from producers.sem.amounts import Amounts
from producers.sem.facts import Place
from producers.sem.pull.accounts import Means, Outcome, Wishes, pull_all
from schemas.envelope import Fact
from schemas.topics import SEM
from settings import Settings, SettingsError
from sinks import ad_days
from sinks.clickhouse import ClickHouse, ClickHouseError, connect
from stack import health

log = logging.getLogger(__name__)

DAY: Final = click.DateTime(["%Y-%m-%d"])
NOT_PULLED: Final = 1
BEAT: Final = 10.0
_EVERY: Final = re.compile(r"([1-9][0-9]{0,2})([hd])")
_NAMES: Final = (
    "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id", "match_type",
    "device", "currency",
)  # fmt: skip


@click.command()
@click.argument("platforms", nargs=-1, type=click.Choice(PLATFORMS))
@click.option(
    "--account", "accounts", multiple=True, help="Only this one, by its id or name; several may be."
)
@click.option("--since", type=DAY, default=None, help="First day; else where the last pull ended.")
@click.option("--until", type=DAY, default=None, help="Last day; else yesterday.")
@click.option(
    "--every", default="", metavar="6h", help="Go on, and pull every so many hours (h) or days (d)."
)
@click.option("--trust-silence", is_flag=True, help="Days of which nothing is told any more cost nothing.")
@click.option("--dry-run", is_flag=True, help="Pull, and say what would change; publish nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("kafka", "clickhouse")
@sentences(ClickHouseError, PublishError, SettingsError, PolicyError)
def command(
    given: Settings,
    platforms: tuple[str, ...],
    accounts: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    every: str,
    trust_silence: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Pull what ads cost from the platforms' interfaces.

    LEADTRACE_PULL_… say whose accounts, and how to log in; without PLATFORMS, all of them are pulled. Each
    account is pulled from where it ended, and its last days anew, which platforms restate; a day is replaced
    as a whole, also if a file had told it. Of an account that nothing is known of, it is the last 30 days.
    What was pulled before may be pulled again.

    Exit status: 0 if all accounts were pulled, 1 if one was not.
    """
    if every and (since or until or dry_run or as_json):
        raise click.UsageError("--every goes on from where it ended: leave out the others")
    seconds = _seconds(every)
    pull = _Pull(given, platforms, accounts, dry_run)
    if every:
        configure()
        _go_on(given, pull, seconds)
        return
    yesterday = datetime.now(ZoneInfo(given.timezone)).date() - timedelta(days=1)
    wishes = Wishes(
        until=until.date() if until else yesterday,
        since=since.date() if since else None,
        restated_days=given.pull_restated_days,
        trust_silence=trust_silence,
    )
    if wishes.since and wishes.since > wishes.until:
        raise click.UsageError(f"--since {wishes.since} is after --until {wishes.until}")
    outcomes = pull.once(wishes)
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in outcomes], ensure_ascii=False))
    for outcome in outcomes:
        if not as_json:
            _show(outcome, dry_run)
        if outcome.error:
            click.echo(f"Error: {_whose(outcome)}: {outcome.error}", err=True)
    sys.exit(NOT_PULLED if any(outcome.error for outcome in outcomes) else 0)


class _Pull:
    """Pulls once: connects, asks all accounts, and lets go of everything."""

    def __init__(
        self, given: Settings, platforms: tuple[str, ...], accounts: tuple[str, ...], dry_run: bool
    ) -> None:
        self._given = given
        self._platforms = platforms
        self._accounts = accounts
        self._dry_run = dry_run
        self._tokeniser = tokeniser_of(given)

    def once(self, wishes: Wishes) -> list[Outcome]:
        """Pull; raises ClickHouseError, PublishError, SettingsError."""
        with closing(connect(self._given)) as client:
            if self._dry_run:
                return asyncio.run(self._pull(wishes, client, _count))
            with closing(Publisher(self._given)) as publisher:
                return asyncio.run(
                    self._pull(wishes, client, lambda facts: publisher.publish(self._records(facts)))
                )

    async def _pull(
        self, wishes: Wishes, client: ClickHouse, publish: Callable[[Iterable[Fact]], None]
    ) -> list[Outcome]:
        scrub = self._tokeniser.scrub
        means = Means(
            known=_Known(client),
            publish=publish,
            clean=lambda text: scrub(text)[:512] if text else text,
            now=now,
            zone=ZoneInfo(self._given.timezone),
        )
        async with aiohttp.ClientSession() as session:
            platforms = chosen(self._given, session, self._platforms, self._accounts)
            return await pull_all(platforms, wishes, means)

    def _records(self, facts: Iterable[Fact]) -> Iterator[Any]:
        return (record_of(fact, SEM.name, self._tokeniser) for fact in facts)


class _Known:
    """What ClickHouse holds of an account."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    def newest_day(self, platform: str, account: str) -> date | None:
        return ad_days.newest_day(self._client, platform, account)

    def rows(self, platform: str, account: str, first: date, last: date) -> Iterator[tuple[Place, Amounts]]:
        for day, *told in ad_days.known_days(self._client, platform, account, first, last):
            names = dict(zip(_NAMES, told[: len(_NAMES)], strict=True))
            place = Place(platform=platform, day=date.fromisoformat(day), **names)
            yield place, Amounts(*told[len(_NAMES) :])

    def unnamed(self, platform: str, first: date, last: date) -> int:
        return ad_days.unnamed_rows(self._client, platform, first, last)


def _count(facts: Iterable[Fact]) -> None:
    for _ in facts:
        pass


def _go_on(given: Settings, pull: _Pull, every: float) -> None:
    """Pull every so many seconds, and show that we live, until SIGTERM or Ctrl-C."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    sign = health.sign(given.data_dir, "puller")
    sign.parent.mkdir(parents=True, exist_ok=True)
    log.info("pulling every %.0f hours", every / 3600)
    due, idle = time.monotonic(), threading.Event()
    idle.set()

    def look() -> None:
        _look(given, pull)
        idle.set()

    while not stop.is_set():
        sign.touch()
        if time.monotonic() >= due and idle.is_set():
            due = time.monotonic() + every
            idle.clear()
            # What it publishes counts row by row, so that the process may end at any moment.
            start_thread("puller", look, endless=False)
        stop.wait(BEAT)


def _look(given: Settings, pull: _Pull) -> None:
    yesterday = datetime.now(ZoneInfo(given.timezone)).date() - timedelta(days=1)
    try:
        outcomes = pull.once(Wishes(until=yesterday, restated_days=given.pull_restated_days))
    except (ClickHouseError, PublishError, SettingsError) as error:
        log.warning("no pull this time: %s", error)
        return
    for outcome in outcomes:
        if outcome.error:
            log.warning("%s: %s", _whose(outcome), outcome.error)
        log.info("%s", _told(outcome, dry_run=False))
        for note in outcome.notes:
            log.warning("%s: %s", _whose(outcome), note)


def _show(outcome: Outcome, dry_run: bool) -> None:
    click.echo(_told(outcome, dry_run))
    for note in outcome.notes:
        click.echo(f"  note: {note}")


def _told(outcome: Outcome, dry_run: bool) -> str:
    if outcome.first is None:
        return f"{_whose(outcome)}: nothing was pulled"
    would = "would change" if dry_run else "changed"
    clicks = f", {outcome.clicks:,} clicks" if outcome.clicks else ""
    return (
        f"{_whose(outcome)}: {outcome.first} to {outcome.last}, {outcome.rows:,} rows{clicks}; "
        f"{would} {outcome.changed:,}, took back {outcome.gone:,}"
    )


def _whose(outcome: Outcome) -> str:
    return f"{outcome.platform} {outcome.account.name or outcome.account.id}"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "platform": outcome.platform,
        "account": outcome.account.name,
        "id": outcome.account.id,
        "first": outcome.first and outcome.first.isoformat(),
        "last": outcome.last and outcome.last.isoformat(),
        "rows": outcome.rows,
        "changed": outcome.changed,
        "gone": outcome.gone,
        "clicks": outcome.clicks,
        "notes": outcome.notes,
        "error": outcome.error,
    }


def _seconds(every: str) -> float:
    if not every:
        return 0.0
    found = _EVERY.fullmatch(every)
    if found is None:
        raise click.UsageError("--every may be hours or days, such as 6h or 1d")
    return int(found[1]) * (3_600.0 if found[2] == "h" else 86_400.0)
