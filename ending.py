"""The end of a process that must not go on: no clean-up, no commit, the supervisor starts it again."""

import logging
import os
import sys
from typing import NoReturn

CANNOT_START = 1
GAVE_UP = 70
TOO_MANY_DEAD_LETTERS = 71

log = logging.getLogger(__name__)


def stop_at_once(status: int, sentence: str) -> NoReturn:
    """End the process without committing, leaving the group or waiting for anything."""
    log.critical("stopping with exit status %d: %s", status, sentence)
    handlers = logging.getLogger().handlers
    if all(isinstance(each, logging.NullHandler) for each in handlers):
        # A command that logs nowhere speaks on stderr.
        sys.stderr.write(f"stopping with exit status {status}: {sentence}\n")
    for handler in handlers:
        handler.flush()
    os._exit(status)


def cause_of(error: BaseException) -> str:
    """The class of an exception and the lines that it came through, without its text, which may quote
    personal data."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        lines.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join([type(error).__name__, *lines[-6:]])
