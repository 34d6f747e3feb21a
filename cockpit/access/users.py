"""The file of users: a name, a role and the hash of a password each; it may change at any time."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cockpit.access.passwords import is_hash
from cockpit.access.roles import Role
from settings import Settings
from stack.folder import write_private
from stack.locks import held

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LARGEST: Final = 1 << 20
_HEAD: Final = (
    "# Who may log in to the cockpit; `leadtrace cockpit user` writes it. It is read again when it changes.\n"
)
_FIELDS: Final = {"role": str, "password": str, "added": date}


class UsersError(ValueError):
    """The file can't be used, or what is asked of it can't be done; the text says why, and no secret."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the file."""

    name: str
    role: Role
    password: str
    added: date

    @property
    def stamp(self) -> str:
        """What changes with the password: sessions of before it are over."""
        return sha256(self.password.encode()).hexdigest()[:16]


Accounts = Mapping[str, Account]


def users_file(given: Settings) -> Path:
    """Where the users stand."""
    return given.cockpit_users or given.data_dir / "cockpit-users.toml"


class Users:
    """The users of the file as it is now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._accounts: Accounts = MappingProxyType({})
        self.was_there = False

    def current(self) -> Accounts:
        """All users; nobody if there is no file. Raises UsersError, also if it could be read before."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._accounts = None, MappingProxyType({})
            return self._accounts
        except OSError as error:
            raise UsersError(f"{self._path} can't be read ({error.strerror})") from None
        self.was_there = True
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._accounts = read(self._path)
            self._seen = seen
        return self._accounts


def read(path: Path) -> Accounts:
    """The users that stand in a file. Raises UsersError."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise UsersError(f"{path} is larger than {LARGEST >> 20} MB")
        told = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise UsersError(f"{path} can't be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        # What the parser says may quote the line, and with it a hash.
        raise UsersError(f"{path} is no TOML: `leadtrace cockpit user` writes it") from None
    named = told.get("users", {})
    if told.keys() - {"users"} or not isinstance(named, dict):
        raise UsersError(f"{path} may hold nothing but [users.NAME] sections")
    return MappingProxyType({name: _account(path, name, each) for name, each in named.items()})


def add(path: Path, name: str, role: Role, password: str, today: date) -> bool:
    """Put a user, with the hash of the password, into the file; whether there was none of this name.

    Raises UsersError and StackError.
    """
    if not NAME.fullmatch(name):
        raise UsersError(
            "a user's name is letters from a to z, digits, points, underscores and hyphens, and no e-mail "
            "address: it stands in logs"
        )
    with _changing(path) as accounts:
        is_new = name not in accounts
        since = today if is_new else accounts[name].added
        _write(path, {**accounts, name: Account(name, role, password, since)})
    return is_new


def remove(path: Path, name: str) -> Accounts:
    """Take a user out of the file, and return who is left. Raises UsersError and StackError."""
    with _changing(path) as accounts:
        if name not in accounts:
            raise UsersError(f"there is no user {name[:64]!r}; the users are {', '.join(accounts) or 'none'}")
        left = {each: account for each, account in accounts.items() if each != name}
        _write(path, left)
    return left


@contextmanager
def _changing(path: Path) -> Iterator[Accounts]:
    """The users of a file that nobody else changes until the block is left."""
    with held(path.with_name(path.name + ".lock")) as is_mine:
        if not is_mine:
            raise UsersError(f"another command changes {path} at this moment: try again")
        yield read(path) if path.exists() else {}


def _write(path: Path, accounts: Accounts) -> None:
    # Names, roles and hashes hold nothing that TOML would read otherwise.
    sections = [
        f'[users."{each.name}"]\nrole = "{each.role}"\npassword = "{each.password}"\nadded = {each.added}\n'
        for each in sorted(accounts.values(), key=lambda account: account.name)
    ]
    write_private(path, "\n".join([_HEAD, *sections]))


def _account(path: Path, name: str, told: Any) -> Account:
    if not NAME.fullmatch(name):
        raise UsersError(
            f"{path}: a user has a name with more than a to z, digits, points, underscores, hyphens"
        )
    where = f"{path}: the user {name!r}"
    if not isinstance(told, dict) or told.keys() != _FIELDS.keys():
        raise UsersError(f"{where} must have {', '.join(_FIELDS)}, and nothing else")
    if any(not isinstance(told[field], kind) for field, kind in _FIELDS.items()):
        raise UsersError(f"{where} has a role and a password in quotes, and a day without them")
    if told["role"] not in list(Role):
        raise UsersError(f"{where} has the role {told['role'][:20]!r}; the roles are {', '.join(Role)}")
    if not is_hash(told["password"]):
        raise UsersError(
            f"{where} has a password that is no argon2id hash: `leadtrace cockpit user add` makes it"
        )
    return Account(name, Role(told["role"]), told["password"], told["added"])
