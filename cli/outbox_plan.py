"""What would be told now, printed: orders by account and reason, and requests whole."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import click

from answers.tables import text_table
from outbox.allowed import Allowed, Policy
from outbox.destination import NO_SESSION, Answer, Outcome, Request, Sending, Session
from outbox.ledger import UNTRIED, Ledger, Line
from outbox.log import OutboxLog, Store
from outbox.made import clock
from outbox.orders import Contact, Money, Order, Touch
from outbox.policy_file import OutboxError
from outbox.running import Planner
from outbox.shown import request_shown
from outbox.speaking import HttpSpeaker, LostError, UnreachableError

_MADE_UP_AT = 86_400_000
_MADE_UP_ID = "0" * 16
# One of each ad platform that is told.
_CLICKS = (
    ("baidu", "bd_vid"),
    ("google_ads", "gclid"),
    ("microsoft_ads", "msclkid"),
    ("360", "qhclickid"),
    ("meta", "fbclid"),
    ("linkedin_ads", "li_fat_id"),
    ("oceanengine", "clickid"),
)
COLUMNS = ("account", "what", "state", "why", "orders")


def show_plan(store: Store, planner: Planner, policy: Policy, requests: int) -> None:
    """Print what would be planned now and is not sent yet. Raises KafkaAwayError and ClickHouseError."""
    log = OutboxLog(store, "")
    log.catch_up()
    for events in planner.look(log.ledger):
        for event in events:
            log.ledger.take(event)
    waiting = [
        line for line in log.ledger.lines.values() if line.state in (*UNTRIED, "later", "alone", "unknown")
    ]
    counts = Counter((line.account, _what(line), line.state, _why(line)) for line in waiting)
    rows = [(*each, f"{count:,}") for each, count in sorted(counts.items())]
    click.echo(text_table(COLUMNS, rows, "UTC") if rows else "nothing is to be told")
    for each in _requests(policy, log.ledger, requests):
        click.echo(f"\n{each}")


def _requests(policy: Policy, ledger: Ledger, most: int) -> Iterator[str]:
    for allowed in policy.accounts:
        due = [
            line for line in ledger.open_lines(allowed.name) if line.state in ("planned", "dry_run", "later")
        ]
        for line in due[:most]:
            now = clock()
            sending = Sending(account=allowed.account, orders=(line.order,), at=now, nonce="0" * 32)
            for made in _prepared(allowed, sending):
                yield f"{allowed.name}, order {line.key}:\n{made}"


def _prepared(allowed: Allowed, sending: Sending) -> Iterator[str]:
    for each in allowed.destination.prepare(sending):
        yield f"no request: {each.why}" if isinstance(each, Outcome) else request_shown(allowed, each)


def _what(line: Line) -> str:
    return line.stage if line.occasion == "stage" else line.occasion


def _why(line: Line) -> str:
    return line.answer.why if line.answer is not None and line.state != "planned" else ""


async def show_test(allowed: Allowed, send: bool, make: bool) -> None:
    """Log in, say what is missing there and make it, print the requests of a made-up order and send them.

    Nothing is made or sent unless that is wished. Raises OutboxError.
    """
    now = clock()
    order = _made_up(allowed, now)
    contacts = {order.key: Contact(email="test@example.com", name="Test", company="Example")}
    async with HttpSpeaker() as speaker:
        session = await _session(allowed, speaker, now)
        await _survey(allowed, speaker, session, make)
        sending = Sending(
            account=allowed.account,
            orders=(order,),
            at=now,
            nonce="0" * 32,
            session=session,
            contacts=contacts,
        )
        why = allowed.destination.unsendable(order, allowed.account, now)
        if why is not None:
            click.echo(f"the made-up order could not be told: {why}")
        for each in allowed.destination.prepare(sending):
            click.echo(
                f"no request: {each.why}"
                if isinstance(each, Outcome)
                else request_shown(allowed, each, session)
            )
            if send and isinstance(each, Request):
                await _sent(allowed, speaker, sending, each)


async def _session(allowed: Allowed, speaker: HttpSpeaker, now: int) -> Session:
    login = allowed.destination.login(allowed.account, now)
    if login is None:
        return NO_SESSION
    answer = await _asked(allowed, speaker, login, "no login: ")
    got = allowed.destination.logged_in(allowed.account, answer)
    if isinstance(got, Outcome):
        raise OutboxError(f"{allowed.name}: no login: {got.why or got.code}")
    click.echo("the login works")
    return got


async def _survey(allowed: Allowed, speaker: HttpSpeaker, session: Session, make: bool) -> None:
    """Say what is missing at the platform; make of it what can be made, if that is wished."""
    request = allowed.destination.survey(allowed.account, session)
    if request is None:
        return
    survey = allowed.destination.surveyed(allowed.account, await _asked(allowed, speaker, request))
    for lack in survey.lacks or ("nothing is missing there",):
        click.echo(lack)
    if survey.makes and not make:
        click.echo(f"`leadtrace outbox test {allowed.name} --make` makes {len(survey.makes)} of these")
    for each in survey.makes if make else ():
        answer = await _asked(allowed, speaker, each)
        is_there = answer.status < 300 or answer.status == 409
        click.echo(
            f"{each.step}: {'made' if is_there else f'not made, it answers with status {answer.status}'}"
        )


async def _asked(allowed: Allowed, speaker: HttpSpeaker, request: Request, what: str = "") -> Answer:
    try:
        return await speaker.ask(request, allowed.limits.seconds_to_wait, allowed.allows_private)
    except (UnreachableError, LostError) as error:
        raise OutboxError(f"{allowed.name}: {what}{error}") from None


async def _sent(allowed: Allowed, speaker: HttpSpeaker, sending: Sending, request: Request) -> None:
    answer = await _asked(allowed, speaker, request)
    told = allowed.destination.understood(sending, request, answer)
    said = ", ".join(f"{each.state} {each.code} {each.why}".strip() for each in told.outcomes)
    click.echo(f"it answered with status {answer.status}: {said or 'nothing that says more'}")


def _made_up_click(network: str, name: str, now: int) -> Touch:
    """A click on an ad of a network; the ids of all of them are digits, since one of them wants digits."""
    return Touch(
        at=now - _MADE_UP_AT,
        channel="paid_search",
        source="test",
        keyword="test",
        landing_url=f"https://www.example.com/?utm_source=test&{name}={_MADE_UP_ID}",
        click_network=network,
        click_ids=(f"{name}={_MADE_UP_ID}",),
    )


def _made_up(allowed: Allowed, now: int) -> Order:
    """An order like those of the account's first stage, of a lead that does not exist."""
    stage = next(iter(allowed.account.stages), "lead")
    occasion = "stage" if "stage" in allowed.occasions else next(iter(sorted(allowed.occasions)))
    order = Order(
        key="0" * 31 + "1",
        lead="0" * 31 + "2",
        occasion="stage",
        stage=stage,
        occurrence=1,
        happened_at=now,
        planned_at=now,
        destination=allowed.account.destination,
        account=allowed.name,
        person="crm:test:1",
        value=Money(minor=100, currency="CNY"),
        touches=tuple(_made_up_click(network, name, now) for network, name in _CLICKS),
        identifiers=("user:test", "anon:test"),
        company="Example",
    )
    return order if occasion == "stage" else replace(order, occasion=occasion)
