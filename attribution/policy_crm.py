"""The sections of the policy that say what the words of CRMs mean: stages, grades, tags, categories."""

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from attribution.policy_section import Name, Section, Word, Words
from schemas.terms import Grade

ANY_SYSTEM = "*"
# System → what is meant (a name, or a Grade) → the system's words for it; and the same by word.
Wordings = Mapping[str, Mapping[Any, frozenset[str]]]
Lookup = Mapping[str, Mapping[str, str]]


class Stages(Section):
    """The funnel's order, and the CRM systems' own wordings of it (under "*": any system's)."""

    order: Annotated[tuple[Name, ...], Field(min_length=1)]
    terminal: tuple[Name, ...]
    mapping: dict[Word, dict[Name, Words]]

    @model_validator(mode="after")
    def _maps_to_known_stages(self) -> Self:
        known = {*self.order, *self.terminal}
        for system, wordings in self.mapping.items():
            if unknown := sorted(set(wordings) - known):
                raise ValueError(f"mapping.{system} names the unknown stage {unknown[0]!r}")
        _demand_one_meaning("mapping", self.mapping, "stages")
        return self

    @cached_property
    def _by_wording(self) -> Lookup:
        return _by_wording(self.mapping)

    def stage_of(self, system: str, raw: str) -> str:
        """The canonical stage of a CRM system's own wording, or '' if the policy doesn't know it."""
        return _meaning(self._by_wording, system, raw)


class Feedback(Section):
    """What sales says of leads, in the CRM systems' own wordings (under "*": any system's).

    Tags and categories may have any canonical name, so that a company can add its own. A follow-up in one of
    the categories `no_answer` leaves a lead unanswered; so does a mere verdict, unless `verdict_is_answer`.
    """

    grades: dict[Word, dict[Grade, Words]]
    tags: dict[Word, dict[Name, Words]]
    categories: dict[Word, dict[Name, Words]]
    no_answer: Words
    verdict_is_answer: bool

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        for name in ("grades", "tags", "categories"):
            _demand_one_meaning(name, getattr(self, name), name)
        known = {category for wordings in self.categories.values() for category in wordings}
        if unknown := sorted(self.no_answer - known):
            raise ValueError(f"no_answer names the unknown category {unknown[0]!r}")
        return self

    @cached_property
    def _grades(self) -> Lookup:
        return _by_wording(self.grades)

    @cached_property
    def _tags(self) -> Lookup:
        return _by_wording(self.tags)

    @cached_property
    def _categories(self) -> Lookup:
        return _by_wording(self.categories)

    def grade_of(self, system: str, raw: str) -> str:
        """The canonical grade of a CRM system's own wording, or '' if the policy doesn't know it."""
        return _meaning(self._grades, system, raw)

    def tag_of(self, system: str, raw: str) -> str:
        """The canonical tag of a CRM system's own wording, or '' if the policy doesn't know it."""
        return _meaning(self._tags, system, raw)

    def category_of(self, system: str, raw: str) -> str:
        """The canonical category of a CRM system's own wording, or '' if the policy doesn't know it."""
        return _meaning(self._categories, system, raw)

    def is_answer(self, category: str, contacted: bool) -> bool:
        """Whether a follow-up of this canonical category, "" for none or an unknown one, answers a lead.

        `contacted` tells a contact from a mere verdict.
        """
        return (contacted or self.verdict_is_answer) and category not in self.no_answer


def _demand_one_meaning(name: str, mapping: Wordings, meanings: str) -> None:
    for system, wordings in mapping.items():
        texts = sorted(_plain(text) for words in wordings.values() for text in words)
        if twice := next((a for a, b in pairwise(texts) if a == b), ""):
            raise ValueError(f"{name}.{system} gives {twice!r} two {meanings}")


def _by_wording(mapping: Wordings) -> Lookup:
    return {
        system: {_plain(text): str(meaning) for meaning, words in wordings.items() for text in words}
        for system, wordings in mapping.items()
    }


def _meaning(known: Lookup, system: str, raw: str) -> str:
    text = _plain(raw)
    own = known.get(system.strip().lower(), {})
    return own.get(text) or known.get(ANY_SYSTEM, {}).get(text, "")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
