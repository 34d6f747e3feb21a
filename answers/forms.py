"""The forms of an answer that are files or texts: Markdown, JSON, a workbook."""

from typing import Any

from answers.answer import Answer
from answers.markdown import escaped, markdown_table
from answers.tables import json_text
from answers.workbook import workbook


def as_markdown(answer: Answer) -> str:
    """A section with the question, what was asked, the table, and what it stands on."""
    result = answer.result
    lines = [f"## {escaped(answer.report.title)}", ""]
    if answer.asked:
        lines += [", ".join(f"{escaped(name)}: {escaped(value)}" for name, value in answer.asked), ""]
    table = markdown_table(result.headings, result.rows, answer.timezone)
    lines += [table if result.rows else f"{table}\n\n(no rows)"]
    notes = [f"- {escaped(note)}" for note in answer.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def as_json(answer: Answer) -> str:
    """The rows as an array; with trust, an object that says what was asked and what it stands on as well."""
    rows = _objects(answer.result.columns, answer.result.rows)
    if not answer.is_told:
        return json_text(rows)
    told: dict[str, Any] = {"report": answer.report.name, "question": answer.report.title}
    told |= {"asked": dict(answer.result.values), "known_until": answer.known_until}
    told |= {"policy_version": answer.policy_version, "kept_at": answer.kept_at, "rows": rows}
    trust = answer.trust
    return json_text(told | {"trust": _objects(trust.columns, trust.rows) if trust else []})


def as_workbook(answer: Answer) -> bytes:
    """A workbook with the rows, and a sheet that says what was asked and what they stand on."""
    result = answer.result
    about = [("Question", answer.report.title), *answer.asked]
    about += [("Known", answer.stands_on)] if answer.stands_on else []
    about += [("Trust", line) for line in answer.trusted]
    return workbook(result.headings, result.rows, answer.timezone, about)


def _objects(columns: tuple[str, ...], rows: tuple[tuple[Any, ...], ...]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]
