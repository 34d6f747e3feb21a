"""Records that could not be understood: which there are, one as it was, and sending them again."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from aiohttp import web

from answers.letters_again import send_again
from answers.words import marked
from cockpit.access.forms import form_of
from cockpit.access.gate import USER, Access, shown
from cockpit.access.refusals import RefusedError
from cockpit.access.roles import Role
from cockpit.asking import Ask
from cockpit.shown import NotThereError
from producers.privacy.masking import masked
from schemas.redriven import Outcome
from schemas.topics import BY_NAME
from settings import SettingsError
from sinks.broker import KafkaAwayError
from sinks.clickhouse import ClickHouse, ClickHouseError
from sinks.lookups import Letters, Row, dead_letter, dead_letter_reasons, dead_letters
from sinks.redrive import GONE, LIMITED, REFUSED, TIRED, TOO_LARGE, RedriveError
from stack.errors import StackError

log = logging.getLogger(__name__)

PAGE: Final = "/dead-letters"
TITLE: Final = marked("Dead letters")
MOST_SHOWN: Final = 100
MOST_AT_ONCE: Final = 1000  # so that the browser hears of it while somebody still looks
PATIENCE: Final = 10.0
NOTHING: Final = marked("Say which dead letters are meant")
NO_TOPIC: Final = marked("There is no such topic")
OUTCOMES: Final = {
    Outcome.SENT: marked("sent to their topics"),
    Outcome.LOADED: marked("loaded into their tables"),
    Outcome.SUPERSEDED: marked("superseded by newer records of their keys, which are there"),
}
LEFT: Final = {
    GONE: marked("their bytes are nowhere any more: the topic has let go of them"),
    TOO_LARGE: marked("their topic takes no records as large any more"),
    REFUSED: marked("they still can't be loaded"),
    TIRED: marked("they were sent again too often: look at them first"),
    LIMITED: marked("more than are sent at once: repeat it for these"),
}

Show = Callable[..., web.Response]


class DeadLetters:
    """Pages for admins; what is sent again is noted down with the user's name."""

    def __init__(self, access: Access, show: Show, ask: Ask) -> None:
        self._access, self._show, self._ask = access, show, ask

    def routes(self, app: web.Application) -> None:
        """Add them to the application."""
        for route in (
            app.router.add_get(PAGE, self.page),
            app.router.add_post(PAGE, self.confirm),
            app.router.add_post(f"{PAGE}/again", self.again),
            app.router.add_get(PAGE + r"/{topic}/{partition:-?\d{1,9}}/{offset:-?\d{1,18}}", self.one),
        ):
            self._access.need(route, Role.ADMIN)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """How many there are, and the newest."""
        counts, newest = await self._ask.query("dead letters", all_letters)
        return self._show(request, "dead_letters", TITLE, {"counts": counts, "newest": newest})

    async def one(self, request: web.Request) -> web.StreamResponse:
        """One as it was."""
        parts = request.match_info
        place = parts["topic"], int(parts["partition"]), int(parts["offset"])
        look = partial(one_letter, *place)
        found = await self._ask.query("dead letter", look, *map(str, place))
        if found is None:
            raise NotThereError("no dead letter stood there")
        told = {name: _text(value) for name, value in found.items()}
        return self._show(request, "dead_letter", TITLE, {"letter": told})

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Ask whether those of a reason are to be sent again."""
        wanted = meant(await form_of(request, request[USER].token))
        counts = await self._ask.query(
            "letters meant", partial(_counts, wanted), *wanted.topics, *wanted.reasons
        )
        number = sum(row["waiting"] for row in counts)
        return self._show(request, "dead_letters_again", TITLE, {"wanted": wanted, "number": number})

    async def again(self, request: web.Request) -> web.StreamResponse:
        """Send them again; what was sent no longer waits, so that nothing is sent twice."""
        user = request[USER]
        wanted = meant(await form_of(request, user.token))
        send = partial(
            send_again,
            self._access.given,
            wanted,
            limit=MOST_AT_ONCE,
            patience=PATIENCE,
            by=masked(user.name),
        )
        try:
            # What was begun is done to its end, whether or not somebody waits for the answer.
            result = await asyncio.shield(asyncio.to_thread(send))
        except (RedriveError, StackError, KafkaAwayError, SettingsError, ClickHouseError) as error:
            log.warning("dead letters could not be sent again: %s", error)
            return self._show(request, "letters_sent", TITLE, {"sentence": str(error)}, 503)
        outcomes = [(OUTCOMES[outcome], number) for outcome, number in result.outcomes.items()]
        left = [(LEFT[why], number) for why, number in result.left.items()]
        told = f"{', '.join(wanted.topics)} {', '.join(wanted.reasons)}"
        log.info("%s sent dead letters again: %s", shown(user.name), shown(told))
        return self._show(
            request, "letters_sent", TITLE, {"sentence": "", "outcomes": outcomes, "left": left}
        )


def meant(fields: Mapping[str, str]) -> Letters:
    """The letters that wait and that a form means. Raises RefusedError."""
    topic, reason = fields.get("topic", ""), fields.get("reason", "")
    if topic not in BY_NAME:
        raise RefusedError(400, NO_TOPIC)
    if not reason or len(reason) > 100 or not reason.isprintable():
        raise RefusedError(400, NOTHING)
    return Letters((reason,), (topic,), 0, "waiting")


def all_letters(client: ClickHouse) -> tuple[list[Row], list[Row]]:
    """How many there are by topic and reason, and the newest. Raises ClickHouseError."""
    newest = dead_letters(client, MOST_SHOWN)
    return _counts(Letters(), client), _rows(newest.columns, newest.rows)


def _counts(wanted: Letters, client: ClickHouse) -> list[Row]:
    found = dead_letter_reasons(client, wanted)
    return _rows(found.columns, found.rows)


def one_letter(topic: str, partition: int, offset: int, client: ClickHouse) -> Row | None:
    """One with its bytes, None if there is none at this place. Raises ClickHouseError."""
    return dead_letter(client, topic, partition, offset)


def _rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _text(value: Any) -> Any:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
