"""Which encoding a file is in: by its bytes, by words that its reader knows, or by how its text looks."""

import codecs
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import chardet

from producers.cells.headers import column_key
from producers.cells.spellings import is_latin, languages, oddness
from producers.outcomes.left_out import NotUnderstoodError

# What spreadsheets save text in, when not in Unicode, and whose. The first of two that say the same counts.
_LEGACY: Final[Mapping[str, str]] = {
    "gb18030": "Chinese", "cp950": "Chinese, Taiwan", "cp932": "Japanese", "cp949": "Korean",
    "cp1252": "Western Europe", "cp1250": "Central Europe", "iso8859_2": "Central Europe",
    "cp1254": "Turkish", "cp1257": "Baltic",
    "cp1251": "Cyrillic", "koi8_r": "Cyrillic", "cp1253": "Greek", "cp1255": "Hebrew", "cp1256": "Arabic",
    "cp874": "Thai", "euc_jp": "Japanese", "mac_roman": "Western Europe, old Mac",
    "mac_cyrillic": "Cyrillic, old Mac",
    "cp866": "Cyrillic, DOS",
}  # fmt: skip
_OF_THE_LIBRARY: Final = {"cp950": "big5", "euc_jp": "euc-jp", "iso8859_2": "iso-8859-2", "koi8_r": "koi8-r",
                          "mac_roman": "macroman", "mac_cyrillic": "mac-cyrillic"}  # fmt: skip
# By how much the best reading must beat the second, and more where both have letters of one script; how
# seldom an encoding is met, compared with those that most spreadsheets save.
_MARGIN: Final = 1.7
_SELDOM: Final = {
    "koi8_r": 0.5, "cp866": 0.3, "mac_cyrillic": 0.1, "mac_roman": 0.1, "iso8859_2": 0.5, "cp1257": 0.7,
    "cp1253": 0.5, "cp1255": 0.5, "cp1256": 0.4, "cp874": 0.4, "euc_jp": 0.5,
}  # fmt: skip
_OF_ONE_SCRIPT: Final = {"cp1252": 1.5}  # of Latin letters, those of Western Europe are met most
_OF_ONE_SCRIPT_ELSE: Final = 3.0
_FIELD = re.compile(rb"[^,;\t\r\n\"]*[\x80-\xff][^,;\t\r\n\"]*")
_CELLS = re.compile(r"[,;\t\r\n\"|]")
_BRACKETS = re.compile(r"[(\[].*")
_SAMPLE: Final = 65_536  # bytes; more doesn't make it surer
_SAMPLE_OF_A_CHUNK: Final = 8_192
_IMPOSSIBLE = re.compile("[\x80-\x9f\ue000-\uf8ff\ufffd]")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """The name of an encoding, and what is to be said to people if it is a conclusion."""

    name: str
    notes: tuple[str, ...] = ()


