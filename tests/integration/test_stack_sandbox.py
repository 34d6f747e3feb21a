"""What any user of this machine, a BI tool and we ourselves can reach through the embedded ClickHouse."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import NetworkError, ServerException

import settings
from stack import embedded, folder, landlock

pytestmark = pytest.mark.servers

REFUSALS = "Not enough privileges|readonly mode|Unknown|not supported|is disabled|Syntax error|storage"
CANARY = "nobody may read this"
USERS = ("bi", "pipeline")

# Table functions that answer with what they are given, or with numbers. One that a new version brings fails
# the test until somebody has looked at what it reaches.
HARMLESS = {
    "SQLStandardValues", "format", "fuzzQuery", "generateRandom", "generateSeries", "generate_series",
    "null", "numbers", "numbers_mt", "primes", "values", "zeros", "zeros_mt",
}  # fmt: skip

# Tables of the engine about itself that BI may read; they show what is granted, and how the language is made.
READABLE = {
    "aggregate_function_combinators", "collations", "columns", "completions", "contributors",
    "current_roles", "data_type_families", "database_engines", "databases", "dictionary_layouts",
    "disk_types", "enabled_roles", "formats", "functions", "licenses", "one", "privileges",
    "quota_usage", "settings", "table_engines", "table_functions", "tables", "time_zones",
    "user_query_log", "view_refreshes",
}  # fmt: skip


def connect(site: settings.Settings, user: str, password: str) -> Client:
    host, _, port = site.clickhouse.partition(":")
    return Client(host, port=int(port), user=user, password=password, send_receive_timeout=30)


@pytest.fixture
def logged_in(stack: embedded.Stack, site: settings.Settings) -> Iterator[dict[str, Client]]:
    given = stack.addresses
    clients = {
        "bi": connect(site, given.bi_user, given.bi_password),
        "pipeline": connect(site, given.clickhouse_user, given.clickhouse_password),
    }
    clients["pipeline"].execute(f"CREATE DATABASE {site.clickhouse_database}")
    before = stack.pid("clickhouse")
    yield clients
    for client in clients.values():
        client.disconnect()
    assert stack.pid("clickhouse") == before, "the server died of what it was asked"


def asked(client: Client, query: str) -> tuple[bool, str]:
    """Whether the server answered, and its rows or its refusal as a text."""
    try:
        return True, str(client.execute(query))
    except ServerException as refusal:
        return False, str(refusal)
    except (TypeError, ValueError) as oddity:
        # A type that this client can't read: the server did answer.
        client.disconnect()
        return True, repr(oddity)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("user", ["default", "pipeline", "bi", ""])
def test_nobody_gets_in_without_a_password(site: settings.Settings, host: str, user: str) -> None:
    port = int(site.clickhouse.partition(":")[2])
    with pytest.raises(ServerException) as refusal:
        Client(host, port=port, user=user, password="", connect_timeout=5).execute("SELECT 1")
    assert refusal.value.code in (516, 700)


def test_the_server_is_reached_at_no_other_address(site: settings.Settings) -> None:
    with pytest.raises(NetworkError):
        Client("::1", port=int(site.clickhouse.partition(":")[2]), connect_timeout=2).execute("SELECT 1")


@pytest.mark.skipif(not landlock.version(), reason="this kernel can't confine a process (Landlock)")
@pytest.mark.parametrize("user", USERS)
def test_the_function_file_finds_nothing_of_ours(
    stack: embedded.Stack, servers: settings.Settings, logged_in: dict[str, Client], user: str
) -> None:
    home = servers.data_dir
    ours = [home / name for name in ("identity.json", "running.json", "ports.json", "lock", "logs/kafka.log")]
    ours += [home / "clickhouse" / name for name in ("users.xml", "config.xml")]
    ours += [home / "kafka/server.properties"]
    assert [path for path in ours if not path.exists()] == []
    proc = Path("/proc")
    beyond = [Path("/etc/passwd"), proc / "1" / "environ"]
    beyond += [proc / "self" / name for name in ("environ", "mem", "maps")]
    near = [
        "users.xml",
        "config.xml",
        "../users.xml",
        "../../identity.json",
        "../../../../../../etc/hostname",
    ]
    thread = proc / "self" / "task" / str(stack.pid("clickhouse"))
    around = [thread / name for name in ("root/etc/passwd", "cwd/../users.xml", "fd/1")]
    for path in (*ours, *beyond, *near, *around):
        answered, text = asked(logged_in[user], f"SELECT length(file('{path}'))")
        assert not answered, path
        assert re.search("Permission denied|No such file", text), text


@pytest.mark.parametrize("user", USERS)
def test_no_table_function_reaches_beyond_its_arguments(
    logged_in: dict[str, Client], site: settings.Settings, tmp_path: Path, user: str
) -> None:
    canary = tmp_path / "canary"
    canary.write_text(CANARY)
    http = f"http://{site.clickhouse_http}/ping"
    attempts = [
        f"'{canary}'", f"'{canary}', 'LineAsString', 'line String'", f"'{canary}', 't'",
        f"'{http}'", f"'{http}', 'LineAsString', 'line String'", f"'{site.clickhouse}', 'system', 'users'",
        "'127.0.0.1:1', 'd', 't', 'u', 'p'", "'127.0.0.1:1', 'k', 'v', 'a String'",
        "'id', 'LineAsString', 'line String'", "'x'", "", "1",
    ]  # fmt: skip
    rows = logged_in["pipeline"].execute("SELECT name FROM system.table_functions")
    reached = set()
    for (name,) in rows:
        for attempt in attempts:
            answered, text = asked(logged_in[user], f"SELECT * FROM `{name}`({attempt}) LIMIT 1")
            assert CANARY not in text, name
            if answered:
                reached.add(name)
    assert reached - HARMLESS == set()


@pytest.mark.slow
@pytest.mark.parametrize("user", USERS)
def test_no_function_reads_the_machine(logged_in: dict[str, Client], tmp_path: Path, user: str) -> None:
    canary = tmp_path / "canary"
    canary.write_text(CANARY)
    names = logged_in["pipeline"].execute("SELECT name FROM system.functions WHERE NOT is_aggregate")
    for (name,) in names:
        for attempt in (f"'{canary}'", f"'{canary}', '{canary}'"):
            _, text = asked(logged_in[user], f"SELECT toString(`{name}`({attempt}))")
            assert CANARY not in text, name


@pytest.mark.parametrize("user", USERS)
def test_python_is_switched_off_for_good(logged_in: dict[str, Client], user: str) -> None:
    for query in (
        "SELECT * FROM python('x')",
        "SELECT * FROM Python(x) SETTINGS allow_python_table_function = 1",
    ):
        for _ in range(6):
            answered, text = asked(logged_in[user], query)
            assert not answered
            assert "allow_python_table_function" in text


def test_bi_reads_of_the_engine_only_what_is_granted(logged_in: dict[str, Client]) -> None:
    tables = logged_in["pipeline"].execute("SELECT name FROM system.tables WHERE database = 'system'")
    read = {name for (name,) in tables if asked(logged_in["bi"], f"SELECT count() FROM system.`{name}`")[0]}
    assert read - {"numbers", "numbers_mt", "zeros", "zeros_mt"} <= READABLE
    databases = logged_in["bi"].execute("SELECT name FROM system.databases")
    assert [name for (name,) in databases if not name.startswith(("leadtrace", "bi"))] == ["system"]


@pytest.mark.parametrize(
    "statement",
    [
        "SYSTEM STOP LISTEN HTTP",
        "SYSTEM START LISTEN TCP",
        "SYSTEM RELOAD CONFIG",
        "SYSTEM SHUTDOWN",
        "SYSTEM FLUSH LOGS",
        "CREATE USER other IDENTIFIED WITH no_password",
        "GRANT ALL ON *.* TO bi",
        "ALTER USER default IDENTIFIED WITH no_password",
        "CREATE FUNCTION other AS x -> file(x)",
        "CREATE NAMED COLLECTION other AS url = 'http://127.0.0.1:1/'",
        "CREATE DICTIONARY {database}.d (a UInt64, b String) PRIMARY KEY a "
        "SOURCE(FILE(PATH '/etc/passwd' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
        "CREATE TABLE {database}.f (line String) ENGINE = File('LineAsString', '/etc/passwd')",
        "CREATE TABLE {database}.u (line String) ENGINE = URL('http://127.0.0.1:1/', 'LineAsString')",
        "CREATE TABLE {database}.p (line String) ENGINE = Python('x')",
        "INSERT INTO FUNCTION file('/tmp/new', 'LineAsString', 'line String') VALUES ('x')",
        "BACKUP DATABASE {database} TO File('/tmp/new')",
        "SELECT * FROM default.`/etc/passwd`",
        "EXECUTE AS default SELECT 1",
    ],
)
@pytest.mark.parametrize("user", USERS)
def test_nobody_opens_a_way_out(
    logged_in: dict[str, Client], site: settings.Settings, user: str, statement: str
) -> None:
    answered, text = asked(logged_in[user], statement.format(database=site.clickhouse_database))
    assert not answered
    assert re.search(REFUSALS, text), text


@pytest.mark.parametrize(
    "change",
    ["max_memory_usage = 0", "max_threads = 10000", "max_execution_time = 0", "max_result_rows = 0",
     "max_execution_time = 1000000", "max_result_rows = 1000000000", "max_untracked_memory = 1000000000000",
     "max_concurrent_queries_for_user = 0", "max_memory_usage_for_user = 0",
     "allow_get_client_http_header = 1",
     "allow_introspection_functions = 1", "profile = 'default'"],
)  # fmt: skip
@pytest.mark.parametrize("user", USERS)
def test_nobody_lifts_a_limit(logged_in: dict[str, Client], user: str, change: str) -> None:
    for query in (f"SET {change}", f"SELECT 1 SETTINGS {change}"):
        answered, _ = asked(logged_in[user], query)
        assert not answered, query


@pytest.mark.parametrize("change", ["format_schema = 'x'", "format_template_resultset = '/etc/passwd'"])
def test_bi_sets_nothing_that_names_a_file(logged_in: dict[str, Client], change: str) -> None:
    answered, text = asked(logged_in["bi"], f"SELECT 1 SETTINGS {change}")
    assert not answered
    assert "readonly mode" in text


def test_bi_sets_what_tools_set(logged_in: dict[str, Client]) -> None:
    changes = (
        "max_threads = 1, max_execution_time = 300, join_use_nulls = 1, session_timezone = 'Asia/Shanghai'"
    )
    assert asked(logged_in["bi"], f"SELECT 1 SETTINGS {changes}") == (True, "[(1,)]")


def test_a_query_that_wants_too_much_ends_alone(logged_in: dict[str, Client]) -> None:
    hungry = "SELECT length(groupArray(number)) FROM numbers(100000000) SETTINGS max_memory_usage = 50000000"
    endless = (
        "SELECT count() FROM numbers(99999999999) WHERE NOT ignore(rand()) SETTINGS max_execution_time = 1"
    )
    for query, reason in (
        (hungry, "memory limit exceeded"),
        ("SELECT * FROM numbers(2000000)", "Limit for result exceeded"),
        (endless, "Timeout exceeded"),
    ):
        answered, text = asked(logged_in["bi"], query)
        assert not answered
        assert reason.lower() in text.lower(), text


def test_the_servers_know_no_secret_but_their_own(stack: embedded.Stack, servers: settings.Settings) -> None:
    identity = json.loads(folder.identity_file(servers.data_dir).read_text())
    for name in ("kafka", "clickhouse"):
        around = psutil.Process(stack.pid(name)).environ()
        assert not [each for each in around if each.startswith("LEADTRACE")]
        assert not set(around.values()) & set(identity.values())
