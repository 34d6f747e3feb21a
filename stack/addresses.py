"""Where the embedded servers listen and how to get in: all that the rest of Leadtrace knows of them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from stack import folder, kafka_logins


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses as host:port, the two users of ClickHouse, and the secret that tokens are made with."""

    kafka: str
    kafka_user: str
    kafka_password: str
    clickhouse: str
    clickhouse_http: str
    clickhouse_user: str
    clickhouse_password: str
    bi_user: str
    bi_password: str
    token_key: str

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
        }


def running(data_dir: Path) -> Addresses | None:
    """The addresses of the stack that runs over this folder; None when none does, or it is still starting."""
    if not folder.in_use(data_dir):
        return None
    try:
        return Addresses(**json.loads(run_file(data_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def publish(data_dir: Path, addresses: Addresses) -> None:
    """Let `running` find the addresses; only the folder's owner can read the file."""
    folder.write_private(run_file(data_dir), json.dumps(asdict(addresses)))


def withdraw(data_dir: Path) -> None:
    """Say that nothing runs over this folder any more; also if nothing ran."""
    run_file(data_dir).unlink(missing_ok=True)


def run_file(data_dir: Path) -> Path:
    """Return the file that tells the addresses of what runs over this folder."""
    return data_dir / "running.json"
