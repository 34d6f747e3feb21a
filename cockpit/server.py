"""The cockpit as a web server: addresses to pages, and what goes wrong to pages that say so."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiohttp import web

from answers.words import LANGUAGES, marked, translations
from background import BackgroundTask
from cockpit import downloads
from cockpit.access.corrections import Corrections
from cockpit.access.gate import ACCESS, USER, Access, gate, open_access, role_for
from cockpit.access.letters import DeadLetters
from cockpit.access.login import Login, provider_of
from cockpit.access.refusals import RefusedError
from cockpit.access.roles import Role
from cockpit.asked import Asked, checked
from cockpit.asker import Asker
from cockpit.asking import Ask
from cockpit.menu import PAGES
from cockpit.opening import asker, today
from cockpit.pages.reports import EVERYTHING, parameters_of
from cockpit.rendering import rendered, static_files
from cockpit.revalidation import is_there, marked_with, unchanged, version_of
from cockpit.searching import Search
from cockpit.shown import NotThereError, Page, Shown
from cockpit.standing import newest_day, sources, standing
from producers.collector.http_logs import without_content
from settings import Settings
from sinks.clickhouse import ClickHouseAwayError, ClickHouseError
from sinks.report_files import list_reports
from sinks.report_values import ReportError, find

log = logging.getLogger(__name__)

GIVEN: Final = web.AppKey("given", Settings)
ASK: Final = web.AppKey("ask", Ask)
MENU: Final = web.AppKey("menu", Sequence[Page])
# A page of nobody's that a browser may ask for again as soon as ClickHouse may be back.
AGAIN_IN: Final = "5"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Other sites hear nothing; with no-referrer, forms of our own pages would hide where they stand (Origin).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TITLES: Final = {
    400: marked("This can't be asked"),
    403: marked("This isn't yours to see"),
    404: marked("There is nothing here"),
    503: marked("The data can't be reached"),
}
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(given: Settings, ask: Ask, access: Access, pages: Sequence[Page] = PAGES) -> web.Application:
    """The application over whatever answers: the real server, or stored answers in tests.

    What `access` isn't told of an address is open to admins only. Raises SettingsError.
    """
    app = web.Application(middlewares=[with_sentences, gate], client_max_size=64 << 10)
    app.on_response_prepare.append(with_headers)
    app[GIVEN], app[ASK], app[ACCESS] = given, ask, access
    app[MENU] = tuple(page for page in pages if page.name)
    access.need(app.router.add_get("/healthz", healthz), None)
    access.need(app.router.add_get("/static/{name}", static), None)
    for page in pages:
        access.need(app.router.add_get(page.path, partial(show, page)), role_of(page))
    access.need(app.router.add_get("/reports/{name}.{form:csv|json|xlsx}", download), Role.ANALYST)
    charts = "/reports/{name}/chart-{number:[1-9][0-9]?}.{form:png|svg}"
    access.need(app.router.add_get(charts, picture), Role.ANALYST)
    Login(access, plain_page, provider_of(given)).routes(app)
    Corrections(access, plain_page, ask).routes(app)
    DeadLetters(access, plain_page, ask).routes(app)
    Search(access, plain_page, ask).routes(app)
    return app


def role_of(page: Page) -> Role:
    """Who may see a page: of people, only who has to do with them."""
    return page.seen_by or (Role.ANALYST if page.about_people else Role.VIEWER)


def run_cockpit(given: Settings, reader: Settings) -> int:
    """Serve pages until SIGTERM; the exit code. `reader` has the user who only reads, where there is one.

    Raises SettingsError, PolicyError, UsersError and SessionsError.
    """
    access = open_access(given)
    ask = asker(given, reader)
    app = make_app(given, ask, access)

    app.cleanup_ctx.append(partial(attended, ask))
    logging.getLogger("aiohttp.server").addFilter(without_content)
    try:
        web.run_app(
            app,
            host=given.cockpit_host,
            port=given.cockpit_port,
            print=None,
            access_log=None,
            auto_decompress=False,
        )
    except OSError as error:
        log.critical("the cockpit can't listen: %s", error)
        return 1
    return 0


async def attended(ask: Asker, app: web.Application) -> AsyncIterator[None]:
    """Have answers made before anybody wants them, first of all those of the first page."""

    async def attend() -> None:
        given = app[GIVEN]
        with suppress(ReportError, ClickHouseError):
            newest = newest_day(await sources(ask), today(given), given.timezone)
            await app[MENU][0].make(ask, Asked(app[MENU][0].path, newest=newest, timezone=given.timezone))
        await ask.attend()

    work = BackgroundTask("answers of pages", attend())
    yield
    work.end()
    await ask.close()


async def healthz(request: web.Request) -> web.Response:
    """That this is the cockpit, and of which installation."""
    return web.json_response({"installation": request.app[GIVEN].installation})


async def static(request: web.Request) -> web.Response:
    """A file of styles or scripts; its address changes with it."""
    name = request.match_info["name"]
    body = static_files().get(name)
    if body is None:
        raise NotThereError(f"there is no file {name[:60]}")
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)


async def show(page: Page, request: web.Request) -> web.Response:
    """Make a page of what its address asks for, unless the browser has it already."""
    ask = request.app[ASK]
    asked = await asked_of(request, page)
    is_for_all = not page.about_people and role_for(request, role_of(page)) is Role.VIEWER
    version = version_of(request, ask, asked) if is_for_all else ""
    if is_there(request, version):
        return unchanged(version)
    shown, stands = await asyncio.gather(page.make(ask, asked), standing(ask, asked))
    text = rendered(shown, page, asked, menu_of(request), stands=stands, user=request.get(USER))
    response = web.Response(text=text, content_type="text/html")
    if is_for_all:
        return marked_with(response, version)
    response.headers["Cache-Control"] = "no-store"
    return response


async def download(request: web.Request) -> web.Response:
    """The answer of a report as a file; filters of pages that the report doesn't know are passed over."""
    name, form = (request.match_info[part] for part in ("name", "form"))
    asked = await asked_of(request, EVERYTHING)
    values = parameters_of(find(list_reports(), name), asked)
    return await downloads.file(request.app[ASK], name, form, values, asked.timezone)


