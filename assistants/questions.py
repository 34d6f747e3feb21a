"""Prompts: questions that people ask most, each with the way to answer it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from assistants.arguments import LONGEST, ArgumentError
from sinks.report_values import meant

_DAYS: Final = {"during": "which days: 2026-Q3, 2026-10, last-month; empty: all"}
_HONEST: Final = " Say until when facts are known, how far that can be trusted here, and what was cut."


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt; `needs` are the arguments that it can't do without, `may_have` the others."""

    name: str
    title: str
    text: str
    needs: Mapping[str, str]

    @property
    def may_have(self) -> Mapping[str, str]:
        """The arguments that it takes if they are given."""
        return _DAYS if "{days}" in self.text else {}

    def filled(self, given: Mapping[str, str]) -> str:
        """The text with its arguments. Raises ArgumentError."""
        known = {**self.needs, **self.may_have}
        for name, value in given.items():
            if name not in known:
                raise ArgumentError(
                    f"the prompt '{self.name}' has no argument '{name[:60]}'{meant(name, known)}; it has "
                    f"{', '.join(known) or 'none'}"
                )
            if len(value) > LONGEST:
                raise ArgumentError(f"the argument '{name}' must have at most {LONGEST} characters")
        for name, text in self.needs.items():
            if not given.get(name):
                raise ArgumentError(f"the prompt '{self.name}' needs the argument '{name}': {text}")
        days = given.get("during", "")
        return self.text.format_map({**given, "days": f" during {days}" if days else ""}) + _HONEST


def questions() -> dict[str, Question]:
    """All prompts, by name."""
    text = resources.files("assistants").joinpath("questions.toml").read_text(encoding="utf-8")
    return {
        name: Question(name, said["title"], said["text"].strip(), said.get("needs", {}))
        for name, said in tomllib.loads(text).items()
    }


def question(name: str) -> Question:
    """The prompt of this name. Raises ArgumentError, which names the nearest one."""
    known = questions()
    if name not in known:
        raise ArgumentError(
            f"there is no prompt '{name[:60]}'{meant(name, known)}; the prompts are {', '.join(known)}"
        )
    return known[name]
