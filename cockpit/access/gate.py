"""Who asks, and whether he may: the one place through which every request to the cockpit goes."""

import ipaddress
import logging
import os
import pwd
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractResource

from answers.words import marked
from cockpit.access.attempts import Attempts
from cockpit.access.cookies import SESSION, Cookies, derived
from cockpit.access.origins import Origins
from cockpit.access.passwords import Verifier
from cockpit.access.refusals import RefusedError
from cockpit.access.roles import ABOUT_PEOPLE, Role, User, Way, role_in
from cockpit.access.sessions import Sessions, SessionsError, sessions_file
from cockpit.access.users import Users, UsersError, users_file
from hosts import is_loopback
from producers.privacy.masking import masked
from settings import PREFIX, Settings, SettingsError

log = logging.getLogger(__name__)

FORWARDING: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "X-Forwarded-Host")
NOT_YOURS: Final = marked("Your role doesn't open this page: ask whoever manages the cockpit")
NO_ROLE: Final = marked("You are known, but have no role here: ask whoever manages the cockpit")
NO_NAME: Final = marked("The proxy before the cockpit says no name that can be used")
BEHIND_PROXY: Final = marked(
    "This came through a proxy, and without users anybody behind it could do everything: make a user with "
    "leadtrace cockpit user add"
)
UNREADABLE: Final = marked("Nobody can be let in at the moment: the log of the cockpit says why")
_LONGEST_PATH: Final = 1000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Access:
    """Everything by which is decided who somebody is; `needs` holds the role that each address needs.

    Of an address that isn't in `needs` only admins know what it is for; None opens one to everybody.
    """

    given: Settings
    users: Users
    sessions: Sessions
    attempts: Attempts
    origins: Origins
    cookies: Cookies
    key: bytes
    verifier: Verifier = field(default_factory=Verifier)
    needs: dict[AbstractResource | None, Role | None] = field(default_factory=lambda: {None: Role.VIEWER})

    def need(self, route: web.AbstractRoute, role: Role | None) -> None:
        """Say which role the address of a route needs."""
        self.needs[route.resource] = role

    def is_open(self) -> bool:
        """Whether whoever is on this machine may do everything: nobody has ever made a user."""
        here = is_only_here(self.given) and not other_logins(self.given)
        return here and not self.users.current() and not self.users.was_there

    def user_of(self, request: web.Request) -> User | None:
        """Who asks; None if nobody knows. Raises RefusedError, UsersError and SessionsError."""
        return self._of_session(request) or self._of_proxy(request) or self._of_machine(request)

    def _of_session(self, request: web.Request) -> User | None:
        secret = self.cookies.get(request, SESSION)
        found = self.sessions.find(secret)
        if found is None:
            return None
        role: Role | None = found.role if found.way is Way.OIDC and self.given.cockpit_oidc_issuer else None
        if found.way is Way.PASSWORD:
            account = self.users.current().get(found.name)
            role = account.role if account and account.stamp == found.stamp else None
        if role is None:
            self.sessions.end(secret)
            return None
        return User(found.name, role, found.way, derived(secret, "form"))

    def _of_proxy(self, request: web.Request) -> User | None:
        given = self.given
        named = request.headers.getall(given.cockpit_proxy_user, []) if given.cockpit_proxy_user else []
        if not named or not is_among(request.remote or "", given.cockpit_proxy_addresses):
            return None
        name = named[0].strip()
        if len(named) > 1 or not 0 < len(name) <= 128 or not name.isprintable():
            raise RefusedError(403, NO_NAME)
        told = request.headers.getall(given.cockpit_proxy_groups, []) if given.cockpit_proxy_groups else []
        groups = [part.strip() for line in told for part in re.split("[,;|]", line)]
        role = role_in(groups, given.cockpit_roles)
        if role is None:
            raise RefusedError(403, NO_ROLE)
        return User(name, role, Way.PROXY, derived(self.key, f"form of the proxy's {name}"))

    def _of_machine(self, request: web.Request) -> User | None:
        if not self.is_open():
            return None
        if any(name in request.headers for name in FORWARDING):
            raise RefusedError(403, BEHIND_PROXY)
        return User(machine_user(), Role.ADMIN, Way.HERE, derived(self.key, "form of this machine"))


ACCESS: Final = web.AppKey("access", Access)
USER: Final = web.RequestKey("user", User)


def open_access(given: Settings) -> Access:
    """Everything that the gate needs.

    Raises SettingsError if nobody could log in, or too many could do without, UsersError and SessionsError.
    """
    users = Users(users_file(given))
    refuse_open_door(given, users)
    idle, longest = given.cockpit_idle_minutes * 60, given.cockpit_session_hours * 3600
    sessions = Sessions(sessions_file(given.data_dir), idle, longest)
    origins = Origins(given)
    return Access(
        given,
        users,
        sessions,
        Attempts(sessions.key("devices")),
        origins,
        Cookies(origins.is_secure()),
        sessions.key("forms"),
    )


