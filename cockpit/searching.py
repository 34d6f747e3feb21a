"""The search in the head of every page: for names and numbers by address, for people's contacts by form."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from answers.identifiers import IdentifierError, identifier_of
from answers.words import marked, translations
from attribution.policy import PolicyError
from cockpit.access.forms import form_of, moved
from cockpit.access.gate import USER, Access
from cockpit.access.refusals import RefusedError
from cockpit.access.roles import Role
from cockpit.asked import Asked
from cockpit.asking import Ask, Row, records
from cockpit.shown import Page, Shown
from producers.privacy.masking import masked
from settings import Settings, SettingsError
from sinks.lookups import journey_of
from sinks.report_values import ReportError

Show = Callable[..., web.Response]

PATH: Final = "/search"
LONGEST: Final = 200
TITLE: Final = marked("Search")
KINDS: Final = {
    "deal": marked("Deals"),
    "lead": marked("Leads"),
    "account": marked("Accounts"),
    "keyword": marked("Keywords"),
    "content": marked("Content"),
}
_WHOLE: Final = 0  # the place of what is named by all of its number
NOBODY: Final = marked("Nobody is known by that e-mail address or phone number.")
NO_CONTACT: Final = marked(
    "An e-mail address or a phone number doesn't belong into an address: type it into the search field, "
    "which keeps it out of there"
)
# Written as people write numbers of phones, with blanks and signs between the digits.
_DIALLED: Final = re.compile(r"\+?[\d\s().-]*[\s().+-][\d\s().-]*")
_FEWEST_DIGITS: Final = 7


class Search:
    """What is typed into the field comes by POST, as it may be somebody's address or number.

    A form that is sent by GET would put it into the address, and so into the history of the browser, the logs
    of proxies, and whatever link is passed on. It is replaced by its token at once; all that an address ever
    holds is the person who is found, or a text that is no contact.
    """

    def __init__(self, access: Access, show: Show, ask: Ask) -> None:
        self._access, self._show, self._ask = access, show, ask

    def routes(self, app: web.Application) -> None:
        """Add it to the application, whose page of this path is there already."""
        self._access.need(app.router.add_post(PATH, self.typed), Role.ANALYST)

    async def typed(self, request: web.Request) -> web.StreamResponse:
        """Send whoever typed something to what is meant.

        Raises RefusedError, ReportError and ClickHouseError.
        """
        fields = await form_of(request, request[USER].token)
        text = " ".join(fields.get("q", "").split())
        if len(text) > LONGEST:
            raise ReportError(f"a search has at most {LONGEST} characters")
        if not is_contact(text):
            hit = only_hit(records(await self._ask.result("search", {"text": text}))) if text else None
            return moved(_with(request, *(door(hit) if hit else (PATH, {"q": text}))))
        try:
            name = meant(text, self._access.given)
        except (SettingsError, PolicyError) as error:
            return self._nobody(request, str(error), 503)
        found = (
            await self._ask.query("search", lambda client: journey_of(client, name), name) if name else None
        )
        if found is None:
            return self._nobody(request, NOBODY, 404)
        return moved(_with(request, f"/leads/{found['person']}", {}))

    def _nobody(self, request: web.Request, sentence: str, status: int) -> web.Response:
        values = {"sentence": sentence, "text": "", "groups": []}
        return self._show(request, "search", TITLE, values, status)


def is_contact(text: str) -> bool:
    """Whether a text may be an e-mail address or a phone number, and must not stand in an address."""
    digits = sum(each.isdecimal() for each in text)
    is_dialled = digits >= _FEWEST_DIGITS and _DIALLED.fullmatch(text) is not None
    return "@" in text or "＠" in text or masked(text) != text or is_dialled


def meant(text: str, given: Settings) -> str:
    """The identifier that a contact is here; "" if it is none. Raises SettingsError and PolicyError."""
    try:
        return identifier_of(text, given)
    except IdentifierError:
        return ""


async def search(ask: Ask, asked: Asked) -> Shown:
    """What has a text in its name or number, by kinds."""
    text = asked.get("q")
    if is_contact(text):
        raise RefusedError(400, NO_CONTACT)
    rows = records(await ask.result("search", {"text": text})) if text else []
    return Shown(
        "search",
        {
            "text": text,
            "sentence": "",
            "groups": groups(rows),
            "first": rows[0] if rows else None,
            "door": lambda row: _at(asked, *door(row)),
        },
        translations(asked.language, "cockpit").gettext(TITLE),
    )


def only_hit(rows: Sequence[Row]) -> Row | None:
    """What is meant beyond doubt: the only one that is found, or that is named by all of its number."""
    whole = [row for row in rows if row["place"] == _WHOLE]
    return whole[0] if len(whole) == 1 else rows[0] if len(rows) == 1 else None


def door(row: Row) -> tuple[str, dict[str, str]]:
    """Where something that was found is shown: the path, and what else is in the address."""
    kind, name = row["kind"], row["id"]
    return ("/leads", {kind: name}) if kind in ("keyword", "content") else (f"/{kind}s/{name}", {})


def groups(rows: Sequence[Row]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """What was found by kinds, in the order in which the kinds were found first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["kind"], []).append(row)
    return [(KINDS[kind], told) for kind, told in found.items()]


def _at(asked: Asked, path: str, more: Mapping[str, str]) -> str:
    return asked.url(path, **more)


def _with(request: web.Request, path: str, more: Mapping[str, str]) -> str:
    """An address that keeps the filters of the page from which was searched."""
    kept = {name: value for name, value in request.query.items() if name != "q"}
    return Asked(PATH, kept).url(path, **more)


PAGES: Final = (Page(PATH, search, takes=("q",), about_people=True, filters=()),)
