"""Who may do what in the embedded ClickHouse, and how much of the machine each may use."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from stack.machine import Room

PIPELINE = "pipeline"
BI = "bi"
DBT = "dbt"
# Tables and live views, what is kept of them, and what BI tools list.
READABLE = ("leadtrace", "leadtrace_kept", "bi")
# As this user the engine logs itself in, before any port is open, and it can't be told a password. So one
# session is all that it may have, which is the engine's own for as long as the process lives.
ITSELF = "default"
ITS_PROFILE = "itself"
# The engine's profile of this name holds for whoever has no other.
ANYBODY = "default"

USERS = """\
<clickhouse>
    <profiles>
{profiles}    </profiles>
    <quotas><default/></quotas>
    <users>
{users}    </users>
</clickhouse>
"""
USER = """\
        <{name}>
            <password_sha256_hex>{hash}</password_sha256_hex>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>{profile}</profile>
            <quota>default</quota>
            <grants>
{grants}            </grants>
        </{name}>
"""

MEGABYTE = 1 << 20
GIGABYTE = 1 << 30
HOUR = 3600

# Nobody may change these. A query that names a Python object would end the process; introspection and stack
# traces tell of the process; headers of an answer could open it to web pages; the last two are ways around a
# limit of memory. A header of CORS may be asked for, as the server's own page does: there is none to be had.
FIXED: Mapping[str, int | str] = {
    "allow_python_table_function": 0,
    "allow_introspection_functions": 0,
    "allow_get_client_http_header": 0,
    "calculate_text_stack_trace": 0,
    "http_response_headers": "{}",
    "max_untracked_memory": 4 * MEGABYTE,
    "memory_usage_overcommit_max_wait_microseconds": 0,
}

# Of a connection that has not said yet who it is. With a session that has a name, as tools use over HTTP, the
# engine goes on by the limits on sessions and queries that stand here: so none does. The last setting differs
# from what every user is held to, so that nobody can change over to this profile.
UNKNOWN = {"receive_timeout": 15, "http_receive_timeout": 15, "max_untracked_memory": MEGABYTE}
# The engine's own user.
ALONE = {**UNKNOWN, "max_sessions_for_user": 1, "max_concurrent_queries_for_user": 1}
PATIENCE = {"receive_timeout": (300, 1, 300), "http_receive_timeout": (60, 1, 300)}

# What BI tools and the server's page /play set: how answers are written, how the language reads. All else is
# closed to them, whatever a new version of the engine brings: a setting can name a file, too.
OPEN_TO_BI = (
    "add_http_cors_header",
    "cancel_http_readonly_queries_on_client_close",
    "connect_timeout",
    "date_time_input_format",
    "date_time_output_format",
    "default_format",
    "empty_result_for_aggregation_by_empty_set",
    "enable_http_compression",
    "enable_reads_from_query_cache",
    "enable_writes_to_query_cache",
    "extremes",
    "filter",
    "final",
    "framing_output_format",
    "group_by_use_nulls",
    "http_connection_timeout",
    "http_headers_progress_interval_ms",
    "http_send_timeout",
    "http_write_exception_in_output_format",
    "http_zlib_compression_level",
    "implicit_select",
    "interactive_delay",
    "join_use_nulls",
    "limit",
    "log_comment",
    "low_cardinality_allow_in_native_format",
    "network_compression_method",
    "offset",
    "order",
    "output_format_decimal_trailing_zeros",
    "output_format_json_quote_64bit_integers",
    "output_format_json_quote_decimals",
    "output_format_json_quote_denormals",
    "output_format_native_encode_types_in_binary_format",
    "output_format_write_statistics",
    "page",
    "prefer_column_name_to_alias",
    "query_cache_nondeterministic_function_handling",
    "query_cache_system_table_handling",
    "query_cache_ttl",
    "result_overflow_mode",
    "send_logs_level",
    "send_progress_in_http_headers",
    "send_timeout",
    "session_timezone",
    "timeout_overflow_mode",
    "transform_null_in",
    "union_default_mode",
    "use_client_time_zone",
    "use_query_cache",
)

# The engines of our tables and of what a person would make of them; none that reads files or the network.
ENGINES = (
    "MergeTree, ReplacingMergeTree, AggregatingMergeTree, SummingMergeTree, CollapsingMergeTree, "
    "VersionedCollapsingMergeTree, Memory, View, MaterializedView, Null, Set, Join, Merge"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings that stay as they are; those that may be changed, with default, least and most; open ones.

    Of the open ones, `defaults` have another value than the engine's.
    """

    fixed: Mapping[str, int | str]
    ranges: Mapping[str, tuple[int, int, int]]
    open: tuple[str, ...] = ()
    defaults: Mapping[str, int | str] = field(default_factory=dict)


