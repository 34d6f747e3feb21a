"""Click ids and other marks that ad platforms leave in landing URLs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from attribution.escapes import clean_text, decode_text
from attribution.placeholders import is_macro
from attribution.policy import Policy
from attribution.policy_sources import AdMark, ClickId
from attribution.tags import is_empty


@dataclass(frozen=True, slots=True)
class Clicks:
    """The click ids of one URL, highest priority first, the one that names the network, and any ad mark."""

    ids: tuple[tuple[str, str], ...] = ()
    chosen: ClickId | None = None
    mark: AdMark | None = None
    paid: bool = False
    issues: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The parameter that tells most: that of the chosen click id, else the mark's id, else ''."""
        return self.ids[0][0] if self.ids else self.mark.id if self.mark else ""


NO_CLICKS = Clicks()


def find_clicks(parameters: Mapping[str, str], platforms: frozenset[str], policy: Policy) -> Clicks:
    """What escaped parameters tell about a click; `platforms` are those that source and referrer name."""
    known = policy.click_ids
    names = known.keys() & parameters.keys()
    mark = _find_mark(parameters, policy)
    if not names:
        return NO_CLICKS if mark is None else Clicks(mark=mark, paid=True)
    ids: list[tuple[str, str]] = []
    issues: list[str] = []
    for name in sorted(names, key=lambda name: (-known[name].priority, name)):
        if _is_confirmed(known[name], parameters, platforms, policy):
            value, issue = _click_id(parameters[name], policy)
            if value:
                ids.append((name, value))
            elif issue:
                issues.append(f"{issue}:{name}")
    return Clicks(
        ids=tuple(ids),
        chosen=known[ids[0][0]] if ids else None,
        mark=mark,
        paid=mark is not None or any(known[name].paid == "yes" for name, _ in ids),
        issues=tuple(issues),
    )


def _find_mark(parameters: Mapping[str, str], policy: Policy) -> AdMark | None:
    if _mark_names(policy).isdisjoint(parameters):
        return None
    for mark in policy.ad_marks:
        is_there = mark.parameters <= parameters.keys()
        if is_there and all(_is_of(mark, name, parameters, policy) for name in mark.parameters):
            return mark
    return None


def _is_of(mark: AdMark, name: str, parameters: Mapping[str, str], policy: Policy) -> bool:
    if not _says(name, parameters, policy):
        return False
    return not mark.value or re.search(mark.value, decode_text(parameters[name]) or "") is not None


def _says(name: str, parameters: Mapping[str, str], policy: Policy) -> bool:
    """Whether a parameter holds something, and no placeholder."""
    raw = parameters.get(name)
    if not raw:
        return False
    value, issue = _click_id(raw, policy)
    return bool(value) or issue in ("too_long", "undecodable")


@lru_cache(maxsize=8)
def _mark_names(policy: Policy) -> frozenset[str]:
    return frozenset(name for mark in policy.ad_marks for name in mark.parameters)


def _is_confirmed(
    rule: ClickId, parameters: Mapping[str, str], platforms: frozenset[str], policy: Policy
) -> bool:
    if not rule.confirmed_by and not rule.confirmed_by_source:
        return True
    return any(_says(name, parameters, policy) for name in rule.confirmed_by) or (
        rule.confirmed_by_source and rule.platform in platforms
    )


def _click_id(raw: str, policy: Policy) -> tuple[str, str]:
    """The id as the platform wrote it, case kept and "+" no space; else what is wrong with it."""
    if raw.isalnum() and len(raw) <= policy.bounds.value_length:
        # Nearly all are: nothing in them can be an escape or a placeholder.
        nothing = raw == "0" or raw.lower() in policy.parameters.empty_values
        return ("", "") if nothing else (raw, "")
    if "%" in raw:
        if is_macro(raw):
            return "", "unexpanded_macro"
        value = decode_text(raw.replace("+", "%2B"))
    else:
        value = raw
    if value is None:
        return "", "undecodable"
    value = clean_text(value)
    if is_macro(value):
        return "", "unexpanded_macro"
    # A shortened id would silently never find its click.
    if len(value) > policy.bounds.value_length:
        return "", "too_long"
    return ("", "") if value == "0" or is_empty(value, policy) else (value, "")
