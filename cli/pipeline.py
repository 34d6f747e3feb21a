"""The whole pipeline as a block: servers, topics, tables and the three processes, until it is left."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from attribution.policy import PolicyError
from cli.processes import (
    cockpit,
    collector_url,
    is_port_taken,
    notifier,
    port_is_taken,
    programs,
    puller,
    teller,
)
from cli.pull_platforms import configured
from cli.running import on_stack, publish, withdraw
from cli.surroundings import has_own_servers, located
from cli.topic_plan import wanted_topics
from notices.wishes import NoticesError, file_of, read_wishes
from outbox import allowed
from outbox.made import whole_policy
from outbox.policy_file import OutboxError
from producers.collector.keys import refuse_open_door
from producers.publishing.topics import TopicsError, adjust_topics, create_topics
from settings import PREFIX, Settings, SettingsError
from sinks.bi import migrate_all
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.kept import databases
from sinks.scripts import MigrationError
from stack import embedded, folder
from stack.addresses import Addresses
from stack.errors import StackError
from stack.processes import Supervisor

FORESEEN = (
    *(StackError, SettingsError, PolicyError, TopicsError, ClickHouseError, MigrationError),
    *(NoticesError, OutboxError),
)
Say = Callable[[str], None]
Makes = Callable[[ClickHouse, Settings], list[str]]


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
    refuse_open_door(given)
    chosen = with_port(given)
    if has_own_servers(given):
        located(given, "kafka", "clickhouse")  # both must be known
        folder.prepare(chosen.data_dir)
        with (
            folder.owned(chosen.data_dir),
            told(chosen),
            Supervisor(chosen.data_dir / "logs", say) as supervisor,
        ):
            yield Servers(chosen, supervisor, None)
        return
    refuse_separators(chosen)
    where = databases(chosen.clickhouse_database)
    readable = (where.live, where.kept, where.bi)
    with embedded.start(chosen.data_dir, chosen.cache_dir, say, readable=readable) as stack:
        settled = on_stack(chosen, stack.addresses)
        with told(settled):
            yield Servers(settled, stack.supervisor, stack.addresses)


def refuse_separators(given: Settings) -> None:
    """Raise SettingsError for names of folders that Kafka or Java would read as those of several."""
    for name, path, separator in (("DATA_DIR", given.data_dir, ","), ("CACHE_DIR", given.cache_dir, ":")):
        if separator in str(path):
            raise SettingsError(
                f"{PREFIX}{name}: the embedded Kafka can't use a folder with {separator} in its name: {path}"
            )


@contextmanager
def told(given: Settings) -> Iterator[None]:
    """Let the other commands know what is run with, until the block is left."""
    publish(given)
    address_file(given.data_dir).unlink(missing_ok=True)
    try:
        yield
    finally:
        address_file(given.data_dir).unlink(missing_ok=True)
        withdraw(given.data_dir)


def with_port(given: Settings) -> Settings:
    """The settings with free ports for collector and cockpit, and a name by which it is known among others.

    Raises StackError if the port that was asked for is taken.
    """
    if is_port_taken(given):
        raise StackError(port_is_taken(given.collector_port))
    port = given.collector_port or folder.any_port()
    pages = given.cockpit_port
    # Nobody but people comes to the cockpit, and they are told where it is.
    if not pages or not folder.is_free(pages):
        pages = folder.any_port()
    ports = {"collector_port": port, "cockpit_port": pages}
    return given.model_copy(update={**ports, "installation": secrets.token_hex(8)})


def prepare(running: Servers, say: Say, make: Makes = migrate_all) -> None:
    """Create topics, tables and views; `make` says which of these. Raises what is in FORESEEN."""
    wanted = wanted_topics(running.given)
    created = create_topics(running.given, wanted)
    say(f"topics: {len(created)} created, {len(wanted) - len(created)} existed")
    for line in adjust_topics(running.given, wanted):
        say(f"topics: set {line}")
    make_tables(running, say, make)


def make_tables(running: Servers, say: Say, make: Makes = migrate_all) -> None:
    """Create tables and views, unless they are there; `make` says which. Raises what is in FORESEEN."""
    client = connect_server(running.given)
    try:
        applied = make(client, running.given)
    finally:
        client.close()
    say(f"tables and views: {len(applied)} migrations and views applied" if applied else "tables: up to date")


def address_file(data_dir: Path) -> Path:
    """Where the collector's address stands while it answers there for the pipeline over this folder."""
    return data_dir / "collector.address"


def start_processes(running: Servers, say: Say) -> None:
    """Start collector, worker and loader, and wait until each does its work. Raises StackError."""
    say("starting collector, worker and loader")
    running.supervisor.start(*programs(running.given))
    folder.write_private(address_file(running.given.data_dir), collector_url(running.given))


def read_files(given: Settings) -> None:
    """Read what is configured in files, before anything starts that would have to end for their sake.

    Raises NoticesError and OutboxError.
    """
    if file_of(given) is not None:
        read_wishes(given)
    if allowed.file_of(given) is not None:
        whole_policy(given)


def serve_pages(running: Servers, say: Say) -> None:
    """Start the cockpit, and wait until it answers. Raises StackError."""
    say("starting the cockpit")
    running.supervisor.start(cockpit(running.given))


def pull_costs(running: Servers, say: Say) -> None:
    """Start what pulls costs from ad platforms, where accounts are given. Raises StackError."""
    if names := configured(running.given):
        say(f"starting the puller: {', '.join(names)}, every {running.given.pull_every_hours} hours")
        running.supervisor.start(puller(running.given))


def send_notices(running: Servers, say: Say) -> None:
    """Start what sends notices, where any are configured. Raises StackError."""
    if file_of(running.given) is None:
        return
    say("starting the notifier")
    running.supervisor.start(notifier(running.given))


def tell_others(running: Servers, say: Say) -> None:
    """Start what tells CRMs, ad platforms and others, where a policy file allows any. Raises StackError."""
    if allowed.file_of(running.given) is None:
        return
    say("starting the way back")
    running.supervisor.start(teller(running.given))
