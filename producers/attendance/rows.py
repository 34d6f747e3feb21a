"""One row of a list: the fact of somebody who came, or as what its person is left out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from producers.attendance.sections import Above, Section
from producers.attendance.words import CAME, DECLINED, STAYED_AWAY, is_arrival, is_host
from producers.cells.dates import DateRules, moment_of
from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import Row, shape_problem
from producers.outcomes.left_out import CellError
from producers.privacy.personal_data import Tokeniser
from producers.privacy.regions import region_told
from schemas.envelope import natural_id
from schemas.terms import Identifier
from schemas.utm import EventAttended

SOURCE: Final = "import:attendance"
AWAY: Final = "away"
HOST: Final = "host"
OF_THE_HOUSE: Final = "of the house"
_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceOptions:
    """What the user says about a list; a column of the list says it better.

    `day` is the event's (YYYY-MM-DD), `received_at` UTC milliseconds.
    """

    received_at: int
    event: str = ""
    day: str = ""
    city: str = ""
    campaign: str = ""
    timezone: str = "Asia/Shanghai"
    date_order: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True)  # without slots, so that what the whole list tells is found out once
class AttendeeList:
    """A section with all that is known before its first row is read."""

    section: Section
    above: Above
    rules: DateRules
    tokeniser: Tokeniser
    options: AttendanceOptions

    def cell(self, row: Row, field: str) -> str:
        """Return the first cell of a field that says something."""
        places = self.section.columns.get(field, ())
        return next((cell for at in places if (cell := row.cells[at]) not in NOTHING), "")

    @cached_property
    def tells_arrivals(self) -> bool:
        """Whether a column says when people came, and does so of anybody."""
        return is_arrival(self.name("at")) and any(
            len(row.cells) == len(self.section.header) and self.cell(row, "at") for row in self.section.rows
        )

    def name(self, field: str) -> str:
        """Return the header of a field, "" if the list has none."""
        places = self.section.columns.get(field)
        return self.section.header[places[0]] if places else ""


def fact_of_row(row: Row, one: AttendeeList) -> EventAttended | str:
    """Return the fact of a row, or as what its person is left out."""
    if problem := shape_problem(row, len(one.section.header)):
        raise CellError(problem)
    if left := _left_out_as(row, one):
        return left
    people = _people(row, one)
    if not people:
        raise CellError(
            "holds neither an e-mail address nor a phone number", one.name("email") or one.name("phone")
        )
    event = one.cell(row, "event") or one.options.event or one.above.event
    if not event:
        raise CellError("is empty: which event this was", one.name("event"))
    at = _moment(row, one)
    day = datetime.fromtimestamp(at / 1000, one.rules.zone).date().isoformat()
    scrub = one.tokeniser.scrub_to
    event = scrub(event, 512)
    return EventAttended(
        event_id=natural_id("event_attended", event, day, people[0]),
        occurred_at=at,
        received_at=one.options.received_at,
        source=SOURCE,
        subject=people[0],
        event=event,
        campaign=scrub(one.cell(row, "campaign") or one.options.campaign, 512),
        city=scrub(one.cell(row, "city") or one.options.city, 512),
        company=scrub(one.cell(row, "company"), 512),
        others=people[1:17],
    )


def _left_out_as(row: Row, one: AttendeeList) -> str:
    if "attended" in one.section.columns and not _came(row, one):
        return AWAY
    if plain(one.cell(row, "approval")) in DECLINED or (one.tells_arrivals and not one.cell(row, "at")):
        return AWAY
    if plain(one.cell(row, "waiting")) in CAME:
        return AWAY
    if is_host(one.cell(row, "role")):
        return HOST
    # Who is no guest has an account of the company that holds the meeting.
    if one.cell(row, "guest") and plain(one.cell(row, "guest")) in STAYED_AWAY:
        return OF_THE_HOUSE
    return ""


def _came(row: Row, one: AttendeeList) -> bool:
    word = plain(one.cell(row, "attended"))
    if word in CAME:
        return True
    if word not in STAYED_AWAY:
        if _is_moment(word, one):
            return True
        raise CellError("doesn't say whether the person came (是 or 否, yes or no)", one.name("attended"))
    return False


def _is_moment(text: str, one: AttendeeList) -> bool:
    try:
        moment_of(text, one.rules)
    except CellError:
        return False
    return True


def _people(row: Row, one: AttendeeList) -> tuple[Identifier, ...]:
    emails = [one.tokeniser.email(row.cells[at]) for at in one.section.columns.get("email", ())]
    cells = [
        row.cells[at] for at in (*one.section.columns.get("phone", ()), *one.section.columns.get("email", ()))
    ]
    region = region_told(dict(zip(one.section.header, row.cells, strict=False)))
    phones = [
        token for cell in cells if "@" not in cell for token in one.tokeniser.phones(cell[:512], region)
    ]
    # An address in the column of “how to reach you” counts as one.
    more = [
        one.tokeniser.email(row.cells[at])
        for at in one.section.columns.get("phone", ())
        if "@" in row.cells[at]
    ]
    return tuple(dict.fromkeys(token for token in (*emails, *more, *phones) if token))


def _moment(row: Row, one: AttendeeList) -> int:
    cell = one.cell(row, "at") or one.options.day or one.above.begun
    if not cell:
        raise CellError("is empty", one.name("at"))
    try:
        at = moment_of(cell, one.rules)
    except CellError as error:
        if not one.options.day:
            raise CellError(str(error), one.name("at")) from None
        at = moment_of(one.options.day, one.rules)
    if not _FIRST_MOMENT <= at <= one.options.received_at + _DAY_MS:
        raise CellError("is before 2000 or in the future", one.name("at"))
    return at
