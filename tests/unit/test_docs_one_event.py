"""docs/one-event.md leads a reader through files and functions that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "one-event.md").read_text("utf-8")
FILES = sorted(set(re.findall(r"`([a-z_]+(?:/[\w.]+)+\.(?:py|sql))`", TEXT)))
FUNCTIONS = re.findall(r"`([a-z_/]+\.py)` \(`(\w+)`\)", TEXT)


@pytest.mark.parametrize("name", FILES)
def test_each_file_exists(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize(("file", "name"), FUNCTIONS)
def test_each_function_stands_in_its_file(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    defined = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert name in defined


def test_the_way_is_told_to_its_end() -> None:
    assert len(FILES) > 20
    assert len(FUNCTIONS) > 15
