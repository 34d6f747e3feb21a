"""Where in a text phone numbers and the numbers of Chinese identity cards stand; what only looks like one."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher

# Digits of other scripts and wide signs, one for one, so that what is found has its place in the text.
_ZEROS: Final = (0x660, 0x6F0, 0x966, 0xE50, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6)
_SIGNS: Final = "＋－（）．\u3000\u00a0\u2009\u202f‐‑‒–—−"
_PUT: Final = "+-().    ------"
_PLAIN: Final[dict[int, str]] = {
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{ord(sign): put for sign, put in zip(_SIGNS, _PUT, strict=True)},
}
_SCATTERED: Final = re.compile(r"(?:\d\D{0,3}){7}")
_NEARLY_A_RUN: Final = re.compile(r"[\d+(](?:[ .()+\-/,_]{0,4}+\d){6}")
# Digits and what stands between them in a number; the first is consumed, so that the search is fast.
_RUN: Final = re.compile(r"[\d+(](?:[ .()+-]{0,4}+\d){6,}+")

_LABELS: Final = "tel|phone|mobile|mob|cell|wechat|weixin|wx|vx|whatsapp"
# Nothing may stand before it that it is a part of; kwd-13912345678 is an id, 联系-13912345678 is none.
_BEGINS: Final = (
    r"(?:(?<![0-9A-Za-z])(?<![0-9A-Za-z_][.-])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2})"
    rf"|(?i:{'|'.join(f'(?<={label})' for label in _LABELS.split('|'))}))"
)
_MOBILE: Final = (
    r"1[3-9]\d(?P<gap>[ .+-]{0,3})\d{4}(?P=gap)\d{4}|1[3-9]\d[ -]\d{8}|1[3-9]\d{5}[ -]\d{4}"
    r"|1[3-9]\d\d[ -]\d{4}[ -]\d{3}|1[3-9]\d[ -]\d{3}[ -]\d{5}"
)
_NUMBER: Final = re.compile(
    rf"{_BEGINS}(?:"
    r"(?P<card>[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])"
    r"|(?P<abroad>(?:\+|%2[Bb]|00)\d(?:[ .()-]{0,2}\d){7,14})"
    rf"|(?P<mobile>(?:86[ -]?)?(?:{_MOBILE}))"
    r"|(?P<landline>\(?0\d{2,3}\)?[ -]?\d{3,4}[ -]?\d{4})"
    r")(?![0-9A-Za-z]|[.-]\d)"
)
# "phone": "415 555 2671", 电话：62345678
_LABEL_BEFORE: Final = re.compile(
    r"(?:(?:(?<!i)phone|mobile|whatsapp|\btel|\bcell)[a-z_ ]{0,12}|(?:手机|手機|电话|電話|座机|微信)\w{0,4})"
    r"[\"']?\s{0,2}(?:[:：]|=>)\s{0,2}[\"']?$",
    re.IGNORECASE,
)
_TOKEN_BEFORE: Final = re.compile(r"(?:email|phone|card|name|owner|company|title|deal_name):[0-9a-f]{0,11}$")
_MONEY_BEFORE: Final = re.compile(r"[¥￥$€£]\s?$")
_MONEY_BEHIND: Final = re.compile(r"\s?[元圆]")  # not 万: many people are called so
# 400-820-8820 and 95588 are switchboards that everybody calls.
_HOTLINE: Final = re.compile(r"(?:400|800)\d{7}|(?:95|96|10|11|12)\d{3,4}")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:[-.]\d\d?[-.]\d|\s?-\s?(?:19|20)\d\d$)")
_MOST_TRIES: Final = 8  # candidates that turn out to be none; each takes its time
_MOST_LOOKED_UP: Final = 64  # numbers of a country in one text
_GROUPED: Final = re.compile(r"\(?\d{2,5}\)?[ .-]\d{2,4}[ .-]?\d{2,5}")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Found(NamedTuple):
    """A number in a text: where, what it looks like ("phone", "card"), and its digits as they stand.

    `is_sure` says that nothing but a phone number is written like it; else it must be a valid one.
    """

    start: int
    end: int
    kind: str
    text: str
    is_sure: bool


def numbers_at(text: str, region: str) -> Iterator[Found]:
    """Yield the numbers in a text from left to right, those of `region` also in its own way of grouping."""
    plain = text if text.isascii() else text.translate(_PLAIN)
    for run in _RUN.finditer(plain):
        start, end = run.span()
        label = _LABEL_BEFORE.search(plain, max(0, start - 32), start)
        if label and (labelled := _labelled(run[0], start)) and not _is_money(plain, start, labelled.end):
            yield labelled
            continue
        if plain[start - 3 : start].upper() == "%2B":
            start -= 3
        # Two characters more, for the X of a card and for what must not follow.
        for match in _NUMBER.finditer(plain, start, end + 2):
            if found := _as_found(match, plain):
                yield found
    if region != "CN" and _GROUPED.search(plain):
        yield from _of_region(plain, region)


def may_have_number(text: str) -> bool:
    """Tell at little cost whether so many digits stand near one another that they may be a number."""
    plain = text.isascii() and "%" not in text
    return (_NEARLY_A_RUN if plain else _SCATTERED).search(text) is not None


def replace_numbers(text: str, region: str, token: Callable[[Found], str]) -> str:
    """Put a token into the place of each number of a text; "" leaves it as it is."""
    if not may_have_number(text):
        return text
    pieces: list[str] = []
    done = 0
    for each in sorted(numbers_at(text, region)):
        if each.start >= done and (put := token(each)):
            pieces += (text[done : each.start], put)
            done = each.end
    return "".join((*pieces, text[done:])) if pieces else text


def is_card(text: str) -> bool:
    """Tell whether these are the 18 characters of a Chinese identity card: a birthday and a check digit."""
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False)) % 11
    return "10X98765432"[rest] == text[17].upper()


def _labelled(text: str, start: int) -> Found | None:
    text = text.rstrip(" .(-+")
    digits = re.sub(r"\D", "", text)
    if not 7 <= len(digits) <= 15 or _HOTLINE.fullmatch(digits) or _DATE.match(text):
        return None
    return Found(start, start + len(text), "phone", text, True)


def _as_found(match: re.Match[str], plain: str) -> Found | None:
    kind, (start, end) = match.lastgroup or "", match.span()
    text = match[0]
    # file_13912345678.html is an article; 张三_13912345678 is not.
    is_named = "/" in plain and "_" in (plain[start - 1 : start], plain[end : end + 1])
    if is_named or _is_token(plain, start):
        return None
    if kind == "card":
        return Found(start, end, "card", text, True) if is_card(text) else None
    if kind == "mobile":
        is_money = text.isdigit() and _is_money(plain, start, end)
        return None if is_money else Found(start, end, "phone", text, True)
    # 010-62345678 is nothing else; 01062345678 and +12025550123 may be.
    is_sure = kind == "landline" and re.fullmatch(r"0\d{2,3}-\d{7,8}", text) is not None
    return Found(start, end, "phone", text, is_sure)


def _of_region(plain: str, region: str) -> Iterator[Found]:
    matcher = PhoneNumberMatcher(plain, region, leniency=Leniency.STRICT_GROUPING, max_tries=_MOST_TRIES)
    done = found = 0
    for match in islice(matcher, _MOST_LOOKED_UP):
        done, found = match.end, found + 1
        if not match.raw_string.isdigit() and not _is_token(plain, match.start):
            yield Found(match.start, match.end, "phone", match.raw_string, True)
    if found == _MOST_LOOKED_UP:
        # More of them than anybody has: the rest is taken for numbers by its look.
        for rest in _GROUPED.finditer(plain, done):
            yield Found(rest.start(), rest.end(), "phone", rest[0], True)


def _is_money(plain: str, start: int, end: int) -> bool:
    before = _MONEY_BEFORE.search(plain, max(0, start - 2), start)
    return before is not None or _MONEY_BEHIND.match(plain, end) is not None


def _is_token(plain: str, start: int) -> bool:
    return _TOKEN_BEFORE.search(plain, max(0, start - 24), start) is not None
