"""Nobody speaks to the embedded Kafka without its password, at no port, and no command line tells it."""

import json
import socket

import psutil
import pytest
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

import settings
from stack import embedded, folder

pytestmark = pytest.mark.servers

METADATA = bytes.fromhex("000000120003000000000001ffff00000001000178")
# To a controller: who leads the cluster's own log?
QUORUM = bytes.fromhex("000000270037000000000001ffff000213") + (
    b"__cluster_metadata" + bytes.fromhex("0200000000000000")
)


def framed(request: bytes) -> bytes:
    """A request with its length before it."""
    return (len(request) - 4).to_bytes(4, "big") + request[4:]


def answer(port: int, request: bytes) -> bytes:
    """What comes back from a port for a request of somebody who has not logged in; nothing if it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(framed(request))
        try:
            return stranger.recv(4096)
        except ConnectionResetError:
            return b""


def test_a_stranger_announces_no_more_than_a_login_takes(
    stack: embedded.Stack, servers: settings.Settings
) -> None:
    for listener in ("kafka", "kafka_controller"):
        with socket.create_connection(("127.0.0.1", port_of(servers, listener)), timeout=10) as stranger:
            stranger.sendall((100_000).to_bytes(4, "big"))
            assert stranger.recv(1) == b"", "the broker waits for a hundred kilobytes"


def port_of(site: settings.Settings, name: str) -> int:
    ports = json.loads((site.data_dir / "ports.json").read_text())
    return int(ports[name])


@pytest.mark.parametrize(("listener", "request_"), [("kafka", METADATA), ("kafka_controller", QUORUM)])
def test_a_stranger_is_not_answered(
    stack: embedded.Stack, servers: settings.Settings, listener: str, request_: bytes
) -> None:
    assert answer(port_of(servers, listener), request_) == b""


@pytest.mark.parametrize(
    "change",
    [{"kafka_password": "a guess"}, {"kafka_user": "broker"}, {"kafka_user": ""}],
    ids=["password", "user", "nobody"],
)
def test_who_logs_in_wrongly_is_refused(
    stack: embedded.Stack, servers: settings.Settings, change: dict[str, str]
) -> None:
    given = settings.Settings.model_validate({**servers.model_dump(), **change})
    with pytest.raises((KafkaError, ValueError)):
        KafkaAdminClient(**given.kafka_options(), request_timeout_ms=3000, bootstrap_timeout_ms=2000)


def test_no_command_line_tells_a_secret(stack: embedded.Stack, servers: settings.Settings) -> None:
    identity = json.loads(folder.identity_file(servers.data_dir).read_text())
    secrets = [value for name, value in identity.items() if name != "cluster"]
    for name in ("kafka", "clickhouse"):
        pid = stack.pid(name)
        assert pid is not None
        told = " ".join(psutil.Process(pid).cmdline())
        assert not [secret for secret in secrets if secret in told]
