"""What the columns of a report say: in its own words, or in those of the views that it reads."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from sinks.report_files import Report
from sinks.scripts import Script, columns_in

_SOURCE: Final = re.compile(r"\b(?:FROM|(?<!ARRAY )JOIN)\s+(?:\{\{)?(\w+)(?:\{(\w+):Identifier\})?")
_COMMENT: Final = re.compile(r"--.*$", re.MULTILINE)

Columns = Mapping[str, Mapping[str, str]]


def view_columns(scripts: Iterable[Script]) -> dict[str, dict[str, str]]:
    """The comment of each column of each view."""
    return {
        script.name: {name: text.replace("''", "'") for name, _, text in columns_in(script.text)}
        for script in scripts
    }


def explanations(report: Report, views: Columns) -> dict[str, str]:
    """What each column says that the report, or a view that it reads, explains; the report's word counts."""
    told: dict[str, str] = {}
    for source in _sources(report):
        for name, text in views.get(source, {}).items():
            told.setdefault(name, text)
    return told | dict(report.columns)


def _sources(report: Report) -> list[str]:
    """The views that a report reads, in the order in which it names them."""
    choices = {each.name: each.choices for each in report.parameters}
    found: list[str] = []
    for stem, chosen in _SOURCE.findall(_COMMENT.sub("", report.text)):
        names = [f"{stem}{each}" for each in choices[chosen]] if chosen else [stem]
        found += [name for name in names if name not in found]
    return found
