"""The data folder of the embedded stack: its lock, its secrets and the ports that it keeps."""

import fcntl
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stack import documents
from stack.errors import StackError

LOOPBACK = "127.0.0.1"
PORTS = ("kafka", "kafka_controller", "clickhouse", "clickhouse_http")
# Below those that systems give to outgoing connections, which could take a port while its server is away.
RANGE = range(20_000, 32_000)
ROOM = 500_000_000
LOCK_PATIENCE = 3.0
# What an owner of the folder tells others, as long as it is the owner.
TOLD = ("running.json", "up.json", "collector.address")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a data folder gets once and keeps: Kafka's cluster id and the secrets."""

    cluster: str
    clickhouse_password: str
    bi_password: str
    token_key: str
    kafka_password: str
    kafka_broker_password: str
    webhook_key: str
    dbt_password: str


# What a folder of an older version lacks is made when it is missed; all else can't be made anew.
ADDED = ("kafka_password", "kafka_broker_password", "webhook_key", "dbt_password")
# Long enough to be a secret, and nothing that a configuration file or a command line would read otherwise.
_SECRET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{15,199}")


def prepare(data_dir: Path) -> None:
    """Create the folder for its owner alone; StackError when it can't be used or has no room."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = data_dir / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StackError(
            f"the data folder {data_dir} can't be written ({error.strerror}): "
            "change its owner, or set LEADTRACE_DATA_DIR to another folder"
        ) from error
    free = shutil.disk_usage(data_dir).free
    if free < ROOM:
        raise StackError(
            f"the disk of {data_dir} has {free / 1e6:.0f} MB left, and Kafka and ClickHouse need "
            f"{ROOM / 1e6:.0f}: make room, or set LEADTRACE_DATA_DIR to a folder on another disk"
        )


@contextmanager
def owned(data_dir: Path) -> Iterator[int]:
    """Own the folder; yields the open lock file, to be held by every process that works in the folder.

    The lock ends with its last holder, so that no new stack meets a server that is still dying.
    Raises StackError when another process has it.
    """
    try:
        descriptor = os.open(lock_file(data_dir), os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise StackError(
            f"{lock_file(data_dir)} can't be opened ({error.strerror}): remove it, or set "
            "LEADTRACE_DATA_DIR to another folder"
        ) from None
    try:
        deadline = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StackError(
                        f"the data folder {data_dir} is in use by {_owner(descriptor)}: stop that one, "
                        "or set LEADTRACE_DATA_DIR to another folder"
                    ) from None
                time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        forget_last_owner(data_dir)
        yield descriptor
    finally:
        os.close(descriptor)


def forget_last_owner(data_dir: Path) -> None:
    """Remove what the last owner told others of itself: one that was killed could not. Raises StackError."""
    for name in TOLD:
        path = data_dir / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StackError(f"{path} can't be removed ({error.strerror}): remove it") from None


def _owner(descriptor: int) -> str:
    """Who wrote into the lock file that it owns the folder."""
    written = os.pread(descriptor, 20, 0).strip()
    return f"process {written.decode()}" if re.fullmatch(rb"[0-9]+", written) else "another process"


def in_use(data_dir: Path) -> bool:
    """Whether any process owns the folder."""
    try:
        descriptor = os.open(lock_file(data_dir), os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def lock_file(data_dir: Path) -> Path:
    """Return the file that whoever uses this folder holds locked."""
    return data_dir / "lock"


def identity(data_dir: Path) -> Identity:
    """The folder's identity, made on the first call.

    Raises StackError if it is damaged, or gone from beside the data that belong to it.
    """
    path = identity_file(data_dir)
    try:
        told = documents.read_object(path)
        if told is None and holds_data(data_dir):
            raise documents.DamagedError("is missing")
        made = {name: value for name, value in _fresh().items() if told is None or name in ADDED}
        found = {**made, **(told or {})}
        if set(found) != set(Identity.__slots__):
            raise documents.DamagedError("has other entries than an identity")
        if not all(isinstance(value, str) and _SECRET.fullmatch(value) for value in found.values()):
            raise documents.DamagedError("has an entry that is no secret")
    except documents.DamagedError as error:
        raise StackError(
            f"{path} {error}, and the data can't be read without it: put it back from a copy, "
            "or set LEADTRACE_DATA_DIR to a new folder"
        ) from None
    if found != told:
        write_private(path, json.dumps(found))
    return Identity(**found)


def holds_data(data_dir: Path) -> bool:
    """Whether a server has stored anything in this folder."""
    return any((data_dir / server / "data").exists() for server in ("kafka", "clickhouse"))


def _fresh() -> dict[str, Any]:
    return asdict(
        Identity(
            cluster=_cluster_id(),
            clickhouse_password=secrets.token_hex(16),
            bi_password=secrets.token_hex(16),
            token_key=secrets.token_hex(32),
            kafka_password=secrets.token_hex(16),
            kafka_broker_password=secrets.token_hex(16),
            webhook_key=secrets.token_hex(32),
            dbt_password=secrets.token_hex(16),
        )
    )


def _cluster_id() -> str:
    """Make an id as Kafka does: 16 bytes in base64, and none that its tools would read as an option."""
    while (made := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return made


def identity_file(data_dir: Path) -> Path:
    """Return the file with what the servers of this folder keep for ever."""
    return data_dir / "identity.json"


def ports(data_dir: Path, wanted: Mapping[str, int], say: Callable[[str], None]) -> dict[str, int]:
    """A free loopback port for each name of PORTS: the wanted one, else the one of last time, else any.

    Raises StackError when a wanted one is taken; `say` is told when those of last time can't be read.
    """
    path = data_dir / "ports.json"
    try:
        before = _kept(documents.read_object(path) or {})
    except documents.DamagedError as error:
        say(f"{path} {error}: the servers get other ports than last time")
        before = {}
    chosen: dict[str, int] = {}
    for name, port in wanted.items():
        if port in chosen.values() or not is_free(port):
            raise StackError(
                f"port {port} is taken by another program: stop that one, or choose another port for {name}"
            )
        chosen[name] = port
    for name in PORTS:
        if name not in chosen:
            last = before.get(name)
            kept = last is not None and last not in chosen.values() and is_free(last)
            chosen[name] = last if last is not None and kept else any_port(set(chosen.values()))
    if chosen != before:
        write_private(path, json.dumps(chosen))
    return chosen


def _kept(told: dict[str, Any]) -> dict[str, int]:
    """The ports of last time; raises DamagedError for what can't be one."""
    for name in PORTS:
        port = told.get(name, RANGE[0])
        if type(port) is not int or not 1024 <= port <= 65535:
            raise documents.DamagedError(f"names a port for {name} that is none")
    return {name: told[name] for name in PORTS if name in told}


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port of the loopback interface now."""
    with socket.socket() as probe:
        # As the servers do: connections of the last run that are still closing don't take the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_port(used: Set[int] = frozenset()) -> int:
    """Choose a free port that is not in `used`; raise StackError if there is none."""
    for _ in range(1000):
        port = RANGE[secrets.randbelow(len(RANGE))]
        if port not in used and is_free(port):
            return port
    raise StackError(f"no port from {RANGE[0]} to {RANGE[-1]} is free: stop some of the programs that listen")


def write_private(path: Path, text: str) -> None:
    """Replace a file at once; nobody but its owner can read it, at no moment. Raises StackError."""
    fresh = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise StackError(
            f"{path} can't be written ({error.strerror}): make room or remove what is in its place"
        ) from error