async def picture(request: web.Request) -> web.Response:
    """A chart of a report as a file."""
    name, number, form = (request.match_info[each] for each in ("name", "number", "form"))
    timezone = request.app[GIVEN].timezone
    return await downloads.picture(request.app[ASK], name, int(number), form, dict(request.query), timezone)


async def asked_of(request: web.Request, page: Page) -> Asked:
    """What the address of a request asks for. Raises ReportError and ClickHouseError."""
    given, ask = request.app[GIVEN], request.app[ASK]
    plain = plainly_asked(request)
    values = checked(plain.values, page.takes) if "*" not in page.takes else dict(plain.values)
    newest = newest_day(await sources(ask), today(given), given.timezone)
    parts = dict(request.match_info)
    return Asked(plain.path, values, parts, plain.language, newest, given.timezone, page.usual)


def plainly_asked(request: web.Request) -> Asked:
    """What an address says by itself, right or wrong."""
    values = {name: value.strip() for name, value in request.query.items()}
    language = values.get("lang", "") or preferred(request.headers.get("Accept-Language", ""))
    if language not in LANGUAGES:
        language = "en"
    given = request.app[GIVEN]
    return Asked(request.path, values, dict(request.match_info), language, today(given), given.timezone)


def preferred(header: str) -> str:
    """The first language of a browser's list that we have."""
    for part in header.split(","):
        language = part.partition(";")[0].strip().partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


async def with_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries, so that nothing from outside runs in a page."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[ACCESS].origins.is_secure():
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "leadtrace"


def menu_of(request: web.Request) -> Sequence[Page]:
    """The pages of the menu that whoever asks may see."""
    user = request.get(USER)
    return [page for page in request.app[MENU] if user is not None and user.role.may(role_of(page))]


@web.middleware
async def with_sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong becomes a page with a sentence, never a trace."""
    try:
        return await handler(request)
    except ReportError as error:
        return refused(request, 400, str(error))
    except NotThereError as error:
        return refused(request, 404, str(error))
    except RefusedError as error:
        told = translations(plainly_asked(request).language, "cockpit").gettext(str(error))
        return refused(request, error.status, told)
    except ClickHouseAwayError as error:
        return refused(request, 503, str(error), {"Refresh": AGAIN_IN, "Retry-After": AGAIN_IN})
    except ClickHouseError as error:
        log.warning("a page could not be made: %s", error)
        return refused(request, 502, str(error))
    except web.HTTPNotFound:
        return refused(request, 404, "there is no such page")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refused(request, error.status, error.reason.lower())
    except Exception:
        log.exception("a page could not be made")
        return refused(request, 500, "something is wrong with this page; the log of the cockpit says what")


def refused(
    request: web.Request, status: int, sentence: str, headers: dict[str, Any] | None = None
) -> web.Response:
    """A page that says why the one that was asked for isn't there."""
    title = TITLES.get(status, marked("Something is wrong"))
    values = {"status": status, "sentence": sentence[:1].upper() + sentence[1:]}
    response = plain_page(request, "sentence", title, values, status)
    response.headers.update(headers or {})
    return response


def plain_page(
    request: web.Request, template: str, title: str, values: Mapping[str, Any], status: int = 200
) -> web.Response:
    """A page that no report stands behind; `title` is a key of the catalogs."""
    asked = plainly_asked(request)
    shown = Shown(template, values, translations(asked.language, "cockpit").gettext(title))
    text = rendered(shown, None, asked, menu_of(request), stands=None, user=request.get(USER))
    return web.Response(text=text, status=status, content_type="text/html")
