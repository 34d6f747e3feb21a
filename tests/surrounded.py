"""The variables by which a process of a test finds the broker of its site."""

import settings
from cli.variables import environment


def kafka_variables(site: settings.Settings) -> dict[str, str]:
    """Where the broker is and how to log in to it."""
    return {name: value for name, value in environment(site).items() if name.startswith("LEADTRACE_KAFKA")}
