"""The app is built from settings alone: names, topics, and a password that is never shown."""

from pathlib import Path

import pytest

from settings import Settings, SettingsError
from streams.app import AgentSpec, app_id, build_app, changelog_topics, source_topics
from streams.batches import Batch, Effects, Read

PASSWORD = "correct horse battery staple"


def nothing(_batch: Batch, _read: Read) -> Effects:
    return Effects()


AGENTS = (
    AgentSpec("fold", ("facts.a", "facts.b"), "facts", 4, nothing),
    AgentSpec("link", ("links",), "links", 1, nothing),
)


def settings_with(folder: Path, **changes: object) -> Settings:
    given = {"kafka": "127.0.0.1:9092", "topic_prefix": "x.", "data_dir": folder, **changes}
    return Settings.model_validate(given)


def test_every_name_carries_the_prefix(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    assert app_id(settings) == "x.leadtrace"
    assert source_topics(settings, AGENTS) == {"x.facts.a": 4, "x.facts.b": 4, "x.links": 1}
    assert changelog_topics(settings, AGENTS) == {
        "x.leadtrace-facts-changelog": 4,
        "x.leadtrace-links-changelog": 1,
    }


def test_the_app_knows_its_tables_by_the_names_that_are_created(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    app = build_app(settings, AGENTS)
    assert app.tables.changelog_topics == set(changelog_topics(settings, AGENTS))
    assert sorted(app.agents) == ["fold", "link"]


def test_the_password_is_in_no_url(tmp_path: Path) -> None:
    secret = {"kafka_security": "SASL_SSL", "kafka_user": "leadtrace", "kafka_password": PASSWORD}
    app = build_app(settings_with(tmp_path, kafka="kafka.example.com:9093", **secret), AGENTS)
    assert app.conf.broker_credentials.password == PASSWORD
    assert app.conf.broker_credentials.protocol.value == "SASL_SSL"
    shown = f"{app!r} {app.conf.broker} {app.conf.broker_credentials!r} {app.transport.url}"
    assert PASSWORD not in shown


@pytest.mark.parametrize("address", ["127.0.0.1:9092", "localhost:9092", "[::1]:9092"])
def test_on_this_machine_the_password_may_travel_in_clear_text(tmp_path: Path, address: str) -> None:
    app = build_app(settings_with(tmp_path, kafka=address, kafka_security="SASL_PLAINTEXT"), AGENTS)
    assert app.conf.broker_credentials.protocol.value == "SASL_PLAINTEXT"


def test_without_a_broker_it_says_which_setting_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LEADTRACE_KAFKA"):
        build_app(settings_with(tmp_path, kafka=""), AGENTS)
