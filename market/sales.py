"""The work of sales on leads: who gets into the CRM, through which stages, and who is called when."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from market.contacts import COMPANY_SIZE, contact_of, switchboard_of
from market.model import Attendance, Contact, FollowUp, Lead, Origin, StageChange
from market.people import Person
from market.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, SHANGHAI_MS

# A stage that sales invented for itself, and told nobody what it means.
UNEXPLAINED = "已加微信"
NEW, QUALIFIED, ACCEPTED, NURTURED, REJECTED = "新线索", "MQL", "销售认可线索", "培育", "无效线索"
OWNERS = ("销售一组", "销售二组", "销售三组", "渠道组")
_BAD_LEADS = ("无预算", "非目标行业", "学生或个人", "竞争对手")
_CATEGORIES = ("电话", "微信", "拜访", "线上会议")
_TAGS = ("有预算", "有竞品", "需演示", "决策人", "年内采购")
_SAID = {
    "demo": "官网-演示申请",
    "register": "官网-注册",
    "whitepaper": "官网-白皮书",
    "newsletter": "官网-订阅",
    "contact": "官网-留言",
}
# How some came whom the website never saw, as the columns of the CRM tell it.
_TOLD = (
    Origin(channel="email", source="edm", medium="email", campaign="月度简报", content="newsletter-2"),
    Origin(
        channel="organic_social",
        platform="linkedin",
        source="linkedin",
        medium="social",
        campaign="社区运营",
        content="linkedin-post",
    ),
)
# People whom sales found by themselves are numbered from here on.
FIRST_COLD = 5_000_000
# Of a company that sales found in a directory, everybody has the number of the switchboard.
FIRST_LISTED = 6_000_000
LISTED = 8
_DIRECTORY = "企业名录"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who is about to be entered into the CRM."""

    at: int
    person: int
    contact: Contact
    said_source: str
    visitor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A lead with all that sales did, and when it asked for an offer, if it did."""

    lead: Lead
    stages: tuple[StageChange, ...]
    follow_ups: tuple[FollowUp, ...]
    asked_at: int | None


def candidates(
    people: Iterable[Person],
    attendances: Iterable[Attendance],
    visitors: int,
    span: tuple[int, int],
    rng: random.Random,
) -> list[Candidate]:
    """Choose who gets into the CRM: most who filled in forms, some attendees, and some that sales found."""
    start_ms, end_ms = span
    found = [
        Candidate(
            at=at_work(person.told_at + rng.randint(3 * MINUTE_MS, 8 * HOUR_MS)),
            person=person.number,
            contact=person.told,
            visitor=person.told_on if rng.random() < 0.6 else "",
            said_source=_SAID[person.told_by],
        )
        for person in people
        if person.told_at and rng.random() < 0.92
    ]
    known = {candidate.person for candidate in found}
    for attendance in attendances:
        # Of people who stand in the CRM already, a few get there twice.
        if rng.random() < (0.06 if attendance.person in known else 0.6):
            at = at_work(attendance.at + rng.randint(12 * HOUR_MS, 40 * HOUR_MS))
            found.append(
                Candidate(at=at, person=attendance.person, contact=attendance.contact, said_source="沙龙")
            )
    for number in range(FIRST_COLD, FIRST_COLD + max(1, visitors // 60)):
        at = at_work(rng.randint(start_ms + DAY_MS, start_ms + (end_ms - start_ms) * 2 // 3))
        contact = contact_of(number, rng.randrange(max(1, visitors // COMPANY_SIZE)), rng)
        found.append(Candidate(at=at, person=number, contact=contact, said_source="电话开发"))
    found += _listed(visitors, span, rng)
    return sorted((one for one in found if one.at < end_ms), key=lambda one: (one.at, one.person))


def _listed(visitors: int, span: tuple[int, int], rng: random.Random) -> Iterator[Candidate]:
    """Copy a company's people from a directory: more than could be one person, all by one number."""
    start_ms, end_ms = span
    company = rng.randrange(max(1, visitors // COMPANY_SIZE))
    at = at_work(rng.randint(start_ms + 5 * DAY_MS, start_ms + (end_ms - start_ms) // 3))
    for number in range(FIRST_LISTED, FIRST_LISTED + LISTED):
        at = at_work(at + rng.randint(5 * MINUTE_MS, 3 * HOUR_MS))
        contact = replace(contact_of(number, company, rng), phone=switchboard_of(company % 1_000))
        yield Candidate(at=at, person=number, contact=contact, said_source=_DIRECTORY)


def work_on(candidate: Candidate, number: int, end_ms: int, seed: int) -> Worked:
    """Enter somebody into the CRM as lead `number`, and play what sales makes of it."""
    rng = random.Random(seed * 49_979_687 + number)
    contact, cut = candidate.contact, ""
    plain = contact.email and contact.phone.isdigit() and candidate.said_source != _DIRECTORY
    if number % 13 == 4 and plain:
        contact, cut = replace(contact, phone=""), f"{int(contact.phone):.2E}"
    lead = Lead(
        id=f"L{number:06d}",
        person=candidate.person,
        created_at=candidate.at,
        contact=contact,
        account=account_of(contact.company),
        owner=rng.choice(OWNERS),
        said_source=candidate.said_source,
        visitor=candidate.visitor,
        cut_phone=cut,
        came_by=_TOLD[number // 2 % len(_TOLD)] if number % 2 and _is_cold(candidate) else None,
        by_webhook=number % 3 == 0,
    )
    stages = tuple(change for change in _stages(lead, rng) if change.at < end_ms)
    asked_at = None
    if stages[-1].stage == ACCEPTED and rng.random() < 0.45:
        asked_at = at_work(stages[-1].at + rng.randint(1 * DAY_MS, 9 * DAY_MS))
    calls = tuple(call for call in _follow_ups(lead, stages, rng) if call.at < end_ms)
    return Worked(lead=lead, stages=stages, follow_ups=calls, asked_at=asked_at)


def _is_cold(candidate: Candidate) -> bool:
    return FIRST_COLD <= candidate.person < FIRST_LISTED


def account_of(company: str) -> str:
    """Return the CRM's account id of a company: the number in its name."""
    digits = "".join(sign for sign in company if sign.isdigit())
    return f"A{int(digits):06d}" if digits else ""


def at_work(at: int) -> int:
    """Move a moment on to the hours in which sales works, 9 to 19 o'clock in Shanghai, on a full second.

    Full seconds are all that a CRM's export says.
    """
    hour = (at + SHANGHAI_MS) % DAY_MS
    if hour >= 19 * HOUR_MS:
        at += 14 * HOUR_MS
    elif hour < 9 * HOUR_MS:
        at += 9 * HOUR_MS
    return at - at % SECOND_MS


def _stages(lead: Lead, rng: random.Random) -> Iterator[StageChange]:
    at, stage = lead.created_at, NEW
    yield StageChange(lead=lead.id, at=at, stage=stage)
    number = int(lead.id[1:])
    if number % 11 == 5:
        at = at_work(at + HOUR_MS)
        yield StageChange(lead=lead.id, at=at, stage=UNEXPLAINED)
    for _ in range(7):
        following = _next_stage(stage, rng)
        if following is None:
            return
        before = stage
        stage, slowest, reason = following
        # Some enter two stages at the end of the day, and the CRM stamps both with the same second.
        at_once = number % 4 == 1 and (before, stage) == (QUALIFIED, ACCEPTED)
        at = at if at_once else at_work(at + rng.randint(4 * HOUR_MS, slowest * DAY_MS))
        yield StageChange(lead=lead.id, at=at, stage=stage, reason=reason)


def _next_stage(stage: str, rng: random.Random) -> tuple[str, int, str] | None:
    """Draw the stage that follows, the days it takes at most, and the reason; None if nothing follows."""
    drawn = rng.random()
    match stage:
        case "新线索":
            if drawn < 0.70:
                return QUALIFIED, 3, ""
            if drawn < 0.80:
                return ACCEPTED, 4, ""
            return (REJECTED, 5, rng.choice(_BAD_LEADS)) if drawn < 0.90 else None
        case "MQL":
            if drawn < 0.62:
                return ACCEPTED, 8, ""
            if drawn < 0.80:
                return NURTURED, 12, "暂无需求"
            return (REJECTED, 6, rng.choice(_BAD_LEADS)) if drawn < 0.88 else None
        case "培育":
            return (QUALIFIED, 20, "") if drawn < 0.45 else None
        case "销售认可线索":
            return (QUALIFIED, 6, "退回补充需求") if drawn < 0.08 else None
        case _:
            return None


def _follow_ups(lead: Lead, stages: tuple[StageChange, ...], rng: random.Random) -> Iterator[FollowUp]:
    """Call, or don't: of the qualified leads, a third hears nothing for more than five days, or ever."""
    qualified = next((change.at for change in stages if change.stage in (QUALIFIED, ACCEPTED)), None)
    if qualified is None:
        return
    neglected = rng.random() < 0.33
    if neglected and rng.random() < 0.4:
        return
    wait = rng.randint(6 * DAY_MS, 14 * DAY_MS) if neglected else rng.randint(HOUR_MS, 4 * DAY_MS)
    at = qualified + wait
    for _ in range(rng.choices((1, 2, 3, 4), (40, 30, 20, 10))[0]):
        yield FollowUp(
            lead=lead.id,
            at=at_work(at),
            category=rng.choice(_CATEGORIES),
            grade=rng.choice("ABCD"),
            tags=tuple(sorted(rng.sample(_TAGS, rng.randint(0, 2)))),
            owner=lead.owner,
        )
        at += rng.randint(1 * DAY_MS, 6 * DAY_MS)
