"""Who is logged in: a row for each session, under the hash of what only its browser has."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cockpit.access.roles import Role, Way

MOST_OF_ONE: Final = 20
NOTED_EVERY: Final = 60  # seconds between two notes that somebody is still here
LONGEST_SECRET: Final = 64
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS sessions (
    hash BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, way TEXT NOT NULL, stamp TEXT NOT NULL,
    began_at INTEGER NOT NULL, seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of ON sessions (name);
CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
"""
_OLD_OF_ONE: Final = """
DELETE FROM sessions WHERE name = ? AND hash NOT IN (
    SELECT hash FROM sessions WHERE name = ? ORDER BY began_at DESC, seen_at DESC LIMIT ?
)
"""


class SessionsError(RuntimeError):
    """Sessions can't be kept; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's login: `stamp` is what the password had when it began; times are seconds since 1970."""

    name: str
    role: Role
    way: Way
    stamp: str
    began_at: int
    seen_at: int


def sessions_file(data_dir: Path) -> Path:
    """Where the sessions stand."""
    return data_dir / "cockpit-sessions.sqlite3"


class Sessions:
    """All sessions; each ends `idle` seconds after its last request and `longest` after its login."""

    def __init__(self, path: Path, idle: int, longest: int, clock: Callable[[], float] = time.time) -> None:
        self._idle, self._longest, self._clock = idle, longest, clock
        self._path = path
        with self._sentences():
            try:
                self._rows = _opened(path)
            except sqlite3.DatabaseError as error:
                if type(error) is not sqlite3.DatabaseError:  # it is only locked, or there is no room
                    raise
                # Nothing stands there but sessions: of a damaged file everybody logs in once more.
                for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                    each.unlink(missing_ok=True)
                self._rows = _opened(path)

    def begin(self, name: str, role: Role, way: Way, stamp: str = "") -> str:
        """Begin a session, and return its secret, which stands nowhere else. Raises SessionsError."""
        secret, now = secrets.token_urlsafe(32), int(self._clock())
        with self._sentences():
            self._forget_ended(now)
            self._rows.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_hash(secret), name, role, way, stamp, now, now),
            )
            self._rows.execute(_OLD_OF_ONE, (name, name, MOST_OF_ONE))
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of this secret, if it hasn't ended; it is seen now. Raises SessionsError."""
        if not secret or len(secret) > LONGEST_SECRET:
            return None
        now = int(self._clock())
        with self._sentences():
            row = self._rows.execute(
                "SELECT name, role, way, stamp, began_at, seen_at FROM sessions WHERE hash = ?",
                (_hash(secret),),
            ).fetchone()
            if row is None:
                return None
            found = Session(row[0], Role(row[1]), Way(row[2]), *row[3:])
            if self._is_over(found, now):
                self.end(secret)
                return None
            if now - found.seen_at >= NOTED_EVERY:
                self._rows.execute("UPDATE sessions SET seen_at = ? WHERE hash = ?", (now, _hash(secret)))
        return found

    def end(self, secret: str) -> None:
        """End one session. Raises SessionsError."""
        with self._sentences():
            self._rows.execute("DELETE FROM sessions WHERE hash = ?", (_hash(secret),))

    def end_all(self, name: str) -> int:
        """End all sessions of somebody, and return how many these were. Raises SessionsError."""
        with self._sentences():
            return self._rows.execute("DELETE FROM sessions WHERE name = ?", (name,)).rowcount

    def of(self, name: str) -> list[Session]:
        """Somebody's sessions, the newest first. Raises SessionsError."""
        with self._sentences():
            self._forget_ended(int(self._clock()))
            rows = self._rows.execute(
                "SELECT name, role, way, stamp, began_at, seen_at FROM sessions WHERE name = ? "
                "ORDER BY began_at DESC, hash",
                (name,),
            )
            return [Session(row[0], Role(row[1]), Way(row[2]), *row[3:]) for row in rows]

    def key(self, name: str) -> bytes:
        """A secret of this cockpit, the same from now on. Raises SessionsError."""
        with self._sentences():
            self._rows.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (name, secrets.token_bytes(32)))
            key: bytes = self._rows.execute("SELECT key FROM keys WHERE name = ?", (name,)).fetchone()[0]
        return key

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    def _is_over(self, session: Session, now: int) -> bool:
        return now - session.seen_at > self._idle or now - session.began_at > self._longest

    def _forget_ended(self, now: int) -> None:
        self._rows.execute(
            "DELETE FROM sessions WHERE seen_at < ? OR began_at < ?", (now - self._idle, now - self._longest)
        )

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SessionsError(
                f"{self._path} can't be used ({error}): make room, or change the owner of its folder"
            ) from error


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    # Each statement is a transaction of its own; what the last second before a power cut said may be lost.
    rows = sqlite3.connect(path, timeout=5, isolation_level=None)
    rows.execute("PRAGMA journal_mode = WAL")
    rows.execute("PRAGMA synchronous = NORMAL")
    rows.executescript(_TABLES)
    return rows


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
