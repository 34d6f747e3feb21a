"""docs/one-event.md names every file that a page view passes, and functions in the order of their calls."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from followed import Call, follow, not_called_in_order

from attribution.policy import Policy

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "one-event.md").read_text("utf-8")
FILES = sorted(set(re.findall(r"`([a-z_]+(?:/[\w.]+)+\.(?:py|sql))`", TEXT)))
FUNCTIONS = re.findall(r"`([a-z_/]+\.py)` \(`(\w+)`\)", TEXT)
# Its text is read as a resource; no code of it runs.
NOT_CODE = {"sinks/sql/__init__.py"}


@pytest.fixture(scope="module")
def passed(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """The calls that one page view leads to, in order."""
    return follow(policy, tmp_path_factory.mktemp("followed"))


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


@pytest.mark.enable_socket
def test_each_file_that_a_page_view_passes_is_named(passed: list[Call]) -> None:
    assert {file for file, _ in passed} - {*FILES, *NOT_CODE} == set()


@pytest.mark.enable_socket
def test_the_functions_are_named_in_the_order_in_which_they_are_called(passed: list[Call]) -> None:
    assert not_called_in_order(FUNCTIONS, passed) is None


def test_the_way_is_told_to_its_end() -> None:
    assert len(FILES) > 60
    assert [file.partition("/")[0] for file in steps()] == ["producers", "streams", "sinks"]


def steps() -> Iterator[str]:
    """The first file of each part of the way."""
    for part in TEXT.split("\n## ")[1:4]:
        yield re.findall(r"`([a-z_]+/[\w./]+\.py)`", part)[0]
