"""The one place that speaks to ClickHouse: connections, inserts, queries, and errors as sentences."""

import socket
import struct
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from clickhouse_driver import Client
from clickhouse_driver import errors as driver
from clickhouse_driver.columns.exceptions import ColumnException

from settings import Settings
from sinks import error_codes

Row = tuple[Any, ...]
Parameter = str | int | date | datetime | list[str]

# Batches are made here and a repeated one is harmless, so the server shall neither batch nor deduplicate:
# a crash between its log of seen blocks and the block itself would lose an acknowledged batch.
SETTINGS: Final = {"async_insert": 0, "insert_deduplicate": 0}

_UNENCODABLE: Final = (struct.error, OverflowError, TypeError, ValueError, AttributeError)
_CLIENT_SIDE: Final = (ColumnException, driver.TypeMismatchError, driver.CannotParseUuidError)


class ClickHouseError(RuntimeError):
    """ClickHouse did not do what was asked; the text is one sentence for the person at the terminal."""


class ClickHouseAwayError(ClickHouseError):
    """It can't be reached or has no room at the moment; the same request may succeed later."""


class NoMemoryError(ClickHouseAwayError):
    """It has no memory for this: others may use it at the moment, or what was asked is too large."""


class TooSlowError(ClickHouseAwayError):
    """It takes longer than it may: others keep the server busy at the moment, or it is too much at once."""


class TooManyRowsError(ClickHouseError):
    """The answer has more rows than it may have."""


class UnknownRefusalError(ClickHouseError):
    """It refuses for a reason that may lie in a row, or in the server: `code` is the server's."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class RowRefusedError(ClickHouseError):
    """At least one of the rows can't be stored as it is; the text doesn't quote it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a query: the columns' names and types, and the rows."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[Row, ...]


class ClickHouse:
    """A connection that opens itself again after any error, since a half-read answer poisons the next one.

    Use it from one thread at a time. Every method raises ClickHouseError.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self.address = address
        self._is_abandoned = False

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows in one block; when this returns, they are on disk. Times are Millis."""
        names = ", ".join(f"`{column}`" for column in columns)
        data = list(zip(*rows, strict=True))
        try:
            self._ask(f"INSERT INTO `{table}` ({names}) VALUES", data, columnar=True)
        except _UNENCODABLE as error:
            kind = type(error).__name__
            raise RowRefusedError(f"a value can't be encoded for its column ({kind})") from error

    def query(
        self, text: str, parameters: Mapping[str, Parameter] | None = None, as_bytes: bool = False
    ) -> Answer:
        """Run a query; the server puts the parameters in for {name:Type}. `as_bytes`: texts stay bytes."""
        options = {"settings": {"strings_as_bytes": True}} if as_bytes else {}
        rows, columns = self._ask(text, dict(parameters or {}), with_column_types=True, **options)
        return Answer(
            tuple(name for name, _ in columns), tuple(kind for _, kind in columns), tuple(map(tuple, rows))
        )

    def stream(
        self, text: str, parameters: Mapping[str, Parameter] | None = None
    ) -> Generator[Row, None, None]:
        """Run a query and yield its rows as they come, texts as bytes: however many there are, few are held.

        Until the last one was taken, or the generator is closed, nothing else can be asked over this
        connection.
        """
        yield from self._streamed(text, parameters, {"strings_as_bytes": True, "max_block_size": 8192})

    def _streamed(
        self, text: str, parameters: Mapping[str, Parameter] | None, settings: dict[str, Any], **options: Any
    ) -> Generator[Any, None, None]:
        is_read = False
        try:
            yield from self._client.execute_iter(text, dict(parameters or {}), settings=settings, **options)
            is_read = True
        except Exception as error:
            known = explain(error, self.address)
            if known is None:
                raise
            raise known from error
        finally:
            if not is_read:
                self._client.disconnect()

    def table(
        self, text: str, parameters: Mapping[str, Parameter] | None = None
    ) -> tuple[tuple[str, ...], Generator[Row, None, None]]:
        """Run a query; return the names of its columns and the rows, which come as in `stream`, as texts."""
        rows = self._streamed(text, parameters, {"max_block_size": 8192}, with_column_types=True)
        return tuple(name for name, _ in next(rows)), rows

    def command(self, text: str) -> None:
        """Run a statement that returns nothing."""
        self._ask(text, None)

    def use(self, database: str) -> None:
        """Make `database` the one that names without a database mean, from now on."""
        self._client.disconnect()
        self._client.connection.database = database

    def close(self) -> None:
        """Close the connection; the next request would open it again."""
        self._client.disconnect()

    def abandon(self) -> None:
        """End what another thread asks, which the server then stops; nothing can be asked any more."""
        self._is_abandoned = True
        if (opened := self._client.connection.socket) is not None:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def _ask(self, text: str, data: Any, **options: Any) -> Any:
        if self._is_abandoned:
            raise ClickHouseAwayError(f"the connection to ClickHouse at {self.address} was given up")
        try:
            return self._client.execute(text, data, **options)
        except Exception as error:
            self._client.disconnect()
            known = explain(error, self.address)
            if known is None:
                raise
            raise known from error


