"""docs/reliability.md has the figures that the fault tests wrote, and no others."""

import json
import re
import subprocess
import sys
from pathlib import Path

LINES = [json.loads(line) for line in Path("docs/reliability.jsonl").read_text("utf-8").splitlines()]


def test_the_page_is_what_the_tests_measured() -> None:
    asked = [sys.executable, "docs/generate_reliability.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_test_that_is_published_still_exists() -> None:
    """A figure of a test that has gone proves nothing."""
    there = "\n".join(path.read_text("utf-8") for path in Path("tests/faults").glob("test_*.py"))
    assert {
        name for line in LINES if f"def {(name := line['test'].partition('[')[0])}(" not in there
    } == set()


def test_the_commands_of_the_page_are_targets_of_make() -> None:
    named = set(re.findall(r"\bmake (\w+)", Path("docs/reliability.md").read_text("utf-8")))
    targets = set(re.findall(r"^(\w+):", Path("Makefile").read_text("utf-8"), re.MULTILINE))
    assert named <= targets | {"sure"}
