"""Keywords, match types and devices in the words of every platform, to one spelling."""

import re
import unicodedata
from typing import Final

from producers.cells.ids import id_of
from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import Row
from producers.outcomes.left_out import CellError
from producers.sem.columns import Layout

LONGEST_NAME: Final = 512
IDS: Final = ("keyword_id", "ad_group_id", "campaign_id")

_MATCH_TYPES: Final = {
    "exact": ("exact", "exact match", "精确", "精确匹配", "完全匹配", "e", "exact match (close variant)"),
    "phrase": ("phrase", "phrase match", "短语", "短语匹配", "词组匹配", "p", "phrase match (close variant)"),
    "broad": ("broad", "broad match", "广泛", "广泛匹配", "b"),
}
_DEVICES: Final = {
    "desktop": ("计算机", "电脑", "pc", "pc端", "桌面设备", "desktop", "computer", "computers"),
    "mobile": ("移动", "移动设备", "手机", "无线", "移动端", "wap", "mobile", "smartphone",
        "mobile phones", "mobile devices",
               "mobile devices with full browsers", "mobile phone", "智能手机"),
    "tablet": ("平板", "平板电脑", "tablet", "tablets", "tablets with full browsers"),
    "": ("全部", "全部设备", "所有设备", "all", "all devices", "不限"),
}  # fmt: skip
_MATCH_TYPE: Final = {word: name for name, words in _MATCH_TYPES.items() for word in words}
_DEVICE: Final = {word: name for name, words in _DEVICES.items() for word in words}


def name_of(text: str) -> str:
    """Return a name as it is matched: NFC, blanks around it gone; a dash for "none" is ""."""
    if text in ("-", "--", "—", "——"):
        return ""
    return text if text.isascii() else unicodedata.normalize("NFC", text).strip()


def cleaned(field: str, text: str) -> str:
    """Return a name or an id as it is matched. Raises CellError."""
    text = name_of(text)
    text = id_of(text) if field in IDS else text
    if len(text) > LONGEST_NAME:
        raise CellError(f"is longer than {LONGEST_NAME} characters")
    return text


def named(row: Row, field: str, layout: Layout) -> str:
    """Return the name or the id in a row's cell of a field. Raises CellError with the column."""
    try:
        return cleaned(field, layout.cell(row, field))
    except CellError as error:
        raise CellError(str(error), layout.name(field)) from None


def match_type_of(text: str) -> str:
    """Return exact, phrase or broad; a platform's own further kinds stay as they are."""
    word = plain(text)
    return "" if word in NOTHING else _MATCH_TYPE.get(word, word)


def device_of(text: str) -> str:
    """Return desktop, mobile or tablet, "" for all; anything else stays as it is."""
    word = plain(text)
    return "" if word in NOTHING else _DEVICE.get(word, word)


def bid_keyword(text: str, match_type: str) -> tuple[str, str]:
    """Take Google's marks off a keyword: [exact], "phrase", +broad; return it with its match type."""
    if len(text) > 2 and text[0] == "[" and text[-1] == "]":
        return text[1:-1].strip(), match_type or "exact"
    if len(text) > 2 and text[0] == text[-1] == '"':
        return text[1:-1].strip(), match_type or "phrase"
    if text.startswith("+"):
        return re.sub(r"(^|\s)\+", r"\1", text).strip(), match_type or "broad"
    return text, match_type
