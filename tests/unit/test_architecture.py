"""What holds the code together: layers, names, sizes, one reader of the environment."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cli.main import COMMANDS

PACKAGES = (
    "setting_groups",
    "schemas",
    "attribution",
    "producers",
    "streams",
    "sinks",
    "stack",
    "answers",
    "cockpit",
    "assistants",
    "notices",
    "outbox",
    "cli",
    "market",
)
PURE = ("schemas", "attribution")
SHELLS = ("producers", "streams", "sinks", "stack")
ALONE = [Path(name) for name in ("background.py", "ending.py", "hosts.py", "log_records.py", "settings.py")]
MODULES = [*ALONE, *sorted(path for package in PACKAGES for path in Path(package).rglob("*.py"))]
# What runs beside the product is as small; stories in tests may be longer.
SCRIPTS = [path for folder in ("bench", "docs") for path in sorted(Path(folder).glob("*.py"))]
TESTS = sorted(Path("tests").rglob("*.py"))
MAX_LINES, MAX_FUNCTION = 300, 50
MAX_TEST_LINES, MAX_TEST_FUNCTION = 600, 70
VAGUE = {"utils", "helpers", "common", "base", "misc"}


@cache
def tree_of(path: Path) -> ast.Module:
    """What a module is made of; parsed when it is asked for, since all of them take seconds."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return str(path)


def in_packages(*packages: str) -> list[Path]:
    return [path for path in MODULES if path.parts[0] in packages]


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name that a module gives, uses or imports; not what is only data in a string."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str() as name) | ast.alias(name=name):
                yield name
            case _:
                pass


def test_imports_go_one_way_and_the_core_is_pure() -> None:
    # As a process: in this one it would switch off the loggers that other tests look at.
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_contracts_name_all_layers_and_shells() -> None:
    """A package that is in no contract would be free to import anything."""
    config = Path("pyproject.toml").read_text(encoding="utf-8")
    roots = re.search(r"^root_packages = (\[.*\])$", config, re.MULTILINE)
    assert roots is not None
    assert set(ast.literal_eval(roots[1])) == set(PACKAGES)
    layers = re.search(r"^layers = (\[.*\])$", config, re.MULTILINE)
    assert layers is not None
    named = {name.strip() for layer in ast.literal_eval(layers[1]) for name in layer.split("|")}
    assert named == set(PACKAGES)


def test_every_command_is_in_the_contract_that_keeps_them_apart() -> None:
    contracts = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    apart = next(each["modules"] for each in contracts if each["name"].startswith("Commands never import"))
    assert apart == sorted(entry.module for entry in COMMANDS.values())


@pytest.mark.parametrize("path", in_packages(*PURE), ids=name_of)
def test_in_the_core_no_name_shortens_a_stage_to_that_of_a_language(path: Path) -> None:
    """`sql` always means the language, and there is none of it here; the stage is `sales_qualified`."""
    found = {name for name in identifiers(tree_of(path)) if re.search("sql|mql", name, re.IGNORECASE)}
    assert found == set()
    assert not re.search("sql|mql", path.stem, re.IGNORECASE)


def test_settings_is_the_only_reader_of_the_environment() -> None:
    readers = {
        path for path in MODULES if {"environ", "getenv", "environb"} & set(identifiers(tree_of(path)))
    }
    # A supervisor hands its own environment on to the processes that it starts; it reads no setting from it.
    assert readers - set(in_packages("stack")) == {Path("settings.py")}


def test_the_stack_hands_the_environment_on_and_reads_no_setting_from_it() -> None:
    lines = {line.strip() for path in in_packages("stack") for line in path.read_text().splitlines()}
    assert {line for line in lines if "os.environ" in line or "getenv" in line} == {
        "return {name: value for name, value in os.environ.items() if not stranger or name in NEEDED}",
        'os.environ["TZ"] = "UTC"',
    }


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_have_names_that_say_something(path: Path) -> None:
    assert path.stem not in VAGUE
    assert len(path.parts) <= (4 if path.parts[0] == "producers" else 3), "a world and its vendors are enough"


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS, *TESTS], ids=name_of)
def test_modules_and_functions_are_small(path: Path) -> None:
    """How many ways there are through a function is the linter's business, C901."""
    story = path in TESTS
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (MAX_TEST_LINES if story else MAX_LINES)
    most = MAX_TEST_FUNCTION if story else MAX_FUNCTION
    assert [node.name for node in functions(tree_of(path)) if length_of(node) > most] == []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_begins_with_its_purpose(path: Path) -> None:
    purpose = ast.get_docstring(tree_of(path))
    assert purpose
    assert purpose.split("\n\n")[0].rstrip().endswith((".", ":", "?")), "one sentence"


@pytest.mark.parametrize("package", [package for package in PACKAGES if package != "market"])
def test_a_package_has_no_code_of_its_own(package: str) -> None:
    """Nothing happens at import, and nothing is re-exported: there is one place to import a name from.

    The market is another matter: it stands outside, as a library of its own with three names to use.
    """
    body = tree_of(Path(package) / "__init__.py").body
    assert [type(node) for node in body] == [ast.Expr]


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
            yield node


@pytest.mark.parametrize("path", in_packages(*PURE, *SHELLS), ids=name_of)
def test_what_is_public_has_a_docstring(path: Path) -> None:
    assert [node.name for node in public_functions(tree_of(path)) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_of_ours_is_imported_in_a_function(path: Path) -> None:
    """That would hide a cycle."""
    hidden = [
        f"{function.name}: {ast.unparse(node)}"
        for function in functions(tree_of(path))
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if {name.split(".")[0] for name in imported(node)} & {*PACKAGES, "settings"}
    ]
    assert hidden == []


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]


# What each of these starts would end unnoticed. Work that somebody waits for is no background work.
STARTERS = {
    "create_task", "ensure_future", "add_future", "start_soon", "Thread", "Timer", "start_new_thread",
    "run_coroutine_threadsafe",
}  # fmt: skip
MAY_START = {
    Path("background.py"): STARTERS,
    # A touch may take longer than whoever clicked waits; each ends within seconds, and says what was lost.
    Path("producers/collector/redirects.py"): {"create_task"},
    # Its caller waits for the answer.
    Path("streams/consumer_thread.py"): {"run_coroutine_threadsafe"},
    # The end of this thread is the end of the process, which has nothing else to do.
    Path("stack/clickhouse_server.py"): {"Thread"},
}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_background_work_is_started_in_one_way_only(path: Path) -> None:
    """`background` gives it a name, and has it end the process when it ends."""
    used = STARTERS & set(identifiers(tree_of(path)))
    assert used <= MAY_START.get(path, set())
