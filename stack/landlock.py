"""Lets Linux confine this process to a few paths and ports, for good and for all that it starts."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_REG = 1 << 4, 1 << 5, 1 << 8
CONNECT_TCP, BIND_TCP = 1 << 1, 1 << 0

# What the kernel can forbid since which version of its interface: files, ports, and what has no path.
FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
PORTS = {4: BIND_TCP | CONNECT_TCP}
SCOPES = {6: (1 << 0) | (1 << 1)}
# Version 1 forbids every move from one folder into another, which a database can't do without.
LEAST = 2

# The numbers are the same on all processors.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
RULE_PATH, RULE_PORT = 1, 2
NO_NEW_PRIVILEGES = 38

EVERYTHING = FILES[1] | FILES[2] | FILES[3]
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | FILES[3] | FILES[5]


def version() -> int:
    """The version of the kernel's interface; 0 where there is none, or none that will do."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        found = _call(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)
    except OSError:
        return 0
    return found if found >= LEAST else 0


def confine(paths: Iterable[tuple[Path, int]], ports: Iterable[int]) -> bool:
    """Leave this thread, and all threads and processes it starts from now on, only these rights below paths.

    It may listen on these TCP ports and connect to none, where the kernel knows how to forbid that. False
    if the kernel can't confine anything; OSError if a path isn't there.
    """
    known = version()
    if not known:
        return False
    files, net, scopes = (_handled(each, known) for each in (FILES, PORTS, SCOPES))
    given = struct.pack("=QQQ", files, net, scopes)
    ruleset = _call(CREATE_RULESET, ctypes.c_char_p(given), ctypes.c_size_t(len(given)), 0)
    try:
        for path, rights in paths:
            _allow_below(ruleset, path, rights & files)
        for port in ports if net else ():
            rule = struct.pack("=QQ", BIND_TCP, port)
            _call(ADD_RULE, ruleset, RULE_PORT, ctypes.c_char_p(rule), 0)
        if _libc().prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "new privileges can't be given up")
        _call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def _handled(rights: dict[int, int], known: int) -> int:
    return sum(bits for since, bits in rights.items() if since <= known)


def _allow_below(ruleset: int, path: Path, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        fitting = rights if path.is_dir() else rights & OF_A_FILE
        rule = struct.pack("=QI", fitting, opened)
        _call(ADD_RULE, ruleset, RULE_PATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
