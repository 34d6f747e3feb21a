"""What was asked on the command line of `leadtrace report`, in the words of reports."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from answers.asked import days_during
from cli.report_options import told


def asked(options: Mapping[str, Any], today: date) -> dict[str, str]:
    """The parameters that were given, whichever way. Raises ReportError and UsageError."""
    given = dict(map(parameter, options["named"])) | told(options)
    during = options["during"]
    if during is not None:
        if options["first"] or options["last"]:
            raise click.UsageError("--during says the first and the last day: leave out --from and --to")
        given |= days_during(during, today)
    times = {"from": options["first"], "to": options["last"], "as_of": options["as_of"]}
    return given | {name: value for name, value in times.items() if value is not None}


def parameter(text: str) -> tuple[str, str]:
    """`limit=10` as name and value. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--param is NAME=VALUE, for example --param limit=10, not {text!r}")
    return name.strip(), value
