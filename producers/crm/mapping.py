"""What a CRM's export calls its columns: the mapping file, read from TOML text into one frozen value."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from producers.cells.dates import DateRules, zone_of
from producers.cells.tabular import NotUnderstoodError, column_key


class MappingFaultError(ValueError):
    """The mapping's text can't be used; the message is a sentence that names the key."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except NotUnderstoodError as error:
        raise ValueError(str(error)) from None
    return name


ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
# One name or several: of several, the first whose cell isn't empty counts.
Columns = Annotated[tuple[ColumnName, ...], BeforeValidator(_listed), Field(max_length=40)]
# Here the cells of all of them count.
AllColumns = Columns
Word = Annotated[str, StringConstraints(max_length=512)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FollowUpColumns(_Section):
    """Sales' last contact with a lead; `at` is when, else the row's date of change stands for it."""

    at: Columns = ()
    category: Columns = ()
    grade: Columns = ()
    tags: AllColumns = ()
    owner: Columns = ()


class PocColumns(_Section):
    """The proof of concept of a deal."""

    started_at: Columns = ()
    ended_at: Columns = ()
    result: Columns = ()
    reason: Columns = ()


class LeadColumns(_Section):
    """The columns of a lead or contact; `stage_dates` has the stage in the CRM's words and its date's column.

    `touch` says how the lead came where the names of columns don't: a parameter of URLs such as utm_source,
    landing_url or referrer → columns; `touch_always` has what all rows have in common, and `touched_at` when
    it came. `heard_from` is the lead's own answer to how it heard of us, `source` what sales typed. `deal` is
    the id of the deal that the lead became, without that the row is about it. `deleted` says yes or no, or
    when the record was deleted; `merged_into` is the record that it became part of.
    `values` translates cells: field → text in the cell → text that is meant ("" for none).
    """

    id: Columns = ()
    created_at: Columns = ()
    updated_at: Columns = ()
    stage: Columns = ()
    stage_at: Columns = ()
    stage_reason: Columns = ()
    emails: AllColumns = ()
    phones: AllColumns = ()
    visitor_ids: AllColumns = ()
    user_ids: AllColumns = ()
    crm_ids: AllColumns = ()
    account_id: Columns = ()
    company: Columns = ()
    website: Columns = ()
    owner: Columns = ()
    source: Columns = ()
    attributes: AllColumns = ()
    heard_from: Columns = ()
    touched_at: Columns = ()
    touch: dict[ColumnName, Columns] = {}
    touch_always: dict[ColumnName, Word] = {}
    deal: Columns = ()
    deleted: Columns = ()
    merged_into: Columns = ()
    stage_dates: dict[Word, Columns] = {}
    values: dict[str, dict[str, Word]] = {}
    follow_up: FollowUpColumns = FollowUpColumns()


class DealColumns(_Section):
    """The columns of a deal; the people on it are CRM ids, e-mail addresses or phone numbers.

    `closed_at` is often a plan until the deal is closed: it is when the deal came into its stage only if that
    is one of `closed_stages`. `home_amount` is the sum in the company's own currency: it counts only where
    the deal's own `amount` isn't told, and never in the deal's `currency`.
    """

    id: Columns = ()
    created_at: Columns = ()
    updated_at: Columns = ()
    name: Columns = ()
    stage: Columns = ()
    stage_at: Columns = ()
    closed_at: Columns = ()
    closed_stages: tuple[Word, ...] = ()
    amount: Columns = ()
    currency: Columns = ()
    home_amount: Columns = ()
    home_currency: Columns = ()
    people: AllColumns = ()
    people_emails: AllColumns = ()
    people_phones: AllColumns = ()
    account_id: Columns = ()
    reason: Columns = ()
    owner: Columns = ()
    attributes: AllColumns = ()
    deleted: Columns = ()
    merged_into: Columns = ()
    stage_dates: dict[Word, Columns] = {}
    values: dict[str, dict[str, Word]] = {}
    poc: PocColumns = PocColumns()


class CrmMapping(_Section):
    """A whole mapping.

    `object` is what a row is: its id must be in every row. A lead's row may name a deal too. `required` are
    further fields, like "lead.created_at", whose columns must be there. `currency` is that of amounts which
    name none; `ids` = "salesforce" makes ids of 15 characters those of 18. `date_formats` are strptime
    formats, "epoch_ms" or "epoch_s", tried before the usual ones; `date_order` and `numbers` count where
    the file doesn't tell how it writes them. `only` has fields with the texts that a row must have to be one
    of this mapping's; a row without such a field is one. `undecided` has questions of a suggested mapping, by
    field: it can't be used until all of them are decided.
    """

    system: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    object: Literal["lead", "deal"]
    description: str = ""
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    date_formats: tuple[str, ...] = ()
    date_order: Literal["", "mdy", "dmy"] = ""
    numbers: Literal["", "1,234.56", "1.234,56"] = ""
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    separators: Annotated[str, StringConstraints(min_length=1, max_length=20)] = ";,，；、|\n"
    ids: Literal["as_they_are", "salesforce"] = "as_they_are"
    required: tuple[str, ...] = ()
    only: dict[ColumnName, Annotated[tuple[Word, ...], BeforeValidator(_listed)]] = {}
    undecided: dict[str, Word] = {}
    lead: LeadColumns = LeadColumns()
    deal: DealColumns = DealColumns()

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        main = self._main
        if not main.id:
            raise ValueError(f"{self.object}.id must name the column of the record's id")
        if not (main.created_at or main.updated_at or main.stage_at or main.stage_dates):
            raise ValueError(
                f"{self.object} needs a date: created_at, updated_at, stage_at or stage_dates, so that what "
                "it says has its time"
            )
        for field in self.required:
            if not self.columns_of(field):
                raise ValueError(f"required names {field!r}, for which the mapping has no column")
        return self

    @property
    def _main(self) -> "LeadColumns | DealColumns":
        return self.lead if self.object == "lead" else self.deal

    @property
    def id_columns(self) -> tuple[str, ...]:
        """The columns of the id of the record that a row is."""
        return self._main.id

    def is_for(self, row: Mapping[str, Sequence[str]]) -> bool:
        """Whether a row, as the texts of each field, is of the kind that this mapping is for."""
        told = {column_key(name): texts for name, texts in row.items()}
        return all(
            {text.casefold() for text in told[column_key(name)]} & {word.casefold() for word in words}
            for name, words in self.only.items()
            if column_key(name) in told
        )

    def columns_of(self, field: str) -> tuple[str, ...]:
        """Return the columns that a field like "lead.created_at" may be in; () if the mapping has none."""
        return dict(self.fields()).get(field, ())

    def fields(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return every field that the mapping names, with its columns."""
        for name in ("lead", "deal"):
            yield from _fields(name, getattr(self, name))

    def dates(self) -> DateRules:
        """Return how this CRM writes dates."""
        return DateRules(zone_of(self.timezone), self.date_formats, self.date_order)


def _fields(prefix: str, section: BaseModel) -> Iterable[tuple[str, tuple[str, ...]]]:
    for name, value in section:
        if isinstance(value, BaseModel):
            yield from _fields(f"{prefix}.{name}", value)
        elif name in ("stage_dates", "touch"):
            yield from ((f"{prefix}.{name}.{each}", columns) for each, columns in value.items())
        elif name not in ("values", "closed_stages", "touch_always") and value:
            yield f"{prefix}.{name}", value


def parse_mapping(text: str) -> CrmMapping:
    """Return the mapping that this TOML text holds. Raises MappingFaultError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingFaultError(f"the mapping is not valid TOML: {error}") from error
    try:
        mapping = CrmMapping.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the mapping"
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            reason = "is not a field of a mapping"
        raise MappingFaultError(f"{where}: {reason}") from error
    for name, question in mapping.undecided.items():
        raise MappingFaultError(
            f"{name} is undecided: {question}; decide it, and delete its line below [undecided]"
        )
    return mapping


def keyed(cells: Mapping[str, str]) -> dict[str, str]:
    """Return a row by `column_key`; of two columns with one key, the first that isn't empty counts."""
    row: dict[str, str] = {}
    for name, cell in cells.items():
        key = column_key(name)
        if not row.get(key):
            row[key] = cell
    return row
