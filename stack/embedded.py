"""Runs Apache Kafka and ClickHouse over one data folder, as real servers on loopback ports."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stack import addresses, clickhouse, folder, kafka_jars, kafka_server
from stack.addresses import Addresses
from stack.processes import Supervisor


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
    database: str = "leadtrace",
) -> Iterator[Stack]:
    """Run both servers until the block is left; what they hold is there again at the next start.

    `ports` fixes some of `folder.PORTS`; others are chosen once and kept. `database` is what the BI user may
    read. Raises StackError, a sentence, for whatever keeps a server from running.
    """
    data_dir = data_dir.expanduser().absolute()
    folder.prepare(data_dir)
    with folder.owned(data_dir) as lock:
        addresses.withdraw(data_dir)
        identity = folder.identity(data_dir)
        chosen = folder.ports(data_dir, ports or {})
        given = Addresses(
            kafka=f"{folder.LOOPBACK}:{chosen['kafka']}",
            clickhouse=f"{folder.LOOPBACK}:{chosen['clickhouse']}",
            clickhouse_http=f"{folder.LOOPBACK}:{chosen['clickhouse_http']}",
            clickhouse_user=clickhouse.PIPELINE,
            clickhouse_password=identity.clickhouse_password,
            bi_user=clickhouse.BI,
            bi_password=identity.bi_password,
            token_key=identity.token_key,
        )
        server = clickhouse.program(data_dir / "clickhouse", chosen, identity, database, lock)
        jars = kafka_jars.fetch(cache_dir.expanduser().absolute(), say)
        broker = kafka_server.program(data_dir / "kafka", jars, identity.cluster, chosen, lock)
        say(f"starting Kafka {kafka_jars.VERSION} and ClickHouse")
        with Supervisor(data_dir / "logs", say) as supervisor:
            supervisor.start(broker, server)
            addresses.publish(data_dir, given)
            try:
                yield Stack(given, supervisor)
            finally:
                addresses.withdraw(data_dir)
