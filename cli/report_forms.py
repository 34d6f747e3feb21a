"""The forms of an answer that only a terminal has: a table, and CSV as it is printed."""

import io
import shutil
import tempfile
from collections.abc import Generator
from contextlib import closing
from typing import Any, Final

import click

from answers.answer import Answer
from answers.tables import text_table, write_csv

_IN_MEMORY: Final = 8_000_000


def as_text(answer: Answer) -> str:
    """A table for the terminal, and below it what it stands on."""
    result = answer.result
    lines = [text_table(result.headings, result.rows, answer.timezone)]
    if not result.rows:
        lines.append("(no rows)")
    notes = answer.notes
    return "\n".join([*lines, *([""] if notes else []), *notes])


def print_csv(columns: tuple[str, ...], rows: Generator[tuple[Any, ...], None, None]) -> None:
    """Print CSV that begins with a BOM: however many rows there are, few are held; all of them, or none."""
    with closing(rows), tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        write_csv(text, columns, rows)
        text.flush()
        file.seek(0)
        out = click.get_binary_stream("stdout")
        shutil.copyfileobj(file, out)
        out.flush()
