"""Whether a row says that its record is deleted: yes, no, or a date on which it was."""

from typing import Final, NamedTuple

from producers.cells.numbers import plain
from producers.crm.cells import RowCells
from producers.crm.mapping import DealColumns, LeadColumns
from producers.crm.stages import newest_of
from producers.outcomes.left_out import CellError

_YES: Final = frozenset({
    "true", "1", "yes", "y", "t", "x", "deleted", "delete", "archived", "是", "已删除", "已作废", "作废",
    "ja", "wahr", "oui", "vrai", "sí", "si", "sim",
})  # fmt: skip
_NO: Final = frozenset({
    "false", "0", "no", "n", "f", "active", "否", "正常", "未删除", "nein", "falsch", "non", "faux", "não",
    "added", "create", "created", "update", "updated", "change", "changed", "merged", "restored",
})  # fmt: skip


class DeletionTold(NamedTuple):
    """What a row says of its record's deletion, and as of when, UTC milliseconds."""

    deleted: bool
    at: int


def deletion_told(cells: RowCells, columns: LeadColumns | DealColumns, at: int) -> DeletionTold | None:
    """Return what a row says, None if it says nothing; `at` is the time of what else it says.

    Deleting a record changes one of its dates of change, though not always the one that counts for the rest.
    """
    cell, column = cells.raw(columns.deleted)
    word = plain(columns.values.get("deleted", {}).get(cell, cell))
    if not word:
        return None
    if word in _YES or word in _NO:
        changed = newest_of(at, *(cells.moment((name,)) for name in columns.updated_at))
        return DeletionTold(word in _YES, at if changed is None else changed)
    try:
        gone_at = cells.moment((column,))
    except CellError:
        gone_at = None
    if gone_at is None:
        raise CellError(
            "says neither that the record is deleted nor that it isn't (true and false do)", column
        )
    return DeletionTold(True, gone_at)
