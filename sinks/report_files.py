"""Files of reports: a question in SQL, with its parameters, what its columns say, and its charts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Final

_PARAMETER: Final = re.compile(r"-- (?P<name>\w+)(?: = (?P<default>[^:]*))?: (?P<help>.*)")
_RANGE: Final = re.compile(r"(?P<default>\S+) \((?P<least>[\d.]+) to (?P<most>[\d.]+)\)")
_COLUMN: Final = re.compile(r"-- > (?P<name>\w+): (?P<text>.+)")
_CHART: Final = re.compile(r"-- ~ (?P<kind>\w+): (?P<parts>.+)")
_NAMES: Final = re.compile(r"\w+(?:, \w+)*")
# A view that is there as of a time as well: whoever reads it must be able to say the time.
_KNOWN_AT: Final = re.compile(r"\{\{\w+\}\}")
_TYPED: Final = re.compile(r"\{(\w+):([^{}]+)\}")

# How many groups of columns stand behind a kind of chart, at least and at most.
CHARTS: Final = {
    "bars": (2, 2),  # what a bar is; how long it is, a chart for each measure
    "lines": (2, 3),  # what goes to the right; how high; which rows are one line
    "intervals": (2, 2),  # what a row is; the value, the least and the most that it may be
    "funnel": (2, 2),  # what a step is, a row each; how many came to it
    "totals": (1, 1),  # the steps, a column each, summed over all rows
}


class ReportFileError(ValueError):
    """A file doesn't say what it must; the text names it and the line."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a report wants to know: `default` None: it must be given; `choices` empty: any value."""

    name: str
    kind: str
    help: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of the answer: which kind, and the groups of columns that it is made of."""

    kind: str
    columns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One question, with the SQL that answers it, and what the file says of it."""

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    text: str
    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    charts: tuple[Chart, ...] = ()


def list_reports() -> list[Report]:
    """Read all reports, by name. Raises ReportFileError."""
    folder = resources.files("sinks.sql").joinpath("reports")
    files = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(
        (parse(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files),
        key=lambda report: report.name,
    )


def parse(name: str, text: str) -> Report:
    """Read a report's file. Raises ReportFileError.

    Its first line is the question. Then come, each in a line of its own: notes, the parameters, what columns
    say (`-- > won: deals won`) and charts (`-- ~ bars: channel; won, leads`).
    """
    head = list(_head(text))
    if not head:
        raise ReportFileError(f"the report {name} does not say what it answers")
    kinds = dict(_TYPED.findall(text)) | ({"as_of": "String"} if _KNOWN_AT.search(text) else {})
    parameters, columns, charts, notes = [], [], [], []
    for line in head[1:]:
        if line.startswith("-- >"):
            columns.append(_column(name, line))
        elif line.startswith("-- ~"):
            charts.append(_chart(name, line))
        elif found := _PARAMETER.fullmatch(line):
            parameters.append(_parameter(name, found, kinds))
        else:
            notes.append(line.removeprefix("--").strip())
    known = {each.name for each in parameters}
    unsaid = sorted(set(kinds) - known)
    if unsaid:
        raise ReportFileError(f"the report {name} does not say what its parameter {unsaid[0]} is")
    for what, names in (("parameter", [each.name for each in parameters]), ("column", dict(columns))):
        if len(set(names)) < len(parameters if what == "parameter" else columns):
            raise ReportFileError(f"the report {name} explains a {what} twice")
    title = head[0].removeprefix("-- ")
    return Report(name, title, tuple(parameters), text, tuple(notes), tuple(columns), tuple(charts))


def _head(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("--"):
            return
        yield line.rstrip()


def _parameter(report: str, found: re.Match[str], kinds: dict[str, str]) -> Parameter:
    name, default = found["name"], found["default"]
    if name not in kinds:
        raise ReportFileError(f"the report {report} says what {name} is, and never asks for it")
    choices = tuple(part.strip() for part in default.split("|")) if default and "|" in default else ()
    if kinds[name] == "Identifier" and not choices:
        raise ReportFileError(f"the report {report} takes any name for {name}: say which there are")
    limited = _RANGE.fullmatch(default or "")
    return Parameter(
        name=name,
        kind=kinds[name],
        help=found["help"],
        default=choices[0] if choices else limited["default"] if limited else default,
        choices=choices,
        least=float(limited["least"]) if limited else None,
        most=float(limited["most"]) if limited else None,
    )


def _column(report: str, line: str) -> tuple[str, str]:
    found = _COLUMN.fullmatch(line)
    if found is None:
        raise ReportFileError(
            f"the report {report} explains no column by '{line}': write -- > name: what it says"
        )
    return found["name"], found["text"]


def _chart(report: str, line: str) -> Chart:
    found = _CHART.fullmatch(line)
    parts = tuple(part.strip() for part in found["parts"].split(";")) if found else ()
    least, most = CHARTS.get(found["kind"], (1, 0)) if found else (1, 0)
    if found is None or not least <= len(parts) <= most or not all(map(_NAMES.fullmatch, parts)):
        raise ReportFileError(
            f"the report {report} has no chart '{line}': write for example -- ~ bars: channel; won, leads, "
            f"with one of {', '.join(CHARTS)}"
        )
    groups = tuple(tuple(part.split(", ")) for part in parts)
    if found["kind"] == "intervals" and len(groups[1]) != len(("value", "least", "most")):
        raise ReportFileError(f"the report {report} has an interval without value, least and most: '{line}'")
    return Chart(found["kind"], groups)
