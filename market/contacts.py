"""How the simulated people can be reached: made-up addresses and numbers, and companies that don't exist."""

import random

from market.model import Contact

COMPANY_SIZE = 3
FAKES = (
    Contact(email="test@example.com", phone="00000000000", company="测试", real=False),
    Contact(email="asdf@mailinator.com", company="asdf", real=False),
    Contact(email="info@corp-1.example", company="某公司", real=False),
)
_INDUSTRIES = ("制造", "物流", "能源", "零售", "软件", "医药")
_CITIES = ("南京", "上海", "杭州", "苏州", "深圳", "成都")
_PUBLIC_MAIL = "mail.example"


def contact_of(number: int, company: int, rng: random.Random) -> Contact:
    """Make up how somebody can be reached: nobody's address, and a number that nobody would take for real."""
    private = rng.random() < 0.2
    domain = _PUBLIC_MAIL if private else f"corp-{company}.example"
    phone = f"1990{number + 1:07d}" if rng.random() < 0.6 else ""
    return Contact(email=f"u{number:05d}@{domain}", phone=phone, company=company_name(company))


def other_contact(number: int, company: str) -> Contact:
    """Return a private address and number, which nothing ties to the others that somebody has."""
    return Contact(email=f"u{number}@{_PUBLIC_MAIL}", phone=f"1990{number % 10_000_000:07d}", company=company)


def switchboard_of(number: int) -> str:
    """Return the number under which a whole company is reached."""
    return f"1990{9_990_000 + number:07d}"


def group_contact(company: int) -> Contact:
    """Return the address that a group in a company shares."""
    return Contact(email=f"team{company}@corp-{company}.example", company=company_name(company))


def company_name(company: int) -> str:
    """Return a company's made-up name."""
    city = _CITIES[company % len(_CITIES)]
    return f"{city}示例{_INDUSTRIES[company // len(_CITIES) % len(_INDUSTRIES)]}公司{company}"


def as_typed(phone: str) -> str:
    """Write a number in one of the ways that people do, always the same one for one number."""
    if len(phone) != 11 or not phone.startswith("1"):
        return phone
    match int(phone[-2:]) % 4:
        case 0:
            return f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
        case 1:
            return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
        case 2:
            return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
        case _:
            return phone
