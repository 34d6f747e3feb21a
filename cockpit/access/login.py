"""Logging in and out, and one's own sessions."""

import importlib
import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from aiohttp import web

from answers.words import marked
from cockpit.access.attempts import Attempt
from cockpit.access.cookies import DEVICE, DEVICE_SECONDS, SESSION, VISIT, derived, fresh
from cockpit.access.forms import form_of, moved
from cockpit.access.gate import NO_ROLE, UNREADABLE, USER, Access, known, safe_path, shown
from cockpit.access.passwords import BusyError
from cockpit.access.refusals import RefusedError
from cockpit.access.roles import Role, Way, role_in
from cockpit.access.sessions import SessionsError
from cockpit.access.users import Account, UsersError
from producers.collector.callers import caller_of
from settings import Settings, SettingsError

log = logging.getLogger(__name__)

WRONG: Final = marked("The name or the password is wrong")
CROWDED: Final = marked("Too many people log in at this moment: try again soon")
FAILED: Final = marked("The login failed: try it once more; the log of the cockpit says why")
VISIT_SECONDS: Final = 3600
_LONGEST_NAME: Final = 64


class Provider(Protocol):
    """What of a provider of logins is asked; `cockpit.access.oidc` has the one for OpenID Connect."""

    async def start(self, secret: str, wanted: str) -> str: ...

    async def finish(self, secret: str, query: Any) -> Any: ...


Show = Callable[..., web.Response]


IN_SESSIONS: Final = (Way.PASSWORD, Way.OIDC)
WAYS: Final = {
    Way.HERE: marked("this machine, on which nobody needs to log in"),
    Way.PASSWORD: marked("a password of the cockpit"),
    Way.PROXY: marked("the proxy before the cockpit"),
    Way.OIDC: marked("the account of the company"),
}


def provider_of(given: Settings) -> Provider | None:
    """The provider of the settings, if there is one. Raises SettingsError without its library."""
    if not given.cockpit_oidc_issuer:
        return None
    try:
        module = importlib.import_module("cockpit.access.oidc")
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"LEADTRACE_COCKPIT_OIDC_ISSUER needs {error.name}: pip install 'leadtrace[oidc]'"
        ) from None
    made: Provider = module.Provider(given)
    return made


