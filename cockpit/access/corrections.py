"""Saying by hand who is who: asked, shown with what it means, and said only once that is confirmed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from aiohttp import web

from answers.clock import now
from answers.identifiers import IdentifierError, identifier_of, short, what_was_said
from answers.words import marked
from attribution.policy import PolicyError
from cockpit.access.forms import form_of, moved
from cockpit.access.gate import USER, Access
from cockpit.access.refusals import RefusedError
from cockpit.access.roles import Role, User
from cockpit.asking import Ask
from producers.corrections import Correction, CorrectionError, Kind, fact_of, say
from producers.privacy.masking import masked
from producers.publishing.publisher import PublishError
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouse
from sinks.lookups import identity_facts, journey_of

log = logging.getLogger(__name__)

PAGE: Final = "/corrections"
TITLE: Final = marked("Corrections")
UNCLEAR: Final = marked("The page was open for too long: begin the correction anew")
CONFIRMED_WITHIN: Final = 3_600_000  # milliseconds
LONGEST: Final = 256
LONGEST_REASON: Final = 200

Show = Callable[..., web.Response]


@dataclass(frozen=True, slots=True)
class Known:
    """An identifier with the person who has it, and what was said of it before."""

    identifier: str
    shown: str
    person: str
    beside: tuple[str, ...]
    said: tuple[tuple[str, str, str, str], ...]


class Corrections:
    """Pages for admins; each correction is a fact with the user's name."""

    def __init__(self, access: Access, show: Show, ask: Ask) -> None:
        self._access, self._show, self._ask = access, show, ask

    def routes(self, app: web.Application) -> None:
        """Add them to the application."""
        for route in (
            app.router.add_get(PAGE, self.page),
            app.router.add_post(PAGE, self.confirm),
            app.router.add_post(f"{PAGE}/said", self.said),
        ):
            self._access.need(route, Role.ADMIN)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Ask what is to be corrected; an address may name the identifiers."""
        query = request.query
        given = {name: query.get(name, "")[:256] for name in ("kind", "left", "right")}
        return self._form(request, given, done=query.get("done", ""))

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Show who is meant, and ask whether that is so."""
        user = request[USER]
        fields = await form_of(request, user.token)
        try:
            correction = meant(self._access.given, fields, user)
            fact_of(correction, now())
        except (IdentifierError, CorrectionError) as error:
            return self._form(request, fields, sentence=str(error), status=400)
        except (SettingsError, PolicyError) as error:
            return self._form(request, fields, sentence=str(error), status=503)
        names = [name for name in (correction.left, correction.right) if name]
        known = [await self._ask.query("known", looking_up(name), name) for name in names]
        pair = {short(name) for name in names}
        values = {
            "correction": correction,
            "known": known,
            "is_one_person": len({each.person for each in known if each.person}) == 1,
            "was_split": correction.kind is Kind.MERGE
            and any(what == "split" and {who, other} == pair for what, who, other, _ in known[0].said),
            "at": now(),
        }
        return self._show(request, "correction", TITLE, values)

    async def said(self, request: web.Request) -> web.StreamResponse:
        """Say it; sent twice, it is said once."""
        user = request[USER]
        fields = await form_of(request, user.token)
        at = int(fields["at"]) if fields.get("at", "").isdecimal() and len(fields["at"]) < 16 else 0
        if not now() - CONFIRMED_WITHIN <= at <= now() + 60_000:
            raise RefusedError(400, UNCLEAR)
        try:
            correction = meant(self._access.given, fields, user)
            await asyncio.to_thread(say, self._access.given, correction, at)
        except (IdentifierError, CorrectionError) as error:
            return self._form(request, fields, sentence=str(error), status=400)
        except (PublishError, SettingsError, PolicyError) as error:
            log.warning("a correction could not be said: %s", error)
            return self._form(request, fields, sentence=str(error), status=503)
        log.info("%s said: %s", masked(user.name), masked(correction.told))
        return moved(f"{PAGE}?done={correction.kind}")

    def _form(
        self,
        request: web.Request,
        given: Mapping[str, str],
        sentence: str = "",
        done: str = "",
        status: int = 200,
    ) -> web.Response:
        kind = given.get("kind", "")
        values = {
            "kind": kind if kind in list(Kind) else Kind.SPLIT.value,
            # What was typed may be an address; it goes back to whoever typed it, and nowhere else.
            "left": given.get("left", ""),
            "right": given.get("right", ""),
            "reason": given.get("reason", "")[:LONGEST_REASON],
            "sentence": sentence,
            "is_done": done in list(Kind),
        }
        return self._show(request, "corrections", TITLE, values, status)


def meant(given: Settings, fields: Mapping[str, str], user: User) -> Correction:
    """The correction that a form means.

    Raises IdentifierError, CorrectionError, SettingsError and PolicyError.
    """
    kind = fields.get("kind", "")
    if kind not in list(Kind):
        raise CorrectionError("say what it is: split, merge or block")
    left = _identifier(fields.get("left", ""), given, "the first")
    right = "" if kind == Kind.BLOCK else _identifier(fields.get("right", ""), given, "the second")
    reason = " ".join(fields.get("reason", "").split())[:LONGEST_REASON]
    return Correction(Kind(kind), left, right, reason, user.name)


def _identifier(text: str, given: Settings, called: str) -> str:
    if len(text.strip()) > LONGEST:
        raise CorrectionError(f"{called} is longer than the {LONGEST} characters of an identifier")
    return identifier_of(text, given, called)


def looking_up(identifier: str) -> Callable[[ClickHouse], Known]:
    """What finds out what is known of an identifier. Raises ClickHouseError."""

    def look(client: ClickHouse) -> Known:
        found = journey_of(client, identifier) or {}
        names: list[str] = found.get("identifiers", [])
        said = identity_facts(client, [identifier], 20)
        return Known(
            identifier,
            short(identifier),
            found.get("person", ""),
            tuple(short(name) for name in names if name != identifier)[:20],
            tuple(what_was_said(orjson.loads(payload)) for _, _, payload in said.rows),
        )

    return look
