"""One row of a list of calls, downloads or cards: the fact of a contact, or why it is none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from producers.attendance.contact_words import ANSWERED, INCOMING, MISSED, OUTGOING, TAGS, Kind
from producers.cells.dates import DateRules, moment_of
from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import Row, shape_problem
from producers.outcomes.left_out import CellError
from producers.privacy.personal_data import Tokeniser
from producers.privacy.regions import region_told
from schemas.envelope import natural_id
from schemas.terms import Identifier
from schemas.utm import EventAttended, OfflineContact

OUTGOING_CALL: Final = "calls that you made"
_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_DAY_MS: Final = 86_400_000
_SECONDS: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{2})|(\d{1,7})(?:\.0+)?(?:秒|s|sec)?")
_ADDRESS: Final = re.compile(r"https?://\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOptions:
    """What the user says about a list; a column of the list says it better, but for the event of cards.

    `about` is the document that was fetched, or where people called; `day` (YYYY-MM-DD) is that of rows
    without a time, and of all cards; `received_at` is UTC milliseconds.
    """

    kind: Kind
    received_at: int
    about: str = ""
    event: str = ""
    day: str = ""
    city: str = ""
    campaign: str = ""
    timezone: str = "Asia/Shanghai"
    date_order: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list with all that is known before its first row is read."""

    header: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    rules: DateRules
    tokeniser: Tokeniser
    options: ContactOptions

    def cell(self, row: Row, field: str) -> str:
        """Return the first cell of a field that says something."""
        places = self.columns.get(field, ())
        return next((cell for at in places if plain(cell := row.cells[at]) not in NOTHING), "")

    def name(self, field: str) -> str:
        """Return the header of a field, "" if the list has none."""
        places = self.columns.get(field)
        return self.header[places[0]] if places else ""

    def text(self, row: Row, field: str, otherwise: str = "") -> str:
        """Return a text without personal data."""
        return self.tokeniser.scrub_to(self.cell(row, field) or otherwise, 512)


def contact_of_row(row: Row, one: ContactList) -> OfflineContact | EventAttended | str:
    """Return the fact of a row, or as what it is left out. Raises CellError."""
    if problem := shape_problem(row, len(one.header)):
        raise CellError(problem)
    if one.options.kind == "calls" and _is_outgoing(row, one):
        return OUTGOING_CALL
    people = _people(row, one)
    if not people:
        raise CellError(_why_nobody(row, one), one.name("phone") or one.name("email"))
    at = _moment(row, one)
    return _card(row, one, people, at) if one.options.kind == "cards" else _contact(row, one, people, at)


def _contact(row: Row, one: ContactList, people: tuple[Identifier, ...], at: int) -> OfflineContact:
    is_call = one.options.kind == "calls"
    about = one.options.about if is_call and one.options.about else one.text(row, "about", one.options.about)
    told = one.cell(row, "id") or f"{at} {about}"
    return OfflineContact(
        event_id=natural_id("offline_contact", one.options.kind, told, people[0]),
        occurred_at=at,
        received_at=one.options.received_at,
        source=f"import:{one.options.kind}",
        subject=people[0],
        kind="call" if is_call else "download",
        about=about,
        answered=_answered(row, one) if is_call else None,
        url=_page(row, one, "url"),
        referrer=_page(row, one, "referrer"),
        tags=_tags(row, one),
        city=one.text(row, "city", one.options.city),
        company=one.text(row, "company"),
        others=people[1:17],
    )


def _card(row: Row, one: ContactList, people: tuple[Identifier, ...], at: int) -> EventAttended:
    event = one.text(row, "event", one.options.event)
    if not event:
        raise CellError("is empty: at which event the card was given", one.name("event"))
    day = datetime.fromtimestamp(at / 1000, one.rules.zone).date().isoformat()
    return EventAttended(
        # Who stands on the event's own list came once, whatever else tells of it.
        event_id=natural_id("event_attended", event, day, people[0]),
        occurred_at=at,
        received_at=one.options.received_at,
        source="import:cards",
        subject=people[0],
        event=event,
        campaign=one.text(row, "utm_campaign", one.options.campaign),
        city=one.text(row, "city", one.options.city),
        company=one.text(row, "company"),
        others=people[1:17],
    )


def _is_outgoing(row: Row, one: ContactList) -> bool:
    word = plain(one.cell(row, "direction"))
    if word in OUTGOING:
        return True
    if word and word not in INCOMING and not word.startswith(("呼入", "来电", "inbound", "incoming")):
        if word.startswith(("呼出", "外呼", "outbound", "outgoing")):
            return True
        raise CellError(
            "doesn't say whether the call came in or went out (呼入 or 呼出)", one.name("direction")
        )
    return False


def _answered(row: Row, one: ContactList) -> bool | None:
    word, told = plain(one.cell(row, "status")), one.cell(row, "seconds")
    if word in ANSWERED:
        return True
    if word in MISSED:
        return False
    if told:
        found = _SECONDS.fullmatch(plain(told).replace(" ", ""))
        if found is None:
            raise CellError("is not a number of seconds, nor minutes:seconds", one.name("seconds"))
        return any(int(part) for part in found.groups() if part)
    if word:
        raise CellError("doesn't say whether the call was answered (已接听 or 未接听)", one.name("status"))
    return None


def _why_nobody(row: Row, one: ContactList) -> str:
    if one.options.kind != "calls":
        return "holds neither an e-mail address nor a phone number that can be used"
    if one.cell(row, "phone"):
        return "is no number of a caller who could be known: hidden, an extension, or cut off"
    return "is empty: who called"


def _people(row: Row, one: ContactList) -> tuple[Identifier, ...]:
    cells = [row.cells[at] for field in ("email", "phone") for at in one.columns.get(field, ())]
    region = region_told(dict(zip(one.header, row.cells, strict=False)))
    emails = [one.tokeniser.email(cell) for cell in cells if "@" in cell]
    phones = [
        token for cell in cells if "@" not in cell for token in one.tokeniser.phones(cell[:512], region)
    ]
    return tuple(dict.fromkeys(token for token in (*emails, *phones) if token))


def _moment(row: Row, one: ContactList) -> int:
    # A card may be scanned days after the event at which it was given.
    said = one.options.day if one.options.kind == "cards" else ""
    cell = said or one.cell(row, "at") or one.options.day
    if not cell:
        raise CellError("is empty: when it was", one.name("at"))
    try:
        at = moment_of(cell, one.rules)
    except CellError as error:
        raise CellError(str(error), one.name("at")) from None
    if not _FIRST_MOMENT <= at <= one.options.received_at + _DAY_MS:
        raise CellError("is before 2000 or in the future", one.name("at"))
    return at


def _page(row: Row, one: ContactList, field: str) -> str:
    cell = one.cell(row, field)
    return one.tokeniser.scrub_to(cell, 8192) if _ADDRESS.match(cell) else ""


def _tags(row: Row, one: ContactList) -> dict[str, str]:
    said = {name: one.text(row, name) for name in TAGS}
    if one.options.campaign and not said["utm_campaign"]:
        said["utm_campaign"] = one.options.campaign
    return {name: text for name, text in said.items() if text}
