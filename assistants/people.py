"""The tools over one lead: what happened on its journey, and why it is so."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import settings
from answers.clock import as_local
from answers.identifiers import identifier_of, short
from answers.journey_text import journey_text, source_of
from answers.journeys import journey_by
from assistants.arguments import OfLead
from assistants.desk import Desk, Seat
from assistants.told import Told, as_json, cut_of
from attribution.policy import parse_policy
from sinks.report_files import list_reports
from sinks.report_source import LIVE, Source
from sinks.report_values import ReportError, find
from sinks.reports import run

Row = Mapping[str, Any]
# Of a long journey its beginning and its end are shown.
_FIRST: Final = 100
_LAST: Final = 150
_MOST: Final = 200
_REASONS: Final = 20


async def journey(desk: Desk, asked: OfLead) -> Told:
    """Everything about one lead. Raises ReportError, IdentifierError, SettingsError, ClickHouseError."""
    return await desk.ask(lambda seat: _journey(seat, asked.lead))


async def why(desk: Desk, asked: OfLead) -> Told:
    """Why a lead is who it is, came from where it came, and has its score. Raises as `journey` does."""
    return await desk.ask(lambda seat: _why(seat, asked.lead))


def _journey(seat: Seat, lead: str) -> Told:
    found = _found(seat, lead)
    lines = journey_text(found, seat.given.timezone).splitlines()
    cut = ""
    if len(lines) > _FIRST + _LAST:
        cut = f"cut: of {len(lines):,} lines the first {_FIRST} and the last {_LAST} are shown"
        lines = [*lines[:_FIRST], "  …", *lines[-_LAST:], "", f"- {cut}"]
    text = "\n".join([*lines, "", _known(seat, found)])
    data = {
        name: list(value[-_MOST:]) if isinstance(value, list | tuple) else value
        for name, value in found.items()
    }
    return Told(text, as_json(data) | {"cut": [cut] if cut else []})


def _why(seat: Seat, lead: str) -> Told:
    found = _found(seat, lead)
    person, zone = found["person"], seat.given.timezone
    source = seat.source()
    touches = _rows(seat, source, "journey", {"lead": person})
    if not touches and source.kept_at is not None:
        # Whoever has come since then is not in what is kept.
        source = LIVE
        touches = _rows(seat, source, "journey", {"lead": person})
    links = _rows(seat, source, "identities", {"person": person})
    points = _rows(seat, source, "score_reasons", {"lead": person, "limit": str(_REASONS)})
    shown = touches[:_MOST]
    cut = cut_of(len(shown), len(touches)).partition(":")[0]
    lines = [
        f"## Why {short(person)} is who it is, and where it came from",
        "",
        *_origins(found, touches),
        "",
        f"Every touchpoint (times in {zone}), and the rule of the policy that chose its channel:",
        *(_touch(row, zone) for row in shown),
        *([f"- {cut}"] if cut else []),
        "",
        "One person, because of these links:",
        *(_links(links, zone) or ["- nothing else is known to be the same person"]),
        "",
        f"Points of the score today, the {_REASONS} largest:",
        *(f"- {row['points']} left of {row['given']}: {row['rule']}, {row['what']}" for row in points),
        *([] if points else ["- none"]),
        "",
        _known(seat, found),
    ]
    data = {"person": person, "policy_version": found["policy_version"], "known_at": found["known_at"]}
    data |= {"touchpoints": shown, "links": links[:_MOST], "score": points, "cut": [cut] if cut else []}
    return Told("\n".join(lines), as_json(data))


def _found(seat: Seat, lead: str) -> dict[str, Any]:
    identifier = identifier_of(lead, seat.given, "the lead")
    policy = parse_policy(settings.policy_text(seat.given))
    found = journey_by(seat.client, identifier, seat.given, policy)
    if found is None:
        raise ReportError(
            f"nobody with the identifier {short(identifier)} is known: check it, or wait for its facts"
        )
    return found


def _known(seat: Seat, found: Row) -> str:
    at = as_local(found["known_at"], seat.given.timezone)
    return f"- as it was known at {at} ({seat.given.timezone}), policy {found['policy_version']}"


def _rows(seat: Seat, source: Source, name: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    result = run(seat.client, find(list_reports(), name), parameters, seat.today, source)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def _origins(found: Row, touches: Sequence[Row]) -> list[str]:
    """What brought the lead by first and by last touch, and why nothing else did."""
    if not found["is_lead"]:
        return ["It is a visitor: nobody has left a way to be contacted yet."]
    first = next((row for row in touches if row["is_first"]), None)
    last = next((row for row in touches if row["is_last_before_lead"]), None)
    if first is None or last is None:
        ignored = sum(not row["is_counted"] for row in touches)
        why = f"; {ignored} touchpoints don't count" if ignored else ""
        return [f"No touchpoint that counts came before it became a lead, so nothing has brought it{why}."]
    lines = [f"First touch brought it: {_what(first)}. It is the first that counts, before it became a lead."]
    lines.append(
        "Last touch brought it by the same touchpoint: no other lies between it and the lead."
        if last is first
        else f"Last touch brought it: {_what(last)}. It is the last that counts before it became a lead."
    )
    if found["lead_source"]:
        lines.append(f"The CRM says: {found['lead_source']}.")
    return lines


def _what(row: Row) -> str:
    return f"touchpoint {row['position']}, {source_of({'published': '', **row})}, by the rule {row['rule']}"


def _touch(row: Row, zone: str) -> str:
    searched = f"; searched: {row['search_term']}" if row["search_term"] else ""
    counted = "" if row["is_counted"] or row["kind"] == "follow_up" else "; earns no credit"
    rule = f"; rule {row['rule']}" if row["rule"] else ""
    text = f"{row['kind']}  {source_of({'published': '', **row})}{searched}{rule}{counted}"
    return f"- {row['position']}. {as_local(row['at'], zone)}  {text}"


def _links(links: Sequence[Row], zone: str) -> list[str]:
    """Each link once, though it stands with both of its ends."""
    told: dict[tuple[str, ...], str] = {}
    for row in links:
        if row["linked_to"]:
            ends = sorted((row["identifier"], row["linked_to"]))
            who = " and ".join(map(short, ends))
            at = as_local(row["linked_at"], zone)
            told[*ends, row["evidence"]] = f"- {who}: {row['rule']} of {row['evidence_source']}, {at}"
        for name, word in (("splits", "taken apart from"), ("held_back", "held back from")):
            if row[name]:
                told[row["identifier"], name] = f"- {short(row['identifier'])} is {word} {row[name]}"
        if row["blocked"]:
            told[row["identifier"], "blocked"] = f"- {short(row['identifier'])} is blocked: it joins nobody"
    return list(told.values())[:_MOST]
