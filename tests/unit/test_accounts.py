"""The company behind an address."""

from pathlib import Path

import pytest

from attribution.accounts import account_named, company_domain
from attribution.policy import parse_policy

POLICY = parse_policy(Path("attribution/policies/default.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("email_domain", "website", "key"),
    [
        ("firm.com.cn", "", "firm.com.cn"),
        ("mail.Firm.com.cn", "", "firm.com.cn"),
        ("somebody@sales.firm.cn", "", "firm.cn"),
        ("qq.com", "https://www.firm.cn/about", "firm.cn"),
        ("vip.163.com", "", ""),
        ("gmail.com", "", ""),
        ("privaterelay.appleid.com", "", ""),
        ("126.com", "www.firm.co.uk", "firm.co.uk"),
        ("foxmail.com", "http://weibo.com/firm", ""),
        ("sina.com", "203.0.113.9", ""),
        ("localhost", "localhost", ""),
        ("", "", ""),
        ("no domain", "不是网址", ""),
        ("firm.cn", "https://other.cn", "firm.cn"),
        ("公司.cn", "", "公司.cn"),
    ],
)
def test_companies_by_domain(email_domain: str, website: str, key: str):
    assert company_domain(email_domain, website, POLICY) == key


def test_two_systems_may_give_one_id_to_two_companies():
    assert account_named("crm:hubspot:7", "42") == "account:hubspot:42"
    assert account_named("crm:sales:7", "42") == "account:sales:42"
    assert account_named("deal:sales:9", "a:b") == "account:sales:a:b"
    assert account_named("crm:sales:7", "") == ""
