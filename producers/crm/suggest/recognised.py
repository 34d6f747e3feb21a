"""Which CRM an export is of, and whether its rows are leads or deals: by the names of its columns."""

from collections.abc import Sequence
from typing import NamedTuple

from producers.crm.suggest.evidence import Column
from producers.crm.suggest.words import (
    GENERIC,
    IDS,
    LIKE_ID,
    OF_DEALS,
    OF_LEADS,
    Object,
    Shipped,
    of_object,
    shipped,
)

_DISTINCTIVE = 2  # columns that the mappings of no other system know


class Kind(NamedTuple):
    """What a row is, and why that is a doubt; "" if it is none."""

    object: Object
    doubt: str = ""


def known_layout(columns: Sequence[Column], system: str) -> Shipped | None:
    """Return the mapping that knows these columns, None if none does so surely.

    `system` is what the user says. Unless it names one, some columns must be its own, and no mapping of
    another system may know as many.
    """
    keys = [column.key for column in columns if not column.tells_source]
    fitting = [each for each in shipped() if each.mapping.system != GENERIC and each.has_id(keys)]
    if system:
        fitting = [each for each in fitting if each.mapping.system == system]
    if not fitting:
        return None
    best = max(fitting, key=lambda each: len(each.knows(keys)))
    if system:
        return best
    rivals = [each for each in shipped() if each.mapping.system != best.mapping.system]
    own = {*best.knows(keys)} - {key for each in rivals for key in each.fields}
    is_most = all(len(each.knows(keys)) < len(best.knows(keys)) for each in rivals)
    return best if is_most and len(own) >= _DISTINCTIVE else None


def kind_of_rows(columns: Sequence[Column]) -> Kind:
    """Return whether the rows are leads or deals."""
    ids = {kind: [column for column in columns if IDS[kind].search(column.key)] for kind in IDS}
    of_leads = any(OF_LEADS.search(column.key) or column.holds_emails for column in columns)
    of_deals = any(OF_DEALS.search(column.key) for column in columns)
    if ids["deal"] and not ids["lead"]:
        before = columns[: columns.index(ids["deal"][0])]
        if of_leads and any(LIKE_ID.search(column.key) and column.is_unique for column in before):
            return Kind("lead", "it has an id of its own, and that of a deal: say “lead” or “deal”")
        return Kind("deal")
    if ids["lead"] and not ids["deal"]:
        return Kind("lead")
    if ids["lead"] and ids["deal"]:
        # Of an id that is empty or repeated, the row isn't the record.
        unique = [kind for kind in ids if any(column.is_unique for column in ids[kind])]
        if unique == ["deal"] and not of_leads:
            return Kind("deal")
        if unique == ["lead"] and of_leads:
            return Kind("lead")
        first = min(ids, key=lambda kind: columns.index(ids[kind][0]))
        return Kind(
            first,
            "it has ids of leads and of deals: say which of them a row is, “lead” or “deal”",
        )
    if of_leads != of_deals:
        return Kind("lead" if of_leads else "deal")
    return Kind(_likelier(columns), "nothing tells whether a row is a lead or a deal: say “lead” or “deal”")


def _likelier(columns: Sequence[Column]) -> Object:
    """Return which kind of rows has more columns of these names; leads may carry those of a deal."""
    keys = [column.key for column in columns]
    known = {kind: {key for each in of_object(kind) for key in each.knows(keys)} for kind in IDS}
    return "deal" if len(known["deal"]) > len(known["lead"]) else "lead"
