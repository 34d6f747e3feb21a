"""The texts that stand in templates and modules, for the tests that look for them in catalogs."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
MARKS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}


def texts_of(package: str) -> Iterator[tuple[str, str]]:
    """Each text to be translated in a package, with the file and line where it stands."""
    for path in sorted((ROOT / package).rglob("*")):
        name = path.relative_to(ROOT)
        if path.suffix == ".html":
            with path.open("rb") as file:
                found = list(babel_extract(file, list(MARKS), [], {"trimmed": "false"}))
            told = [(line, texts) for line, _, texts, _ in found]
        elif path.suffix == ".py":
            with path.open("rb") as file:
                told = [(line, texts) for line, texts, _, _ in extract("python", file, MARKS)]
        else:
            continue
        for line, texts in told:
            first = texts if isinstance(texts, str) else (texts or [""])[0]
            if first:
                yield f"{name}:{line}", first
