"""Words in the languages of people: English texts are the keys, catalogs (.po) have the others."""

import io
from functools import cache
from importlib import resources
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES: Final = {"en": "English", "zh": "中文"}
LOCALES: Final = {"en": "en", "zh": "zh_Hans_CN"}


def marked(text: str) -> str:
    """The text itself: catalogs must have what is marked so, as it is translated only where it is shown."""
    return text


@cache
def translations(language: str, *packages: str) -> NullTranslations:
    """What each text is in a language of LANGUAGES, by all catalogs of these packages and of the answers."""
    merged = NullTranslations()
    for package in ("answers", *packages):
        folder = resources.files(package).joinpath("locale", language)
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".po"):
                read = _read(file.read_bytes(), language)
                merged = read if not isinstance(merged, Translations) else merged.merge(read)
    return merged


def _read(text: bytes, language: str) -> Translations:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language))
    compiled.seek(0)
    return Translations(compiled)
