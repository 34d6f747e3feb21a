"""Finds in what a dying server wrote the causes that a person can do something about."""

import shutil
from pathlib import Path

from stack import folder

NEXT_TO_NOTHING = 10_000_000


def known(output: str, ports: tuple[int, ...], home: Path) -> str | None:
    """A clause that says the cause and what to do, for a server on these ports over the folder `home`.

    None if it isn't known.
    """
    if "ddress already in use" in output:
        taken = [port for port in ports if not folder.is_free(port)] or list(ports)
        listed = " or ".join(map(str, taken))
        return f"port {listed} is taken by another program: stop that one, or start again to get another port"
    # A full disk often has no room for the line that says so.
    if "No space left on device" in output or shutil.disk_usage(home).free < NEXT_TO_NOTHING:
        return f"the disk of {home} is full: make room, then start again"
    if "Too many open files" in output:
        return "too many files are open: raise the limit (ulimit -n), then start again"
    return None
