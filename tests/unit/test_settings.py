"""The environment is read once, into one frozen value, and what can't be used is refused by name."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

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
    assert all(not value for name, value in example().items() if re.search("PASSWORD|SECRET|_KEYS?$", name))


def test_a_misspelt_variable_is_refused_by_name() -> None:
    with pytest.raises(
        SettingsError,
        match="LEADTRACE_KAFAK is not a setting; the settings are LEADTRACE_BACKFILL_HUBSPOT_TOKEN",
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


@pytest.mark.parametrize(
    "address",
    [
        "kafka.example.com:9092",
        "10.0.0.1:9092",
        "127.0.0.1:9092,10.0.0.1:9092",
        "kafka:9092",
        "[2001:db8::1]:9092",
    ],
)
def test_kafkas_password_does_not_travel_in_clear_text(address: str) -> None:
    said = {"LEADTRACE_KAFKA": address, "LEADTRACE_KAFKA_PASSWORD": "s3cret"}
    with pytest.raises(
        SettingsError, match="in clear text: use SASL_SSL, or set LEADTRACE_PLAINTEXT_HOSTS="
    ) as error:
        settings.load(said | {"LEADTRACE_KAFKA_SECURITY": "SASL_PLAINTEXT"})
    assert "s3cret" not in str(error.value)
    for security in ("PLAINTEXT", "SSL", "SASL_SSL"):
        assert settings.load(said | {"LEADTRACE_KAFKA_SECURITY": security}).kafka == address


@pytest.mark.parametrize(
    "address", ["ch.example.com:9000", "ch.example.com", "10.0.0.1:9000", "clickhouse:9000", "2001:db8::1"]
)
def test_clickhouses_password_does_not_travel_in_clear_text(address: str) -> None:
    said = {"LEADTRACE_CLICKHOUSE": address}
    secret = {"LEADTRACE_CLICKHOUSE_PASSWORD": "s3cret"}
    with pytest.raises(SettingsError) as error:
        settings.load(said | secret)
    assert str(error.value).startswith(
        f"LEADTRACE_CLICKHOUSE_PASSWORD would be sent to {address} in clear text: "
    )
    assert "s3cret" not in str(error.value)
    assert settings.load(said).clickhouse == address, "without a password there is nothing to hide"
    assert settings.load(said | secret | {"LEADTRACE_CLICKHOUSE_SECURE": "true"}).clickhouse == address


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_on_this_machine_passwords_may(host: str) -> None:
    given = settings.load(
        {
            "LEADTRACE_KAFKA": f"{host}:9092, {host}:9093",
            "LEADTRACE_KAFKA_SECURITY": "SASL_PLAINTEXT",
            "LEADTRACE_CLICKHOUSE": f"{host}:9000",
            "LEADTRACE_CLICKHOUSE_PASSWORD": "s3cret",
        }
    )
    assert given.brokers == (f"{host}:9092", f"{host}:9093")


def test_and_to_hosts_that_are_named_for_it() -> None:
    said = {"LEADTRACE_CLICKHOUSE": "clickhouse:9000", "LEADTRACE_CLICKHOUSE_PASSWORD": "s3cret"}
    assert settings.load(said | {"LEADTRACE_PLAINTEXT_HOSTS": "other, ClickHouse"})
    with pytest.raises(SettingsError, match="set LEADTRACE_PLAINTEXT_HOSTS=other,clickhouse if nobody"):
        settings.load(said | {"LEADTRACE_PLAINTEXT_HOSTS": "other"})


def test_no_settings_with_such_a_password_can_be_made_at_all() -> None:
    with pytest.raises(ValueError, match="in clear text") as error:
        Settings(clickhouse="ch.example.com:9000", clickhouse_password=SecretStr("s3cret"))
    assert "s3cret" not in str(error.value)


def test_what_clients_of_kafka_are_told() -> None:
    assert settings.load({"LEADTRACE_KAFKA": "a:1, b:2,"}).kafka_options() == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
    }
    given = settings.load(
        {
            "LEADTRACE_KAFKA": "a:1",
            "LEADTRACE_KAFKA_SECURITY": "SASL_SSL",
            "LEADTRACE_KAFKA_USER": "u",
            "LEADTRACE_KAFKA_PASSWORD": "p",
            "LEADTRACE_KAFKA_CA_FILE": "/ca.pem",
        }
    )
    assert given.kafka_options() == {
        "bootstrap_servers": ["a:1"],
        "security_protocol": "SASL_SSL",
        "ssl_cafile": "/ca.pem",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }


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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PUBLIC_URL": "http://leads.example.com"}, "passwords would travel in clear text"),
        ({"PUBLIC_URL": "https://leads.example.com/cockpit"}, "without a path"),
        ({"OIDC_ISSUER": "ftp://login.example.com"}, "it may be a URL like https://login.example.com"),
        ({"PROXY_ADDRESSES": "the-proxy"}, "addresses or networks"),
        ({"PROXY_USER": "X-User"}, "set both, or none"),
        ({"PROXY_USER": "X-User", "PROXY_ADDRESSES": "10.0.0.7"}, "LEADTRACE_COCKPIT_ROLES must say"),
        ({"ROLES": "marketing=boss"}, "viewer, analyst or admin"),
        ({"OIDC_ISSUER": "https://login.example.com"}, "LEADTRACE_COCKPIT_OIDC_CLIENT"),
        ({"OIDC_SECRET": "short"}, "16 characters or more"),
    ],
)
def test_what_would_open_the_cockpit_by_mistake_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        settings.load({f"LEADTRACE_COCKPIT_{name}": value for name, value in given.items()})


def test_the_cockpit_may_be_reached_in_clear_text_on_this_machine_only() -> None:
    assert settings.load({"LEADTRACE_COCKPIT_PUBLIC_URL": "http://localhost:8090/"}).cockpit_public_url
    assert settings.load({"LEADTRACE_COCKPIT_PUBLIC_URL": "https://leads.example.com"}).cockpit_public_url
