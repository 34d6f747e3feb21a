"""GET /l/CODE follows a tagged link: the touch is published, and nobody who clicked waits long for it."""

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Final

from aiohttp import web

from attribution.arrivals import PARAMETER
from producers.cells.times import Moment
from producers.collector.answering import TALLY
from producers.collector.entrance import Route
from producers.collector.intake import AsyncPublisher
from producers.collector.lasting_ids import COOKIE, keep_id, site_shared
from producers.links import clickers
from producers.links.link import CODE, Link
from producers.links.link_file import Links
from producers.links.targets import target_of
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import device_of
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import collected, finished
from producers.publishing.publisher import PublishError
from producers.website.facts import URL_LENGTH, Reception, build, envelope, scrubbed
from producers.website.tags import CLICK_IDS, with_query
from producers.website.welcome import token
from schemas.codec import Encoded
from schemas.utm import CampaignTouched
from settings import Settings

PATH: Final = "/l/"
SOURCE: Final = "links"
WAIT: Final = 0.5  # seconds that somebody who clicked waits for the broker
MOST_BEHIND: Final = 1000  # clicks that the broker has not confirmed, after their redirects
LOST: Final = "a click on a tagged link was lost, and its visitor sent on: the broker did not confirm"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class _Click:
    """A click that counts: who clicked, as far as the browser knows, and what the address shall tell."""

    touch: str
    browser: str
    site: str
    recipient: str


class Redirects:
    """Follows links. `links` are those that there are now, `is_machine` knows user agents."""

    def __init__(
        self,
        settings: Settings,
        links: Callable[[], Links],
        publisher: AsyncPublisher,
        tokeniser: Tokeniser,
        clock: Callable[[], int],
        is_machine: Callable[[str], bool],
    ) -> None:
        self._settings = settings
        self._links = links
        self._publisher = publisher
        self._tokeniser = tokeniser
        self._clock = clock
        self._is_machine = is_machine
        self._behind: set[asyncio.Task[None]] = set()
        self._nowhere = resources.files("producers.links").joinpath("page_404.html").read_text("utf-8")

    def routes(self) -> tuple[Route, ...]:
        """Return the path of links, none if they may lead nowhere."""
        if not self._settings.link_targets:
            return ()
        return tuple(Route(method, f"{PATH}{{code}}", self.follow) for method in ("GET", "HEAD"))

    async def follow(self, request: web.Request) -> web.Response:
        """Send whoever clicked on, and publish the touch if it was a person who may be followed."""
        link = self._link(request.match_info["code"])
        if link is None:
            return self._to_nowhere()
        try:
            landing = target_of(link.landing, self._settings.link_targets)
        except ValueError:
            request.app[TALLY].say(f"the tagged link {link.code} leads to a host that links may not lead to")
            return self._to_nowhere()
        landing = _with_click_ids(landing, request)
        headers = request.headers
        counts = clickers.is_a_click(request.method, headers) and not self._is_machine(headers["User-Agent"])
        if not counts or clickers.wants_no_trace(headers):
            return _sent_to(landing)
        click = self._click(request, landing)
        await self._publish(request, link, click)
        browser = "" if click.site else click.browser
        agent = headers["User-Agent"] if headers["User-Agent"].startswith("Mozilla/") else ""
        told = token(click.touch, browser, click.recipient, self._clock(), agent, self._tokeniser)
        response = _sent_to(with_query(landing, f"{PARAMETER}={told}"))
        if self._settings.link_cookie and (
            site := click.site or site_shared(f"//{request.host}", request.host)
        ):
            keep_id(response, click.browser, site, is_secure=_is_secure(request))
        return response

    async def finish(self, _: web.Application) -> None:
        """Wait for what is on its way to the broker."""
        if self._behind:
            await asyncio.wait(self._behind, timeout=5)

    def _link(self, code: str) -> Link | None:
        code = code.lower()
        link = self._links().by_code.get(code) if CODE.fullmatch(code) else None
        return link if link is not None and not link.is_ended else None

    def _to_nowhere(self) -> web.Response:
        fallback = self._settings.link_fallback
        if fallback:
            return _sent_to(fallback)
        return web.Response(status=404, text=self._nowhere, content_type="text/html", headers=_HEADERS)

    def _click(self, request: web.Request, landing: str) -> _Click:
        known = request.cookies.get(COOKIE, "") if self._settings.link_cookie else ""
        usable = bool(_ID.fullmatch(known)) and device_of(known, self._tokeniser) == f"anon:{known}"
        recipient = request.query.get("r", "").lower()
        return _Click(
            touch=secrets.token_hex(16),
            browser=known if usable else secrets.token_hex(16),
            site=site_shared(landing, request.host) if self._settings.link_cookie else "",
            recipient=recipient if recipient in self._links().recipients else "",
        )

    async def _publish(self, request: web.Request, link: Link, click: _Click) -> None:
        try:
            records = self._records(request, link, click)
        except UnusableError as error:
            request.app[TALLY].say(f"a click on the tagged link {link.code} makes no fact: {error}")
            return
        if len(self._behind) >= MOST_BEHIND:
            request.app[TALLY].say(LOST)
            return

        async def confirmed() -> None:
            try:
                await self._publisher.apublish(records)
            except PublishError:
                request.app[TALLY].say(LOST)

        task = asyncio.create_task(confirmed())
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)
        await asyncio.wait({task}, timeout=WAIT)

    def _records(self, request: web.Request, link: Link, click: _Click) -> tuple[Encoded, ...]:
        now = self._clock()
        reception = Reception(self._tokeniser, now)
        who = self._links().recipients[click.recipient].who if click.recipient else ""
        fields = envelope(SOURCE, click.touch, f"anon:{click.browser}", Moment(now), reception) | {
            "kind": link.kind,
            "url": scrubbed(link.landing, reception, URL_LENGTH),
            "referrer": scrubbed(request.headers.get("Referer", ""), reception, URL_LENGTH),
            # A scanner of mails may look like a browser; the page that follows proves that a person came.
            "others": (who,) if who and link.knows_at_click else (),
        }
        return finished(collected([build(CampaignTouched, fields)], self._tokeniser)).records


def _sent_to(address: str) -> web.Response:
    return web.Response(status=302, headers={"Location": address, **_HEADERS})


def _with_click_ids(landing: str, request: web.Request) -> str:
    """Hand on what an ad platform has put behind the link; nothing else of what a caller may write there."""
    told = [
        part
        for part in request.rel_url.raw_query_string.split("&")
        if part.partition("=")[0].lower() in CLICK_IDS
    ]
    safe = [part for part in told if re.fullmatch(r"[\w=.%~-]{1,1024}", part, re.ASCII)]
    return with_query(landing, "&".join(safe)) if safe else landing


def _is_secure(request: web.Request) -> bool:
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
