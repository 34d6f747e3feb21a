"""What the documents tell people to type exists: commands, options, variables, make targets and files."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import settings
from cli.main import COMMANDS, main
from settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")])
TYPED = re.compile(r"(?:^ +|`|&& |& |\| )leadtrace ([a-z][^`\n&#|]*)", re.MULTILINE)
NAMES = {settings.PREFIX + name.upper() for name in Settings.model_fields}


def typed() -> Iterator[tuple[Path, str]]:
    """Every command line of a document, without `leadtrace`."""
    for path in DOCUMENTS:
        for found in TYPED.finditer(path.read_text(encoding="utf-8")):
            yield path, found[1].strip()


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words name, and what is left of them."""
    command = main.get_command(click.Context(main), words[0])
    assert command is not None, words
    rest = words[1:]
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def test_the_readme_tells_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n    make demo\n" in text
    assert "\n    make test\n" in text


def test_each_command_in_a_document_exists_with_its_options() -> None:
    lines = list(typed())
    assert len(lines) > 20
    for path, line in lines:
        words = line.split()
        assert words[0] in COMMANDS, f"{path.name}: leadtrace {line}"
        command, rest = resolved(words)
        context = click.Context(command, resilient_parsing=True)
        command.parse_args(context, [word for word in rest if not word.startswith("-")])
        options = command.get_params(context)
        known = {name for option in options for name in (*option.opts, *option.secondary_opts)}
        for word in rest:
            if word.startswith("-") and word != "-":
                assert word.partition("=")[0] in {*known, "--help"}, f"{path.name}: leadtrace {line}"


def test_each_make_target_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in DOCUMENTS:
        for target in re.findall(r"(?:^ {4}|`)make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE):
            assert target in targets, f"{path.name}: make {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_variable_in_a_document_exists(path: Path) -> None:
    for name in re.findall(r"LEADTRACE_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")):
        assert name in NAMES, f"{path.name}: {name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_file_that_a_document_links_to_exists(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_readme_shows_what_the_demo_prints() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = (ROOT / "cli" / "demo_show.py").read_text(encoding="utf-8")
    for title in re.findall(r'"([A-Z][^"]{20,})"', shown):
        if title in told:
            break
    else:
        pytest.fail("nothing of what the demo prints stands in the README")
    assert "reports equal the truth" in told
    assert "reports equal the truth" in shown
