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
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_CITIES = ("南京", "上海", "杭州", "苏州", "深圳", "成都")
_PUBLIC_MAIL = "mail.example"
# In one of five companies everybody is reached by its number and an extension.
_REACHED_INSIDE = 2


def contact_of(number: int, company: int, rng: random.Random) -> Contact:
    """Make up how somebody can be reached: nobody's address, and a number that nobody would take for real."""
    private = rng.random() < 0.2
    domain = _PUBLIC_MAIL if private else f"corp-{company}.example"
    phone = f"1990{number + 1:07d}" if rng.random() < 0.6 else ""
    if phone and company % 5 == _REACHED_INSIDE:
        phone = f"{switchboard_of(company % 1_000)};ext={1_000 + number % 9_000}"
    email = f"u{number:05d}@{domain}"
    if private and number % 2 and number < 10_000:
        # Gmail gives nobody a name as short as this.
        email = f"u{number:04d}@gmail.com"
    return Contact(email=email, phone=phone, company=company_name(company))


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
    phone, _, extension = phone.partition(";ext=")
    if len(phone) != 11 or not phone.startswith("1"):
        return phone
    if extension:
        before = ("转", " ext. ", ",", "/", ";ext=", " x")
        return f"{phone}{before[int(extension) % len(before)]}{extension}"
    first, second, third = phone[:3], phone[3:7], phone[7:]
    ways = (
        f"+86 {first} {second} {third}",
        f"{first}-{second}-{third}",
        f"{first} {second} {third}",
        phone,
        f"{phone}（微信同号）",
        f"{first}\u200b{second}\u200b{third}",
        phone.translate(_FULL_WIDTH),
    )
    return ways[int(phone[-3:]) % len(ways)]


def address_typed(email: str, place: int = 0) -> str:
    """Write an address in one of the ways that people do; `place` is where: each place has another way."""
    name, _, domain = email.partition("@")
    ways = [email, f" {name.upper()}@{domain}", f"{name}\u200b@{domain}", f"{name}＠{domain}"]
    if domain == "gmail.com":
        # All of these reach the same mailbox.
        ways = [email, f"{name[:1]}.{name[1:]}@gmail.com", f"{name}+demo@gmail.com", f"{name}@googlemail.com"]
    return ways[(sum(map(int, filter(str.isdigit, name))) + place) % len(ways)] if domain else email
