"""Lists of those who came to a salon, a fair or a webinar, to one fact for each person, event and day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from producers.cells.dates import DateRules, date_order_of, moment_of, zone_of
from producers.cells.numbers import NOTHING, plain
from producers.cells.source import Source
from producers.cells.tabular import (
    NotUnderstoodError,
    Row,
    Table,
    column_key,
    header_of,
    read_table,
    shape_problem,
)
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import natural_id
from schemas.terms import Identifier
from schemas.utm import EventAttended

SOURCE: Final = "import:attendance"
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "email": (
        "邮箱", "电子邮箱", "邮件", "电子邮件", "邮箱地址", "工作邮箱", "企业邮箱", "公司邮箱", "email",
        "e-mail", "mail",
        "email address", "e-mail address", "work email", "business email",
    ),
    "phone": (
        "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "phone",
        "phone number", "mobile",
        "mobile phone", "telephone", "tel", "cell",
    ),
    "company": (
        "公司", "公司名称", "单位", "单位名称", "企业", "企业名称", "工作单位", "所在公司", "company",
        "company name",
        "organization", "organisation", "account",
    ),
    "event": ("活动", "活动名称", "会议", "会议名称", "沙龙", "event", "event name", "webinar",
        "webinar name"),
    "city": ("城市", "所在城市", "活动城市", "举办城市", "city", "event city"),
    "campaign": ("推广活动", "营销活动", "campaign", "campaign name", "utm_campaign"),
    "at": (
        "签到时间", "参会时间", "到场时间", "入会时间", "活动日期", "会议日期", "活动时间", "日期",
        "check-in time", "checkin time",
        "attended at", "join time", "event date", "date",
    ),
    "attended": (
        "签到", "是否签到", "签到状态", "是否到场", "是否参会", "参会状态", "到场", "attended",
        "checked in", "check-in status",
        "attendance", "attendance status",
    ),
}  # fmt: skip
_SYNONYMS: Final = {field: tuple(map(column_key, names)) for field, names in _FIELDS.items()}
_KNOWN: Final = frozenset().union(*_SYNONYMS.values())
_CAME: Final = frozenset(
    {"是", "已签到", "签到", "已到场", "到场", "已参会", "参会", "√", "✓", "✔", "y", "yes", "true", "1",
        "attended",
     "checked in", "checked-in", "present"}
)  # fmt: skip
_STAYED_AWAY: Final = frozenset(
    {"", "否", "未签到", "未到场", "未参会", "缺席", "×", "✗", "n", "no", "false", "0", "absent",
        "no show", "no-show",
     "registered", "not attended", "已报名", "-", "--"}
)  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class _List:
    header: tuple[str, ...]
    line: int
    columns: dict[str, tuple[int, ...]]
    rules: DateRules
    tokeniser: Tokeniser
    options: AttendanceOptions

    def cell(self, row: Row, field: str) -> str:
        """Return the first cell of a field that says something."""
        return next(
            (cell for at in self.columns.get(field, ()) if (cell := row.cells[at]) not in NOTHING), ""
        )

    def name(self, field: str) -> str:
        """Return the header of a field, "" if the list has none."""
        return self.header[self.columns[field][0]] if field in self.columns else ""


def read_attendance(data: Source, tokeniser: Tokeniser, options: AttendanceOptions) -> ImportResult:
    """Read a list of people; raise NotUnderstoodError if it lacks a way to reach them, an event or a day."""
    table = read_table(
        data,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
        known=_KNOWN,
    )
    at, sheet = _begin(table, tokeniser, options)
    body = table.rows[at + 1 :]
    if not body:
        raise NotUnderstoodError("the file has a header but no rows below it", line=sheet.line)
    facts: dict[str, EventAttended] = {}
    rejects: list[LeftOut] = []
    away = 0
    for row in body:
        try:
            fact = _fact(row, sheet)
        except CellError as error:
            rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
            continue
        if fact is None:
            away += 1
        else:
            facts[fact.event_id] = _together(facts.get(fact.event_id), fact)
    notes = (*table.notes, *_notes(len(body) - away - len(rejects) - len(facts), away))
    summary = (
        f"{counted(len(facts), 'person', 'people')} at {listed(sorted({f.event for f in facts.values()}), 5)}"
    )
    return ImportResult(
        tuple(facts.values()), tuple(rejects), sheet.header, _understood(table, sheet), notes, summary
    )


def _begin(table: Table, tokeniser: Tokeniser, options: AttendanceOptions) -> tuple[int, _List]:
    found = [(len(_columns(row.cells)), -at) for at, row in enumerate(table.rows[:30]) if not row.problem]
    at = -max(found, default=(0, 0))[1]
    row = table.rows[at]
    header, columns = header_of(row), _columns(row.cells)
    if not columns.keys() & {"email", "phone"}:
        raise NotUnderstoodError(
            "there is no column of e-mail addresses (邮箱, Email) or phone numbers (手机, Phone); "
            f"found are {listed(header)}",
            line=row.line,
            column="email",
        )
    for field, said, what in (
        ("event", options.event, "which event this was: there is no column of it; say it with --event"),
        ("at", options.day, "when the event was: there is no column of it; say it with --day"),
    ):
        if field not in columns and not said:
            sentence = f"nothing says {what}; found are {listed(header)}"
            raise NotUnderstoodError(sentence, line=row.line, column=field)
    rules = _rules(table.rows, columns, options)
    return at, _List(header, row.line, columns, rules, tokeniser, options)


def _rules(rows: Sequence[Row], columns: dict[str, tuple[int, ...]], options: AttendanceOptions) -> DateRules:
    times = [row.cells[at] for at in columns.get("at", ())[:1] for row in rows if len(row.cells) > at]
    rules = DateRules(zone_of(options.timezone), order=options.date_order or date_order_of(times))
    if options.day:
        try:
            moment_of(options.day, rules)
        except CellError as error:
            raise NotUnderstoodError(f"--day {options.day!r} {error}") from None
    return rules


def _columns(cells: Sequence[str]) -> dict[str, tuple[int, ...]]:
    names = [column_key(cell) for cell in cells]
    found = {
        field: tuple(at for synonym in synonyms for at, name in enumerate(names) if name == synonym)
        for field, synonyms in _SYNONYMS.items()
    }
    return {field: places for field, places in found.items() if places}


def _fact(row: Row, sheet: _List) -> EventAttended | None:
    """Return the fact of a row, None if the person stayed away."""
    if problem := shape_problem(row, len(sheet.header)):
        raise CellError(problem)
    if "attended" in sheet.columns and not _came(row, sheet):
        return None
    people = _people(row, sheet)
    if not people:
        raise CellError(
            "holds neither an e-mail address nor a phone number", sheet.name("email") or sheet.name("phone")
        )
    event = sheet.cell(row, "event") or sheet.options.event
    if not event:
        raise CellError("is empty: which event this was", sheet.name("event"))
    at = _moment(row, sheet)
    day = datetime.fromtimestamp(at / 1000, sheet.rules.zone).date().isoformat()
    scrub = sheet.tokeniser.scrub
    return EventAttended(
        event_id=natural_id("event_attended", event[:512], day, people[0]),
        occurred_at=at,
        received_at=sheet.options.received_at,
        source=SOURCE,
        subject=people[0],
        event=event[:512],
        campaign=(sheet.cell(row, "campaign") or sheet.options.campaign)[:512],
        city=(sheet.cell(row, "city") or sheet.options.city)[:512],
        company=scrub(sheet.cell(row, "company")[:512])[:512],
        others=people[1:17],
    )


def _came(row: Row, sheet: _List) -> bool:
    word = plain(sheet.cell(row, "attended"))
    if word in _CAME:
        return True
    if word not in _STAYED_AWAY:
        raise CellError("doesn't say whether the person came (是 or 否, yes or no)", sheet.name("attended"))
    return False


def _people(row: Row, sheet: _List) -> tuple[Identifier, ...]:
    emails = [sheet.tokeniser.email(row.cells[at]) for at in sheet.columns.get("email", ())]
    cells = [row.cells[at] for at in (*sheet.columns.get("phone", ()), *sheet.columns.get("email", ()))]
    phones = [token for cell in cells if "@" not in cell for token in sheet.tokeniser.phones(cell[:512])]
    # An address in the column of “how to reach you” counts as one.
    more = [
        sheet.tokeniser.email(row.cells[at]) for at in sheet.columns.get("phone", ()) if "@" in row.cells[at]
    ]
    return tuple(dict.fromkeys(token for token in (*emails, *more, *phones) if token))


def _moment(row: Row, sheet: _List) -> int:
    cell = sheet.cell(row, "at") or sheet.options.day
    if not cell:
        raise CellError("is empty", sheet.name("at"))
    try:
        at = moment_of(cell, sheet.rules)
    except CellError as error:
        raise CellError(str(error), sheet.name("at")) from None
    if not _FIRST_MOMENT <= at <= sheet.options.received_at + _DAY_MS:
        raise CellError("is before 2000 or in the future", sheet.name("at"))
    return at


def _together(known: EventAttended | None, fact: EventAttended) -> EventAttended:
    """Return one fact for a person who is on the list twice: the first row's, with the others of both."""
    if known is None:
        return fact
    others = dict.fromkeys((*known.others, *fact.others))
    return known.model_copy(update={"others": tuple(others)[:16]})


def _understood(table: Table, sheet: _List) -> tuple[str, ...]:
    columns = (
        f"{field}: column {listed([sheet.header[at] for at in places])}"
        for field, places in sheet.columns.items()
    )
    return (f"encoding: {table.encoding}, header on line {sheet.line}", *columns)


def _notes(doubles: int, away: int) -> Iterable[str]:
    if doubles:
        yield f"{counted(doubles, 'row')} name a person who is on the list already"
    if away:
        yield f"{counted(away, 'person', 'people')} did not come, and are left out"
