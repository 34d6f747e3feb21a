"""Templates and their surroundings: the reader's language, the address, the menu."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib import resources
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from answers.identifiers import short
from answers.words import LANGUAGES, translations
from cockpit.asked import Asked
from cockpit.formats import Formats
from cockpit.names import named
from cockpit.shown import Page, Shown
from cockpit.timeline import path_of

STATIC: Final = "static"


@cache
def environment(language: str, timezone: str) -> Environment:
    """Where templates are found, and what they may use, in one language."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("cockpit"), PackageLoader("answers", "pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words: Any = translations(language, "cockpit")
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters.update(Formats(language, timezone).filters(), named=partial(named, words))
    made.filters.update(short_name=short, path=path_of)
    made.globals.update(static=static_url, languages=LANGUAGES)
    return made


@cache
def static_files() -> Mapping[str, bytes]:
    """Styles and scripts, by their names."""
    folder = resources.files("cockpit").joinpath(STATIC)
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def static_url(name: str) -> str:
    """Where a file stands; its address changes with what is in it, so that browsers may keep it for ever."""
    return f"/static/{name}?v={hashlib.sha256(static_files()[name]).hexdigest()[:12]}"


def rendered(shown: Shown, page: Page | None, asked: Asked, menu: Sequence[Page], **more: Any) -> str:
    """A page as HTML; without `page` it is one that says why there is none."""
    made = environment(asked.language, asked.timezone)
    words = translations(asked.language, "cockpit")
    values = {**more, **shown.values, "asked": asked, "url": asked.url, "page": page, "menu": menu}
    title = shown.title or (words.gettext(page.name) if page and page.name else "")
    text: str = made.get_template(f"{shown.template}.html").render(title=title, **values)
    return text
