"""What is said of a CRM's export: which column was taken for what, what to know, and what it holds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from producers.cells.counting import Distinct
from producers.cells.currencies import THREE_DECIMALS
from producers.cells.headers import column_key
from producers.cells.numbers import NOTHING
from producers.cells.tabular import Row, clean
from producers.crm.mapping import CrmMapping
from producers.crm.source_layouts import columns_of_layouts
from producers.crm.told_sources import meaning_of
from producers.crm.unmapped import look_alikes
from producers.outcomes.of_files import counted, listed
from producers.privacy.phones import is_rounded
from producers.privacy.regions import country_fields
from schemas.crm import DealRecorded, LeadRecorded, StageChanged
from schemas.envelope import Fact
from schemas.terms import kind_of

_ABOUT: Final = ("crm", "deal")
# The fields of contact data, and what they become; a fact of the row must name one.
_CONTACTS: Final = (
    ("lead.emails", "email", "e-mail address"),
    ("lead.phones", "phone", "phone number"),
    ("deal.people_emails", "email", "e-mail address"),
    ("deal.people_phones", "phone", "phone number"),
)
_PHONES: Final = tuple(name for name, kind, _ in _CONTACTS if kind == "phone")


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row that counts: its cells by column, and the facts that it states."""

    cells: Mapping[str, str]
    facts: tuple[Fact, ...]


def understood_of(header: Sequence[str], body: Sequence[Row], mapping: CrmMapping) -> Iterator[str]:
    """Yield which column was taken for which field, and which columns were not used."""
    by_key = {column_key(name): name for name in reversed(header)}
    used: set[str] = set()
    missing: list[str] = []
    for name_of_field, columns in mapping.fields():
        keys = dict.fromkeys(key for name in columns if (key := column_key(name)) in by_key)
        used.update(keys)
        if keys:
            yield _columns_line(name_of_field, [by_key[key] for key in keys])
        else:
            missing.append(name_of_field)
    used.update(column_key(name) for name in mapping.only)
    if mapping.object == "lead" and (sources := _sources_in(header)):
        yield _columns_line("how a lead came", sources)
        used.update(map(column_key, sources))
    has_phones = any(used.intersection(map(column_key, mapping.columns_of(name))) for name in _PHONES)
    if has_phones and (countries := country_fields(name for name in header if name)):
        yield _columns_line("country of phone numbers without a country code", countries)
        used.update(map(column_key, countries))
    if missing:
        yield f"not in the file: {', '.join(missing)}"
    unused = [name for name in dict.fromkeys(header) if name and column_key(name) not in used]
    yield f"columns that are not used: {listed(unused)}"
    yield from look_alikes(header, body, used)


def _columns_line(what: str, columns: Sequence[str]) -> str:
    return f"{what}: {'columns' if len(columns) > 1 else 'column'} {listed(columns)}"


def _sources_in(header: Sequence[str]) -> list[str]:
    layout = columns_of_layouts({column_key(name) for name in header})
    return [name for name in dict.fromkeys(header) if meaning_of(name)[0] or column_key(name) in layout]


