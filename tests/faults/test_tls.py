"""Servers behind TLS: the pipeline works with those that are who they say, and speaks to no others."""

import json
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from databases import drop_database
from faults import pipeline
from faults.certificates import Certificate, Shown
from faults.kafka_nodes import PASSWORD, USER, Nodes
from faults.kept import keeping
from faults.proxy import Network
from pydantic import SecretStr
from running import connected, settle

from cli.main import main
from cli.variables import environment
from settings import Settings
from sinks.clickhouse import connect
from stack import folder

pytestmark = [pytest.mark.servers, pytest.mark.faults]

KAFKA = ("worker", "collect", "load", "topics", "doctor")
CLICKHOUSE = ("load", "migrate", "report funnel", "doctor")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A Kafka and a ClickHouse behind TLS. `site` trusts them; `expired` are addresses of the same servers
    at which they show certificates of yesterday."""

    site: Settings
    expired: Settings
    strangers: Path


@pytest.fixture(scope="module")
def guarded(
    servers: Settings,
    nodes: Nodes,
    network: Network,
    shown: Shown,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    site = pipeline.on_nodes(servers, nodes, tmp_path_factory.mktemp("tls")).model_copy(
        update={
            "kafka_security": "SASL_SSL",
            "kafka_mechanism": "SCRAM-SHA-512",
            "kafka_user": USER,
            "kafka_password": SecretStr(PASSWORD),
            "kafka_ca_file": shown.ours.file,
            "clickhouse_secure": True,
            "clickhouse_ca_file": shown.ours.file,
        }
    )
    trusted, expired = (
        site.model_copy(
            update={
                "kafka": nodes.by_door[name.upper()],
                "clickhouse": address_of(network, servers, name, shown.by_name[name]),
            }
        )
        for name in ("new", "old")
    )
    yield Guarded(trusted, expired, shown.theirs.file)
    drop_database(trusted)


def address_of(network: Network, servers: Settings, name: str, shown: Certificate) -> str:
    """ClickHouse behind TLS: the embedded engine has no listener for it, so the network ends it there."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(shown.certificate, shown.key)
    port = int(servers.clickhouse.rsplit(":", 1)[1])
    return f"127.0.0.1:{network.way(f'clickhouse, {name}', {0: port}, tls).ports[0]}"


def run(line: str, given: Settings) -> Result:
    return CliRunner().invoke(main, line.split(), env=environment(given), prog_name="leadtrace")


def test_the_whole_pipeline_works_with_tls_and_scram(guarded: Guarded) -> None:
    site = guarded.site
    assert run("topics", site).exit_code == 0
    assert run("migrate", site).exit_code == 0
    port = folder.any_port()
    programs = [
        pipeline.program(each, site.model_copy(update={"collector_port": port}))
        for each in ("worker-1", "loader", "collector")
    ]
    with keeping(site.data_dir / "logs", *programs) as keeper:
        keeper.wait("worker-1", saying="assigned: ")
        keeper.wait("loader", saying="loading")
        keeper.wait("collector", saying="collecting on")
        event = {"type": "page_viewed", "anonymous_id": "tls", "url": "https://www.site.example/"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/events", json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=20) as response:
            assert response.status == 200
        settle(site)
        said = "".join(each.said() for each in keeper)
    with connected(connect(site)) as client:
        assert client.query("SELECT person FROM journeys FINAL").rows == (("anon:tls",),)
    for secret in (site.kafka_password, site.clickhouse_password, site.token_key):
        assert secret.get_secret_value() not in said
    found = run("doctor", site)
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("command", KAFKA)
def test_a_broker_that_can_not_be_trusted_is_not_spoken_to(command: str, guarded: Guarded) -> None:
    for given, why in untrusted(guarded, "kafka"):
        refused_with(f"the Kafka broker at {first(given)} can't be trusted: {why}", run(command, given))


@pytest.mark.parametrize("command", KAFKA)
def test_a_wrong_password_is_no_outage(command: str, guarded: Guarded) -> None:
    given = guarded.site.model_copy(update={"kafka_password": SecretStr("no password")})
    sentence = (
        f"the Kafka broker at {first(given)} doesn't let us in: check LEADTRACE_KAFKA_USER, "
        "LEADTRACE_KAFKA_PASSWORD and LEADTRACE_KAFKA_MECHANISM"
    )
    refused_with(sentence, run(command, given))


@pytest.mark.parametrize("command", CLICKHOUSE)
def test_a_clickhouse_that_can_not_be_trusted_is_not_spoken_to(command: str, guarded: Guarded) -> None:
    for given, why in untrusted(guarded, "clickhouse"):
        refused_with(f"ClickHouse at {given.clickhouse} can't be trusted: {why}", run(command, given))


def test_a_port_without_tls_is_told_apart_from_one_that_is_away(guarded: Guarded, servers: Settings) -> None:
    plain = guarded.site.model_copy(update={"clickhouse": servers.clickhouse})
    refused_with(f"ClickHouse at {plain.clickhouse} doesn't speak TLS", run("migrate", plain))


def untrusted(guarded: Guarded, server: str) -> Iterator[tuple[Settings, str]]:
    """Each way in which "kafka" or "clickhouse" can't be trusted, and why it can't."""
    here = getattr(guarded.site, server)
    for changed, why in (
        ({server: here.replace("127.0.0.1", "localhost")}, "is for other names"),
        ({f"{server}_ca_file": guarded.strangers}, "is from no authority that is trusted here"),
        ({server: getattr(guarded.expired, server)}, "has expired"),
    ):
        yield guarded.site.model_copy(update=changed), f"its certificate {why}"


def first(given: Settings) -> str:
    """The broker that is named in the sentence: of several that can't be trusted, any one."""
    return sorted(given.brokers)[0]


def refused_with(sentence: str, found: Result) -> None:
    """The command ended at once, with one sentence and no trace of the code."""
    assert found.exit_code == 1, found.output
    said = [line for line in found.output.splitlines() if sentence in line]
    assert len(said) == 1, found.output
    assert "Traceback" not in found.output
    assert isinstance(found.exception, SystemExit)
