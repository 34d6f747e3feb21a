"""Where a file's bytes come from: read as often as somebody asks, and never all at once."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from producers.outcomes.left_out import NotUnderstoodError

CHUNK: Final = 1 << 20
LARGEST_PIPE: Final = 64 << 20  # bytes; a pipe can be read once only, so that it is held
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes in memory, or those of a file on disk."""

    data: bytes = b""
    path: Path | None = None

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from `start` on. Raises OSError."""
        if self.path is None:
            if start < len(self.data):
                yield self.data[start:] if start else self.data
            return
        with self.path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(CHUNK):
                yield chunk

    @property
    def head(self) -> bytes:
        """The first bytes, at most a chunk. Raises OSError."""
        return next(iter(self.chunks()), b"")

    @property
    def size(self) -> int:
        """How many bytes there are. Raises OSError."""
        return len(self.data) if self.path is None else self.path.stat().st_size

    def whole(self) -> bytes:
        """All bytes, for what can't be read in pieces. Raises OSError."""
        return self.data if self.path is None else self.path.read_bytes()


def source_of(path: Path) -> Source:
    """Return a file as a source, or what a pipe gives.

    Raises NotUnderstoodError for what is neither, or never ends; OSError if there is nothing.
    """
    mode = path.stat().st_mode
    for is_kind, what in _KINDS:
        if is_kind(mode):
            raise NotUnderstoodError(f"it is {what}, and no file: save what it gives as one and import that")
    if not stat.S_ISFIFO(mode):
        return Source(path=path)
    with path.open("rb") as pipe:
        return Source(bytes_of_pipe(pipe, "the pipe"))


def bytes_of_pipe(pipe: BinaryIO, called: str) -> bytes:
    """Return all that a pipe gives. Raises NotUnderstoodError if that is too much, OSError."""
    data = pipe.read(LARGEST_PIPE + 1)
    if len(data) > LARGEST_PIPE:
        raise NotUnderstoodError(
            f"{called} gives more than {LARGEST_PIPE >> 20} MB: save it as a file and import that"
        )
    return data
