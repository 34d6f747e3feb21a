"""Servers behind TLS: the pipeline works with those that are who they say, and speaks to no others."""

import json
import ssl
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from databases import drop_database
from faults import certificates, kafka_nodes, pipeline
from faults.certificates import Authority, Certificate
from faults.kafka_nodes import Door
from faults.kept import keeping
from faults.proxy import Network
from pydantic import SecretStr
from running import connected, settle

from cli.main import main
from cli.variables import environment
from settings import Settings
from sinks.clickhouse import connect
from stack import folder, kafka_jars

pytestmark = [pytest.mark.servers, pytest.mark.faults]

USER, PASSWORD = "pipeline", "a password of tests"
MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
KAFKA = ("worker", "collect", "load", "topics", "doctor")
CLICKHOUSE = ("load", "migrate", "report leads", "doctor")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A Kafka and a ClickHouse behind TLS. `site` trusts them; `expired` are addresses of the same servers
    at which they show certificates of yesterday."""

    site: Settings
    expired: Settings
    ours: Authority
    theirs: Authority


@pytest.fixture(scope="module")
def guarded(servers: Settings, network: Network, progress: Callable[[str], None]) -> Iterator[Guarded]:
    jars = kafka_jars.fetch(servers.cache_dir, progress)
    with tempfile.TemporaryDirectory(prefix="leadtrace-tls-") as name:
        home = Path(name)
        ours, theirs = (certificates.authority(home, each) for each in ("ours", "theirs"))
        good, old = (
            certificates.certificate(home, "good", ours),
            certificates.certificate(home, "old", ours, days=-1),
        )
        doors = door("TLS", good), door("OLD", old)
        with kafka_nodes.running(home / "kafka", jars, network, (), 1, doors, {USER: PASSWORD}) as nodes:
            site = pipeline.on_nodes(servers, nodes, home).model_copy(
                update={
                    "kafka_security": "SASL_SSL",
                    "kafka_mechanism": "SCRAM-SHA-512",
                    "kafka_user": USER,
                    "kafka_password": SecretStr(PASSWORD),
                    "kafka_ca_file": ours.file,
                    "clickhouse_secure": True,
                    "clickhouse_ca_file": ours.file,
                }
            )
            at = [address_of(network, servers, *each) for each in (("new", good), ("old", old))]
            places = [
                {"kafka": f"127.0.0.1:{each.ports[0]}", "clickhouse": at}
                for each, at in zip(doors, at, strict=True)
            ]
            trusted, expired = (site.model_copy(update=place) for place in places)
            yield Guarded(trusted, expired, ours, theirs)
            drop_database(trusted)


def door(name: str, shown: Certificate) -> Door:
    """A listener that shows a certificate, and lets in who knows a password."""
    port = folder.any_port()
    settings = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(shown.both),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "scram-sha-512.sasl.jaas.config": MODULE,
    }
    return Door(name, (port,), (port,), "SASL_SSL", settings)


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
    assert PASSWORD not in said
    found = run("doctor", site)
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("command", KAFKA)
def test_a_broker_that_can_not_be_trusted_is_not_spoken_to(command: str, guarded: Guarded) -> None:
    site = guarded.site
    named = site.model_copy(update={"kafka": site.kafka.replace("127.0.0.1", "localhost")})
    strange = site.model_copy(update={"kafka_ca_file": guarded.theirs.file})
    old = site.model_copy(update={"kafka": guarded.expired.kafka})
    for given, why in (
        (named, "its certificate is for other names"),
        (strange, "its certificate is from no authority that is trusted here"),
        (old, "its certificate has expired"),
    ):
        refused_with(f"the Kafka broker at {given.kafka} can't be trusted: {why}", run(command, given))


@pytest.mark.parametrize("command", KAFKA)
def test_a_wrong_password_is_no_outage(command: str, guarded: Guarded) -> None:
    given = guarded.site.model_copy(update={"kafka_password": SecretStr("no password")})
    sentence = (
        f"the Kafka broker at {given.kafka} doesn't let us in: check LEADTRACE_KAFKA_USER, "
        "LEADTRACE_KAFKA_PASSWORD and LEADTRACE_KAFKA_MECHANISM"
    )
    refused_with(sentence, run(command, given))


@pytest.mark.parametrize("command", CLICKHOUSE)
def test_a_clickhouse_that_can_not_be_trusted_is_not_spoken_to(command: str, guarded: Guarded) -> None:
    site = guarded.site
    named = site.model_copy(update={"clickhouse": site.clickhouse.replace("127.0.0.1", "localhost")})
    strange = site.model_copy(update={"clickhouse_ca_file": guarded.theirs.file})
    old = site.model_copy(update={"clickhouse": guarded.expired.clickhouse})
    for given, why in (
        (named, "its certificate is for other names"),
        (strange, "its certificate is from no authority that is trusted here"),
        (old, "its certificate has expired"),
    ):
        refused_with(f"ClickHouse at {given.clickhouse} can't be trusted: {why}", run(command, given))


def test_a_port_without_tls_is_told_apart_from_one_that_is_away(guarded: Guarded, servers: Settings) -> None:
    plain = guarded.site.model_copy(update={"clickhouse": servers.clickhouse})
    refused_with(f"ClickHouse at {plain.clickhouse} doesn't speak TLS", run("migrate", plain))


def refused_with(sentence: str, found: Result) -> None:
    """The command ended at once, with one sentence and no trace of the code."""
    assert found.exit_code == 1, found.output
    said = [line for line in found.output.splitlines() if sentence in line]
    assert len(said) == 1, found.output
    assert "Traceback" not in found.output
    assert isinstance(found.exception, SystemExit)
