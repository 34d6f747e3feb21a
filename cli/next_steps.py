"""What `up` and the demo say at their end: where everything is, and what to try next."""

import shlex
import shutil
import sys
from pathlib import Path

from cli.pipeline import Servers
from cli.processes import cockpit_url, collector_url
from settings import Settings


def me() -> str:
    """How this command is called from here: its name, or its path when the shell would not find it."""
    if shutil.which("leadtrace"):
        return "leadtrace"
    path = Path(sys.argv[0]).absolute()
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


def in_folder(given: Settings) -> str:
    """The option that says over which folder, as a shell wants it: some have blanks in their names."""
    return f"--data-dir {shlex.quote(str(given.data_dir))}"


def whereabouts(running: Servers) -> list[str]:
    """Where everything is, and what to try."""
    collector = collector_url(running.given)
    option = f" {in_folder(running.given)}" if running.addresses else ""
    return [
        "",
        "Leadtrace runs. Stop it with Ctrl-C.",
        f"  Cockpit      {cockpit_url(running.given)} (in a browser)",
        f"  Assistants   ask through `{me()} mcp{option}`: docs/assistants.md says how",
        f"  Collector    {collector}/v1/events, {collector}/v1/batch (Segment SDKs)",
        f"  Tag          {collector}/leadtrace.js for your pages; docs/tag.md and docs/sources.md say how",
        f"  Webhooks     {collector}/webhooks/crm/SYSTEM; `{me()} webhook SYSTEM{option}` says how",
        *server_lines(running),
        "Try, in another terminal:",
        f"  {me()} doctor{option}",
        f"  {me()} report{option}",
        f"""  curl {collector}/v1/events -H 'Content-Type: application/json' \\
    -d '{{"type": "page_viewed", "anonymous_id": "me", "url": "https://www.example.com/?utm_source=try"}}'""",
        f"  {me()} journey anon:me{option}",
    ]


def server_lines(running: Servers) -> list[str]:
    """The servers' addresses, and how BI tools get in."""
    given, addresses = running.given, running.addresses
    told = [f"  Kafka        {given.kafka}", f"  ClickHouse   {given.clickhouse} (native protocol)"]
    if given.clickhouse_http:
        told.append(f"               http://{given.clickhouse_http} (HTTP)")
    told.append(f"  Database     {given.clickhouse_database}")
    if addresses is None:
        return told
    if sys.stdout.isatty():
        secret = f"password {addresses.bi_password}"
    else:
        secret = f"its password is bi_password in {given.data_dir / 'running.json'}"
    told.append(
        f"  Queries      http://{given.clickhouse_http}/play (in a browser, as the user for BI tools)"
    )
    return [*told, f"  BI tools     user {addresses.bi_user} (read-only), {secret}"]
