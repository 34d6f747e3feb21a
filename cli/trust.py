"""Finds out whether the servers are who they say and let us in, before a command begins to speak to them.

Clients of Kafka take a certificate or a password that is refused for an outage: they try again, for minutes,
and then tell of a timeout. A server that can't be reached is no finding here: that may pass.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from hosts import host_of
from settings import Settings, SettingsError

# For an answer of one server; who is slower is spoken to all the same.
PATIENCE = 8.0
EXPIRED, OTHER_NAMES = 10, (62, 64)
LOCKED_OUT = (
    AuthenticationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
Address = tuple[str, int]


class TrustError(SettingsError):
    """A server is not who the settings say, or doesn't let us in; the text says what to do."""


def demand_trust(given: Settings, *servers: str) -> None:
    """Ask each of these servers, 'kafka' or 'clickhouse'. Raises TrustError."""
    if "kafka" in servers and given.kafka_security != "PLAINTEXT":
        asyncio.run(_kafka(given))
    if "clickhouse" in servers and given.clickhouse_secure:
        asyncio.run(_clickhouse(given))


async def _kafka(given: Settings) -> None:
    """Speak to the brokers that were given, and to those that they know of."""
    context = None
    if given.kafka_security.endswith("SSL"):
        context = _context(given.kafka_ca_file, "LEADTRACE_KAFKA_CA_FILE")
    asked = {each for server in given.brokers if (each := _parts(server, 9092))}
    told = await _all(_broker(given, each, context) for each in sorted(asked))
    others = {each for some in told for each in some} - asked
    await _all(_broker(given, each, context) for each in sorted(others))


async def _broker(given: Settings, address: Address, context: ssl.SSLContext | None) -> list[Address]:
    """The addresses of the cluster that a broker tells of; none if it can't be reached."""
    what = f"the Kafka broker at {address[0]}:{address[1]}"

    async def ask() -> list[Address]:
        connection = await create_conn(
            *address,
            ssl_context=context,
            security_protocol=given.kafka_security,
            sasl_mechanism=given.kafka_mechanism,
            sasl_plain_username=given.kafka_user,
            sasl_plain_password=given.kafka_password.get_secret_value(),
        )
        try:
            answer: Any = await connection.send(MetadataRequest([]))
            return [(host, port) for _, host, port, *_ in answer.brokers]
        finally:
            connection.close()

    try:
        return await _in_time(ask(), what, "KAFKA") or []
    except LOCKED_OUT as error:
        raise TrustError(
            f"{what} doesn't let us in: check LEADTRACE_KAFKA_USER, LEADTRACE_KAFKA_PASSWORD and "
            "LEADTRACE_KAFKA_MECHANISM"
        ) from error
    except KafkaError:
        return []


async def _clickhouse(given: Settings) -> None:
    context = _context(given.clickhouse_ca_file, "LEADTRACE_CLICKHOUSE_CA_FILE")
    address = _parts(given.clickhouse, 9440)
    if address is None:
        return

    async def ask() -> None:
        _, writer = await asyncio.open_connection(*address, ssl=context)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    await _in_time(ask(), f"ClickHouse at {address[0]}:{address[1]}", "CLICKHOUSE")


async def _in_time(asking: Awaitable[Any], what: str, name: str) -> Any:
    """The answer; None if there is none in time. Raises TrustError."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await asking
    except ssl.SSLCertVerificationError as error:
        raise TrustError(f"{what} can't be trusted: {_reason(error, name)}") from error
    except ssl.SSLEOFError:
        # As if it had been cut off: a plain port does that, and a broker that ends.
        return None
    except ssl.SSLError as error:
        raise TrustError(
            f"{what} doesn't speak TLS as we do ({error.reason or 'no reason given'}): check that "
            f"LEADTRACE_{name} is its address for TLS"
        ) from error
    except (OSError, TimeoutError):
        return None


def _reason(error: ssl.SSLCertVerificationError, name: str) -> str:
    if error.verify_code == EXPIRED:
        return "its certificate has expired; it needs a new one"
    if error.verify_code in OTHER_NAMES:
        return (
            f"its certificate is for other names; give LEADTRACE_{name} a name that it is for, or the server "
            "a certificate for this one"
        )
    return (
        "its certificate is from no authority that is trusted here; set "
        f"LEADTRACE_{name}_CA_FILE to the certificate of the authority, if it is the right server "
        f"({error.verify_message})"
    )


def _context(file: Path | None, variable: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except FileNotFoundError as error:
        raise TrustError(f"{variable}: there is no file {file}") from error
    except (ssl.SSLError, OSError) as error:
        raise TrustError(f"{variable}: {file} holds no certificate that can be read") from error


def _parts(address: str, port: int) -> Address | None:
    """Host and port; None for what is no address, which is said elsewhere."""
    host, _, last = address.rpartition(":")
    if not host or not last.isdigit():
        return (host_of(address), port) if host_of(address) == address.strip("[]") else None
    return host_of(address), int(last)


async def _all(asking: Iterable[Awaitable[Any]]) -> list[Any]:
    """All answers; the first TrustError, once all have answered."""
    answers = await asyncio.gather(*asking, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return list(answers)
