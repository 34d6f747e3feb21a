"""The policy's subsection on what leads and sales say of how a lead came, beside what was tracked."""

from typing import Self

from pydantic import Field, model_validator

from attribution.policy_section import Name, Pattern, Section


class SourcesOfReports(Section):
    """Which sources are the same, whether they were tracked, told by a lead or typed by sales.

    `attributes` are those of the CRM in which a lead's own answer stands, in their order. `words` are
    patterns for each source, searched for in any case, in their order; `channels` are the tracked ones.
    """

    attributes: tuple[str, ...] = ()
    words: dict[Name, tuple[Pattern, ...]] = Field(default_factory=dict)
    channels: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_one_source_for_each_channel(self) -> Self:
        named = [channel for channels in self.channels.values() for channel in channels]
        if twice := sorted({channel for channel in named if named.count(channel) > 1}):
            raise ValueError(f"channels name {twice[0]!r} twice")
        return self

    @property
    def patterns(self) -> tuple[tuple[str, str], ...]:
        """Each source that has words, with one pattern for all of them."""
        return tuple(
            (source, f"(?i){'|'.join(f'(?:{word})' for word in words)}")
            for source, words in self.words.items()
            if words
        )

    @property
    def source_of_channel(self) -> dict[str, str]:
        """The source that each channel belongs to."""
        return {channel: source for source, channels in self.channels.items() for channel in channels}
