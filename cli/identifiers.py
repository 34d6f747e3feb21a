"""Identifiers as arguments of commands: said there, or on a line of standard input."""

import click

from answers.identifiers import IdentifierError, identifier_of
from settings import Settings


def identifier_in(lead: str, given: Settings, argument: str = "LEAD") -> str:
    """The identifier that a person at the terminal means, said as this argument of a command.

    "-" stands for a line of standard input: what is said there, no list of processes shows.
    Raises SettingsError, PolicyError, UsageError.
    """
    said = click.get_text_stream("stdin").readline() if lead == "-" else lead
    try:
        return identifier_of(said, given, argument)
    except IdentifierError as error:
        raise click.UsageError(str(error)) from error
