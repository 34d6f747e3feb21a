"""Compares every row of the reports with the truth that the simulated market wrote down."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from answers.identifiers import token_of
from market.earned import WRITTEN
from producers.privacy.personal_data import Tokeniser
from schemas.terms import kind_of
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report

VIEWS = (
    *("keyword_performance", "funnel_by_period", "funnel_by_cohort", "steps_reached"),
    *("stage_durations", "stage_history", "content_performance", "lead_sources"),
    *(f"attribution_{model}" for model in WRITTEN),
    *("exchange_rates", "own_money_flows", "deal_origins"),
    *("transitions", "poc_outcomes", "deal_outcomes"),
)
# Without source and medium: the view shows them as they were tagged, the truth says whose link it was.
TOUCH = (
    *("at", "kind", "channel", "platform", "campaign", "ad_group", "keyword"),
    *("content", "author", "published", "pages", "dwell_ms", "is_counted", "is_first", "is_last_before_lead"),
)
# Without account and company, which follow from more than the market says.
DEAL = (
    *("deal", "name", "owner", "people", "stage", "amount", "currency", "revenue", "opened_at", "closed_at"),
    *("reason", "poc_at", "poc_ended_at", "poc_result"),
)

ALL_ROWS = 1_000_000_000

Row = Mapping[str, Any]
Key = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One report against the truth: how many rows it must have, and which rows only one side has."""

    report: str
    rows: int
    missing: tuple[Key, ...]
    invented: tuple[Key, ...]

    @property
    def is_equal(self) -> bool:
        return not self.missing and not self.invented


def compare_all(client: ClickHouse, truth: Path, tokeniser: Tokeniser) -> Iterator[Comparison]:
    """Compare each view with its file in the folder `truth`. Raises ClickHouseError."""
    told = rows_in(truth / "people.json")
    people = PersonNames(told, tokeniser)
    for view in VIEWS:
        expected = [people.renamed(row) for row in rows_in(truth / f"{view}.json")]
        yield compared(view, expected, client)
    yield reported("keyword_pnl", rows_in(truth / "keyword_pnl.json"), client)
    issues = rows_in(truth / "data_quality.json")
    # Accounts follow from more than the market says, and so do the doubts about them.
    yield compared("data_quality", issues, client, lambda row: row["area"] != "accounts")
    steps = [people.renamed(step) for step in steps_of(rows_in(truth / "leads.json"))]
    yield compared("lead_touchpoints", steps, client, lambda row: row["kind"] != "follow_up")
    yield compared("persons", [people.described(person) for person in told], client)
    yield compared("deals", [as_viewed(deal) for deal in rows_in(truth / "deals.json")], client)


def compared(
    view: str, expected: Sequence[Row], client: ClickHouse, counts: Callable[[Row], bool] = lambda _: True
) -> Comparison:
    """Compare all rows of a view, as often as each stands there, in the columns that the truth knows."""
    columns = sorted(expected[0]) if expected else ["*"]
    names = ", ".join(f"`{name}`" for name in columns)
    found = client.query(f"SELECT {names} FROM `{view}`")  # noqa: S608 - names of our own files
    rows = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
    return difference(view, expected, filter(counts, rows))


def reported(report: str, expected: Sequence[Row], client: ClickHouse) -> Comparison:
    """Compare all rows of a report, asked with its defaults, in the columns that the truth knows."""
    found = run_report(client, report, {"limit": str(ALL_ROWS)})
    rows = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
    columns = expected[0] if expected else found.columns
    return difference(report, expected, ({name: row[name] for name in columns} for row in rows))


def difference(report: str, expected: Iterable[Row], found: Iterable[Row]) -> Comparison:
    """Compare rows, as often as each stands there."""
    said, true = Counter(map(normal, found)), Counter(map(normal, expected))
    return Comparison(report, true.total(), tuple((true - said).elements()), tuple((said - true).elements()))


def rows_in(file: Path) -> list[Row]:
    """The rows of one file of the truth."""
    rows: list[Row] = orjson.loads(file.read_bytes())
    return rows


def steps_of(leads: Iterable[Row]) -> Iterator[Row]:
    """One row for each touchpoint of each lead, as the view lead_touchpoints has them."""
    for lead in leads:
        for touch in lead["touchpoints"]:
            yield {"person": lead["person"], **{name: touch[name] for name in TOUCH}}


def as_viewed(deal: Row) -> Row:
    """A deal as the view deals has it."""
    return {name: len(deal[name]) if name == "people" else deal[name] for name in DEAL}


def normal(row: Row) -> Key:
    """A row as a value that can be compared, however its numbers and times came."""
    return tuple(sorted((name, plain(value)) for name, value in row.items()))


def plain(value: Any) -> Any:
    """Times as UTC milliseconds, days as text, numbers to nine digits."""
    match value:
        case datetime():
            return round(value.timestamp() * 1000)
        case date():
            return value.isoformat()
        case bool():
            return value
        case int() | float() | Decimal():
            # Half of the last digit is one thing as a decimal and another as the float that the truth holds.
            return int(value) if value == int(value) else float(f"{float(value):.9g}")
        case _:
            return value


class PersonNames:
    """What a person of the truth, named in the clear, is called here: tokens, and so another order."""

    def __init__(self, people: Iterable[Row], tokeniser: Tokeniser) -> None:
        self._tokeniser = tokeniser
        self._names = {person["person"]: self._smallest(person) for person in people}

    def renamed(self, row: Row) -> Row:
        """The row with the person's name as it is in ClickHouse."""
        person = row.get("person")
        return {**row, "person": self._names[person]} if person else row

    def described(self, person: Row) -> Row:
        """A person as the view persons has it."""
        names = sorted(token_of(name, self._tokeniser) for name in person["identifiers"])
        rest = {name: value for name, value in person.items() if name not in ("shared", "deleted")}
        return {**self.renamed(rest), "identifiers": ", ".join(names)}

    def _smallest(self, person: Row) -> str:
        # Nobody is called by a browser that people share; by a record that was deleted, one still may be.
        own = {*person["identifiers"], *person["deleted"]}.difference(person["shared"])
        names = sorted(token_of(name, self._tokeniser) for name in own)
        return next((name for name in names if kind_of(name) == "crm"), names[0])
