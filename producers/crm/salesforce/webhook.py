"""What Salesforce posts: the events of its Change Data Capture, however they are wrapped."""

from collections.abc import Mapping
from typing import Any, Final

from producers.crm.salesforce.changes import about_of_change, facts_of_change, header_of_change, why_ignored
from producers.crm.salesforce.history import SYSTEM
from producers.crm.vendor import About, Told, Vendor
from producers.privacy.personal_data import Tokeniser


def _is_mine(row: Mapping[str, Any]) -> bool:
    return bool(header_of_change(row))


def _about(row: Mapping[str, Any]) -> About:
    return about_of_change(header_of_change(row))


def _read(row: Mapping[str, Any], tokeniser: Tokeniser, received_at: int) -> Told:
    if why := why_ignored(header_of_change(row)):
        return Told(ignored=why)
    facts, faults = facts_of_change(row, tokeniser, received_at)
    if not facts and not faults:
        return Told(ignored="none of the fields that changed says anything that a journey knows")
    return Told(tuple(facts), tuple(faults))


SALESFORCE_WEBHOOKS: Final = Vendor(SYSTEM, _is_mine, _about, _read)
