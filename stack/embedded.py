"""Runs Apache Kafka and ClickHouse over one data folder, as real servers on loopback ports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from stack import (
    addresses,
    clickhouse,
    clickhouse_users,
    folder,
    kafka_jars,
    kafka_logins,
    kafka_server,
    landlock,
)
from stack.addresses import Addresses
from stack.errors import StackError
from stack.processes import Supervisor
from stack.programs import Program


class Stack:
    """The running servers; `supervisor` may run further programs, which are stopped before the servers."""

    def __init__(self, given: Addresses, supervisor: Supervisor) -> None:
        self.addresses = given
        self.supervisor = supervisor

    def pid(self, name: str) -> int | None:
        """The process id of 'kafka' or 'clickhouse'; None while it is down."""
        return self.supervisor.pid(name)

    def kill(self, name: str, restart_after: float = 0.0) -> int:
        """Kill 'kafka' or 'clickhouse' with SIGKILL; it comes back by itself on the same port and data."""
        return self.supervisor.kill9(name, restart_after)

    def wait_ready(self, name: str, within: float = 60.0) -> None:
        """Return when 'kafka' or 'clickhouse' answers again; StackError when it doesn't in time."""
        self.supervisor.wait_ready(name, within)


@contextmanager
def start(
    data_dir: Path,
    cache_dir: Path,
    say: Callable[[str], None],
    ports: Mapping[str, int] | None = None,
    readable: Sequence[str] = clickhouse_users.READABLE,
) -> Iterator[Stack]:
    """Run both servers until the block is left; what they hold is there again at the next start.

    `ports` fixes some of `folder.PORTS`; others are chosen once and kept. `readable` are the databases that
    the BI user may read. Raises StackError, a sentence, for whatever keeps a server from running.
    """
    data_dir = data_dir.expanduser().absolute()
    folder.prepare(data_dir)
    with folder.owned(data_dir) as lock:
        try:
            jars = kafka_jars.fetch(cache_dir.expanduser().absolute(), say)
            given, programs = plan(data_dir, jars, ports or {}, readable, lock, say)
            supervisor = Supervisor(data_dir / "logs", say)
        except OSError as error:
            raise StackError(f"the data folder {data_dir} can't be used: {error}") from error
        with supervisor:
            if not landlock.version():
                say("this system can't confine ClickHouse to its folder (Landlock): it has its grants alone")
            say(f"starting Kafka {kafka_jars.VERSION} and ClickHouse on the data in {data_dir}")
            supervisor.start(*programs)
            addresses.publish(data_dir, given)
            try:
                yield Stack(given, supervisor)
            finally:
                addresses.withdraw(data_dir)


def plan(
    data_dir: Path,
    jars: Path,
    wanted: Mapping[str, int],
    readable: Sequence[str],
    lock: int,
    say: Callable[[str], None],
) -> tuple[Addresses, tuple[Program, Program]]:
    """Choose ports, write the servers' configuration; returns where they will be, and how to run them."""
    identity = folder.identity(data_dir)
    ports = folder.ports(data_dir, wanted, say)
    broker = kafka_server.program(data_dir / "kafka", jars, identity, ports, lock)
    server = clickhouse.program(data_dir / "clickhouse", ports, identity, readable, lock)
    given = Addresses(
        kafka=f"{folder.LOOPBACK}:{ports['kafka']}",
        kafka_user=kafka_logins.CLIENT,
        kafka_password=identity.kafka_password,
        clickhouse=f"{folder.LOOPBACK}:{ports['clickhouse']}",
        clickhouse_http=f"{folder.LOOPBACK}:{ports['clickhouse_http']}",
        clickhouse_user=clickhouse_users.PIPELINE,
        clickhouse_password=identity.clickhouse_password,
        bi_user=clickhouse_users.BI,
        bi_password=identity.bi_password,
        dbt_user=clickhouse_users.DBT,
        dbt_password=identity.dbt_password,
        token_key=identity.token_key,
        webhook_key=identity.webhook_key,
    )
    return given, (broker, server)
