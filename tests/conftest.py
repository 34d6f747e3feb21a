"""The real servers for tests that are marked `servers`; no network for all others."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path

import hypothesis
import pytest
import pytest_socket
from databases import drop_database
from kafka.admin import KafkaAdminClient

import settings
from attribution.policy import Policy, parse_policy
from stack import embedded

hypothesis.settings.register_profile(
    "quick", max_examples=60, stateful_step_count=40, deadline=None, report_multiple_bugs=False
)
hypothesis.settings.register_profile(
    "nightly", max_examples=2000, stateful_step_count=50, deadline=None, report_multiple_bugs=False
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

NEEDS_NETWORK = ("servers", "enable_socket")
BLOCKED = (
    "A test opened a socket: mark it with @pytest.mark.servers, or with enable_socket if it serves itself."
)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test without a marker may only use the socket pairs that event loops are made of."""
    if (
        any(request.node.get_closest_marker(each) for each in NEEDS_NETWORK)
        or "servers" in request.fixturenames
    ):
        yield
        return
    blocked = pytest_socket.SocketBlockedError
    monkeypatch.setattr(blocked, "__init__", lambda self, *_: RuntimeError.__init__(self, BLOCKED))
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy that Leadtrace ships."""
    return parse_policy(settings.policy_text(settings.Settings()))


@pytest.fixture(scope="session")
def progress(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line at once, past pytest's capture: downloads take a while."""
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")

    def say(line: str) -> None:
        if reporter is not None:
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                reporter.ensure_newline()
                reporter.write_line(line)

    return say


@pytest.fixture(scope="session")
def _session(progress: Callable[[str], None]) -> Iterator[tuple[settings.Settings, embedded.Stack | None]]:
    given = settings.load()
    if bool(given.kafka) != bool(given.clickhouse):
        pytest.exit("set both LEADTRACE_KAFKA and LEADTRACE_CLICKHOUSE, or none of them", 2)
    with ExitStack() as until_end:
        folder = until_end.enter_context(tempfile.TemporaryDirectory(prefix="leadtrace-"))
        home = {"LEADTRACE_DATA_DIR": folder}
        if given.kafka:
            yield settings.load({**os.environ, **home}), None
            return
        # The names of the sites' databases begin so: the user of BI tools may read them all.
        running = embedded.start(Path(folder), given.cache_dir, progress, readable=("leadtrace*", "bi"))
        stack = until_end.enter_context(running)
        yield settings.load({**os.environ, **stack.addresses.environment(), **home}), stack


@pytest.fixture(scope="session")
def servers(_session: tuple[settings.Settings, embedded.Stack | None]) -> settings.Settings:
    """Settings with the addresses of a real Kafka and a real ClickHouse: the user's own, or embedded ones."""
    return _session[0]


@pytest.fixture(scope="session")
def stack(_session: tuple[settings.Settings, embedded.Stack | None]) -> embedded.Stack:
    """The embedded servers, for tests that kill one of them."""
    if _session[1] is None:
        pytest.skip(
            "servers of the user's own are not killed: unset LEADTRACE_KAFKA and LEADTRACE_CLICKHOUSE"
        )
    return _session[1]


@pytest.fixture
def site(servers: settings.Settings, tmp_path: Path) -> Iterator[settings.Settings]:
    """The servers with a topic prefix, a database and a data folder that no other test has."""
    name = secrets.token_hex(4)
    changes = {"topic_prefix": f"t{name}.", "clickhouse_database": f"leadtrace_{name}", "data_dir": tmp_path}
    mine = servers.model_copy(update=changes)
    yield mine
    drop_database(mine)
    delete_topics(mine)


def delete_topics(mine: settings.Settings) -> None:
    admin = KafkaAdminClient(**mine.kafka_options())
    try:
        left = [topic for topic in admin.list_topics() if topic.startswith(mine.topic_prefix)]
        if left:
            admin.delete_topics(left)
    finally:
        admin.close()
