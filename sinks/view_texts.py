"""The texts of the views: the time zone, the policy's values and what is known at a time are put in."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from attribution.policy_reports import DEFAULT, MODELS, Reports
from sinks.policy_values import value_at
from sinks.scripts import MigrationError, Script, read_scripts

# The bracket of a view with parameters of its own belongs to it: {{attribution}}(model = …
PLACEHOLDER: Final = re.compile(r"\{\{([\w.]+)\}\}(\(?)")
_GRAIN: Final = re.compile(r"^-- Grain: .*\.$", re.MULTILINE)
# Tables that views read, and that have a view NAME_as_of of what was known then.
_KEPT: Final = ("journeys", "opportunities", "ad_performance")
_OF_MODEL: Final = "{{model}}"


def views(timezone: str, reports: Reports = DEFAULT) -> list[Script]:
    """Read the views of this version, in order, with days in `timezone` and the values of the policy.

    A view over {{journeys}}, or over such a view as {{NAME}}, is there twice: of what is known now, and as
    NAME_as_of of what was known then. One of {{model}} is there for each model. MigrationError for a
    placeholder that nothing stands for.
    """
    made: list[Script] = []
    twins: set[str] = set()
    for script in _each(read_scripts("views")):
        made.append(Script(script.number, script.name, fill(script, timezone, reports, twins)))
        if {*_KEPT, *twins} & {name for name, _ in PLACEHOLDER.findall(script.text)}:
            made.append(_as_of(script, timezone, reports, twins))
            twins.add(script.name)
    return made


def _each(scripts: Iterable[Script]) -> Iterator[Script]:
    for script in scripts:
        if _OF_MODEL not in script.text:
            yield script
            continue
        for model in MODELS:
            name = script.name.replace("of_model", model)
            yield Script(script.number, name, script.text.replace(_OF_MODEL, model))


def fill(
    script: Script, timezone: str, reports: Reports = DEFAULT, twins: Collection[str] = (), then: bool = False
) -> str:
    """Put everything into the text of a view; `then`: read what was known at as_of, not what is known now."""

    def put(found: re.Match[str]) -> str:
        name, bracket = found.groups()
        if name in twins or name in _KEPT:
            return as_known(name, bracket, then)
        value = timezone if name == "timezone" else value_at(reports, name)
        if value is None:
            raise MigrationError(f"the view {script.name} has an unknown placeholder, {name}")
        return value + bracket

    return PLACEHOLDER.sub(put, script.text)


def as_known(name: str, bracket: str, then: bool) -> str:
    """How a view or table is read, with the bracket of its parameters: as known now, or `then`, at as_of."""
    if then:
        told = f"{name}_as_of(as_of = {{as_of:String}}"
        return f"{told}, " if bracket else f"{told})"
    return f"{name} FINAL" if name in _KEPT else f"{name}{bracket}"


def _as_of(script: Script, timezone: str, reports: Reports, twins: Collection[str]) -> Script:
    """The same view of what was known at as_of: one text, so both count alike."""
    name = f"{script.name}_as_of"
    text = fill(script, timezone, reports, twins, then=True)
    _, create, rest = text.partition(f"CREATE OR REPLACE VIEW {script.name}\n")
    grain = _GRAIN.search(text)
    if not create or not grain:
        raise MigrationError(f"the file of the view {script.name} does not create it, or says no grain")
    head = f"-- The same as {script.name}, of what was known at as_of, a time in {timezone}.\n{grain[0]}\n"
    return Script(script.number, name, f"{head}CREATE OR REPLACE VIEW {name}\n{rest}")
