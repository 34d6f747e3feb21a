"""The policy's subsections on money: currencies, what a customer is worth, and who brought a deal."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from attribution.policy_section import Name, Pattern, Section


class MoneyOfReports(Section):
    """How money of several currencies becomes comparable, and what a customer is worth.

    `currency` is the company's own: rates of others go through it. A rate counts for `max_rate_age_days`
    after its day. Of revenue, `gross_margin` is earned. With `lifetime_years`, a customer's worth is that of
    its first 365 days times so many years; with 0, what was observed so far.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    max_rate_age_days: Annotated[int, Field(ge=0, le=366)] = 10
    gross_margin: Annotated[Decimal, Field(gt=0, le=1, max_digits=5, decimal_places=4)] = Decimal(1)
    lifetime_years: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)] = Decimal(0)


class OriginsOfReports(Section):
    """Who brought a deal: by words of the CRM, else by the channel of its first touch.

    `attributes` are those of the deal that may say it, in their order. `words` are patterns for each origin,
    searched for in any case, in their order; `channels` the channels for each.
    """

    attributes: tuple[str, ...] = ()
    words: dict[Name, tuple[Pattern, ...]] = Field(default_factory=dict)
    channels: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)

    @property
    def patterns(self) -> tuple[tuple[str, str], ...]:
        """Each origin that has words, with one pattern for all of them."""
        return tuple(
            (origin, f"(?i){'|'.join(f'(?:{word})' for word in words)}")
            for origin, words in self.words.items()
            if words
        )

    @property
    def origin_of_channel(self) -> dict[str, str]:
        """The origin of each channel that has one; of several the first."""
        found: dict[str, str] = {}
        for origin, channels in self.channels.items():
            for channel in channels:
                found.setdefault(channel, origin)
        return found