def refuse_open_door(given: Settings, users: Users) -> None:
    """Raise SettingsError if others than this machine could look in. Raises UsersError."""
    if is_only_here(given):
        users.current()
        return
    where = f"{PREFIX}COCKPIT_HOST={given.cockpit_host}"
    if is_loopback(given.cockpit_host):
        where = f"{PREFIX}COCKPIT_PUBLIC_URL={given.cockpit_public_url}"
    if not users.current() and not other_logins(given):
        raise SettingsError(
            f"{where} lets other machines in, and nobody may log in: make a user with `leadtrace cockpit "
            f"user add NAME --role admin`, or set {PREFIX}COCKPIT_OIDC_ISSUER or {PREFIX}COCKPIT_PROXY_USER"
        )
    if not given.cockpit_public_url:
        raise SettingsError(
            f"{where} lets other machines in: set {PREFIX}COCKPIT_PUBLIC_URL to the https:// URL at which "
            "people reach the cockpit through a proxy with TLS: passwords must not travel in clear text"
        )


def is_only_here(given: Settings) -> bool:
    """Whether nobody but this machine is meant to reach the cockpit."""
    url = given.cockpit_public_url
    return is_loopback(given.cockpit_host) and not url.startswith("https:")


def other_logins(given: Settings) -> bool:
    """Whether somebody else than we says who people are."""
    return bool(given.cockpit_proxy_user or given.cockpit_oidc_issuer)


def is_among(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of these networks."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return any(known in ipaddress.ip_network(each, strict=False) for each in networks)


def machine_user() -> str:
    """The name of the one as whom this process runs."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "here"


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request in that may come, and write down who looked at people or took something along.

    Raises RefusedError, and HTTPSeeOther to the login.
    """
    access = request.app[ACCESS]
    access.origins.check(request)
    needed = needed_for(access, request)
    if needed is None:
        return await handler(request)
    user = known(access, request)
    if user is None:
        raise to_login(request)
    if not user.role.may(needed):
        raise RefusedError(403, NOT_YOURS)
    request[USER] = user
    response = await handler(request)
    if needed is not Role.VIEWER and response.status < 400:
        note(user, request)
    return response


def needed_for(access: Access, request: web.Request) -> Role | None:
    """The role without which this isn't answered; None if everybody is.

    It goes by what the address was understood as, so that no spelling of it leads past.
    """
    return role_for(request, access.needs.get(request.match_info.route.resource, Role.ADMIN))


def role_for(request: web.Request, needed: Role | None) -> Role | None:
    """The role that an address needs, if that of a report's page would do for others: some are of people."""
    is_of_people = request.match_info.get("name") in ABOUT_PEOPLE
    return Role.ANALYST if needed is Role.VIEWER and is_of_people else needed


def known(access: Access, request: web.Request) -> User | None:
    """Who asks. Raises RefusedError, also when that can't be found out."""
    try:
        return access.user_of(request)
    except (UsersError, SessionsError) as error:
        log.warning("nobody is let in: %s", error)
        raise RefusedError(503, UNREADABLE) from None


def note(user: User, request: web.Request) -> None:
    """Write down who saw or did what; of what was typed into a search, nothing."""
    what = "saw" if request.method in ("GET", "HEAD") else "did"
    log.info("%s (%s) %s %s", shown(user.name), user.role, what, shown(request.path))


def shown(text: str) -> str:
    """A text as it can stand in a line of a log: what doesn't print is escaped, contacts are taken out."""
    return masked(text[:200]).encode("unicode_escape").decode("ascii")


def to_login(request: web.Request) -> Exception:
    """Send somebody unknown to the login, and then back; who can't be sent is refused."""
    if request.method not in ("GET", "HEAD"):
        return RefusedError(403, marked("You are not logged in any more: log in, and repeat it"))
    wanted = request.rel_url.raw_path_qs if request.rel_url.raw_path != "/" else ""
    query = f"?{urlencode({'to': wanted})}" if wanted and len(wanted) <= _LONGEST_PATH else ""
    return web.HTTPSeeOther(f"/login{query}")


def safe_path(wanted: str) -> str:
    """The address of this cockpit to which somebody wants after a login; "/" if it leads elsewhere."""
    is_path = re.fullmatch(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", wanted) and len(wanted) <= _LONGEST_PATH
    return wanted if is_path and not wanted.startswith(("/login", "/logout")) else "/"
