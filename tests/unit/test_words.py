"""Every text that people see is there in every language."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from catalogs import texts_of

from answers.words import LANGUAGES, translations

ROOT = Path(__file__).resolve().parents[2]
CATALOGS = sorted([*ROOT.glob("answers/locale/*/*.po"), *ROOT.glob("cockpit/locale/*/*.po")])
_PLACEHOLDERS = re.compile(r"%\(\w+\)s|\{\w*\}")


def test_every_text_of_the_cockpit_is_there_in_chinese() -> None:
    words = translations("zh", "cockpit")
    missing = [
        f"{place}: {text}"
        for place, text in texts_of("cockpit")
        if words.gettext(text) == text
        and words.ngettext(text, text, 2) == text
        and re.search(r"[a-z]{2}", text)
    ]
    assert not missing, "\n".join(missing)


def test_every_language_has_a_name_and_english_needs_no_catalog() -> None:
    assert LANGUAGES == {"en": "English", "zh": "中文"}
    assert translations("en", "cockpit").gettext("All reports") == "All reports"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_translation_has_the_places_of_its_text_and_no_catalog_says_a_text_twice(path: Path) -> None:
    catalog = read_po(io.BytesIO(path.read_bytes()), locale=path.parent.name)
    for message in catalog:
        text = message.id if isinstance(message.id, str) else message.id[-1]
        told = message.string if isinstance(message.string, str) else message.string[0]
        if text:
            assert told, f"{text} is not translated"
            assert set(_PLACEHOLDERS.findall(text)) == set(_PLACEHOLDERS.findall(told)), text
    texts = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(texts) == len(set(texts))
