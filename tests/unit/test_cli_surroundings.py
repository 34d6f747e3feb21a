"""Which servers a command works with: those that are given, else the embedded ones that run."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import settings
from cli.surroundings import given_settings, has_own_servers, located
from cli.variables import environment
from settings import SettingsError
from stack import folder
from stack.addresses import Addresses, publish

ADDRESSES = Addresses(
    kafka="127.0.0.1:20001",
    kafka_user="leadtrace",
    kafka_password="of kafka",
    clickhouse="127.0.0.1:20002",
    clickhouse_http="127.0.0.1:20003",
    clickhouse_user="pipeline",
    clickhouse_password="of the pipeline",
    bi_user="bi",
    bi_password="of bi",
    dbt_user="dbt",
    dbt_password="of dbt",
    token_key="the token key of the folder",
    webhook_key="the webhook key of the folder",
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A folder over which an embedded stack seems to run."""
    descriptor = os.open(folder.lock_file(tmp_path), os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    publish(tmp_path, ADDRESSES)
    yield tmp_path
    os.close(descriptor)


def given(data_dir: Path, **more: str) -> settings.Settings:
    return settings.load({"LEADTRACE_DATA_DIR": str(data_dir), **more})


def test_the_running_stack_gives_addresses_user_and_secrets(running: Path) -> None:
    found = located(given(running), "kafka", "clickhouse")
    assert (found.kafka, found.clickhouse) == (ADDRESSES.kafka, ADDRESSES.clickhouse)
    assert found.clickhouse_user == "pipeline"
    assert found.clickhouse_password.get_secret_value() == ADDRESSES.clickhouse_password
    assert found.token_key.get_secret_value() == ADDRESSES.token_key


def test_a_token_key_of_the_users_own_stays(running: Path) -> None:
    found = located(given(running, LEADTRACE_TOKEN_KEY="a key of the user's own"), "kafka")
    assert found.token_key.get_secret_value() == "a key of the user's own"


def test_given_servers_win_over_the_running_stack(running: Path) -> None:
    own = given(running, LEADTRACE_KAFKA="k:9092", LEADTRACE_CLICKHOUSE="c:9000")
    assert located(own, "kafka", "clickhouse") == own
    assert has_own_servers(own)


def test_a_command_that_needs_only_kafka_is_content_with_kafka(running: Path) -> None:
    own = given(running, LEADTRACE_KAFKA="k:9092")
    assert located(own, "kafka") == own
    with pytest.raises(SettingsError, match="LEADTRACE_CLICKHOUSE is not set"):
        located(own, "kafka", "clickhouse")


def test_without_any_server_the_sentence_names_what_the_command_needs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"start `leadtrace up`, or set LEADTRACE_CLICKHOUSE$"):
        located(given(tmp_path), "clickhouse")


def test_the_environment_of_a_process_says_the_same_settings(tmp_path: Path) -> None:
    said = settings.load(
        {
            "LEADTRACE_KAFKA": "a:1,b:2",
            "LEADTRACE_KAFKA_SECURITY": "SASL_SSL",
            "LEADTRACE_KAFKA_CA_FILE": "/etc/ca.pem",
            "LEADTRACE_KAFKA_PASSWORD": "p, with = signs",
            "LEADTRACE_CLICKHOUSE_SECURE": "true",
            "LEADTRACE_COLLECTOR_PORT": "0",
            "LEADTRACE_COLLECTOR_ORIGINS": "https://a.example,https://b.example",
            "LEADTRACE_COLLECTOR_WRITE_KEYS": "one,two",
            "LEADTRACE_TOKEN_KEY": "a key of the user's own",
            "LEADTRACE_DATA_DIR": str(tmp_path),
        }
    )
    assert settings.load(environment(said)) == said
    assert settings.load(environment(settings.load({}))) == settings.load({})


def test_the_folder_of_the_command_line_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path / "a"))
    assert given_settings(None).data_dir == tmp_path / "a"
    assert given_settings(tmp_path / "b").data_dir == tmp_path / "b"
    monkeypatch.chdir(tmp_path)
    assert given_settings(Path("c")).data_dir == tmp_path / "c"


def test_files_are_named_so_that_other_commands_find_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADTRACE_POLICY", "ours.toml")
    monkeypatch.setenv("LEADTRACE_KAFKA_CA_FILE", "sub/../ca.pem")
    found = given_settings(None)
    assert found.policy == tmp_path / "ours.toml"
    assert found.kafka_ca_file == tmp_path / "sub/../ca.pem"
    assert found.clickhouse_ca_file is None
    assert "cache_dir" not in found.model_fields_set
