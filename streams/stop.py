"""The end of a process that must not commit any more: no clean-up, the supervisor starts it again."""

import logging
import os
from typing import NoReturn

CANNOT_START = 1
GAVE_UP = 70
TOO_MANY_DEAD_LETTERS = 71

log = logging.getLogger(__name__)


def stop_at_once(status: int, sentence: str) -> NoReturn:
    """End the process without committing, leaving the group or waiting for anything."""
    log.critical("stopping with exit status %d: %s", status, sentence)
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(status)
