"""`leadtrace import calls`, `downloads` and `cards`: contacts that no page of yours saw."""

from datetime import datetime

import click

from answers.clock import now
from cli.import_options import DATE_ORDER, DAY, ENCODING, SEPARATOR, SHEET
from cli.import_run import Job, importing
from producers.attendance.contact_rows import ContactOptions
from producers.attendance.contact_words import Kind
from producers.imports import plan_contacts
from producers.privacy.tokenisers import tokeniser_of

DAY_OF_ALL = click.option("--day", type=DAY, default=None, help="Day of rows that have no time.")
CITY = click.option("--city", default="", help="Where it was, if the list doesn't say it.")
CAMPAIGN = click.option(
    "--campaign", default="", help="The campaign it belongs to, if the list doesn't say it."
)


@click.command()
@click.option("--line", default="", help="What you call the number that was called, for example 'hotline'.")
@DAY_OF_ALL
@CITY
@CAMPAIGN
@DATE_ORDER
@ENCODING
@SEPARATOR
@SHEET
@importing
def calls(job: Job, line: str, day: datetime | None, **said: str | None) -> None:
    """Import who called: exports of 400 numbers, call centres and call tracking.

    A call that came in is a touchpoint of its caller, also one that nobody answered. It has the source, plan
    and keyword that the list tells, else the channel phone_call. Calls that you made are left out.
    """
    _run(job, "calls", line, day, **said)


@click.command()
@click.option("--title", default="", help="What was fetched, if the list doesn't say it.")
@DAY_OF_ALL
@CITY
@CAMPAIGN
@DATE_ORDER
@ENCODING
@SEPARATOR
@SHEET
@importing
def downloads(job: Job, title: str, day: datetime | None, **said: str | None) -> None:
    """Import who fetched a white paper or another document, as forms and publishers list it.

    A download is a touchpoint with the source that the list tells, else of the channel content_download.
    """
    _run(job, "downloads", title, day, **said)


@click.command()
@click.option("--event", default="", help="Where the cards were given, if the list doesn't say it.")
@click.option(
    "--day", type=DAY, default=None, help="Day of the event; else a card counts when it was scanned."
)
@CITY
@CAMPAIGN
@DATE_ORDER
@ENCODING
@SEPARATOR
@SHEET
@importing
def cards(job: Job, event: str, day: datetime | None, **said: str | None) -> None:
    """Import scanned business cards: each is somebody who was at an event.

    As 名片全能王 (CamCard) and other scanners export them. Whoever stands on the event's list of attendance
    as well was there once.
    """
    _run(job, "cards", "", day, event=event, **said)


def _run(job: Job, kind: Kind, about: str, day: datetime | None, **said: str | None) -> None:
    options = ContactOptions(
        kind=kind,
        received_at=now(),
        about=about,
        day=f"{day:%Y-%m-%d}" if day else "",
        timezone=job.given.timezone,
        **{name: value or "" for name, value in said.items()},
    )
    tokeniser = tokeniser_of(job.given)
    job.run(lambda given: plan_contacts(given.data, given.name, options, tokeniser))
