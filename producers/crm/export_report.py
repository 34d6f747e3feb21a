"""What is said of a CRM's export: which column was taken for what, what to know, and what it holds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from producers.cells.currencies import THREE_DECIMALS
from producers.cells.headers import column_key
from producers.cells.numbers import NOTHING
from producers.cells.tabular import Row
from producers.crm.mapping import CrmMapping
from producers.crm.source_layouts import columns_of_layouts
from producers.crm.told_sources import meaning_of
from producers.crm.unmapped import look_alikes
from producers.outcomes.of_files import counted, listed
from schemas.crm import DealRecorded, LeadRecorded, StageChanged
from schemas.envelope import Fact
from schemas.terms import kind_of

# The fields of contact data, and what they become; a fact of the row must name one.
_CONTACTS: Final = (
    ("lead.emails", "email", "e-mail address"),
    ("lead.phones", "phone", "phone number"),
    ("deal.people_emails", "email", "e-mail address"),
    ("deal.people_phones", "phone", "phone number"),
)


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row that counts: its cells by column, and the facts that it states."""

    cells: Mapping[str, str]
    facts: tuple[Fact, ...]


def understood_of(header: Sequence[str], body: Sequence[Row], mapping: CrmMapping) -> Iterator[str]:
    """Yield which column was taken for which field, and which columns were not used."""
    by_key = {column_key(name): name for name in reversed(header)}
    used: set[str] = set()
    for field, columns in mapping.fields():
        keys = dict.fromkeys(key for name in columns if (key := column_key(name)) in by_key)
        used.update(keys)
        found = [by_key[key] for key in keys]
        yield (
            f"{field}: {'columns' if len(found) > 1 else 'column'} {listed(found)}"
            if found
            else (f"{field}: no column (the mapping names {listed(columns, 3)})")
        )
    used.update(column_key(name) for name in mapping.only)
    if mapping.object == "lead" and (sources := _sources_in(header)):
        yield f"how a lead came: {'columns' if len(sources) > 1 else 'column'} {listed(sources)}"
        used.update(map(column_key, sources))
    unused = [name for name in dict.fromkeys(header) if name and column_key(name) not in used]
    yield f"columns that are not used: {listed(unused)}"
    yield from look_alikes(header, body, used)


def _sources_in(header: Sequence[str]) -> list[str]:
    layout = columns_of_layouts({column_key(name) for name in header})
    return [name for name in dict.fromkeys(header) if meaning_of(name)[0] or column_key(name) in layout]


def said_stages(accepted: Iterable[AcceptedRow]) -> Iterator[str]:
    """Yield how many rows speak of each stage, in the CRM's words."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in accepted:
        stages = (fact for fact in row.facts if isinstance(fact, StageChanged | DealRecorded) and fact.stage)
        counts.update({("lead" if isinstance(fact, StageChanged) else "deal", fact.stage) for fact in stages})
    for (whose, stage), rows in sorted(counts.items(), key=lambda each: (each[0][0] == "deal", each[0][1])):
        yield f"stage of a {whose}: “{stage}”, in {counted(rows, 'row')}"


def records_of(facts: Iterable[Fact]) -> str:
    """Return how many leads and deals facts are about, and how many contacts by sales they tell."""
    about = {kind: set[str]() for kind in ("crm", "deal")}
    follow_ups = 0
    for fact in facts:
        if kind_of(fact.subject) in about:
            about[kind_of(fact.subject)].add(fact.subject)
        follow_ups += fact.type == "followed_up"
    told = (
        counted(len(about["crm"]), "lead") if about["crm"] else "",
        counted(len(about["deal"]), "deal") if about["deal"] else "",
        counted(follow_ups, "follow-up") if follow_ups else "",
    )
    return ", ".join(filter(None, told)) or "no facts"


def notes_of(accepted: Sequence[AcceptedRow], header: Sequence[str], mapping: CrmMapping) -> Iterator[str]:
    """Yield what somebody should know before relying on the numbers."""
    there = {column_key(name) for name in header}
    for field, kind, what in _CONTACTS:
        names = [name for name in mapping.columns_of(field) if column_key(name) in there]
        unusable = sum(_is_unusable(row, names, kind) for row in accepted) if names else 0
        if unusable:
            yield (
                f"{counted(unusable, 'row')} with something in {listed(names)} that is no {what} which can "
                "be used: it ties nobody"
            )
    if mapping.object == "lead" and any(column_key(name) in there for name in mapping.lead.stage):
        dated = (mapping.lead.stage_at, mapping.lead.updated_at, *mapping.lead.stage_dates.values())
        if not any(column_key(name) in there for names in dated for name in names):
            yield (
                "no column says when a lead came into its stage or when it changed: each stage counts since "
                "the creation, which is too early"
            )
    fine = sum(any(_may_be_rounded(fact) for fact in row.facts) for row in accepted)
    if fine:
        yield f"{counted(fine, 'row')} in a currency of thousandths: their sums are rounded to hundredths"


def _is_unusable(row: AcceptedRow, names: Iterable[str], kind: str) -> bool:
    wanted = {column_key(name) for name in names}
    if not any(
        cell and cell not in NOTHING for name, cell in row.cells.items() if column_key(name) in wanted
    ):
        return False
    named = (
        name
        for fact in row.facts
        if isinstance(fact, LeadRecorded | DealRecorded)
        for name in (fact.others if isinstance(fact, LeadRecorded) else fact.people or ())
    )
    return not any(kind_of(name) == kind for name in named)


def _may_be_rounded(fact: Fact) -> bool:
    return isinstance(fact, DealRecorded) and bool(fact.amount_minor) and fact.currency in THREE_DECIMALS
