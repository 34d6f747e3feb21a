"""What the documents point to exists, and the example for contributors runs."""

import re
from pathlib import Path

import pytest

from attribution.policy import Policy

DOCUMENTS = [
    Path("README.md"),
    Path("README.zh-CN.md"),
    Path("CONTRIBUTING.md"),
    Path("CHANGELOG.md"),
    *sorted(Path("docs").rglob("*.md")),
]
NAMING = [Path("CONTRIBUTING.md"), Path("docs/identity.md"), *sorted(Path("docs/adr").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
FILE = re.compile(r"`((?:\w[\w.-]*/)+[\w.-]*|\w+\.(?:py|md|toml))`")


def name_of(path: Path) -> str:
    return str(path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", NAMING, ids=name_of)
def test_files_that_are_named_exist(document: Path) -> None:
    named = set(FILE.findall(document.read_text(encoding="utf-8")))
    places = (Path(), Path("sinks/sql"))
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_decision_is_in_the_index_with_context_decision_and_consequences() -> None:
    index = Path("docs/adr/README.md").read_text(encoding="utf-8")
    pages = sorted(Path("docs/adr").glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        assert f"[{title}]({page.name})" in index
        assert [
            part for part in ("**Context.**", "**Decision.**", "**Consequences.**") if part not in text
        ] == []


def test_the_example_for_contributors_is_a_test_that_passes(policy: Policy) -> None:
    code = re.search(r"```python\n(.*?)```", Path("CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(compile(code[1], "CONTRIBUTING.md", "exec"), names)
    names["test_a_form_makes_a_lead"](policy)  # type: ignore[operator]  # from a namespace


def test_the_glossary_explains_each_word_once() -> None:
    text = Path("docs/glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\*\*.+?\*\*) \|", text, re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"\*\*(.+?)\*\*", row)]
    assert len(words) == len(set(words))
    assert {"fact", "journey", "touchpoint", "lead", "policy"} <= set(words)
