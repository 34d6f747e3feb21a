"""Brings the jars of Apache Kafka from Maven Central to the cache folder, once, each with its SHA-256."""

import fcntl
import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from stack.errors import StackError

VERSION = "4.3.1"
COORDINATES = (f"org.apache.kafka:kafka_2.13:{VERSION}", "org.slf4j:slf4j-simple:1.7.36")
CENTRAL = "https://repo.maven.apache.org/maven2"
LOCK = Path(__file__).with_name("kafka.lock")
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of the class path, as locked."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked() -> tuple[Jar, ...]:
    """The jars that this release of Leadtrace runs Kafka with."""
    jars = []
    for line in LOCK.read_text(encoding="ascii").splitlines():
        coordinate, size, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group, artifact, version, int(size), sha256))
    return tuple(jars)


def fetch(cache_dir: Path, say: Callable[[str], None]) -> Path:
    """The folder that holds Kafka's jars; downloads what is missing and says so.

    Raises StackError when the cache folder can't be written or a jar can't be had.
    """
    folder = cache_dir / f"kafka-{VERSION}"
    jars = locked()
    if not missing(folder, jars):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(cache_dir / f"kafka-{VERSION}.lock", say):
            wanted = missing(folder, jars)
            if wanted:
                download(folder, wanted, say)
    except OSError as error:
        raise StackError(
            f"Kafka's jars can't be kept in {cache_dir} ({error.strerror or error}): make room there, "
            "or set LEADTRACE_CACHE_DIR to a folder that can be written"
        ) from error
    return folder


def missing(folder: Path, jars: tuple[Jar, ...]) -> tuple[Jar, ...]:
    """Those that are not in the folder with their locked size."""

    def present(jar: Jar) -> bool:
        path = folder / jar.name
        return path.is_file() and path.stat().st_size == jar.size

    return tuple(jar for jar in jars if not present(jar))


@contextmanager
def only_one(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Let one process download at a time; the others wait and find the files."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Kafka {VERSION}: another process is downloading it; waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def download(folder: Path, wanted: tuple[Jar, ...], say: Callable[[str], None]) -> None:
    """Fetch the jars, four at a time; each one appears in the folder only when it is whole and checked."""
    repository = mirror() or CENTRAL
    total = sum(jar.size for jar in wanted)
    say(
        f"Kafka {VERSION}: downloading {len(wanted)} files, {total / MEGABYTE:.0f} MB, "
        f"once, from {repository} to {folder}"
    )
    staging = folder / "partial"
    shutil.rmtree(staging, ignore_errors=True)
    context = maven(staging, repository)
    done, lock = 0, threading.Lock()

    def bring(jar: Jar) -> None:
        nonlocal done
        move_checked(jar, context, folder, repository)
        with lock:
            done += jar.size
            if jar.size >= MEGABYTE or done == total:
                say(f"  {jar.name}: {done / MEGABYTE:.0f} of {total / MEGABYTE:.0f} MB")

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(bring, jar) for jar in sorted(wanted, key=lambda jar: -jar.size)]
        try:
            for result in results:
                result.result()
        finally:
            pool.shutdown(cancel_futures=True)
            shutil.rmtree(staging, ignore_errors=True)


def maven(staging: Path, repository: str) -> Any:
    """Return a resolver of Maven artifacts that works in `staging`; raise StackError without jgo."""
    try:
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise StackError(
            "the embedded Kafka is not installed: pip install 'leadtrace[stack]', "
            "or set LEADTRACE_KAFKA to the address of a broker"
        ) from error
    return MavenContext(
        resolver=PythonResolver(),
        repo_cache=staging,
        local_repos=[],
        remote_repos={"central": repository},
        timeout=60,
    )


def move_checked(jar: Jar, context: Any, folder: Path, repository: str) -> None:
    """Download one jar and move it into the folder, if it is the one that was locked."""
    from requests import RequestException

    try:
        path: Path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (RequestException, RuntimeError) as error:
        raise StackError(
            f"{jar.name} of Kafka can't be downloaded from {repository} ({type(error).__name__}): allow "
            "access to it, name a mirror in ~/.m2/settings.xml, or set LEADTRACE_KAFKA to a broker of yours"
        ) from error
    if hashlib.sha256(path.read_bytes()).hexdigest() != jar.sha256:
        raise StackError(
            f"{jar.name} as sent by {repository} is not the file that was expected (its SHA-256 differs): "
            "use another mirror"
        )
    path.replace(folder / jar.name)


def mirror(settings: Path | None = None) -> str | None:
    """The address that the user's Maven settings put in the place of Maven Central, if any."""
    path = settings or Path.home() / ".m2" / "settings.xml"
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - the user's own file
    except (OSError, ElementTree.ParseError):
        return None
    for each in root.iterfind(".//{*}mirror"):
        stands_for = (each.findtext("{*}mirrorOf") or "").replace(" ", "").split(",")
        url = (each.findtext("{*}url") or "").strip()
        named = "!central" not in stands_for and {"central", "*", "external:*"} & set(stands_for)
        if named and url.startswith("http"):
            return url.rstrip("/")
    return None