class Login:
    """The pages of a login; `show` makes a page of a template, its values and a status."""

    def __init__(self, access: Access, show: Show, provider: Provider | None) -> None:
        self._access, self._show, self._provider = access, show, provider

    def routes(self, app: web.Application) -> None:
        """Add them to the application."""
        add, need = app.router, self._access.need
        for route in (
            add.add_get("/login", self.page),
            add.add_post("/login", self.log_in),
            add.add_get("/login/oidc", self.to_provider),
            add.add_get("/login/oidc/back", self.from_provider),
        ):
            need(route, None)
        need(add.add_post("/logout", self.log_out), Role.VIEWER)
        need(add.add_get("/account", self.account), Role.VIEWER)
        need(add.add_post("/account/sessions", self.end_sessions), Role.VIEWER)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Ask for name and password, or show the way to the provider."""
        wanted = safe_path(request.query.get("to", ""))
        if known(self._access, request) is not None:
            return moved(wanted)
        return self._form(request, wanted, "", 200)

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """Begin a session if name and password are right."""
        access = self._access
        visit = access.cookies.get(request, VISIT)
        try:
            fields = await form_of(request, derived(visit, "login") if visit else "")
        except RefusedError as error:
            return self._form(request, "/", str(error), error.status)
        wanted = safe_path(fields.get("to", ""))
        name = fields.get("name", "").strip().lower()[:_LONGEST_NAME]
        caller = caller_of(request, access.given.cockpit_proxies)
        attempt = Attempt(name, caller, access.cookies.get(request, DEVICE))
        if wait := access.attempts.wait(attempt):
            return self._form(request, wanted, "", 429, wait)
        try:
            account = access.users.current().get(name)
            is_right = await access.verifier.verify(
                account.password if account else None, fields.get("password", "")
            )
            if account is None or not is_right:
                # Somebody may have typed his password as the name: only names that exist are logged.
                log.info("a login as %s failed", name if account else "somebody unknown")
                return self._form(request, wanted, WRONG, 403)
            return self._begun(request, account, attempt, wanted)
        except BusyError:
            return self._form(request, wanted, CROWDED, 503)
        except (UsersError, SessionsError) as error:
            log.warning("nobody can log in: %s", error)
            return self._form(request, wanted, UNREADABLE, 503)

    async def to_provider(self, request: web.Request) -> web.StreamResponse:
        """Send somebody to the provider of logins."""
        if self._provider is None:
            raise web.HTTPNotFound
        visit = self._access.cookies.get(request, VISIT) or fresh()
        try:
            response = moved(await self._provider.start(visit, safe_path(request.query.get("to", ""))))
        except RuntimeError as error:
            log.warning("a login by the provider fails: %s", error)
            return self._form(request, "/", FAILED, 502)
        self._access.cookies.put(request, response, VISIT, visit, VISIT_SECONDS)
        return response

    async def from_provider(self, request: web.Request) -> web.StreamResponse:
        """Begin a session for somebody whom the provider knows."""
        if self._provider is None:
            raise web.HTTPNotFound
        access = self._access
        try:
            found = await self._provider.finish(access.cookies.get(request, VISIT), request.query)
            role = role_in(found.groups, access.given.cockpit_roles)
            if role is None:
                log.info("%s has no role here", shown(found.name))
                return self._form(request, "/", NO_ROLE, 403)
            return self._with_session(request, found.name, role, Way.OIDC, "", safe_path(found.wanted))
        except (RuntimeError, SessionsError) as error:
            log.warning("a login by the provider failed: %s", error)
            return self._form(request, "/", FAILED, 403)

    async def log_out(self, request: web.Request) -> web.StreamResponse:
        """End the session."""
        await form_of(request, request[USER].token)
        access = self._access
        access.sessions.end(access.cookies.get(request, SESSION))
        response = moved("/login")
        access.cookies.drop(request, response, SESSION)
        return response

    async def account(self, request: web.Request) -> web.StreamResponse:
        """Who one is here, and where one is logged in."""
        user = request[USER]
        sessions = self._access.sessions.of(user.name) if user.way in IN_SESSIONS else []
        values = {
            "role": user.role.value,
            "way": WAYS[user.way],
            "sessions": [(_moment(each.began_at), _moment(each.seen_at)) for each in sessions],
        }
        return self._show(request, "account", marked("You"), values)

    async def end_sessions(self, request: web.Request) -> web.StreamResponse:
        """End all of one's sessions, this one too."""
        user = request[USER]
        await form_of(request, user.token)
        if user.way in IN_SESSIONS:
            self._access.sessions.end_all(user.name)
        return moved("/login")

    def _begun(
        self, request: web.Request, account: Account, attempt: Attempt, wanted: str
    ) -> web.StreamResponse:
        access = self._access
        response = self._with_session(
            request, account.name, account.role, Way.PASSWORD, account.stamp, wanted
        )
        access.attempts.succeeded(attempt)
        device = access.attempts.device(account.name)
        access.cookies.put(request, response, DEVICE, device, DEVICE_SECONDS)
        return response

    def _with_session(
        self, request: web.Request, name: str, role: Role, way: Way, stamp: str, wanted: str
    ) -> web.StreamResponse:
        """Begin a session under a secret that nobody knew before; what the browser had is over."""
        access = self._access
        access.sessions.end(access.cookies.get(request, SESSION))
        secret = access.sessions.begin(name, role, way, stamp)
        log.info("%s (%s) logged in by %s", shown(name), role, way)
        response = moved(wanted)
        access.cookies.put(request, response, SESSION, secret)
        access.cookies.drop(request, response, VISIT)
        return response

    def _form(
        self, request: web.Request, wanted: str, sentence: str, status: int, wait: float = 0
    ) -> web.Response:
        visit = self._access.cookies.get(request, VISIT) or fresh()
        values = {
            "token": derived(visit, "login"),
            "wanted": wanted,
            "sentence": sentence,
            "seconds": math.ceil(wait),
            "has_provider": self._provider is not None,
            "has_passwords": self._provider is None or bool(self._has_users()),
        }
        response = self._show(request, "login", marked("Log in"), values, status)
        if wait:
            response.headers["Retry-After"] = str(math.ceil(wait))
        self._access.cookies.put(request, response, VISIT, visit, VISIT_SECONDS)
        return response

    def _has_users(self) -> bool:
        try:
            return bool(self._access.users.current())
        except UsersError:
            return False


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
