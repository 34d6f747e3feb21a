"""Sending dead letters again, for whoever asks for it: one at a time, over the servers of the settings."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from settings import Settings
from sinks.clickhouse import connect
from sinks.lookups import Letters
from sinks.redrive import MOST_ATTEMPTS, PATIENCE, RedriveError, Result, redrive
from sinks.resending import KafkaSender
from sinks.topic_reader import TopicReader
from stack.locks import held


def send_again(
    given: Settings,
    wanted: Letters,
    attempts: int = MOST_ATTEMPTS,
    limit: int | None = None,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    patience: float = PATIENCE,
    by: str = "",
) -> Result:
    """Send the letters that wait again, as `redrive` says; `by` names a user of the cockpit who wants it.

    Raises RedriveError, StackError, ClickHouseError and KafkaAwayError.
    """
    with ExitStack() as until_end:
        client = connect(given)
        until_end.callback(client.close)
        until_end.enter_context(alone(given.data_dir))
        reader = TopicReader(given)
        until_end.callback(reader.close)
        sender = KafkaSender(given, by)
        until_end.callback(sender.close)
        zone = ZoneInfo(given.timezone)
        return redrive(client, reader, sender, wanted, zone, attempts, limit, tell, patience)


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Be the only one who sends letters again.

    On another machine nobody would notice; then letters are sent twice, which changes nothing. Raises
    RedriveError if somebody does it at present, StackError if the folder can't be used.
    """
    with held(data_dir / "redrive.lock") as mine:
        if not mine:
            raise RedriveError(
                "another `leadtrace dead-letters redrive` is at work: when it has ended, "
                "`leadtrace dead-letters` shows what still waits"
            )
        yield
