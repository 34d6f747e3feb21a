"""Lives of visitors, leads and deals, drawn at random: facts in the order in which they are received."""

from collections.abc import Callable
from random import Random

import facts as f

from schemas.envelope import Fact

DEVICES = ("anon:1", "anon:2", "anon:3", "anon:4")
NAMES = ("email:a", "email:b", "phone:c", "user:d", "crm:crm:1", "crm:crm:2")
URLS = (
    "https://www.site.example/",
    "https://www.site.example/?gclid=g1",
    "https://www.site.example/?utm_source=baidu&utm_medium=cpc&plan=p&e_keywordid=k1",
    "https://www.site.example/?source=partner&utm_medium=cpc",
)


def a_life(chaos: Random, days: int) -> list[Fact]:
    """Facts in the order in which they are received, most of them of visitors who say nothing."""
    moments = sorted(chaos.randint(0, days * f.DAY) for _ in range(chaos.randint(3, 25)))
    return [a_fact(chaos, at) for at in moments]


def a_fact(chaos: Random, at: int) -> Fact:
    device, name, lead = chaos.choice(DEVICES), chaos.choice(NAMES), chaos.choice(NAMES[4:])
    makers: list[tuple[int, Callable[[], Fact]]] = [
        (10, lambda: f.page(device, at, chaos.choice(URLS))),
        (2, lambda: f.form(device, at, name)),
        (1, lambda: f.lead(lead, at, name, device)),
        (1, lambda: f.stage(lead, at, chaos.choice(["MQL", "hot", "won"]))),
        (1, lambda: f.deal("deal:crm:9", at, chaos.choice(["hot", "won"]), lead)),
        (2, lambda: f.click("g1", at, keyword="k")),
        (1, lambda: f.listed("baidu", "k1", at, keyword="k", ad_group=str(at))),
        (1, lambda: f.blocked(chaos.choice([device, name]), at)),
        (1, lambda: f.linked(chaos.choice(DEVICES), name, at)),
        (1, lambda: f.split(chaos.choice(DEVICES), name, at)),
    ]
    return chaos.choices([make for _, make in makers], [weight for weight, _ in makers])[0]()