@dataclass(slots=True)
class Told:
    """What the rows of an export say, counted while they are read: it grows with their words alone."""

    header: Sequence[str]
    mapping: CrmMapping
    rows: int = 0
    _stages: Counter[tuple[str, str]] = field(default_factory=Counter)
    _unusable: Counter[str] = field(default_factory=Counter)
    _rounded: int = 0
    _rounded_phones: int = 0
    _found: dict[str, list[str]] = field(default_factory=dict)  # field → its columns that are there
    _about: Mapping[str, Distinct] = field(default_factory=lambda: {kind: Distinct() for kind in _ABOUT})
    _facts: Distinct = field(default_factory=Distinct)
    _follow_ups: Distinct = field(default_factory=Distinct)

    def add(self, row: AcceptedRow) -> None:
        """Take a row in."""
        self.rows += 1
        stages = (fact for fact in row.facts if isinstance(fact, StageChanged | DealRecorded) and fact.stage)
        self._stages.update(
            {("lead" if isinstance(fact, StageChanged) else "deal", fact.stage) for fact in stages}
        )
        for name, kind, _ in _CONTACTS:
            if (columns := self._columns(name)) and _is_unusable(row, columns, kind):
                self._unusable[name] += 1
        self._rounded_phones += sum(map(is_rounded, _texts(row, self._phone_columns())))
        self._rounded += any(_may_be_rounded(fact) for fact in row.facts)
        for fact in row.facts:
            if kind_of(fact.subject) in self._about:
                self._about[kind_of(fact.subject)].add(fact.subject)
            self._facts.add(fact.event_id)
            if fact.type == "followed_up":
                self._follow_ups.add(fact.event_id)

    @property
    def facts(self) -> int:
        """How many different facts there are."""
        return len(self._facts)

    def stages(self) -> Iterator[str]:
        """Yield how many rows speak of each stage, in the CRM's words."""
        order = sorted(self._stages.items(), key=lambda each: (each[0][0] == "deal", each[0][1]))
        for (whose, stage), rows in order:
            yield f"stage of a {whose}: “{stage}”, in {counted(rows, 'row')}"

    def records(self) -> str:
        """Return how many leads and deals the facts are about, and how many contacts by sales they tell."""
        numbers = [(len(self._about["crm"]), "lead"), (len(self._about["deal"]), "deal")]
        numbers.append((len(self._follow_ups), "follow-up"))
        return ", ".join(counted(number, what) for number, what in numbers if number) or "no facts"

    def notes(self) -> Iterator[str]:
        """Yield what somebody should know before relying on the numbers."""
        for name, _, what in _CONTACTS:
            if rows := self._unusable[name]:
                yield (
                    f"{counted(rows, 'row')} with something in {listed(self._columns(name))} that is no "
                    f"{what} which can be used: it ties nobody"
                )
        if self._rounded_phones:
            yield (
                f"{counted(self._rounded_phones, 'phone number')} that a spreadsheet has rounded (1.38E+10) "
                "and that tie nobody: format the column as text and export it again"
            )
        lead, there = self.mapping.lead, {column_key(name) for name in self.header}
        if self.mapping.object == "lead" and any(column_key(name) in there for name in lead.stage):
            dated = (lead.stage_at, lead.updated_at, *lead.stage_dates.values())
            if not any(column_key(name) in there for names in dated for name in names):
                yield (
                    "no column says when a lead came into its stage or when it changed: each stage counts "
                    "since the creation, which is too early"
                )
        if self._rounded:
            yield (
                f"{counted(self._rounded, 'row')} in a currency of thousandths: their sums are rounded to "
                "hundredths"
            )

    def _phone_columns(self) -> list[str]:
        return [column for name in _PHONES for column in self._columns(name)]

    def _columns(self, name: str) -> list[str]:
        if name not in self._found:
            there = {column_key(column) for column in self.header}
            columns = self.mapping.columns_of(name)
            self._found[name] = [column for column in columns if column_key(column) in there]
        return self._found[name]


def _is_unusable(row: AcceptedRow, names: Iterable[str], kind: str) -> bool:
    if all(kind == "phone" and is_rounded(text) for text in _texts(row, names)):
        return False
    named = (
        name
        for fact in row.facts
        if isinstance(fact, LeadRecorded | DealRecorded)
        for name in (fact.others if isinstance(fact, LeadRecorded) else fact.people or ())
    )
    return not any(kind_of(name) == kind for name in named)


def _texts(row: AcceptedRow, names: Iterable[str]) -> Iterator[str]:
    """Yield what stands in some columns of a row, where anything does."""
    wanted = {column_key(name) for name in names}
    for name, cell in row.cells.items():
        if column_key(name) in wanted and (text := clean(cell)) and text not in NOTHING:
            yield text


def _may_be_rounded(fact: Fact) -> bool:
    return isinstance(fact, DealRecorded) and bool(fact.amount_minor) and fact.currency in THREE_DECIMALS
