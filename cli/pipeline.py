"""The whole pipeline as a block: servers, topics, tables and the three processes, until it is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from attribution.policy import PolicyError
from cli.processes import collector_address, programs
from cli.surroundings import has_own_servers, located, on_stack
from cli.topic_plan import wanted_topics
from producers.publishing.topics import TopicsError, create_topics
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseError, connect_server
from sinks.migrations import MigrationError, migrate
from stack import embedded, folder
from stack.addresses import Addresses
from stack.errors import StackError
from stack.processes import Supervisor

FORESEEN = (StackError, SettingsError, PolicyError, TopicsError, ClickHouseError, MigrationError)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Servers:
    """Settings with the addresses of the servers; `addresses` is None for servers of the user's own."""

    given: Settings
    supervisor: Supervisor
    addresses: Addresses | None


@contextmanager
def servers(given: Settings, say: Say) -> Iterator[Servers]:
    """The user's own servers if any is set, else embedded ones until the block is left.

    Raises StackError or SettingsError.
    """
    if has_own_servers(given):
        own = with_port(located(given, "kafka", "clickhouse"))
        folder.prepare(own.data_dir)
        with Supervisor(own.data_dir / "logs", say) as supervisor:
            yield Servers(own, supervisor, None)
        return
    with embedded.start(given.data_dir, given.cache_dir, say, database=given.clickhouse_database) as stack:
        yield Servers(with_port(on_stack(given, stack.addresses)), stack.supervisor, stack.addresses)


def with_port(given: Settings) -> Settings:
    """The settings with a port of its own for the collector, where 0 asks for any."""
    if given.collector_port:
        return given
    return given.model_copy(update={"collector_port": folder.any_port()})


def prepare(running: Servers, say: Say) -> None:
    """Create topics, tables and views. Raises what is in FORESEEN."""
    wanted = wanted_topics(running.given)
    created = create_topics(running.given, wanted)
    say(f"topics: {len(created)} created, {len(wanted) - len(created)} existed")
    client = connect_server(running.given)
    try:
        applied = migrate(client, running.given)
    finally:
        client.close()
    say(f"tables and views: {len(applied)} migrations and views applied" if applied else "tables: up to date")


def address_file(data_dir: Path) -> Path:
    """Where the collector's address stands while the pipeline runs over this folder."""
    return data_dir / "collector.address"


def start_processes(running: Servers, say: Say) -> None:
    """Start collector, worker and loader, and wait until each does its work. Raises StackError."""
    say("starting collector, worker and loader")
    address_file(running.given.data_dir).write_text(
        "http://{}:{}".format(*collector_address(running.given)), encoding="utf-8"
    )
    running.supervisor.start(*programs(running.given))
