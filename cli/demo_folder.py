"""The demo's own folder: its data belong to one recipe, and are made anew when the recipe changes."""

import hashlib
import shutil
from importlib import resources
from pathlib import Path

from stack import folder
from stack.errors import StackError

MARK = "recipe"
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


def freed_for(home: Path, recipe: str) -> bool:
    """Make the folder, without what an earlier demo by another recipe left there; whether one had.

    Raises StackError, and deletes nothing, when it is in use or holds something that is no demo's.
    """
    mark = home / MARK
    if folder.in_use(home):
        raise StackError(f"the demo's folder {home} is in use: stop what runs there, then run the demo again")
    inside = [path for path in home.iterdir() if path != mark] if home.exists() else []
    before = mark.read_text(encoding="utf-8") if mark.exists() else ""
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
    return changed
