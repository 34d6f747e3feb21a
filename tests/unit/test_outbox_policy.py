"""The policy file says all that may be told; what it can't mean is refused, and it holds no credential."""

import re
from pathlib import Path
from typing import get_args

import pytest

import settings
from outbox.allowed import Policy, file_of, read_policy, understood
from outbox.kinds import DESTINATIONS
from outbox.policy_file import AccountWish, OutboxError, parse_file
from schemas.outbox import OrderState

ERP = """
since = 2026-11-01
[accounts.erp]
destination = "webhook"
stages = ["marketing_qualified", "won"]
options = { url = "https://erp.example.com/hooks" }
secrets = { key = "ERP_KEY" }
"""
KEY = "whsec_" + "QUJD" * 8


def policy(text: str, **held: str) -> Policy:
    return understood(parse_file(text, "outbox.toml"), DESTINATIONS, "Asia/Shanghai", held=held)


def test_nothing_that_happened_before_its_day_is_allowed_by_the_days_of_the_reports() -> None:
    (erp,) = policy(ERP, ERP_KEY=KEY).accounts
    assert erp.since == 1_793_462_400_000, "midnight in Shanghai"
    (later,) = policy(ERP + "since = 2026-11-02", ERP_KEY=KEY).accounts
    assert later.since == erp.since + 86_400_000


def test_a_credential_comes_from_the_variable_that_is_named_and_a_missing_one_is_told() -> None:
    assert policy(ERP, ERP_KEY=KEY).account("erp").account.secrets == {"key": KEY}
    assert policy(ERP).missing == ("ERP_KEY",)
    assert KEY not in repr(policy(ERP, ERP_KEY=KEY))


def test_stages_may_be_a_list_or_have_codes_and_worth() -> None:
    text = ERP.replace(
        '["marketing_qualified", "won"]', '{ won = "77", lead = { worth = "99.50", currency = "CNY" } }'
    )
    rules = policy(text).account("erp").account.stages
    assert rules["won"].code == "77"
    assert (rules["lead"].worth_minor, rules["lead"].currency) == (9950, "CNY")


def test_limits_can_be_lowered_and_never_raised() -> None:
    limits = (
        policy(ERP + "limits = { per_second = 2.0, per_day = 50, orders_per_request = 9 }")
        .account("erp")
        .limits
    )
    assert (limits.per_second, limits.per_day, limits.orders_per_request) == (2.0, 50, 1)
    assert policy(ERP + "limits = { per_second = 99.0 }").account("erp").limits.per_second == 10.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("since = 2026-11-01", ""), "since: Field required"),
        (('destination = "webhook"', 'destination = "fax"'), "destination fax is not known; known are"),
        (('"won"]', '"wonn"]'), "accounts.erp.stages: wonn is no stage; stages are lead"),
        (('stages = ["marketing_qualified", "won"]', ""), "it is told nothing"),
        (("url =", "uri ="), "options.uri is nothing that webhook knows; it knows url"),
        (("https://erp", "ftp://erp"), "options.url begins with https://"),
        (("ERP_KEY", KEY), "key is not the credential itself"),
        (("ERP_KEY", "LEADTRACE_KEY"), "key is not the credential itself"),
        (("secrets", "#"), "secrets.key is missing"),
        (("[accounts.erp]", "[accounts.erp]\ndry = true"), "accounts.erp.dry: Extra inputs"),
        (("[accounts.erp]", "[accounts.erp]\nclick_days = -1"), "accounts.erp.click_days: "),
        (("[accounts.erp]", "[accounts.erp]\nfields = { a = 'mood' }"), "mood is no fact; facts are lead_id"),
        (("[accounts.erp]", "[accounts.erp]\nswitches = ['x']"), "it knows none"),
        (("[accounts.erp]", "[accounts.ERP]"), "accounts.ERP"),
        (("[accounts.erp]", "[accounts.erp"), "is not valid TOML"),
        (('["marketing_qualified", "won"]', "{ won = { worth = 1 } }"), "worth needs a currency"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_could(change: tuple[str, str], says: str) -> None:
    with pytest.raises(OutboxError) as refused:
        policy(ERP.replace(*change))
    assert says in str(refused.value)
    assert KEY not in str(refused.value)


def test_a_key_that_is_none_is_told_and_not_shown() -> None:
    with pytest.raises(OutboxError, match="the variable holds no secret of webhooks") as refused:
        policy(ERP, ERP_KEY="hunter2hunter2")
    assert "hunter2" not in str(refused.value)


def test_the_file_is_looked_for_in_the_data_folder(tmp_path: Path) -> None:
    given = settings.load({"LEADTRACE_DATA_DIR": str(tmp_path)})
    assert file_of(given) is None
    with pytest.raises(OutboxError, match=r"nothing is allowed to be told: write .*outbox.toml"):
        read_policy(given, DESTINATIONS)
    (tmp_path / "outbox.toml").write_text(ERP, encoding="utf-8")
    assert read_policy(given, DESTINATIONS).account("erp").name == "erp"
    with pytest.raises(OutboxError, match="there is no account crm; those in the policy file are erp"):
        read_policy(given, DESTINATIONS).account("crm")


def test_the_examples_in_the_documents_are_understood_and_every_key_is_explained() -> None:
    text = (Path(__file__).parents[2] / "docs" / "way-back.md").read_text(encoding="utf-8")
    first, template = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert [each.name for each in policy(first).accounts] == ["erp", "search", "product"]
    assert policy(template).account("crm").account.options["method"] == "PUT"
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {each for each in AccountWish.model_fields if not any(f"`{each}`" in row for row in rows)} == set()


def test_every_state_is_explained() -> None:
    text = (Path(__file__).parents[2] / "docs" / "way-back.md").read_text(encoding="utf-8")
    states = {*get_args(OrderState), "planned", "sending", "sent"}
    assert {each for each in states if f"`{each}`" not in text} == set()
