"""docker-compose.yml and Dockerfile say what the Compose schema allows and what Leadtrace understands."""

import importlib.resources
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import settings

ROOT = Path(__file__).parents[2]
DOTENV = {"LEADTRACE_TOKEN_KEY": "k" * 32, "LEADTRACE_CLICKHOUSE_PASSWORD": "p" * 16}
OURS = ("setup", "collector", "worker", "loader")
LONG_RUNNING = ("kafka", "clickhouse", "collector", "worker", "loader")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class MissingVariableError(Exception):
    """What Compose says when a variable with `:?` has no value."""


def interpolated(text: str, variables: dict[str, str]) -> str:
    """The text with `${NAME}`, `${NAME:-default}` and `${NAME:?message}` replaced as Compose does."""

    def value(found: re.Match[str]) -> str:
        given = variables.get(found["name"], "")
        if not given and found["kind"] == "?":
            raise MissingVariableError(f"{found['name']}: {found['rest']}")
        return given or (found["rest"] if found["kind"] == "-" else "")

    return VARIABLE.sub(value, text)


def document(variables: dict[str, str]) -> dict[str, Any]:
    """The file as Compose sees it: parsed, then each value interpolated."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return interpolated(node, variables) if isinstance(node, str) else node

    parsed = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    seen: dict[str, Any] = walk(parsed)
    return seen


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return document(DOTENV)


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def compose_schema() -> dict[str, Any]:
    file = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(compose_schema())
    assert [error.message for error in validator.iter_errors(compose)] == []
    compose = json.loads(json.dumps(compose))
    compose["services"]["kafka"]["helthcheck"] = {}
    assert list(validator.iter_errors(compose)) != []


def test_its_services_are_those_of_the_pipeline(services: dict[str, Any]) -> None:
    assert set(services) == {*OURS, *LONG_RUNNING}


@pytest.mark.parametrize("name", sorted(DOTENV))
def test_it_does_not_start_without_its_secrets(name: str) -> None:
    others = {key: value for key, value in DOTENV.items() if key != name}
    with pytest.raises(MissingVariableError, match=name):
        document(others)


def test_images_are_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        _, _, tag = service["image"].rpartition(":")
        assert re.fullmatch(r"\d+\.\d+(\.\d+)*", tag), f"{name}: {service['image']}"


def test_each_service_that_stays_up_has_a_health_check(services: dict[str, Any]) -> None:
    for name in LONG_RUNNING:
        check = services[name]["healthcheck"]
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "retries", "start_period"} <= set(check), name


def test_python_health_checks_compile(services: dict[str, Any]) -> None:
    for name in ("collector", "worker", "loader"):
        command, flag, code = services[name]["healthcheck"]["test"][1:]
        assert (command, flag) == ("python", "-c")
        compile(code, name, "exec")


@pytest.mark.parametrize("name", ["worker", "loader"])
def test_a_sign_of_life_is_looked_for_in_the_data_folder(
    services: dict[str, Any], tmp_path: Path, name: str
) -> None:
    code = services[name]["healthcheck"]["test"][-1]
    assert f'"/var/lib/leadtrace/health/{name}"' in code
    sign = tmp_path / "sign"
    command = [sys.executable, "-c", code.replace(f"/var/lib/leadtrace/health/{name}", str(sign))]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    sign.touch()
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert services[name]["volumes"] == [f"{name}-data:/var/lib/leadtrace"]


def test_dependencies_wait_for_conditions_that_can_come_true(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for other, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in services[other], f"{name} waits for {other}"
            else:
                assert wanted["condition"] == "service_completed_successfully"
                assert services[other]["restart"] == "no", f"{name} waits for {other}, which never ends"
    for name in ("collector", "worker", "loader"):
        assert {"kafka", "setup"} <= set(services[name]["depends_on"])
    assert "sleep" not in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OURS)
def test_leadtrace_understands_the_environment(services: dict[str, Any], name: str) -> None:
    given = settings.load({key: str(value) for key, value in services[name]["environment"].items()})
    assert given.kafka == "kafka:9092"
    if name in ("setup", "loader"):
        assert given.clickhouse == "clickhouse:9000"
        assert given.clickhouse_user == services["clickhouse"]["environment"]["CLICKHOUSE_USER"]
        password = services["clickhouse"]["environment"]["CLICKHOUSE_PASSWORD"]
        assert given.clickhouse_password.get_secret_value() == password
    if name == "collector":
        assert given.token_key.get_secret_value() == DOTENV["LEADTRACE_TOKEN_KEY"]
        assert (given.collector_host, given.collector_port) == ("0.0.0.0", 8080)


def test_secrets_reach_only_those_who_need_them(services: dict[str, Any]) -> None:
    text = {name: json.dumps(service) for name, service in services.items()}
    assert {name for name in text if DOTENV["LEADTRACE_TOKEN_KEY"] in text[name]} == {"collector"}
    assert {name for name in text if DOTENV["LEADTRACE_CLICKHOUSE_PASSWORD"] in text[name]} == {
        "clickhouse",
        "setup",
        "loader",
    }


def test_data_is_kept_in_declared_volumes_and_ports_stay_on_this_machine(compose: dict[str, Any]) -> None:
    services = compose["services"].values()
    used = {volume.partition(":")[0] for service in services for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])
    ports = [port for service in services for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_our_containers_have_no_more_rights_than_they_need(services: dict[str, Any]) -> None:
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["build"] == "."


def commands(services: dict[str, Any]) -> set[str]:
    """The subcommands of `leadtrace` that the services run."""
    by_shell = re.findall(r"leadtrace ([\w-]+)", services["setup"]["command"][0])
    return {*by_shell, *(services[name]["command"][0] for name in ("collector", "worker", "loader"))}


def test_its_commands_exist(services: dict[str, Any]) -> None:
    assert commands(services) == {"topics", "migrate", "collect", "worker", "load"}
    for name in commands(services):
        command = [sys.executable, "-c", "import cli.main; cli.main.main()", name, "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_image_holds_all_that_the_package_is_built_from() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    modules = {f"{name}.py" for name in project["tool"]["setuptools"]["py-modules"]}
    metadata = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"}
    needed = packages | modules | metadata
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == needed
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == needed


def test_the_image_runs_as_nobody_special_and_holds_no_secret() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.11[\w.]*-slim[\w-]*", base) for base in bases)
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)[-1] not in ("root", "0")
    assert re.search(r'^ENTRYPOINT \["leadtrace"\]', dockerfile, re.MULTILINE)
    assert not re.search(r"^(ARG|ENV).*(PASSWORD|TOKEN_KEY|SECRET)", dockerfile, re.MULTILINE)
