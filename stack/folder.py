"""The data folder of the embedded stack: its lock, its secrets and the ports that it keeps."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from stack.errors import StackError

LOOPBACK = "127.0.0.1"
PORTS = ("kafka", "kafka_controller", "clickhouse", "clickhouse_http")
# Below those that systems give to outgoing connections, which could take a port while its server is away.
RANGE = range(20_000, 32_000)
ROOM = 500_000_000
LOCK_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What a data folder gets once and keeps: Kafka's cluster id and the secrets."""

    cluster: str
    clickhouse_password: str
    bi_password: str
    token_key: str
    kafka_password: str
    kafka_broker_password: str


ADDED = ("kafka_password", "kafka_broker_password")


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
    descriptor = os.open(lock_file(data_dir), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
                    raise StackError(
                        f"the data folder {data_dir} is in use by process {owner}: stop that one, "
                        "or set LEADTRACE_DATA_DIR to another folder"
                    ) from None
                time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def in_use(data_dir: Path) -> bool:
    """Whether any process owns the folder."""
    try:
        descriptor = os.open(lock_file(data_dir), os.O_RDONLY)
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
    """The folder's identity, made on the first call."""
    path = identity_file(data_dir)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        # A folder of an older version lacks some: what can be made anew is.
        found = Identity(**{**{name: secrets.token_hex(16) for name in ADDED}, **told})
    except FileNotFoundError:
        told, found = {}, _fresh()
    except (OSError, ValueError, TypeError) as error:
        raise StackError(
            f"{path} can't be understood: put it back from a copy, since the data can't be read without it, "
            "or set LEADTRACE_DATA_DIR to a new folder"
        ) from error
    if asdict(found) != told:
        write_private(path, json.dumps(asdict(found)))
    return found


def _fresh() -> Identity:
    return Identity(
        cluster=_cluster_id(),
        clickhouse_password=secrets.token_hex(16),
        bi_password=secrets.token_hex(16),
        token_key=secrets.token_hex(32),
        kafka_password=secrets.token_hex(16),
        kafka_broker_password=secrets.token_hex(16),
    )


def _cluster_id() -> str:
    """Make an id as Kafka does: 16 bytes in base64, and none that its tools would read as an option."""
    while (made := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return made


def identity_file(data_dir: Path) -> Path:
    """Return the file with what the servers of this folder keep for ever."""
    return data_dir / "identity.json"


def ports(data_dir: Path, wanted: Mapping[str, int]) -> dict[str, int]:
    """A free loopback port for each name of PORTS: the wanted one, else the one of last time, else any.

    Raises StackError when a wanted one is taken.
    """
    path = data_dir / "ports.json"
    try:
        before: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
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
            last = before.get(name, 0)
            kept = last != 0 and last not in chosen.values() and is_free(last)
            chosen[name] = last if kept else any_port(set(chosen.values()))
    write_private(path, json.dumps(chosen))
    return chosen


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
    """Replace a file at once; nobody but its owner can read it, at no moment."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
