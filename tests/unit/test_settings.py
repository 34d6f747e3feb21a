"""The environment is read once, into one frozen value, and what can't be used is refused by name."""

import re
from pathlib import Path

import pytest

import settings
from settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def example() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_file_names_exactly_the_settings() -> None:
    names = [settings.PREFIX + name.upper() for name in Settings.model_fields]
    assert sorted(example()) == sorted(names)


def test_the_example_file_says_the_defaults() -> None:
    assert settings.load(example()) == settings.load({})
    for name, value in example().items():
        field = Settings.model_fields[name.removeprefix(settings.PREFIX).lower()]
        if isinstance(field.default, int | str) and not isinstance(field.default, bool):
            assert value == str(field.default), name


def test_the_example_file_holds_no_secret() -> None:
    assert all(not value for name, value in example().items() if re.search("PASSWORD|_KEY", name))


def test_a_misspelt_variable_is_refused_by_name() -> None:
    with pytest.raises(
        SettingsError, match="LEADTRACE_KAFAK is not a setting; the settings are LEADTRACE_CACHE_DIR"
    ):
        settings.load({"LEADTRACE_KAFAK": "localhost:9092"})


def test_other_programs_variables_are_none_of_its_business() -> None:
    assert settings.load({"KAFKA": "x", "PATH": "/bin"}) == settings.load({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADTRACE_PARTITIONS", "0"),
        ("LEADTRACE_PARTITIONS", "four"),
        ("LEADTRACE_KAFKA_SECURITY", "TLS"),
        ("LEADTRACE_COLLECTOR_PORT", "65536"),
        ("LEADTRACE_CLICKHOUSE_DATABASE", "lead; DROP"),
        ("LEADTRACE_TIMEZONE", "Asia/Shanghai'"),
        ("LEADTRACE_PHONE_REGION", "China"),
        ("LEADTRACE_CLICKHOUSE_SECURE", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        settings.load({name: value})


def test_an_empty_value_means_the_default() -> None:
    assert settings.load({"LEADTRACE_PARTITIONS": "", "LEADTRACE_POLICY": ""}) == settings.load({})


def test_lists_are_separated_by_commas() -> None:
    given = settings.load(
        {
            "LEADTRACE_COLLECTOR_ORIGINS": "https://a.example, https://b.example,",
            "LEADTRACE_COLLECTOR_WRITE_KEYS": "k",
        }
    )
    assert given.collector_origins == ("https://a.example", "https://b.example")
    assert [key.get_secret_value() for key in given.collector_write_keys] == ["k"]


def test_secrets_are_not_shown() -> None:
    secrets = {
        "LEADTRACE_TOKEN_KEY": "s3cret-token-key-of-ours",
        "LEADTRACE_KAFKA_PASSWORD": "s3cret-kafka",
        "LEADTRACE_CLICKHOUSE_PASSWORD": "s3cret-clickhouse",
        "LEADTRACE_COLLECTOR_WRITE_KEYS": "s3cret-write-key",
    }
    given = settings.load(secrets)
    assert given.token_key.get_secret_value() == secrets["LEADTRACE_TOKEN_KEY"]
    assert "s3cret" not in repr(given)
    assert "s3cret" not in str(given.model_dump())


def test_an_error_never_quotes_a_value() -> None:
    with pytest.raises(SettingsError) as error:
        settings.load({"LEADTRACE_COLLECTOR_PORT": "s3cret"})
    assert "s3cret" not in str(error.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.load({}).kafka = "other"  # type: ignore[misc]  # it is frozen


def test_a_policy_file_of_the_users_own_is_read(tmp_path: Path) -> None:
    mine = tmp_path / "policy.toml"
    mine.write_text("x = 1", encoding="utf-8")
    assert settings.policy_text(settings.load({"LEADTRACE_POLICY": str(mine)})) == "x = 1"
    assert settings.policy_text(settings.load({})) != "x = 1"


def test_a_policy_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"LEADTRACE_POLICY: .*nowhere\.toml can't be read"):
        settings.policy_text(settings.load({"LEADTRACE_POLICY": str(tmp_path / "nowhere.toml")}))
