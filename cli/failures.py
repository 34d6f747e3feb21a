"""Turns the errors that can be foreseen into one sentence on stderr and exit status 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def sentences(*foreseen: type[Exception]) -> Iterator[None]:
    """End the command with the text of any of these errors; all others are our fault and keep their trace."""
    try:
        yield
    except foreseen as error:
        raise click.ClickException(str(error)) from error
