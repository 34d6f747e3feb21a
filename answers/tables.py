"""Rows as a table for people, as CSV for spreadsheets, and as JSON for programs."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import orjson
from rich.cells import cell_len, set_cell_size

WIDEST = 44
_SMALL = 0.01
_MONEY_PLACES = 6  # at most; shares of people and deals have more
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# A reader that divides by semicolons ends a cell at each of them, and at a line's end, whatever is quoted.
_INNER_FORMULA = re.compile(r"""([;\t\r\n][\s"']*)(?=[=+\-@＝＋－＠])""")
_NUMBER = re.compile(r"[-+]?[0-9.,]+([eE][-+]?\d+)?%?")

Rows = Sequence[Sequence[Any]]


def text_table(columns: Sequence[str], rows: Rows, timezone: str, widest: int = WIDEST) -> str:
    """Lines with aligned columns, numbers to the right; times are local; long texts are cut."""
    cells = list(shown_rows(rows, timezone, widest))
    right = [
        all(isinstance(row[n], int | float | Decimal | None) for row in rows) for n in range(len(columns))
    ]
    widths = [max([cell_len(name), *(cell_len(row[n]) for row in cells)]) for n, name in enumerate(columns)]

    def line(values: Sequence[str]) -> str:
        padded = (
            " " * (width - cell_len(value)) + value if to_right else set_cell_size(value, width)
            for value, width, to_right in zip(values, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(columns), line(["─" * width for width in widths]), *map(line, cells)])


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV with a header. Times are UTC (ISO 8601); a text that a spreadsheet would run gets a ' before it."""
    text = io.StringIO(newline="")
    write_csv(text, columns, rows)
    return text.getvalue()


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as `csv_table` does, one after another."""
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_spreadsheet_safe(plain(value)) for value in row] for row in rows)


def json_table(columns: Sequence[str], rows: Rows) -> str:
    """A JSON array of objects; times are UTC (ISO 8601), amounts are numbers."""
    return json_text([dict(zip(columns, row, strict=True)) for row in rows])


def json_text(value: Any) -> str:
    """Readable JSON of anything that ClickHouse returns."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    return orjson.dumps(value, default=plain, option=option).decode()


def plain(value: Any) -> Any:
    """A value as JSON and CSV know it."""
    match value:
        case datetime():
            return value.astimezone(ZoneInfo("UTC")).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def duration(millis: int) -> str:
    """`1:36`, `1:02:03`: minutes and seconds, with hours if there are any."""
    minutes, seconds = divmod(round(millis / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def shown_rows(rows: Rows, timezone: str, widest: int = WIDEST) -> Iterator[list[str]]:
    """Values as `shown`; where all of a column are whole they are counts, and four people are no 4.00."""
    whole = [all(_is_whole(value) for value in column) for column in zip(*rows, strict=True)]
    for row in rows:
        counts = (
            int(value) if of and value is not None else value for value, of in zip(row, whole, strict=True)
        )
        yield [shown(value, timezone, widest) for value in counts]


def shown(value: Any, timezone: str, widest: int = WIDEST) -> str:
    """A value as people read it, on one line: times are local, what is not known is a dash."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")
        case float() if 0 < abs(value) < _SMALL:
            return f"{value:.2g}"  # a rate of a long funnel is not nothing
        case float() | Decimal():
            # A rate of 0.0004 is no 0.00.
            number = float(value)
            return f"{number:.3g}" if 0 < abs(number) < 0.1 else f"{value:,.2f}"
        case int():
            return f"{value:,}"
        case _:
            text = " ".join(str(plain(value)).split())
            if not text.isprintable():
                # What a terminal would obey is shown as a mark.
                text = "".join(each if each.isprintable() else "�" for each in text)
            return text if cell_len(text) <= widest else set_cell_size(text, widest - 1).rstrip() + "…"


def kind_of(values: Sequence[Any]) -> str:
    """How a column is set: `n`: numbers, to the right; `t`: times; empty: texts."""
    known = [value for value in values if value is not None]
    if known and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    ):
        return "n"
    return "t" if known and all(isinstance(value, date | datetime) for value in known) else ""


def _is_whole(value: Any) -> bool:
    match value:
        case None:
            return True
        case float():
            return value.is_integer()
        case Decimal():
            exponent = value.as_tuple().exponent
            is_money = isinstance(exponent, int) and exponent >= -_MONEY_PLACES
            return not is_money and value == value.to_integral_value()
        case _:
            return False


def _spreadsheet_safe(value: Any) -> Any:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    inner = _INNER_FORMULA.sub(r"\1'", value)
    is_formula = _FORMULA.match(value.lstrip(" \"'")) and not _NUMBER.fullmatch(value)
    return f"'{inner}" if is_formula else inner
