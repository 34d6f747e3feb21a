"""What BI tools may rely on, as a data contract of the Open Data Contract Standard (ODCS)."""

import re
from typing import Any, Final

from sinks.kept import Made, databases, plan
from sinks.view_texts import views

COLUMN: Final = re.compile(r"^    `(\w+)` (.+?) COMMENT '((?:[^']|'')*)',?$", re.MULTILINE)
COMMENT: Final = re.compile(r"\nCOMMENT '((?:[^']|'')*)'$")
GRAIN: Final = re.compile(r"^-- Grain: (.+)$", re.MULTILINE)
TIMEZONE: Final = "LEADTRACE_TIMEZONE"
LOGICAL: Final = (
    ("Array", "array"), ("Map", "object"), ("Tuple", "object"), ("DateTime", "timestamp"), ("Date", "date"),
    ("Bool", "boolean"), ("UInt", "integer"), ("Int", "integer"), ("Float", "number"), ("Decimal", "number"),
    ("String", "string"), ("FixedString", "string"), ("UUID", "string"), ("Enum", "string"),
)  # fmt: skip


def contract(version: str) -> dict[str, Any]:
    """Return the document; `version` is that of Leadtrace."""
    where = databases("leadtrace")
    read = views(TIMEZONE)
    grains = {view.name: grain[1] for view in read if (grain := GRAIN.search(view.text))}
    made = [each for each in plan(read, where, TIMEZONE, 60) if each.database == where.bi]
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "urn:leadtrace:bi",
        "name": "Leadtrace: views for BI tools",
        "version": version,
        "status": "active",
        "domain": "marketing and sales",
        "description": {
            "purpose": "From the keyword to the deal: funnel, cost, attribution, cycle times, scores, and "
            "who left which lead unanswered.",
            "usage": "Read them with SQL, as the read-only user for BI tools. Names and meanings of columns "
            "stay; columns may be added at the end.",
            "limitations": "Amounts are in the currency that stands beside them, and are never added up "
            "over currencies. What is learnt later corrects what was told before; views named _as_of give a "
            "number as it was known on a day.",
        },
        "servers": [
            {
                "server": "bi",
                "type": "clickhouse",
                "description": "host and port of LEADTRACE_CLICKHOUSE; the database beside its own for BI "
                "tools, NAME_bi if that is not called leadtrace",
                "host": "localhost",
                "port": 9000,
                "database": where.bi,
            }
        ],
        "schema": [_view(each, grains) for each in made],
        "slaProperties": [
            {
                "property": "frequency",
                "value": 60,
                "unit": "s",
                "description": "LEADTRACE_BI_REFRESH: how often what is kept is made anew, as a whole; the "
                "view freshness_of_views says when that was",
            }
        ],
    }


def _view(view: Made, grains: dict[str, str]) -> dict[str, Any]:
    comment = COMMENT.search(view.statement)
    if comment is None:
        raise ValueError(f"the view {view.name} has no comment")
    grain = {"dataGranularityDescription": grains[view.name]} if view.name in grains else {}
    return {
        "name": view.name,
        "physicalName": view.name,
        "physicalType": "view",
        "logicalType": "object",
        "description": _plain(comment[1]),
        **grain,
        "properties": [_column(*each) for each in COLUMN.findall(view.statement)],
    }


def _column(name: str, kind: str, told: str) -> dict[str, Any]:
    return {
        "name": name,
        "logicalType": logical(kind),
        "physicalType": kind,
        "required": "Nullable(" not in kind,
        "description": _plain(told),
    }


def logical(kind: str) -> str:
    """Return what a type of ClickHouse is to the standard; ValueError if it is none."""
    plain = re.sub(r"^(?:Nullable|LowCardinality|SimpleAggregateFunction\(\w+,)\(?", "", kind)
    plain = re.sub(r"^(?:Nullable|LowCardinality)\(", "", plain).strip()
    for start, name in LOGICAL:
        if plain.startswith(start):
            return name
    raise ValueError(f"what is {kind} to a data contract?")


def _plain(comment: str) -> str:
    return comment.replace("''", "'")
