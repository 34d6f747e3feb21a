"""What a tool tells: a text for the assistant to read, and the same as data for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from answers.answer import Answer
from answers.markdown import escaped, markdown_table
from answers.tables import json_text

MOST_ROWS: Final = 500
_LONGEST_CELL: Final = 300
# Of the cells together, so that an answer leaves room for thought.
_LARGEST: Final = 120_000


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: `text` is Markdown, `data` JSON."""

    text: str
    data: dict[str, Any]


def told_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], most: int) -> list[dict[str, Any]]:
    """The first rows as JSON has them, by the names of the columns; long cells are cut."""
    objects = [dict(zip(columns, map(_short, row), strict=True)) for row in rows[:most]]
    size, fitting = 0, 0
    for each in objects:
        size += sum(len(str(value)) + 8 for value in each.values())
        if size > _LARGEST:
            break
        fitting += 1
    found: list[dict[str, Any]] = as_json(objects[:fitting])
    return found


def as_json(value: Any) -> Any:
    """A value of ClickHouse as JSON has it: times in UTC, amounts as numbers."""
    return orjson.loads(json_text(value))


def cut_of(shown: int, rows: int) -> str:
    """A sentence if not all rows are shown."""
    if shown >= rows:
        return ""
    more = f", or for more by `rows`, at most {MOST_ROWS}" if shown < MOST_ROWS else ""
    return f"cut at {shown:,} of {rows:,} rows: ask for fewer by the parameters{more}"


def told_answer(answer: Answer, meanings: Mapping[str, str], most: int) -> Told:
    """An answer with what its columns say, what it stands on, and where it was cut."""
    result = answer.result
    objects = told_rows(result.columns, result.rows, most)
    shown = result.rows[: len(objects)]
    cuts = [each for each in (cut_of(len(shown), len(result.rows)), answer.cut) if each]
    notes = [*cuts, answer.stands_on, *answer.concerns]
    said = {name: meanings[name] for name in result.columns if name in meanings}
    asked = ", ".join(f"{escaped(name)}: {escaped(value)}" for name, value in answer.asked)
    table = markdown_table(result.columns, shown, answer.timezone)
    text = [
        f"## {escaped(answer.report.title)}",
        *([f"Asked: {asked}"] if asked else []),
        table if shown else f"{table}\n\n(no rows)",
        "\n".join(f"- {escaped(note)}" for note in notes if note),
        *(
            ["What the columns say:\n" + "\n".join(f"- {each}: {text}" for each, text in said.items())]
            if said
            else []
        ),
    ]
    data = {
        "report": answer.report.name,
        "question": answer.report.title,
        "asked": dict(result.values),
        "columns": {name: said.get(name, "") for name in result.columns},
        "rows": objects,
        "row_count": len(result.rows),
        "cut": cuts,
        "known_until": answer.known_until,
        "kept_at": answer.kept_at,
        "policy_version": answer.policy_version,
        "timezone": answer.timezone,
        "trust": answer.concerns,
    }
    return Told("\n\n".join(text), as_json(data))


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_CELL:
        return f"{value[: _LONGEST_CELL - 1]}…"
    return value
