"""Reads a data frame out of a file that R saved (.rda): what a table of paths needs, and no more."""

import bz2
import gzip
import lzma
import struct
from pathlib import Path
from typing import Any, Final

_OPENERS: Final = {b"\x1f\x8b": gzip.decompress, b"BZ": bz2.decompress, b"\xfd7": lzma.decompress}
_PAIRS: Final = 2


def data_frame(file: Path) -> dict[str, list[Any]]:
    """The columns of the first data frame in the file, by name. ValueError for what it doesn't understand."""
    held = file.read_bytes()
    opened = _OPENERS.get(held[:2], bytes)(held)
    if not opened.startswith((b"RDX2\nX\n", b"RDX3\nX\n")):
        raise ValueError(f"{file} is no file that R saved in its binary form")
    reader = _Reader(opened, 7)
    version = reader.number()
    reader.number(), reader.number()
    # Later ones name their encoding.
    if version > 2:
        reader.take(reader.number())
    _, (columns, attributes) = next(iter(reader.item().items()))
    names, _ = attributes["names"]
    return {name: column for name, (column, _) in zip(names, columns, strict=True)}


class _Reader:
    def __init__(self, held: bytes, at: int) -> None:
        self._held, self._at = held, at
        self._symbols: list[str] = []

    def take(self, length: int) -> bytes:
        self._at += length
        return self._held[self._at - length : self._at]

    def number(self) -> int:
        return int(struct.unpack(">i", self.take(4))[0])

    def item(self) -> Any:
        """A value, with its attributes where it may have some."""
        flags = self.number()
        kind = flags & 0xFF
        match kind:
            case 254:
                return None
            case 255:
                return self._symbols[(flags >> 8) - 1]
            case 1:
                self._symbols.append(self.item())
                return self._symbols[-1]
            case 9:
                length = self.number()
                return self.take(length).decode() if length >= 0 else None
            case 2:
                return self._pairs(flags)
            case 22:
                # A pointer of the package that made the frame: nothing to read behind it.
                self._symbols.append("")
                return self.item(), self.item(), self.item() if flags & 0x200 else None
        values = self._values(kind)
        return values, (self.item() or {}) if flags & 0x200 else {}

    def _values(self, kind: int) -> list[Any]:
        length = self.number()
        match kind:
            case 10 | 13:
                return list(struct.unpack(f">{length}i", self.take(4 * length)))
            case 14:
                return list(struct.unpack(f">{length}d", self.take(8 * length)))
            case 16 | 19:
                return [self.item() for _ in range(length)]
        raise ValueError(f"a value of R's kind {kind} is not understood")

    def _pairs(self, flags: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            if flags & 0x200:
                self.item()
            name = self.item() if flags & 0x400 else ""
            found[name] = self.item()
            flags = self.number()
            if flags & 0xFF != _PAIRS:
                return found
