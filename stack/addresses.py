"""Where the embedded servers listen and how to get in: all that the rest of Leadtrace knows of them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from stack import documents, folder, kafka_logins
from stack.errors import StackError


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses as host:port, the users of ClickHouse, and the secrets of tokens and of webhooks."""

    kafka: str
    kafka_user: str
    kafka_password: str
    clickhouse: str
    clickhouse_http: str
    clickhouse_user: str
    clickhouse_password: str
    bi_user: str
    bi_password: str
    dbt_user: str
    dbt_password: str
    token_key: str
    webhook_key: str

    def __repr__(self) -> str:
        return f"Addresses(kafka={self.kafka!r}, clickhouse={self.clickhouse!r}, ...)"

    def environment(self) -> dict[str, str]:
        """The same as settings, for a process of Leadtrace."""
        return {
            "LEADTRACE_KAFKA": self.kafka,
            "LEADTRACE_KAFKA_SECURITY": kafka_logins.SECURITY,
            "LEADTRACE_KAFKA_MECHANISM": kafka_logins.MECHANISM,
            "LEADTRACE_KAFKA_USER": self.kafka_user,
            "LEADTRACE_KAFKA_PASSWORD": self.kafka_password,
            "LEADTRACE_CLICKHOUSE": self.clickhouse,
            "LEADTRACE_CLICKHOUSE_HTTP": self.clickhouse_http,
            "LEADTRACE_CLICKHOUSE_USER": self.clickhouse_user,
            "LEADTRACE_CLICKHOUSE_PASSWORD": self.clickhouse_password,
            "LEADTRACE_TOKEN_KEY": self.token_key,
            "LEADTRACE_WEBHOOK_KEY": self.webhook_key,
        }


def running(data_dir: Path) -> Addresses | None:
    """The addresses of the stack that runs over this folder; None when none does, or it is still starting.

    Raises StackError when what the stack wrote down can't be read any more.
    """
    if not folder.in_use(data_dir):
        return None
    path = run_file(data_dir)
    try:
        told = documents.read_object(path)
        if told is None:
            return None
        if set(told) != set(Addresses.__slots__) or not all(isinstance(each, str) for each in told.values()):
            raise documents.DamagedError("has other entries than addresses")
    except documents.DamagedError as error:
        raise StackError(f"{path} {error}: stop `leadtrace up` and start it again") from None
    return Addresses(**told)


def publish(data_dir: Path, addresses: Addresses) -> None:
    """Let `running` find the addresses; only the folder's owner can read the file."""
    folder.write_private(run_file(data_dir), json.dumps(asdict(addresses)))


def withdraw(data_dir: Path) -> None:
    """Say that nothing runs over this folder any more; also if nothing ran."""
    run_file(data_dir).unlink(missing_ok=True)


def run_file(data_dir: Path) -> Path:
    """Return the file that tells the addresses of what runs over this folder."""
    return data_dir / "running.json"
