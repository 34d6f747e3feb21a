"""Where a place of ads, and each count of it, leads to: the level below, and the list of whom it counts."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from cockpit.asked import Asked
from cockpit.places import LEVELS, UNALLOCATED, Place

# Lists know whom a first or a last touch brought, and deals by the first.
_MILESTONES: Final = {"leads": "", "mqls": "marketing_qualified", "sales_qualified": "sales_qualified"}
_STEPS: Final = {"opportunities": "opportunity", "pocs": "poc", "won": "won"}
_LISTED_LEVELS: Final = ("campaign", "ad_group", "keyword")
_LISTED_PARTS: Final = ("channel", "platform", "campaign", "content")

Names = dict[str, str]


def address(asked: Asked, level: str, place: Place) -> str:
    """Where a place opens into what is below it; empty where nothing is, or nobody can name it."""
    if level == "channel":
        return "" if place.name == UNALLOCATED else asked.url(channel=place.name, level=None, sort=None)
    if asked.get("channel"):
        is_open = level == "platform" and not place.is_rest
        return asked.url(channel=None, by=None, platform=place.name, sort=None) if is_open else ""
    names = named_by(place)
    return asked.url(**{**names, "level": None, "against": None}) if names and level != "search_term" else ""


def address_of_list(asked: Asked, level: str, place: Place, column: str, twice: frozenset[str]) -> str:
    """Where those are listed whom a count of a place counts, as many of them; empty if they can't be.

    `twice`: keywords that stand in several ad groups, which the lists of deals don't tell apart.
    """
    if asked.get("channel") or level == "channel":
        return _list_of_part(asked, level, place, column)
    names = {name: value for name, value in named_by(place).items() if name != "account"}
    model = asked.get("model", "first")
    if not names or level not in _LISTED_LEVELS:
        return ""
    if column in _MILESTONES and model in ("first", "last"):
        return _leads(asked, names, column)
    is_told_apart = level == "campaign" or (level == "keyword" and _said(place) not in twice)
    if column in _STEPS and model == "first" and is_told_apart and len(place.rows) == 1:
        names = {name: value for name, value in names.items() if name != "ad_group"}
        mode = asked.get("mode", "period")
        return asked.url(f"/funnel/{_STEPS[column]}", **said_days(asked), **names, mode=mode, way="entered")
    return ""


def said_twice(places: Iterable[Place]) -> frozenset[str]:
    """Keywords that stand in several ad groups, each with its platform and campaign."""
    return frozenset(said for said, count in Counter(map(_said, places)).items() if count > 1)


def said_days(asked: Asked) -> dict[str, str]:
    """The period in so many words: another page may mean another one where none is said."""
    return {"during": "all"} if asked.days.is_all else asked.days.parameters


def named_by(place: Place) -> Names:
    """The names by which a place can be asked for; none if one of them is empty, which means any."""
    names = dict(zip(LEVELS, place.path, strict=False))
    is_whole = all(value for name, value in names.items() if name != "account")
    return {name: value for name, value in names.items() if value} if is_whole and not place.is_rest else {}


def _list_of_part(asked: Asked, level: str, place: Place, column: str) -> str:
    is_known = level in _LISTED_PARTS and place.name not in ("", UNALLOCATED)
    if not is_known or column not in _MILESTONES or asked.get("model", "first") not in ("first", "last"):
        return ""
    if level != "channel" and place.is_rest:
        return ""
    return _leads(asked, {"channel": asked.get("channel"), level: place.name}, column)


def _leads(asked: Asked, names: Names, column: str) -> str:
    return asked.url("/leads", **said_days(asked), **names, milestone=_MILESTONES[column])


def _said(place: Place) -> str:
    names = dict(zip(LEVELS, place.path, strict=False))
    return "\n".join(names.get(name, "") for name in ("platform", "campaign", "keyword"))
