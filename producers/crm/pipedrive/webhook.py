"""Pipedrive's webhooks, of both versions: what is deleted, merged and restored; the rest is a row."""

from collections.abc import Mapping
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.cells.times import parse_time
from producers.crm.stated import stated
from producers.crm.taken_back import deletion
from producers.crm.vendor import About, Told, Vendor
from producers.outcomes.left_out import UnusableError
from producers.privacy.personal_data import Tokeniser
from schemas.crm import LeadMerged
from schemas.envelope import Fact
from schemas.terms import Identifier

SYSTEM: Final = "pipedrive"
_ABOUT: Final[Mapping[str, About]] = {"deal": "deal", "person": "lead"}
_DELETED: Final = ("deleted", "delete")


def _is_mine(row: Mapping[str, Any]) -> bool:
    meta = object_of(row.get("meta"))
    return "action" in meta and ("object" in meta or "entity" in meta)


def _what(row: Mapping[str, Any]) -> str:
    meta = object_of(row.get("meta"))
    return text_of(meta.get("object") or meta.get("entity")).lower()


def _about(row: Mapping[str, Any]) -> About:
    return _ABOUT.get(_what(row), "")


def _read(row: Mapping[str, Any], _: Tokeniser, received_at: int) -> Told:
    meta, what = object_of(row.get("meta")), _what(row)
    kind = "deal" if what == "deal" else "crm"
    if what not in _ABOUT:
        return Told(
            ignored=f"{what[:40] or 'this kind of record'} of Pipedrive is nothing that a journey knows"
        )
    now = object_of(row.get("current") or row.get("data"))
    before = object_of(row.get("previous"))
    own = text_of(now.get("id") or meta.get("entity_id") or meta.get("id") or before.get("id"))
    at = _moment(meta, now, before)
    if not own or at is None:
        raise UnusableError("an event of Pipedrive needs the id of its record, and meta.timestamp")
    record = f"{kind}:{SYSTEM}:{own}"
    action = text_of(meta.get("action"))
    if action in _DELETED or _is_gone(now):
        return Told((deletion(record, at, received_at),))
    if action == "merged":
        return Told(_merge(record, text_of(before.get("id")), now, at, received_at), rest_by_mapping=True)
    back = (deletion(record, at, received_at, deleted=False),) if _is_gone(before) else ()
    return Told(back, rest_by_mapping=True)


def _is_gone(record: Mapping[str, Any]) -> bool:
    return (
        text_of(record.get("status")) == "deleted"
        or record.get("deleted") is True
        or record.get("is_deleted") is True
        # A person that was deleted has active_flag false; a deal that is won or lost, active false.
        or record.get("active_flag") is False
    )


def _merge(
    record: Identifier, loser: str, now: Mapping[str, Any], at: int, received_at: int
) -> tuple[Fact, ...]:
    kind = record.partition(":")[0]
    names = {loser, text_of(now.get("merge_what_id"))} - {"", record.rpartition(":")[2]}
    merged = tuple(sorted(f"{kind}:{SYSTEM}:{name}" for name in names))
    if kind == "deal":
        return tuple(deletion(each, at, received_at, merged_into=record) for each in merged)
    return (stated(LeadMerged, SYSTEM, record, at, received_at, {"merged": merged}),) if merged else ()


def _moment(*told: Mapping[str, Any]) -> int | None:
    """When it happened: Pipedrive says so in the event's own time, and in the record's time of change."""
    meta, now, before = told
    for value in (meta.get("timestamp"), now.get("update_time"), before.get("update_time")):
        if value and (at := parse_time(value)) is not None:
            return at
    return None


PIPEDRIVE: Final = Vendor(SYSTEM, _is_mine, _about, _read)
