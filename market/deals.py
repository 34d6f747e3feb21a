"""The deals: a company asks for an offer, tries the product, and signs or not."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from market.model import DealChange, Lead
from market.sales import Worked, at_work
from market.times import DAY_MS, HOUR_MS

OPENED, QUOTED, TRIED, WON, LOST = "需求确认", "方案报价", "POC测试", "赢单", "输单"
PASSED, FAILED = "通过", "未通过"
_LOSSES = ("价格", "输给竞品", "预算取消", "项目暂停", "功能不满足")


@dataclass(frozen=True, slots=True)
class _Move:
    """A deal goes into `stage`, `days` days later at most; 0: the CRM stamps both with the same second."""

    stage: str
    days: int


def deals_of(worked: Sequence[Worked], end_ms: int, seed: int) -> tuple[DealChange, ...]:
    """Play the deals: one for each company of which somebody asked for an offer."""
    by_account: dict[str, list[Worked]] = {}
    for one in worked:
        by_account.setdefault(one.lead.account, []).append(one)
    asking = []
    for account, of_account in by_account.items():
        asked = [one.asked_at for one in of_account if one.asked_at is not None and one.asked_at < end_ms]
        if account and asked:
            asking.append((min(asked), account))
    changes: list[DealChange] = []
    for number, (at, account) in enumerate(sorted(asking), start=1):
        leads = [one.lead for one in by_account[account]]
        changes.extend(_deal(f"D{number:05d}", at, leads, end_ms, seed + number * 86_028_121))
    return tuple(sorted(changes, key=lambda change: (change.at, change.deal)))


def _deal(deal: str, at: int, leads: Iterable[Lead], end_ms: int, seed: int) -> Iterator[DealChange]:
    rng = random.Random(seed)
    known = sorted(leads, key=lambda lead: (lead.created_at, lead.id))
    first = known[0]
    current = DealChange(
        deal=deal,
        at=at,
        stage=OPENED,
        name=f"{first.contact.company}-数据治理平台",
        account=first.account,
        owner=first.owner,
        amount=rng.randint(60, 780) * 100_000,
        people=_on_deal(known, at),
        by_webhook=int(deal[1:]) % 3 == 0,
    )
    yield current
    for move in _course(int(deal[1:]), rng):
        if move.days:
            at = at_work(at + rng.randint(20 * HOUR_MS, move.days * DAY_MS))
        if at >= end_ms:
            return
        current = _moved(current, move, at, known, rng)
        yield current


def _on_deal(leads: Iterable[Lead], at: int) -> tuple[str, ...]:
    return tuple(lead.id for lead in leads if lead.created_at <= at)


def _course(number: int, rng: random.Random) -> Iterator[_Move]:
    """Draw the way of a deal: some skip the offer or the trial, some fall back or open again."""
    if number % 4 == 2:
        yield _Move(TRIED, 0)
    if rng.random() < 0.6:
        yield _Move(QUOTED, 6)
    won = 0.3
    if rng.random() < 0.75:
        yield _Move(TRIED, 7)
        won = 0.5
        if rng.random() < 0.15:
            yield _Move(QUOTED, 10)
            won = 0.2
    reopened = number % 5 == 3
    drawn = rng.random()
    if drawn < won and not reopened:
        yield _Move(WON, 16)
    elif reopened or drawn < won + 0.3:
        yield _Move(LOST, 20)
        if reopened:
            yield _Move(OPENED, 12)


def _moved(deal: DealChange, move: _Move, at: int, leads: Sequence[Lead], rng: random.Random) -> DealChange:
    moved = replace(
        deal,
        at=at,
        stage=move.stage,
        people=_on_deal(leads, at),
        reason=rng.choice(_LOSSES) if move.stage == LOST else "",
    )
    if move.stage == TRIED:
        return replace(moved, poc_started_at=at)
    if deal.stage == TRIED:
        # Whatever follows a trial, the trial is over, and how it went is known.
        result = PASSED if move.stage == WON else FAILED
        moved = replace(moved, poc_ended_at=at - HOUR_MS, poc_result=result)
    if move.stage in (QUOTED, WON):
        moved = replace(moved, amount=deal.amount - deal.amount * rng.randint(0, 12) // 100)
    return moved
