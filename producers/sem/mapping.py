"""What the report of any other platform calls its columns: a mapping file, and a first one for a file."""

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from producers.cells.currencies import CODES
from producers.cells.tabular import NotUnderstoodError, Table
from producers.sem.columns import METRICS, PLACES, Layout, Vocabulary, nearest_to_header, vocabulary
from producers.sem.columns import layout_of as layout_under
from producers.sem.words import FIELDS

_Column = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
Columns = Annotated[
    tuple[_Column, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    Field(max_length=40),
]
_FIELDS: Final = vocabulary(FIELDS)
_ASKED: Final = (
    "day", "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id",
    "match_type", "device", "impressions", "clicks", "cost", "cost_micros", "currency",
)  # fmt: skip
_NEEDED: Final = ("day", "campaign", "clicks", "cost")


class ReportMapping(BaseModel):
    """The platform whose report it is, as touches of it are called, and what its columns mean.

    Of several columns of one field, the first that the file has counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
    currency: str = ""
    cost_in: Literal["units", "hundredths"] = "units"
    columns: dict[str, Columns]

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        if self.currency and self.currency not in CODES:
            raise ValueError(f"currency: {self.currency!r} is not the code of a currency (CNY, USD)")
        if unknown := sorted(self.columns.keys() - set(_ASKED)):
            raise ValueError(f"columns: {unknown[0]!r} is no field; those are {', '.join(_ASKED)}")
        for name, any_of in (
            ("clicks", ("clicks",)),
            ("cost", ("cost", "cost_micros")),
            ("campaign", PLACES),
        ):
            if not any(field in self.columns for field in any_of):
                raise ValueError(f"columns: {name} is missing; a report needs clicks, cost and a campaign")
        return self

    @cached_property
    def fields(self) -> Vocabulary:
        """The names of columns by field, folded; no others are looked for."""
        return vocabulary(self.columns)

    @property
    def unit(self) -> Decimal | int:
        """What the column of cost counts in; 1 is the currency's unit."""
        return Decimal("0.01") if self.cost_in == "hundredths" else 1


def parse_report_mapping(text: str) -> ReportMapping:
    """Read a mapping of TOML text. Raises NotUnderstoodError with a sentence that names the key."""
    try:
        return ReportMapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise NotUnderstoodError(f"the mapping is no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        why = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"]
        if key == "platform":
            why = "it is the name of the platform as touches of it have it, such as xiaohongshu"
        raise NotUnderstoodError(f"the mapping can't be used: {key + ': ' if key else ''}{why}") from None


def suggested_mapping(table: Table) -> str:
    """Write a first mapping for a file, with what is doubtful marked. Raises NotUnderstoodError."""
    row = nearest_to_header(table.rows, _FIELDS)
    layout = layout_under(row, _FIELDS) if row else None
    if layout is None or not any(metric in layout.columns for metric in METRICS):
        raise NotUnderstoodError(
            "no row looks like the header of a report: none names impressions, clicks or a cost"
        )
    return "\n".join((*_head(layout), "[columns]", *_guesses(layout), *_rest(layout), ""))


def _head(layout: Layout) -> Sequence[str]:
    return (
        f"# From the header on line {layout.line}. Look at every line that says DOUBT; then give --mapping.",
        'platform = ""  # DOUBT: whose report it is, as touches of it have it: xiaohongshu, tiktok …',
        'currency = ""  # DOUBT: of the cost, such as CNY, unless a column or --currency says it',
        'cost_in = "units"  # or "hundredths", if 1250 means 12.50',
        "",
    )


def _guesses(layout: Layout) -> Sequence[str]:
    lines = []
    for field in _ASKED:
        if field in layout.columns:
            lines.append(f"{field} = {_quoted(layout.name(field))}")
        elif field in _NEEDED and not (field == "cost" and "cost_micros" in layout.columns):
            lines.append(f'# {field} = ""  # DOUBT: no column has a name that is known')
    return lines


def _rest(layout: Layout) -> Sequence[str]:
    names = [_quoted(layout.header[at]) for at in layout.others]
    return ("", f"# Of these columns nothing is read: {', '.join(names)}") if names else ()


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else " " for each in escaped) + '"'
