"""Which frequent referrers are no sources, from page views to the report, with the line for the policy."""

from typing import Any

import facts as f
import pytest
from played import play

from attribution.policy import Policy
from schemas.website import PageViewed
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.rows import COLUMNS, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

SITE = "https://www.firm.example"


def come_back(*hosts: str) -> list[PageViewed]:
    """Three visitors for each host: they land by an ad, and are back from the host ten minutes later."""
    told = []
    for host in hosts:
        for number in range(3):
            browser = f"anon:{host}-{number}"
            told.append(f.page(browser, 0, f"{SITE}/?gclid={host}{number}"))
            told.append(f.page(browser, 10 * f.MINUTE, f"{SITE}/welcome", referrer=f"https://{host}/x"))
    return told


def come_first(*hosts: str, page: str = f"{SITE}/blog") -> list[PageViewed]:
    """Three visitors who begin with a link on the host, and stay."""
    return [
        f.page(f"anon:{host}-{number}", 0, page, referrer=f"https://{host}/post")
        for host in hosts
        for number in range(3)
    ]


STORY = [
    *come_back("login.customer.example", "acs-challenge.bank.example", "portal.supplier.example"),
    *come_first(
        "blog.partner.example",
        "urldefence.filter.example",
        "docs.firm.com.cn",
        "www-firm-example.amp.example",
    ),
    *come_first("www.other-brand.example"),
    *come_first("www.partner.example", page="https://www.other-brand.example/"),
    f.page("anon:rare", 0, f"{SITE}/", referrer="https://login.rare.example/"),
]


@pytest.fixture
def client(client: ClickHouse, policy: Policy) -> ClickHouse:
    client.insert("journeys", COLUMNS["journeys"], map(snapshot_row, play(policy, *STORY).living().values()))
    return client


def referrers(client: ClickHouse, **asked: str) -> dict[str, dict[str, Any]]:
    result = run_report(client, "referrers", asked)
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    return {row["host"]: row for row in rows}


def test_what_looks_like_no_source_has_its_line_for_the_policy(client: ClickHouse) -> None:
    told = {host: (row["looks_like"], row["line"]) for host, row in referrers(client).items()}
    assert told == {
        "login.customer.example": ("sign_in", '"login.customer.example",'),
        "acs-challenge.bank.example": ("payment", '"acs-challenge.bank.example",'),
        "portal.supplier.example": ("passed", '"portal.supplier.example",'),
        "urldefence.filter.example": ("mail_gateway", '"urldefence.filter.example",'),
        "docs.firm.com.cn": ("own_site", '"firm.com.cn",'),
        "www-firm-example.amp.example": ("cache", '"amp.example",'),
        "www.other-brand.example": ("own_site", '"other-brand.example",'),
    }


def test_each_line_says_where_it_belongs_and_what_speaks_for_it(client: ClickHouse) -> None:
    rows = referrers(client)
    passed = rows["portal.supplier.example"]
    assert (passed["add_to"], passed["visits"], passed["returns"], passed["people"]) == (
        "ignored_referrers in [channels]", 3, 3, 3,
    )  # fmt: skip
    assert rows["docs.firm.com.cn"]["add_to"] == "own_sites in [channels]"
    assert rows["docs.firm.com.cn"]["returns"] == 0


def test_sources_and_rare_hosts_are_shown_to_who_asks(client: ClickHouse) -> None:
    everything = referrers(client, all="yes", visits="1")
    assert (
        everything["blog.partner.example"]["looks_like"] == everything["blog.partner.example"]["line"] == ""
    )
    assert everything["login.rare.example"]["looks_like"] == "sign_in"
    assert len(everything) == 10


def test_with_its_line_in_the_policy_a_host_is_gone(client: ClickHouse, policy: Policy) -> None:
    added = {
        "ignored_referrers": policy.channels.ignored_referrers
        | {"portal.supplier.example", "login.customer.example"},
        "own_sites": frozenset({"firm.com.cn", "other-brand.example"}),
    }
    better = policy.model_copy(update={"channels": policy.channels.model_copy(update=added)})
    client.command("TRUNCATE TABLE journeys")
    client.insert("journeys", COLUMNS["journeys"], map(snapshot_row, play(better, *STORY).living().values()))
    left = referrers(client)
    assert set(left) == {
        "acs-challenge.bank.example",
        "urldefence.filter.example",
        "www-firm-example.amp.example",
    }
