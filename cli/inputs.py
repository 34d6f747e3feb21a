"""What an import reads: files by their names, or standard input."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from producers.cells.source import bytes_of_pipe
from producers.outcomes.left_out import NotUnderstoodError

STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `name` is what its name may tell, `shown` what people know it by.

    `made_at` is the time of the file, UTC milliseconds; 0 if it has none.
    """

    name: str
    shown: str
    data: bytes | Path
    made_at: int


def input_of(path: Path) -> Input:
    """A file. Raises OSError."""
    return Input(path.name, str(path), path, int(path.stat().st_mtime * 1000))


def standard_input(name: str) -> Input:
    """All that standard input gives, as a file of this name. Raises ClickException."""
    if sys.stdin is None:
        raise click.ClickException("standard input is closed: give the name of a file")
    try:
        data = bytes_of_pipe(click.get_binary_stream("stdin"), "standard input")
    except NotUnderstoodError as error:
        raise click.ClickException(str(error)) from None
    return Input(name or "standard input", name or "standard input", data, 0)
