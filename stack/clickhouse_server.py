"""The ClickHouse server of the chdb-core wheel, as a process: `python -m stack.clickhouse_server FOLDER`.

The wheel holds ClickHouse's own TCP and HTTP handlers. clickhouse-local can start them, so the process runs
one query that starts the listeners and then never ends.
"""

import importlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

SERVE = (
    "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; "
    "SELECT 1 FROM system.numbers WHERE sleepEachRow(0.25) SETTINGS max_block_size = 1"
)


def main(folder: Path) -> None:
    """Serve the data in `folder`/data with `folder`/config.xml until SIGTERM."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    # The engine takes its time zone from here; a setting of the same name in config.xml does nothing.
    os.environ["TZ"] = "UTC"
    time.tzset()
    # Before chdir: the import itself would read a config.xml. The module has no types.
    engine: Any = importlib.import_module("chdb._chdb")

    os.chdir(folder)
    engine.set_signal_handlers_enabled(False)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    def serve() -> None:
        try:
            # The format becomes the server's default; clients expect this one.
            engine.query(SERVE, "TabSeparated", path=str(folder / "data"))
        finally:
            # The query never ends by itself: a taken port or folder has been printed, not raised.
            os._exit(1)

    threading.Thread(target=serve, daemon=True).start()
    while not stopped.wait(3600):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
