"""Which column of an export is which field of a mapping, and what of that is in doubt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from producers.cells.headers import column_key
from producers.crm.mapping import CrmMapping
from producers.crm.suggest.evidence import Column, conflicts
from producers.crm.suggest.recognised import kind_of_rows, known_layout
from producers.crm.suggest.words import HINTS, HOW_HEARD, LIKE_ID, OF_SALES, Hint, Object, Shipped, of_object
from producers.outcomes.left_out import NotUnderstoodError
from producers.outcomes.of_files import listed

# Of these all columns count; of any other field the first whose cell isn't empty does.
ALL_COUNT: Final = frozenset({
    "lead.emails", "lead.phones", "lead.visitor_ids", "lead.user_ids", "lead.crm_ids", "lead.attributes",
    "lead.follow_up.tags", "deal.people", "deal.people_emails", "deal.people_phones", "deal.attributes",
})  # fmt: skip
# What these say wrongly nobody would see in a report, so a doubt about them has to be decided.
_SILENT: Final = (
    "id", "created_at", "updated_at", "stage", "stage_at", "closed_at", "amount", "currency", "grade",
)  # fmt: skip
# What a row of a lead may say of its deal in words that no row of a lead has for itself.
_OF_ITS_DEAL: Final = frozenset(
    {"deal.amount", "deal.currency", "deal.closed_at", "deal.reason", "deal.name"}
)
_DATE_WORDS: Final = ("时间", "日期", "date", "time", "at", "on", "since", "entered", "进入", "转")


@dataclass(slots=True)
class Guess:
    """A mapping as far as it is guessed: columns by field, remarks by field, and questions to decide."""

    object: Object
    system: str
    known: Shipped | None = None
    columns: dict[str, list[Column]] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)  # column → what it looks like, or ""
    of_sources: list[str] = field(default_factory=list)  # read by their names, whatever the mapping

    def note(self, name: str, remark: str) -> None:
        """Remark on a field."""
        self.remarks.setdefault(name, []).append(remark)

    def doubt(self, name: str, question: str) -> None:
        """Ask about a field; of several questions the first is what has to be decided first."""
        known = self.undecided.get(name)
        self.undecided[name] = f"{known}; {question}" if known else question

    def has(self, *names: str) -> bool:
        """Whether any of these fields has a column."""
        return any(self.columns.get(name) for name in names)


def guess_of(columns: Sequence[Column], system: str) -> Guess:
    """Guess the mapping of an export; `system` is the CRM's name if the user says it.

    Raises NotUnderstoodError if no column could be the id of its records, or none holds dates.
    """
    known = known_layout(columns, system)
    if known is not None:
        guess = Guess(known.mapping.object, known.mapping.system, known)
    else:
        kind = kind_of_rows(columns)
        guess = Guess(kind.object, system or "crm")
        if kind.doubt:
            guess.doubt("object", kind.doubt)
        if not system:
            guess.doubt("system", "the CRM's name, which has to be the same in all mappings of one CRM")
    rest = _by_name(columns, guess)
    rest = _by_words(rest, guess)
    rest = _by_dates_of_stages(rest, guess)
    _by_cells(rest, guess)
    _demand_id(columns, guess)
    _demand_date(columns, guess)
    return guess


def _by_name(columns: Sequence[Column], guess: Guess) -> list[Column]:
    """Take the columns that mappings which come with Leadtrace know by their whole names."""
    sources = [guess.known] if guess.known else []
    sources += [each for each in of_object(guess.object) if each is not guess.known]
    keys = {column.key for column in columns}
    named: dict[str, list[tuple[int, Column]]] = {}
    rest = []
    for column in columns:
        source = next((each for each in sources if column.key in each.fields), None)
        if column.tells_source and source is not guess.known:
            guess.of_sources.append(column.name)
            continue
        if source is None or _is_of_another_kind(column, source, guess, keys):
            rest.append(column)
            continue
        for name in source.fields[column.key]:
            if name.startswith("deal.") and guess.object == "lead" and not _names_deal(source, keys):
                continue
            if name.endswith(".id") and source is not guess.known and not LIKE_ID.search(column.key):
                continue  # elsewhere a phone number stands for an id that is missing
            if source is guess.known or not guess.known or name in ALL_COUNT or name not in named:
                named.setdefault(name, []).append((_rank(source.mapping, name, column), column))
    for name, found in named.items():
        ordered = [column for _, column in sorted(found, key=lambda each: each[0])]
        guess.columns[name] = ordered if guess.known or name in ALL_COUNT else _agreeing(name, ordered, guess)
    return rest


def _is_of_another_kind(column: Column, source: Shipped, guess: Guess, keys: set[str]) -> bool:
    """Whether a common name is used of something else here: its cells contradict it."""
    if source is guess.known or not column.filled:
        return False
    fields = source.fields[column.key]
    if any(name.startswith("deal.") for name in fields) and guess.object == "lead":
        return not _names_deal(source, keys) and all(name.startswith("deal.") for name in fields)
    if any(name.endswith("emails") for name in fields):
        return not column.emails
    return any(name.endswith(("_at", ".at")) for name in fields) and not column.dates


def _names_deal(source: Shipped, keys: set[str]) -> bool:
    return any(column_key(name) in keys for name in source.mapping.deal.id)


def _rank(mapping: CrmMapping, name: str, column: Column) -> int:
    return [column_key(each) for each in mapping.columns_of(name)].index(column.key)


def _agreeing(name: str, found: Sequence[Column], guess: Guess) -> list[Column]:
    """Keep the columns that never contradict the first; ask about the others if that would be silent."""
    first, *others = found
    kept: list[Column] = [first]
    against: list[Column] = []
    for each in others:
        (against if conflicts(first, each) else kept).append(each)
    if against:
        _ask_which(name, first, against, guess)
    return kept


def _ask_which(name: str, first: Column, against: Sequence[Column], guess: Guess) -> None:
    names = listed([column.name for column in against])
    if name.rpartition(".")[2] in _SILENT:
        guess.doubt(name, f"“{first.name}” is taken, but {names} may be meant")
    else:
        guess.note(name, f"{names} may be meant as well")


def _by_words(columns: Iterable[Column], guess: Guess) -> list[Column]:
    """Take the columns whose names have words of a field, if their cells fit it."""
    rest = []
    hints = [*HINTS[guess.object]]
    if guess.object == "lead" and guess.has("deal.id"):
        hints += [each for each in HINTS["deal"] if each.field in _OF_ITS_DEAL]
    for column in columns:
        if guess.object == "lead" and HOW_HEARD.search(column.key):
            guess.columns.setdefault("lead.heard_from", []).append(column)
            continue
        hint = next((each for each in hints if _fits(each, column)), None)
        if hint is None or not _take(column, hint, guess):
            rest.append(column)
    return rest


def _fits(hint: Hint, column: Column) -> bool:
    if not hint.words.search(column.key):
        return False
    if OF_SALES.search(column.key) and not hint.field.endswith(".owner"):
        return False
    match hint.needs:
        case "emails":
            return column.holds_emails
        case "phones":
            return column.holds_phones
        case "dates":
            return column.holds_dates
        case "sums":
            return column.holds_sums
        case "unique":
            return column.is_unique
        case "words":
            return bool(column.words) and not column.holds_dates and not column.holds_emails
    return not (column.holds_emails or column.holds_phones or column.holds_dates)


def _take(column: Column, hint: Hint, guess: Guess) -> bool:
    """Give a field its column; False if the field has another one already, which then is asked about."""
    known = guess.columns.get(hint.field, [])
    if guess.known and not hint.sure:
        return False  # a mapping that is known to read this layout knows its stages and ids
    if known and hint.field not in ALL_COUNT:
        if not guess.known and conflicts(known[0], column):
            _ask_which(hint.field, known[0], [column], guess)
        return False
    guess.columns.setdefault(hint.field, []).append(column)
    if not hint.sure:
        guess.doubt(hint.field, f"“{column.name}” is taken, by nothing but a word in its name")
    elif hint.needs in ("emails", "phones") and column.repeats:
        guess.columns[hint.field].remove(column)
        guess.doubt(hint.field, f"“{column.name}” holds the same few in many rows: are they of the leads?")
    else:
        guess.note(hint.field, f"“{column.name}”: by a word in its name, and its cells")
    return True


def _by_dates_of_stages(columns: Iterable[Column], guess: Guess) -> list[Column]:
    """Take columns of dates that are called by a stage which the file names: “POC date”."""
    words: Mapping[str, str] = {
        column_key(word): word
        for column in guess.columns.get(f"{guess.object}.stage", ())
        for word in column.words
    }
    rest = []
    for column in columns:
        bare = column.key
        for word in _DATE_WORDS:
            bare = bare.removesuffix(word).removeprefix(word)
        if column.holds_dates and bare in words:
            guess.columns.setdefault(f"{guess.object}.stage_dates.{words[bare]}", []).append(column)
        else:
            rest.append(column)
    return rest


def _by_cells(columns: Iterable[Column], guess: Guess) -> None:
    """Ask about columns that only their cells tell of; what tells nothing is not used."""
    for column in columns:
        of_sales = bool(OF_SALES.search(column.key))
        for holds, name, what in (
            (column.holds_emails, "emails", "e-mail addresses"),
            (column.holds_phones, "phones", "phone numbers"),
        ):
            if holds and not of_sales:
                name = f"lead.{name}" if guess.object == "lead" else f"deal.people_{name}"
                guess.doubt(
                    name, f"“{column.name}” holds {what}: add it, if they are of the leads themselves"
                )
        looks = "of whoever works on it" if of_sales else "dates" if column.holds_dates else ""
        guess.unused[column.name] = looks


def _demand_id(columns: Sequence[Column], guess: Guess) -> None:
    name = f"{guess.object}.id"
    if guess.has(name):
        return
    taken = {id(column) for each in guess.columns.values() for column in each}
    unique = [column for column in columns if column.is_unique and not column.holds_dates]
    free = [column for column in unique if id(column) not in taken]
    candidates = free or [column for column in unique if column.holds_emails or column.holds_phones]
    if not candidates:
        raise NotUnderstoodError(
            f"no column has a value of its own in each row, so that none can be the id of a {guess.object}; "
            f"found are {listed([column.name for column in columns])}"
        )
    guess.columns[name] = candidates[:1]
    guess.unused.pop(candidates[0].name, None)
    guess.doubt(
        name, f"“{candidates[0].name}” is taken, since each row has one of its own: is it the record's id?"
    )


def _demand_date(columns: Sequence[Column], guess: Guess) -> None:
    kind = guess.object
    dated = any(name.startswith(f"{kind}.stage_dates.") for name in guess.columns)
    if dated or guess.has(f"{kind}.created_at", f"{kind}.updated_at", f"{kind}.stage_at"):
        return
    dates = [column for column in columns if column.holds_dates]
    if not dates:
        raise NotUnderstoodError(
            "no column holds dates, and without one nothing that a record says has a time; found are "
            f"{listed([column.name for column in columns])}"
        )
    name = f"{kind}.created_at"
    guess.columns[name] = dates[:1]
    guess.unused.pop(dates[0].name, None)
    others = listed([column.name for column in dates[1:]])
    guess.doubt(
        name,
        f"“{dates[0].name}” is taken; {others} of the columns hold dates as well"
        if dates[1:]
        else f"“{dates[0].name}” is taken, the only column of dates: does it say when a record was made?",
    )
