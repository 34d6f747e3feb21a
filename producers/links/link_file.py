"""The file of links: one JSON object in each line, added at its end, read again by every collector."""

import fcntl
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from producers.links.link import Link, LinkFaultError, Recipient, item_of

NAME: Final = "links.jsonl"
LARGEST: Final = 512 << 20  # bytes of a file
LONGEST_LINE: Final = 64 << 10
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Links:
    """What the file says: links by their codes, and who has which code of a recipient."""

    by_code: dict[str, Link] = field(default_factory=dict)
    recipients: dict[str, Recipient] = field(default_factory=dict)

    def take(self, item: Link | Recipient) -> None:
        """A later line takes the place of an earlier one."""
        if isinstance(item, Link):
            self.by_code[item.code] = item
        else:
            self.recipients[item.code] = item


class LinkFile:
    """The links as the file has them now. What was added is read at the next look, and nothing twice.

    A line that is no link is said in the log once; all others count. A file that isn't there has no links.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._links = Links()
        self._seen: tuple[int, int] = (-1, 0)  # the file's inode, and how far it was read
        self._line = 0

    def current(self) -> Links:
        """Return the links as they are now."""
        try:
            status = self.path.stat()
        except OSError:
            self._begin(-1)
            return self._links
        inode, read = self._seen
        if inode != status.st_ino or status.st_size < read:
            self._begin(status.st_ino)
            read = 0
        if status.st_size > read:
            self._read_on(status.st_ino, read)
        return self._links

    def who(self, recipient: str) -> str | None:
        """Return the token of whoever got a link of his own under this code, None if nobody did."""
        found = self.current().recipients.get(recipient) if recipient else None
        return found.who if found else None

    def _begin(self, inode: int) -> None:
        if self._seen != (inode, 0):
            self._links, self._seen, self._line = Links(), (inode, 0), 0

    def _read_on(self, inode: int, start: int) -> None:
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                added = file.read(LARGEST - start if start < LARGEST else 0)
        except OSError as error:
            _log.error("the file of links %s can't be read: %s", self.path, error.strerror)
            return
        whole = added[: added.rfind(b"\n") + 1]  # of a line that is being written, the rest comes
        self._seen = inode, start + len(whole)
        for line in whole.splitlines():
            self._line += 1
            if not line.strip():
                continue
            try:
                self._links.take(item_of(_parsed(line)))
            except LinkFaultError as error:
                _log.error("line %d of %s is left out: %s", self._line, self.path, error)


def _parsed(line: bytes) -> Any:
    if len(line) > LONGEST_LINE:
        raise LinkFaultError(f"it is longer than {LONGEST_LINE >> 10} KB")
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        raise LinkFaultError("it is not JSON") from None


class Appending:
    """The file while one writes to it: others wait, so that a code that is free stays free."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "Appending":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Collectors may run as another user; there are tokens of people in it.
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def links(self) -> Links:
        """What is there."""
        return LinkFile(self._path).current()

    def add(self, records: Iterable[dict[str, Any]]) -> None:
        """Write lines at the end, all of them, and see that they are on the disk."""
        size = os.fstat(self._file).st_size
        ends_well = size == 0 or os.pread(self._file, 1, size - 1) == b"\n"
        lines = b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)
        left = memoryview(lines if ends_well else b"\n" + lines)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