def connect(settings: Settings, timeout: float = 60.0) -> ClickHouse:
    """Connect to the database of `settings` and try it out; `timeout` in seconds is that of one answer.

    Raises ClickHouseError: one sentence that says what to do.
    """
    return opened(settings, settings.clickhouse_database, timeout)


def connect_server(settings: Settings, timeout: float = 60.0) -> ClickHouse:
    """Connect like `connect`, but to no database of ours: it need not exist yet."""
    return opened(settings, "", timeout)


def opened(
    settings: Settings, database: str, timeout: float, held_to: Mapping[str, int] = SETTINGS
) -> ClickHouse:
    """Connect with these settings of queries; `timeout` in seconds is that of one answer."""
    if not settings.clickhouse:
        raise ClickHouseError(
            "no ClickHouse is set: run `leadtrace up`, or set LEADTRACE_CLICKHOUSE to host:port of a server"
        )
    host, port = _host_and_port(settings)
    client = Client(
        host,
        port=port,
        database=database,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password.get_secret_value(),
        client_name="leadtrace",
        secure=settings.clickhouse_secure,
        ca_certs=str(settings.clickhouse_ca_file) if settings.clickhouse_ca_file else None,
        connect_timeout=10,
        send_receive_timeout=timeout,
        settings={**held_to, "server_side_params": True},
        settings_is_important=True,
    )
    connection = ClickHouse(client, settings.clickhouse)
    connection.query("SELECT 1")
    return connection


def _host_and_port(settings: Settings) -> tuple[str, int | None]:
    host, colon, port = settings.clickhouse.rpartition(":")
    if not colon:
        return settings.clickhouse, None
    if not port.isdigit() or not host:
        raise ClickHouseError(
            f"LEADTRACE_CLICKHOUSE is '{settings.clickhouse}', not host:port of the native protocol"
        )
    return host.strip("[]"), int(port)


def explain(error: Exception, address: str) -> ClickHouseError | None:
    """Turn an error of the client into ours: away, a row's fault, or final; None if it is none of these."""
    if isinstance(error, _CLIENT_SIDE):
        return RowRefusedError(f"a value doesn't fit its column ({type(error).__name__})")
    if isinstance(error, driver.ServerException):
        return _explain_server(error, address)
    if isinstance(error, OSError | EOFError | driver.Error):
        return ClickHouseAwayError(
            f"ClickHouse at {address} can't be reached ({type(error).__name__}): "
            "check that it runs and that LEADTRACE_CLICKHOUSE is its address for the native protocol"
        )
    return None


def _explain_server(error: Any, address: str) -> ClickHouseError:
    code = int(error.code)
    if code in error_codes.PASSING:
        return ClickHouseAwayError(
            f"ClickHouse at {address} can't take it at the moment: {_first_line(error)}"
        )
    if code == error_codes.TOO_SLOW:
        return TooSlowError(f"ClickHouse at {address} can't take it at the moment: {_first_line(error)}")
    if code == error_codes.TOO_MANY_ROWS:
        return TooManyRowsError(f"ClickHouse at {address} refuses (code {code}): {_first_line(error)}")
    if code == error_codes.NO_MEMORY:
        return NoMemoryError(f"ClickHouse at {address} has no memory left for it: {_first_line(error)}")
    if code in error_codes.OF_A_ROW:
        # The server's text may quote the value.
        return RowRefusedError(f"ClickHouse refuses a value (code {code})")
    if code in error_codes.LOCKED_OUT:
        return ClickHouseError(
            f"ClickHouse at {address} doesn't let us in: "
            "check LEADTRACE_CLICKHOUSE_USER and LEADTRACE_CLICKHOUSE_PASSWORD"
        )
    if code in error_codes.NOT_MIGRATED:
        return ClickHouseError(
            f"the database at {address} lacks something: run `leadtrace migrate` ({_first_line(error)})"
        )
    return UnknownRefusalError(f"ClickHouse at {address} refuses (code {code}): {_first_line(error)}", code)


def _first_line(error: Any) -> str:
    text = str(error.message).partition("Stack trace:")[0].strip().removeprefix("DB::Exception: ")
    return text.partition("\n")[0][:300]
