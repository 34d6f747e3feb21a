"""What the server of HTTP says in a log of its own accord: nothing of what somebody sent."""

import logging

from aiohttp.http_exceptions import HttpProcessingError


def without_content(record: logging.LogRecord) -> bool:
    """Keep addresses out of the log, and headers that are no HTTP: they may hold a key or a session."""
    error = record.exc_info[1] if record.exc_info else None
    record.msg = f"{type(error).__name__} while talking HTTP"
    record.args, record.exc_info = None, None
    return not isinstance(error, HttpProcessingError)
