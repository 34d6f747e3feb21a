"""The ClickHouse server of the chdb-core wheel, a process: `python -m stack.clickhouse_server FOLDER PORTS`.

The wheel holds ClickHouse's own TCP and HTTP handlers. clickhouse-local can start them, so the process runs
one query that starts the listeners and then never ends. Before, the process gives up all rights but those
to its data: no grant keeps a query from the function file().
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

from stack import folder, landlock

SERVE = (
    "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; "
    "SELECT 1 FROM system.numbers WHERE sleepEachRow(0.25) SETTINGS max_block_size = 1"
)
CONFIGURATION = ("config.xml", "users.xml")
# How much memory the process and the machine have: the engine ends without. And what each of its threads has
# taken: without, each query begins with an exception for each thread, which takes a millisecond.
FIGURES = (Path("/proc/self/statm"), Path("/proc/meminfo"), Path("/proc/self/task"))
DEEP_BIND = 8


def main(home: Path, ports: tuple[int, ...]) -> None:
    """Serve the data in `home`/data with `home`/config.xml until SIGTERM."""
    stopped = threading.Event()
    # The engine takes its time zone from here; a setting of the same name in config.xml does nothing.
    os.environ["TZ"] = "UTC"
    time.tzset()
    engine = load_engine()
    read = reading_room(home)
    os.chdir(read)
    engine.set_signal_handlers_enabled(False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    confine(home, read, ports)

    def serve() -> None:
        try:
            # The format becomes the server's default; clients expect this one.
            engine.query(SERVE, "TabSeparated", path=str(home / "data"))
        finally:
            # The query never ends by itself: a taken port or folder has been printed, not raised.
            os._exit(1)

    threading.Thread(target=serve, daemon=True).start()
    while folder.is_free(ports[-1]) and not stopped.wait(0.02):
        pass
    for name in CONFIGURATION:
        (read / name).unlink(missing_ok=True)
    while not stopped.wait(3600):
        pass
    os._exit(0)


def load_engine() -> Any:
    """The extension alone, which has no types; its package would start an engine of its own at import."""
    found = importlib.util.find_spec("chdb")
    (home,) = (found and found.submodule_search_locations) or ("",)
    (library,) = Path(home).glob("_chdb*.so")
    package = types.ModuleType("chdb")
    package.__path__ = [home]
    sys.modules["chdb"] = package
    if sys.platform.startswith("linux"):
        # As the package does: the library must find its own allocator before that of other libraries.
        ctypes.CDLL(str(library), mode=sys.getdlopenflags() | DEEP_BIND)
    spec = importlib.util.spec_from_file_location("chdb._chdb", library)
    if spec is None or spec.loader is None:
        raise ImportError(f"{library} can't be loaded")
    engine = importlib.util.module_from_spec(spec)
    sys.modules["chdb._chdb"] = engine
    spec.loader.exec_module(engine)
    return engine


def reading_room(home: Path) -> Path:
    """A folder with copies of the configuration, for the engine to read at its start and never again."""
    room = home / "start"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(mode=0o700)
    for name in CONFIGURATION:
        folder.write_private(room / name, (home / name).read_text(encoding="utf-8"))
    return room


def confine(home: Path, read: Path, ports: tuple[int, ...]) -> None:
    """Give up every file but the data, and every connection to elsewhere, where the kernel can do that."""
    data = home / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    # Moves and removes within the data are its work; nothing in it is ever run.
    allowed = [
        (data, landlock.EVERYTHING & ~landlock.EXECUTE),
        (read, landlock.READ_FILE | landlock.READ_DIR | landlock.REMOVE_FILE),
        *((figure, landlock.READ_FILE) for figure in FIGURES if figure.exists()),
    ]
    landlock.confine(allowed, ports)


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(map(int, sys.argv[2:])))
