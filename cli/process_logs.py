"""What the collector and the loader write about themselves: one line per event on stderr."""

import logging
import sys

# The clients tell of each try to connect, with a trace; our own processes say in a sentence what is wrong.
QUIET = ("kafka", "asyncio", "aiohttp.access", "clickhouse_driver")


def configure(level: int = logging.INFO) -> None:
    """Send the logging of this process to stderr."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
