"""docs/views.md says what the views say of themselves, and they say enough."""

import re
import subprocess
import sys

import pytest

from sinks.scripts import Script
from sinks.view_texts import views

VIEWS = views("UTC")


def test_the_page_is_what_the_views_say() -> None:
    asked = [sys.executable, "docs/generate_views.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_dbt_knows_the_views_that_there_are() -> None:
    asked = [sys.executable, "docs/generate_dbt.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_superset_shows_the_views_that_there_are() -> None:
    asked = [sys.executable, "docs/generate_superset.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_says_what_it_answers_what_a_row_is_and_what_each_column_means(view: Script) -> None:
    question, grain = view.text.splitlines()[:2]
    assert re.fullmatch(r"-- [A-Z].{20,}\.", question)
    assert re.fullmatch(r"-- Grain: one row per .+\.", grain)
    columns = re.search(r"VIEW \w+\n\(\n(.*?)^\)$", view.text, re.MULTILINE | re.DOTALL)
    if columns is None:
        assert re.search(r"^-- Columns: .+\.$", view.text, re.MULTILINE)
        return
    for line in columns[1].splitlines():
        assert re.fullmatch(r"    \w+ .+ COMMENT '.{5,}',?", line), line
