"""One lead: who it is, what happened, where it comes from, and why we say so."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from answers.journeys import journey_with_evidence
from cockpit.asked import Asked
from cockpit.asking import Ask, Row, records
from cockpit.credited import brought, credits_of, models_of
from cockpit.names import MODELS
from cockpit.shown import NotThereError, Page, Shown
from cockpit.timeline import days_of
from producers.privacy.masking import masked

_UNMAPPED: Final = "unmapped_"


async def lead(ask: Ask, asked: Asked) -> Shown:
    """Everything about one lead, or about a visitor whom nobody knows yet."""
    identifier = asked.parts["lead"]
    journey = await ask.query(
        "journey", lambda client: journey_with_evidence(client, identifier, ask.policy), identifier
    )
    if journey is None:
        raise NotThereError(unknown(identifier))
    person = journey["person"]
    is_brief = asked.get("models") != "all" and asked.get("model", "first") in ("first", "last")
    models = models_of(asked.get("model"), asked.get("models") == "all")
    day = f"{asked.newest:%Y-%m-%d}"
    links, history, credit, told = await asyncio.gather(
        ask.result("identities", {"person": person}),
        ask.result("score_history", {"lead": person, "to": day}),
        brought(ask, person, journey["touchpoints"]) if is_brief else credits_of(ask, person, "lead", models),
        ask.result("sources", {"person": person}),
    )
    scores = records(history)
    # What gives a score its points takes longer to find than all the rest, and few ask.
    why_score = asked.get("why") == "score"
    reasons = records(await ask.result("score_reasons", {"lead": person, "day": day})) if why_score else None
    return Shown(
        "lead",
        {
            "journey": journey,
            "person": person,
            "standing": standing_of(journey["stages"]),
            "days": days_of(journey, asked.timezone, credit.marks()),
            "identifiers": joined(records(links)),
            "credit": credit,
            "models": MODELS,
            "are_all_models": asked.get("models") == "all",
            "sources": next(iter(records(told)), None),
            "score": scores[-1] if scores else None,
            "scores": [row["score"] for row in scores],
            "score_days": (scores[0]["day"], scores[-1]["day"]) if scores else None,
            "reasons": reasons,
            "score_parameters": {"lead": person, "day": day},
            "words": unknown_words(journey["issues"]),
            "issues": [issue for issue in journey["issues"] if not issue.startswith(_UNMAPPED)],
        },
        journey["company"] or person,
    )


def unknown(identifier: str) -> str:
    """The sentence where nobody is known by an identifier; what may be personal isn't said again."""
    if masked(identifier) != identifier:
        return "nobody is known by this address: type an e-mail address or a phone number into the search"
    return f"nobody with the identifier '{identifier[:60]}' is known: check it, or wait for its facts"


def standing_of(stages: Sequence[Row]) -> Row | None:
    """The stage that a person stands in, those of its deals left out."""
    own = [entry for entry in stages if not entry["deal"]]
    return own[-1] if own else None


def joined(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each identifier once, with the links that tie it to the others, each link at one of its ends."""
    found: dict[str, dict[str, Any]] = {}
    seen: set[frozenset[str]] = set()
    for row in rows:
        one = found.setdefault(row["identifier"], {**row, "links": []})
        pair = frozenset((row["identifier"], row["linked_to"], row["rule"]))
        if row["linked_to"] and pair not in seen:
            seen.add(pair)
            one["links"].append(row)
    return list(found.values())


def unknown_words(issues: Sequence[str]) -> list[Mapping[str, str]]:
    """Words of a CRM that the policy doesn't know, out of what could not be understood."""
    told = [issue.removeprefix(_UNMAPPED).split(":", 2) for issue in issues if issue.startswith(_UNMAPPED)]
    return [{"what": parts[0], "crm": parts[1], "word": parts[2]} for parts in told if len(parts) > 2]


PAGES: Final = (
    Page("/leads/{lead:.+}", lead, of="/leads", takes=("models", "why"), about_people=True, filters=()),
)