def document(passwords: Mapping[str, str], readable: Sequence[str], room: Room) -> str:
    """The users' file: of each password only the hash.

    `readable` are the databases that BI may read, NAME or PREFIX*, last the one for BI tools.
    """
    profiles = (
        _profile(ANYBODY, Limits({**FIXED, **UNKNOWN}, {}))
        + _profile(ITS_PROFILE, Limits({**FIXED, **ALONE}, {}))
        + _profile(PIPELINE, pipeline_limits(room))
        + _profile(BI, bi_limits(room))
        + _profile(DBT, dbt_limits(room))
    )
    users = (
        _user(ITSELF, ITS_PROFILE, "", "SYSTEM LISTEN ON *.*", "SELECT ON system.numbers")
        + _user(PIPELINE, PIPELINE, passwords[PIPELINE], *_of_pipeline(readable))
        + _user(BI, BI, passwords[BI], *_of_reader(readable))
        + _user(DBT, DBT, passwords[DBT], *_of_reader(readable), *_of_writer(readable))
    )
    return USERS.format(profiles=profiles, users=users)


def _user(name: str, profile: str, password: str, *grants: str) -> str:
    return USER.format(name=name, profile=profile, hash=_digest(password), grants=_grants(*grants))


def _of_pipeline(readable: Sequence[str]) -> tuple[str, ...]:
    return (
        "SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE, OPTIMIZE, "
        "SHOW, KILL QUERY, CREATE TEMPORARY TABLE ON *.*",
        *(f"TABLE ENGINE ON {engine}" for engine in ENGINES.split(", ")),
        *(f"SYSTEM VIEWS ON {database}.*" for database in readable),
    )


def _of_reader(readable: Sequence[str]) -> tuple[str, ...]:
    # How fresh all is stands in a table of the server's own.
    return (*(f"SELECT, SHOW ON {database}.*" for database in readable), "SELECT ON system.view_refreshes")


def _of_writer(readable: Sequence[str]) -> tuple[str, ...]:
    return (
        "SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, "
        # Its own database is named after the one for BI tools.
        f"TRUNCATE, OPTIMIZE, SHOW ON {readable[-1]}_dbt.*",
        "CREATE TEMPORARY TABLE ON *.*",
        *(f"TABLE ENGINE ON {engine}" for engine in ENGINES.split(", ")),
    )


def pipeline_limits(room: Room) -> Limits:
    """What our own processes may use."""
    most = room.memory * 4 // 5
    fixed = {
        "max_memory_usage_for_user": room.memory * 9 // 10,
        "max_concurrent_queries_for_user": 100,
        "max_sessions_for_user": 500,
    }
    ranges = {
        "max_memory_usage": (most, 1, most),
        "max_threads": (room.processors, 1, room.processors),
        "max_execution_time": (6 * HOUR, 1, 6 * HOUR),
        "max_result_rows": (100_000_000, 1, 100_000_000),
    }
    return Limits({**FIXED, **fixed}, {**PATIENCE, **ranges})


def bi_limits(room: Room) -> Limits:
    """What BI tools may use. Zero would mean no limit, so 1 is the least of everything."""
    most = room.memory // 4
    fixed = {
        "readonly": 1,
        "max_memory_usage_for_user": room.memory // 2,
        "max_concurrent_queries_for_user": 20,
        "max_sessions_for_user": 200,
        "max_temporary_data_on_disk_size_for_query": 2 * GIGABYTE,
        "max_temporary_data_on_disk_size_for_user": 4 * GIGABYTE,
    }
    ranges = {
        "max_memory_usage": (most, 1, most),
        "max_threads": (room.processors, 1, room.processors),
        "max_execution_time": (60, 1, 600),
        "max_result_rows": (1_000_000, 1, 10_000_000),
        "max_result_bytes": (GIGABYTE, 1, GIGABYTE),
        "max_block_size": (65_409, 1, 1_000_000),
    }
    # The official JDBC driver can't read what the engine would choose by itself.
    return Limits(
        {**FIXED, **fixed}, {**PATIENCE, **ranges}, OPEN_TO_BI, {"network_compression_method": "LZ4"}
    )


def dbt_limits(room: Room) -> Limits:
    """What dbt may use: as much as a BI tool, for longer."""
    read = bi_limits(room)
    fixed = {name: value for name, value in read.fixed.items() if name != "readonly"}
    ranges = {**read.ranges, "max_execution_time": (HOUR, 1, 6 * HOUR)}
    return Limits(fixed, ranges, defaults=read.defaults)


def _profile(name: str, limits: Limits) -> str:
    """A profile of settings. In a read-only one, only what is marked so can be changed at all."""
    mark = "<changeable_in_readonly/>" if "readonly" in limits.fixed else ""
    values = {
        **limits.fixed,
        **limits.defaults,
        **{setting: default for setting, (default, _, _) in limits.ranges.items()},
    }
    rules = dict.fromkeys(limits.fixed, "<const/>")
    for setting, (_, least, most) in limits.ranges.items():
        rules[setting] = f"{mark}<min>{least}</min><max>{most}</max>"
    rules |= dict.fromkeys(limits.open, mark)
    return (
        f"        <{name}>\n{_elements(values)}            <constraints>\n{_elements(rules)}"
        f"            </constraints>\n        </{name}>\n"
    )


def _elements(content: Mapping[str, object]) -> str:
    return "".join(f"            <{name}>{value}</{name}>\n" for name, value in content.items())


def _grants(*grants: str) -> str:
    return "".join(f"                <query>{escape(f'GRANT {grant}')}</query>\n" for grant in grants)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
