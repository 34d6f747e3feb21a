"""The embedded ClickHouse as a program: its configuration, its users and what each may do."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClientError

from stack import causes, folder
from stack.errors import StackError
from stack.processes import Program

PIPELINE = "pipeline"
BI = "bi"

CONFIG = """\
<clickhouse>
    <listen_host>127.0.0.1</listen_host>
    <tcp_port>{native}</tcp_port>
    <http_port>{http}</http_port>
    <users_config>{folder}/users.xml</users_config>
    <logger>
        <level>warning</level>
        <log>{folder}/server.log</log>
        <size>10M</size>
        <count>2</count>
    </logger>
</clickhouse>
"""

# `default` is the identity under which the engine starts itself: it can't have a password, so it may do
# nothing but open the listeners. Nobody may read files or other sources: there is no SOURCES grant.
USERS = """\
<clickhouse>
    <profiles>
        <default/>
        <bi>
            <readonly>2</readonly>
            <max_execution_time>60</max_execution_time>
            <constraints><max_execution_time><max>600</max></max_execution_time></constraints>
        </bi>
    </profiles>
    <quotas><default/></quotas>
    <users>
        <default>
            <password/>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
            <grants>
                <query>GRANT SYSTEM LISTEN ON *.*</query>
                <query>GRANT SELECT ON system.numbers</query>
            </grants>
        </default>
        <{pipeline}>
            <password_sha256_hex>{pipeline_hash}</password_sha256_hex>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
            <grants>
                <query>GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, \
TRUNCATE, OPTIMIZE, SHOW, KILL QUERY, dictGet, CREATE DICTIONARY, CREATE TEMPORARY TABLE ON *.*</query>
                <query>GRANT TABLE ENGINE ON *</query>
            </grants>
        </{pipeline}>
        <{bi}>
            <password_sha256_hex>{bi_hash}</password_sha256_hex>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>bi</profile>
            <quota>default</quota>
            <grants>
                <query>GRANT SELECT, SHOW ON {database}.*</query>
            </grants>
        </{bi}>
    </users>
</clickhouse>
"""


def program(
    home: Path, ports: dict[str, int], identity: folder.Identity, database: str, lock: int
) -> Program:
    """The server over `home`/data; StackError when its wheel isn't installed."""
    if importlib.util.find_spec("chdb") is None:
        raise StackError(
            "the embedded ClickHouse is not installed: pip install 'leadtrace[stack]' "
            "(on macOS, or Linux with glibc), or set LEADTRACE_CLICKHOUSE to the address of a server"
        )
    native, http = ports["clickhouse"], ports["clickhouse_http"]
    home.mkdir(mode=0o700, exist_ok=True)
    configure(home, native, http, identity, database)
    return Program(
        name="clickhouse",
        argv=(sys.executable, "-P", "-m", "stack.clickhouse_server", str(home)),
        ready=lambda: answers(native, identity.clickhouse_password) and not folder.is_free(http),
        reason=lambda output: causes.known(output, (native, http), home),
        held=(lock,),
    )


def configure(home: Path, native: int, http: int, identity: folder.Identity, database: str) -> None:
    """Write config.xml and users.xml; the passwords only as hashes."""

    def digest(password: str) -> str:
        return hashlib.sha256(password.encode()).hexdigest()

    users = USERS.format(
        pipeline=PIPELINE,
        bi=BI,
        pipeline_hash=digest(identity.clickhouse_password),
        bi_hash=digest(identity.bi_password),
        database=database,
    )
    config = CONFIG.format(native=native, http=http, folder=escape(str(home)))
    folder.write_private(home / "config.xml", config)
    folder.write_private(home / "users.xml", users)


def answers(port: int, password: str) -> bool:
    """Whether the server lets the pipeline's user in and computes."""
    client = Client(
        folder.LOOPBACK, port, user=PIPELINE, password=password, connect_timeout=1, send_receive_timeout=5
    )
    try:
        return bool(client.execute("SELECT 1") == [(1,)])
    except (ClientError, OSError, EOFError):
        return False
    finally:
        client.disconnect()
