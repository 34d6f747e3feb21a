"""Notices as people read them: short, in their language, with what to do and where to look."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final
from zoneinfo import ZoneInfo

from notices.cases import KEPT, Case
from notices.wishes import Language

MOST_LINES: Final = 10
# A bot of WeCom takes 2,048 bytes, title and all, and refuses what is longer.
MOST_BYTES: Final = 1_800
_LONGEST: Final = 60
# Chats read these as mentions of everybody, as links and as marks of their own.
_READ_AS_MARKS: Final = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "ʹ", "*": "∗", "[": "(", "]": ")"})
_UNSEEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
# The pages of the cockpit that show what a notice is about.
PAGES: Final = {
    "unanswered": "unanswered?state=waiting",
    "silent_sources": "trust",
    "missing_costs": "trust",
    "dead_letters": "dead_letters_waiting",
    "data_quality": "data_quality",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One notice: a line above, the text, and a picture (PNG) for those who can show one."""

    title: str
    body: str
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language and time zone, and where the cockpit is for them (empty: nobody said)."""

    language: Language = "en"
    timezone: str = "UTC"
    cockpit: str = ""

    def link(self, page: str) -> list[str]:
        """The line that leads to a report's page, if there is any."""
        return (
            [words(self.language)["see"].format(link=f"{self.cockpit}/reports/{page}")]
            if self.cockpit
            else []
        )

    def said(self, value: Any) -> str:
        """A value as it stands in a line: what comes from outside is cut, and no mark of a chat's."""
        match value:
            case datetime():
                return f"{value.astimezone(ZoneInfo(self.timezone)):%Y-%m-%d %H:%M}"
            case date():
                return value.isoformat()
            case float():
                return f"{value:,.1f}"
            case int():
                return f"{value:,}"
        text = _UNSEEN.sub(" ", str(value)).translate(_READ_AS_MARKS).replace("://", "：//").strip()
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


@cache
def words(language: Language) -> Mapping[str, Any]:
    """The words of a language, as its file has them."""
    file = resources.files("notices").joinpath("words", f"{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def message(
    kind: str, cases: Sequence[Case], reader: Reader, limit: int = 0, is_doubtful: bool = False
) -> Message:
    """The notice of one rule's cases; `limit`: the days that its title speaks of."""
    all_words = words(reader.language)
    own = all_words[kind]
    title = own["one" if len(cases) == 1 else "title"].format(count=reader.said(len(cases)), limit=limit)
    told = [_line(own, case, reader, all_words["nobody"]) for case in cases[:MOST_LINES]]
    rest = [own["advice"], *reader.link(PAGES[kind]), *([all_words["again"]] if is_doubtful else [])]
    for shown in range(len(told), 0, -1):
        left = len(cases) - shown
        more = [all_words["more"].format(more=reader.said(left))] if left else []
        body = "\n".join([*told[:shown], *more, "", *rest])
        if len(body.encode()) <= MOST_BYTES:
            break
    return Message(title, body)


def hello(target: str, reader: Reader) -> Message:
    """What a target is told to see whether notices arrive."""
    told = words(reader.language)
    return Message(told["hello_title"], told["hello"].format(target=target))


def _line(own: Mapping[str, str], case: Case, reader: Reader, nobody: str) -> str:
    told = {name: reader.said(value) for name, value in case.told.items() if value is not None}
    if "owner" in told:
        told["owner"] = told["owner"] or nobody
        told["company"] = told["company"] or told["person"]
    if case.about == KEPT:
        return own["line_kept"].format(**told)
    return own["line_none" if case.about == "(none)" else "line"].format(**told)
