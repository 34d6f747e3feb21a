"""A lead's journey, found by whatever identifier it is known by."""

from typing import Any

from answers.identifiers import by_number
from attribution.policy import Policy
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.lookups import evidence_of, journey_of
from sinks.pages import with_pages


def journey_by(client: ClickHouse, identifier: str, given: Settings, policy: Policy) -> dict[str, Any] | None:
    """The journey with its pages of whom an identifier names; None if nobody with it is known.

    Raises SettingsError, PolicyError and ClickHouseError.
    """
    found = journey_of(client, identifier)
    if found is None and (record := by_number(identifier, given)):
        found = journey_of(client, record)
    return None if found is None else with_pages(client, found, policy)


def journey_with_evidence(client: ClickHouse, identifier: str, policy: Policy) -> dict[str, Any] | None:
    """The journey with its pages, and under "evidence" where each of its steps comes from; None if of nobody.

    Raises ClickHouseError.
    """
    found = journey_of(client, identifier)
    if found is None:
        return None
    ids = [step["id"] for part in ("touchpoints", "stages", "follow_ups") for step in found[part]]
    return with_pages(client, found, policy) | {"evidence": evidence_of(client, ids) if ids else {}}
