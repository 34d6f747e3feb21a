"""The policy's words for why leads and deals are lost, and for proofs of concept that failed."""

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from attribution.policy_section import Name, Section, Words


class ReasonsOfReports(Section):
    """What the reasons mean that CRMs give: of leads that were lost, recycled or disqualified, and of deals.

    One word may mean two things: a lead may be a competitor, and a deal lost to one. `poc_failed` are the
    results by which a proof of concept failed.
    """

    leads: dict[Name, Words] = Field(default_factory=dict)
    deals: dict[Name, Words] = Field(default_factory=dict)
    poc_failed: Words = frozenset()

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        for name in ("leads", "deals"):
            texts = sorted(text for words in getattr(self, name).values() for text in words)
            if twice := next((one for one, other in pairwise(texts) if one == other), ""):
                raise ValueError(f"{name} gives {twice!r} two meanings")
        return self

    @cached_property
    def of_leads(self) -> dict[str, str]:
        """What each wording of a lead's reason means."""
        return _by_wording(self.leads)

    @cached_property
    def of_deals(self) -> dict[str, str]:
        """What each wording of a deal's reason means."""
        return _by_wording(self.deals)


def _by_wording(meanings: Mapping[str, Words]) -> dict[str, str]:
    return {text: meaning for meaning in sorted(meanings) for text in sorted(meanings[meaning])}