Chunks = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the sample says in one encoding."""

    encoding: str
    text: str
    odd: float


def mark_of(head: bytes) -> tuple[str, int]:
    """Return the encoding that a byte order mark names, and its length; "" and 0 if there is none."""
    return next(((name, len(bom)) for bom, name in _BOMS if head.startswith(bom)), ("", 0))


def encoding_of(chunks: Chunks, known: Collection[str] = ()) -> Encoding:
    """Return the encoding of a file without a byte order mark.

    `chunks` yields the file's bytes from their beginning, whenever it is called. `known` are words, as
    `column_key` returns them, that are read as headers: an encoding in which they stand there is the right
    one. Raises NotUnderstoodError with the encodings that it may be, where that can't be told.
    """
    head = next(iter(chunks()), b"")
    if name := _utf16_without_mark(head):
        return Encoding(name)
    if _is_utf8(chunks()):
        return Encoding("utf-8")
    sample = _sample(chunks())
    readings = _readings(sample)
    if not readings:
        raise NotUnderstoodError(
            "the file isn't text, or it is in an encoding that can't be told; save it as UTF-8"
        )
    if by_words := _by_words(readings, head, known):
        return Encoding(by_words)
    scores, raw = _scores(readings, sample)
    best = max(readings, key=lambda each: scores[each.encoding])
    if _is_mixed(sample) or not _is_settled(best, readings, scores, raw):
        raise _doubt(chunks, readings, scores)
    said = f"{best.encoding} ({_LEGACY[best.encoding]})"
    return Encoding(
        best.encoding, (f"the encoding {said} is concluded from the text; --encoding overrules it",)
    )


def is_cut_off(error: UnicodeDecodeError) -> bool:
    """Whether a text ends within a character, which costs its last row alone."""
    is_half = error.reason in ("unexpected end of data", "incomplete multibyte sequence", "truncated data")
    return is_half and error.start >= len(error.object) - 3


def _utf16_without_mark(data: bytes) -> str:
    head = data[:2000]
    half = len(head) // 2
    if half < 8:
        return ""
    # Latin letters, commas and tabs have a zero byte each, all on one side.
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd > half * 0.3 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.3 and odd < half * 0.05 else ""


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_beyond_ascii = False
    try:
        for chunk in chunks:
            is_beyond_ascii = not decoder.decode(chunk).isascii() or is_beyond_ascii
    except UnicodeDecodeError:
        return False
    # Half a character at the end is a file that was cut off, if there are whole ones.
    return is_beyond_ascii or not decoder.getstate()[0]


def _sample(chunks: Iterable[bytes]) -> bytes:
    """Return fields beyond ASCII from all over the file, of whole lines if there are any."""
    fields: dict[bytes, None] = {}
    size, rest = 0, b""
    for chunk in chunks:
        lines, newline, rest = (rest + chunk).rpartition(b"\n")
        taken = 0
        for match in _FIELD.finditer(lines + newline):
            if size > _SAMPLE or taken > _SAMPLE_OF_A_CHUNK:
                break
            taken += len(match[0])
            size += len(match[0])
            fields[match[0]] = None
    return b"\n".join(fields or _FIELD.findall(rest))


def _readings(sample: bytes) -> list[_Reading]:
    found: dict[str, _Reading] = {}
    for encoding in _LEGACY:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _IMPOSSIBLE.search(text) and text not in found:
            found[text] = _Reading(encoding, text, oddness(text, encoding))
    return list(found.values())


def _by_words(readings: Iterable[_Reading], head: bytes, known: Collection[str]) -> str:
    """Return the encoding in which most words stand there that the reader knows; "" if none or several do."""
    counts: dict[str, int] = {}
    for reading in readings:
        text = head.decode(reading.encoding, errors="replace")
        cells = {_BRACKETS.sub("", column_key(cell)) for cell in _CELLS.split(text) if not cell.isascii()}
        counts[reading.encoding] = len(cells.intersection(known))
    most = max(counts.values(), default=0)
    best = [encoding for encoding, count in counts.items() if count == most]
    return best[0] if most and len(best) == 1 else ""


def _scores(readings: list[_Reading], sample: bytes) -> tuple[dict[str, float], str]:
    """Return what the library gives each reading, less where words look odd; and its own first choice."""
    names = {_OF_THE_LIBRARY.get(each.encoding, each.encoding): each.encoding for each in readings}
    found = chardet.detect_all(
        sample, ignore_threshold=True, include_encodings=list(names), no_match_encoding=next(iter(names))
    )
    texts = {each.text: each for each in readings}
    given: dict[str, float] = {}
    for one in found:
        try:
            reading = texts.get(sample.decode(one["encoding"] or "ascii"))
        except (UnicodeDecodeError, LookupError):
            continue
        if reading is not None:
            weight = float(one["confidence"]) * _SELDOM.get(reading.encoding, 1.0)
            given[reading.encoding] = max(given.get(reading.encoding, 0.0), weight)
    first = max(given, key=lambda name: given[name], default="")
    return {each.encoding: given.get(each.encoding, 0.0) * _looks(each) for each in readings}, first


def _looks(reading: _Reading) -> float:
    """Return how well a reading looks, from 0 to 1."""
    foreign = min(languages(reading.text) - 1, 3) if is_latin(reading.text) else 0
    return (1 - reading.odd) ** 3 * 0.6**foreign


def _is_settled(best: _Reading, readings: list[_Reading], scores: Mapping[str, float], first: str) -> bool:
    if best.odd >= 0.5 or not scores[best.encoding]:
        return False
    others = [each for each in readings if each is not best]
    for other in others:
        is_alike = is_latin(best.text) and is_latin(other.text)
        if other.encoding == first and other.odd < best.odd + (0.1 if is_alike else 0.3):
            return False
    if not others:
        return True
    second = max(others, key=lambda each: scores[each.encoding])
    margin = _MARGIN
    if is_latin(best.text) and is_latin(second.text):
        alike = second.odd - best.odd < 0.05
        margin = _OF_ONE_SCRIPT.get(best.encoding, _OF_ONE_SCRIPT_ELSE) if alike else 1.0
    return scores[best.encoding] >= scores[second.encoding] * margin


def _is_mixed(sample: bytes) -> bool:
    """Whether some fields are UTF-8 and others aren't."""
    fields = sample.split(b"\n")
    whole = 0
    for field in fields:
        try:
            field.decode("utf-8")
        except UnicodeDecodeError:
            continue
        whole += 1
    return whole * 5 >= len(fields)


def _doubt(chunks: Chunks, readings: list[_Reading], scores: Mapping[str, float]) -> NotUnderstoodError:
    """Say which encodings it may be, the likeliest first, each with the same few words of the file."""
    likely = sorted(readings, key=lambda each: (-scores[each.encoding], each.odd))[:4]
    at = _telling(likely)
    shown = "; ".join(
        f"“{each.text.splitlines()[at][:30]}” in {each.encoding} ({_LEGACY[each.encoding]})"
        for each in likely
    )
    line = _line_of(chunks(), likely[0].text.splitlines()[at].encode(likely[0].encoding))
    return NotUnderstoodError(
        f"the file's encoding can't be told: it is not UTF-8, and this line reads {shown}; "
        f"say which with --encoding {likely[0].encoding}, or save the file as UTF-8",
        line=line,
    )


def _telling(readings: list[_Reading]) -> int:
    """Return which field of the sample differs in all readings, and is neither an address nor a number."""
    columns = list(zip(*(each.text.splitlines() for each in readings), strict=False))
    for at, texts in enumerate(columns):
        if len(set(texts)) == len(texts) and "@" not in texts[0] and sum(map(str.isdigit, texts[0])) < 5:
            return at
    return 0


def _line_of(chunks: Iterable[bytes], field: bytes) -> int | None:
    lines = 1
    for chunk in chunks:
        at = chunk.find(field)
        if at >= 0:
            return lines + chunk.count(b"\n", 0, at)
        lines += chunk.count(b"\n")
    return None
