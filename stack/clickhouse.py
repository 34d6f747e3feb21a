"""The embedded ClickHouse as a program: its configuration, its users and what each may do."""

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClientError

from stack import causes, clickhouse_users, folder, machine
from stack.errors import StackError
from stack.programs import Program

# Answers are for this machine alone: a page of another site that gets a browser to ask 127.0.0.1 by a name
# of its own (DNS rebinding) meets no rule. What the engine says at start of files that it may not read any
# more is no error of ours, and what a query failed of its sender is told; the rest goes to the log.
CONFIG = """\
<clickhouse>
    <listen_host>127.0.0.1</listen_host>
    <tcp_port>{native}</tcp_port>
    <http_port>{http}</http_port>
    <users_config>users.xml</users_config>
    <max_server_memory_usage>{memory}</max_server_memory_usage>
    <mark_cache_size>{cache}</mark_cache_size>
    <max_concurrent_queries>120</max_concurrent_queries>
    <query_cache><max_size_in_bytes>0</max_size_in_bytes></query_cache>
    <remote_url_allow_hosts/>
    <http_options_response><header><name>Vary</name><value>Origin</value></header></http_options_response>
    <http_handlers>
{rules}    </http_handlers>
    <logger>
        <console>1</console>
        <console_log_level>error</console_log_level>
        <levels>
{silent}        </levels>
    </logger>
</clickhouse>
"""
RULE = """\
        <rule>
            <url>{path}</url>
            <methods>{methods}</methods>
            <headers><Host>regex:^(127[.]0[.]0[.]1|localhost)(:[0-9]+)?$</Host></headers>
            <handler>{handler}</handler>
        </rule>
"""
QUERIES = "<type>dynamic_query_handler</type><query_param_name>query</query_param_name>"
RULES = (
    ("/ping", "GET,HEAD", "<type>ping</type>"),
    ("/play", "GET", "<type>play</type>"),
    ("/", "GET,HEAD,POST", QUERIES),
)
SILENT = (
    "AsynchronousMetrics", "Cluster", "DynamicQueryHandler", "MemoryWorker", "TCPHandler", "ThreadStatus",
    "executeQuery",
)  # fmt: skip


def program(
    home: Path, ports: dict[str, int], identity: folder.Identity, readable: Sequence[str], lock: int
) -> Program:
    """The server over `home`/data; StackError when its wheel isn't installed."""
    if importlib.util.find_spec("chdb") is None:
        raise StackError(
            "the embedded ClickHouse is not installed: pip install 'leadtrace[stack]' "
            "(on macOS, or Linux with glibc), or set LEADTRACE_CLICKHOUSE to the address of a server"
        )
    native, http = ports["clickhouse"], ports["clickhouse_http"]
    home.mkdir(mode=0o700, exist_ok=True)
    configure(home, native, http, identity, readable)
    return Program(
        name="clickhouse",
        argv=(sys.executable, "-P", "-m", "stack.clickhouse_server", str(home), str(native), str(http)),
        ready=lambda: answers(native, identity.clickhouse_password) and not folder.is_free(http),
        reason=lambda output: causes.known(output, (native, http), home),
        held=(lock,),
        stranger=True,
    )


def configure(home: Path, native: int, http: int, identity: folder.Identity, readable: Sequence[str]) -> None:
    """Write config.xml and users.xml; the passwords only as hashes."""
    room = machine.room()
    rules = (RULE.format(path=path, methods=methods, handler=handler) for path, methods, handler in RULES)
    silent = (f"            <logger><name>{name}</name><level>none</level></logger>\n" for name in SILENT)
    config = CONFIG.format(
        native=native,
        http=http,
        memory=room.memory,
        cache=room.memory // 8,
        rules="".join(rules),
        silent="".join(silent),
    )
    passwords = {
        clickhouse_users.PIPELINE: identity.clickhouse_password,
        clickhouse_users.BI: identity.bi_password,
        clickhouse_users.DBT: identity.dbt_password,
    }
    folder.write_private(home / "config.xml", config)
    folder.write_private(home / "users.xml", clickhouse_users.document(passwords, readable, room))


def answers(port: int, password: str) -> bool:
    """Whether the server lets the pipeline's user in and computes."""
    client = Client(
        folder.LOOPBACK,
        port,
        user=clickhouse_users.PIPELINE,
        password=password,
        connect_timeout=1,
        send_receive_timeout=5,
    )
    try:
        return bool(client.execute("SELECT 1") == [(1,)])
    except (ClientError, OSError, EOFError, ValueError):
        # Whoever has taken the port meanwhile may answer anything, also what is no text.
        return False
    finally:
        client.disconnect()
