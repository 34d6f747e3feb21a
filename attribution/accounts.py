"""The company behind a person: the account that a CRM names, and the domain of an address or a website."""

from attribution.policy import Policy
from attribution.url import page_of, site_of_host


def account_named(subject: str, account_id: str) -> str:
    """The account that a CRM's record of a lead or a deal names, account:<system>:<id>; '' if it names none.

    `subject` is crm:<system>:<id> or deal:<system>:<id>: two CRMs may give one id to two companies.
    """
    return f"account:{subject.split(':')[1]}:{account_id}" if account_id else ""


def company_domain(email_domain: str, website: str, policy: Policy) -> str:
    """The registrable domain of the company (example.com.cn), or '' if neither names one.

    The e-mail domain goes first; mail providers and sites where companies only have a page name nobody.
    """
    for text in (email_domain.rpartition("@")[2], website):
        if domain := _company_domain(text.strip().lower(), policy):
            return domain
    return ""


def _company_domain(text: str, policy: Policy) -> str:
    if not text:
        return ""
    host = page_of(text)[0] or page_of(f"//{text}")[0]
    site = site_of_host(host)
    if "." not in site or " " in site or site.rpartition(".")[2].isdigit():
        return ""
    accounts = policy.accounts
    shared = {host, site} & (accounts.public_mail | accounts.public_sites)
    return "" if shared else site
