"""The company behind an address."""

from pathlib import Path

import pytest

from attribution.accounts import account_key
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
    assert account_key(email_domain, website, POLICY) == key
