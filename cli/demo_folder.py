"""The demo's own folder: it belongs to one checkout, and its data are made anew for another recipe."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from stack import documents, folder
from stack.errors import StackError
from stack.locks import held

MARK = "recipe"
PLACE = "checkout"  # the file that says whose demo it is
MOST = 20
# What decides the content of the demo's topics and tables.
PACKAGES = ("schemas", "attribution", "producers", "streams", "sinks", "market")
SOURCES = (".py", ".sql", ".toml")


def recipe_of(*ingredients: str) -> str:
    """A hash of all that the demo's data follow from: the code, and whatever else is named."""
    made = hashlib.blake2b("\0".join(ingredients).encode(), digest_size=8)
    for package in PACKAGES:
        root = Path(str(resources.files(package)))
        for path in sorted(root.rglob("*")):
            if path.suffix in SOURCES:
                made.update(path.name.encode())
                made.update(path.read_bytes())
    return made.hexdigest()


def here() -> str:
    """Where the code of this demo is."""
    return str(Path(str(resources.files("market"))).parent.resolve())


@contextmanager
def claimed(parent: Path, place: str) -> Iterator[Path]:
    """Own a folder for a demo until the block is left: `demo`, or `demo-2` and so on beside it.

    Passed over are those in which another demo or `leadtrace up` runs, and those of another checkout that is
    still there. Raises StackError if none is left.
    """
    folder.prepare(parent)
    for number in range(1, MOST + 1):
        home = parent / ("demo" if number == 1 else f"demo-{number}")
        with held(parent / f".{home.name}.claim") as mine:
            if mine and is_free_for(home, place):
                yield home
                return
    raise StackError(
        f"demos of others have all {MOST} folders in {parent}: stop some, or choose another --data-dir"
    )


def is_free_for(home: Path, place: str) -> bool:
    """Whether nothing runs in the folder, and it is of no other checkout."""
    if folder.in_use(home):
        return False
    try:
        owner = (documents.read_bytes(home / PLACE) or b"").decode("utf-8", "replace")
    except documents.DamagedError:
        return False
    return owner in ("", place) or not Path(owner).exists()


def freed_for(home: Path, recipe: str) -> bool:
    """Make the folder, without what an earlier demo by another recipe left there; whether one had.

    Raises StackError, and deletes nothing, when it is in use or holds something that is no demo's.
    """
    mark = home / MARK
    if folder.in_use(home):
        raise StackError(f"the demo's folder {home} is in use: stop what runs there, then run the demo again")
    kept = (mark, home / PLACE)
    inside = [path for path in home.iterdir() if path not in kept] if home.exists() else []
    before = mark.read_text(encoding="utf-8", errors="replace") if mark.exists() else ""
    if inside and not before:
        raise StackError(
            f"{home} holds something that is not the demo's: move it away, or choose another --data-dir"
        )
    changed = bool(inside) and before != recipe
    if changed:
        for path in inside:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    folder.prepare(home)
    mark.write_text(recipe, encoding="utf-8")
    (home / PLACE).write_text(here(), encoding="utf-8")
    return changed
