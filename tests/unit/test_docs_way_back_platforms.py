"""docs/way-back-platforms.md is true: its accounts can be taken as they stand, its table is the code's."""

import re
import tomllib
from pathlib import Path

from outbox.allowed import understood
from outbox.kinds import DESTINATIONS
from outbox.policy_file import parse_file

PAGE = Path("docs/way-back-platforms.md").read_text(encoding="utf-8")
FILE = "since = 2026-03-01\n" + "\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
OTHERS = {"posthog", "segment", "sensors", "webhook"}


def test_every_account_of_the_page_is_one_that_the_policy_file_takes() -> None:
    policy = understood(parse_file(FILE, "outbox.toml"), DESTINATIONS, "Asia/Shanghai")
    assert {each.account.destination for each in policy.accounts} == DESTINATIONS.keys() - OTHERS


def test_the_table_has_each_destination_with_what_it_takes_at_once() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\d,]+) \| [^|]+\|$", PAGE, re.MULTILINE)
    at_once = {kind: int(number.replace(",", "")) for kind, number in rows}
    assert at_once == {
        kind: each.limits.orders_per_request for kind, each in DESTINATIONS.items() if kind not in OTHERS
    }


def test_no_credential_stands_in_the_page() -> None:
    accounts = tomllib.loads(FILE)["accounts"].values()
    assert all(
        re.fullmatch(r"[A-Z0-9_]+", each) for one in accounts for each in one.get("secrets", {}).values()
    )
