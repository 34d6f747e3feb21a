"""A file's bytes to lines of text, piece by piece, and lines to the records of a CSV."""

import codecs
import csv
import io
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Final

from producers.cells.encodings import is_cut_off
from producers.cells.source import Source
from producers.outcomes.left_out import NotUnderstoodError

CELL_LIMIT: Final = 131_072  # characters; a longer one is a quote that was never closed, or an attack
LINE_LIMIT: Final = 8_388_608
_MARKS: Final = "\ufeff\u200b\u200e\u200f\u2060"
_SEPARATORS: Final = (",", "\t", ";", "|")
_BROKEN_ROWS_LIMIT: Final = 20


def lines_of(source: Source, encoding: str, start: int = 0) -> Iterator[str]:
    """Yield each line with its end: \\n, \\r or both. Half a character at the end of the file is left out.

    Raises NotUnderstoodError for bytes that aren't in this encoding, and for a line that never ends.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise NotUnderstoodError(f"{encoding!r} is not the name of a text encoding") from None
    rest, ended, at = "", 0, start
    for chunk in source.chunks(start):
        text = _decoded(decoder, chunk, encoding, at, ended)
        # A second byte order mark would hide the quote of the first cell.
        text = text.lstrip(_MARKS) if at == start else text
        lines = list(io.StringIO(rest + text, newline=""))
        at += len(chunk)
        # A line is whole if another one follows; a \\r may be followed by its \\n.
        rest = lines.pop() if lines else ""
        ended += len(lines)
        if len(rest) > LINE_LIMIT:
            raise NotUnderstoodError(
                f"this line is longer than {LINE_LIMIT:,} characters: the file is no table", line=ended + 1
            )
        yield from lines
    try:
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if not is_cut_off(error) or not (rest or ended):
            raise _undecodable(encoding, at - len(error.object), ended + 1) from None
    if rest:
        yield from io.StringIO(rest, newline="")


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str, at: int, lines: int) -> str:
    try:
        return decoder.decode(chunk)
    except UnicodeDecodeError as error:
        # What was left of the chunk before stands at the beginning of what was decoded.
        begun = at + len(chunk) - len(error.object) + error.start
        line = lines + error.object[: error.start].count(b"\n") + 1
        raise _undecodable(encoding, begun, line) from None


def _undecodable(encoding: str, at: int, line: int) -> NotUnderstoodError:
    return NotUnderstoodError(
        f"the file is not {encoding} from byte {at + 1} on; say its encoding with --encoding, or save it "
        "again as CSV (UTF-8)",
        line=line,
    )


def separator_of(lines: Sequence[str]) -> str:
    """Return the character that stands between the cells of a file that begins with these lines."""

    # The right one cuts many lines into one number of cells; text cells vary.
    def weight(separator: str) -> int:
        counts = Counter(line.count(separator) for line in lines)
        del counts[0]
        return max((count * times for count, times in counts.items()), default=0)

    return max(_SEPARATORS, key=weight)


class _Feed:
    """Lines for a reader of CSV, which may be taken back to where the last whole record ended."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0  # lines that were given

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self.number += 1
        return line

    def keep(self) -> None:
        """Let go of the lines that make a whole record."""
        self.taken.clear()

    def give_up_first(self) -> str:
        """Take all lines back but the first of those since the last whole record, and return that."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        self.taken.clear()
        return first


def records_of(lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield the line that each record begins on, its cells, and why it can't be read, if so.

    A broken record costs its first line alone: those behind it are whole. Raises NotUnderstoodError if too
    many are broken.
    """
    feed, broken = _Feed(lines), 0
    while True:
        reader = csv.reader(feed, delimiter=separator, strict=True)
        begun = feed.number
        try:
            for cells in reader:
                feed.keep()
                yield begun + 1, cells, ""
                begun = feed.number
            return
        except csv.Error as error:
            broken += 1
            if broken > _BROKEN_ROWS_LIMIT:
                raise NotUnderstoodError(
                    f"more than {_BROKEN_ROWS_LIMIT} rows have quotes that don't pair up; "
                    "export the file again",
                    line=begun + 1,
                ) from None
            yield begun + 1, [feed.give_up_first().rstrip("\r\n")[:CELL_LIMIT]], _why(error)


def _why(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell is longer than {CELL_LIMIT} characters"
    return "a quote in this row is never closed, or text follows a closing quote"
