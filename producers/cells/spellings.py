"""How a text looks that was read in the wrong encoding: words of mixed scripts, signs inside words."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_WORD = re.compile(r"[^\s,;\"]*[^\x00-\x7f][^\s,;\"]*")
_LETTERS = re.compile(r"[^\W\d_]+")
_ALPHABETS: Final = frozenset({"latin", "greek", "cyrillic", "arabic", "hebrew", "thai", "other"})
_MARKS: Final = frozenset("–—’‘“”«»·…、。・「」『』（）《》〈〉【】，：；！？￥°№™®©")  # fmt: skip
# The letters that the words of one language have beyond a to z.
_LANGUAGES: Final = (
    "äöüß", "àâæçèéêëîïôœùûüÿ", "áéíñóúüªº", "ãâáàçéêíõóôúü", "åäöæøéü", "àèéìíòóùú", "áéíóúýþæöð", "éëïöüèê",
    "àçèéíïòóúü", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž",
    "çğıöşüâîûİ", "āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž",
)  # fmt: skip
_OF_ONE_LANGUAGE: Final = tuple(frozenset(letters + letters.upper()) for letters in _LANGUAGES)
_SOUTH_SLAVIC: Final = frozenset("ђћџќѓљњѕј")
_EAST_SLAVIC: Final = frozenset("ыэъщёяюйі")
# The last character, in its own encoding, of those that are taught first: beyond are rare ones.
_COMMON_UNTIL: Final = {"cp950": 0xC67E, "cp932": 0x9872, "euc_jp": 0xCFD3}
_COMMON_IN: Final = {"gb18030": "gb2312", "cp949": "euc_kr"}


def oddness(text: str, encoding: str) -> float:
    """Return how many of the words beyond ASCII look as no word does, from 0 to 1."""
    words = _WORD.findall(text)
    odd = sum(_is_odd(word) or not _is_common(word, encoding) for word in words)
    return odd / len(words) if words else 0.0


def languages(text: str) -> int:
    """Return how many languages it takes to explain the letters of a text in the Latin script, at least 1."""
    words = {frozenset(char for char in word if not char.isascii()) for word in _LETTERS.findall(text)} - {
        frozenset()
    }
    needed = 0
    while words:
        best = max(_OF_ONE_LANGUAGE, key=lambda letters: sum(own <= letters for own in words))
        rest = {own for own in words if not own <= best}
        if len(rest) == len(words):
            break
        words, needed = rest, needed + 1
    return max(1, needed)


def is_latin(text: str) -> bool:
    """Whether a text has letters of the Latin script only."""
    return all(script(char) in ("", "latin") for char in text)


@lru_cache(maxsize=65536)
def script(char: str) -> str:
    """Return the script of a letter, "" for what is none."""
    code = ord(char)
    if code < 0x80:
        return "latin" if char.isalpha() else ""
    if 0xAC00 <= code <= 0xD7A3 or 0x3130 <= code <= 0x318F:
        return "hangul"
    if 0x3040 <= code <= 0x30FF or code in (0x3005, 0x30FC):
        return "kana"
    if 0xFF61 <= code <= 0xFF9F:
        return "half kana"
    if 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF or code >= 0x20000:
        return "han"
    name = unicodedata.name(char, "").partition(" ")[0].lower()
    if name in _ALPHABETS:
        return name
    return "other" if unicodedata.category(char)[0] in "LM" else ""


def _is_odd(word: str) -> bool:
    scripts = [script(char) for char in word]
    kinds = set(scripts) - {""}
    alphabets = kinds & _ALPHABETS
    if len(alphabets) > 1 or "other" in kinds:
        return True
    if ("half kana" in kinds and len(kinds) > 1) or ("hangul" in kinds and kinds & {"han", "kana"}):
        return True
    if any(
        not char.isascii() and not name and char not in _MARKS
        for char, name in zip(word, scripts, strict=True)
    ):
        return True
    if _changes_within(word, scripts):
        return True
    if alphabets == {"cyrillic"}:
        return not _is_of_one_half(word)
    return alphabets == {"latin"} and not all(_is_of_one_language(part) for part in _LETTERS.findall(word))


def _changes_within(word: str, scripts: Sequence[str]) -> bool:
    """Whether a capital follows a small letter, or one Chinese character stands between small letters."""
    for at in range(1, len(word)):
        before, char, behind = word[at - 1], word[at], word[at + 1 : at + 2]
        if scripts[at] == scripts[at - 1] and before.islower() and char.isupper():
            if not (before.isascii() and char.isascii()):
                return True
        elif scripts[at] == "han" and scripts[at - 1] == "latin" and behind.isascii() and behind.islower():
            return True
    return False


def _is_of_one_language(word: str) -> bool:
    own = {char for char in word if not char.isascii() and script(char) == "latin"}
    return not own or any(own <= letters for letters in _OF_ONE_LANGUAGE)


def _is_of_one_half(word: str) -> bool:
    letters = set(word.lower())
    return not (letters & _SOUTH_SLAVIC and letters & _EAST_SLAVIC)


def _is_common(word: str, encoding: str) -> bool:
    chars = [char for char in word if script(char) in ("han", "hangul")]
    return sum(_is_taught(char, encoding) for char in chars) * 2 >= len(chars)


def _is_taught(char: str, encoding: str) -> bool:
    try:
        if encoding in _COMMON_IN:
            return bool(char.encode(_COMMON_IN[encoding]))
        if encoding in _COMMON_UNTIL:
            return int.from_bytes(char.encode(encoding), "big") <= _COMMON_UNTIL[encoding]
    except UnicodeEncodeError:
        return False
    return True
